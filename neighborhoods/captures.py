"""What volunteers in a group, or at a desk, may fill in without network (`portal.field.captures`)."""

from django.db import IntegrityError, transaction
from django.urls import reverse

from neighborhoods import consents, desks, working
from neighborhoods.consents import CONTACT, NUMBER
from neighborhoods.models import DeskSession, HelpEvent, Resident
from neighborhoods.resident_forms import ELSEWHERE
from neighborhoods.slip_forms import FollowUpSlip, HelpSlip, ResidentSlip, TallySlip, UnnamedSlip
from portal.field.captures import Capture, Done, Refused, Work
from portal.organization.models import Place
from portal.privacy.models import Consent

LEFT = "Người này vừa được ghi là không còn ở tổ, nên chưa lưu gì. Vẫn giúp thì ghi ở “Giúp không ghi tên”."
SAME = "Trùng số với người đã có trong sổ: đã ghi thêm lượt giúp cho người đó"
SAME_ONLY = "Trùng số với người đã có trong sổ: không ghi thêm người"
NAMESAKE = "Người đã có trong sổ, trùng tên và năm sinh: đã ghi thêm lượt giúp cho người đó"
NAMESAKE_ONLY = "Người đã có trong sổ, trùng tên và năm sinh: không ghi thêm người"
OTHERWISE = "Giữ như trong sổ; phiếu ghi khác: {}"
GONE = "Trước đã bỏ khỏi sổ, nên không ghi lại: {}"
UNASKED = "Phiếu này bà con đồng ý ghi {}, lần trước thì không, nên chưa ghi"
FIELDS = {
    "group": "tổ", "name": "họ tên", "birth_on": "ngày sinh", "birth_year": "ngày sinh", "sex": "giới tính",
    "number": "số định danh", "phone_kind": "điện thoại", "phone": "điện thoại", "house": "số nhà",
}  # fmt: skip
DROPPED = {"number": "số định danh", "phone": "số điện thoại"}
WAS_FIRST = "Đồng đội đã ghi lượt hẹn này trước: điều ghi trước được giữ"


def has_groups(work: Work) -> bool:
    return working.groups_for(work).exists()


def has_desk(work: Work) -> bool:
    return work.place.kind == Place.Kind.DESK or has_groups(work)


def _at_work(work: Work, group) -> dict:
    """What the verbs take of a slip, for work in a group."""
    team = working.team_for(work) or group.team
    return {"by": work.by, "at": work.at, "device": work.device, "place": work.place, "team": team}


def _visit(work: Work, resident: Resident, done, *, page) -> list[HelpEvent]:
    """The events of a visit. Refused where the person left meanwhile."""
    words = _at_work(work, resident.group)
    try:
        return HelpEvent.objects.record_visit(done, resident=resident, page=page, **words)
    except Resident.DoesNotExist:
        raise Refused(LEFT) from None


def _page_of(work: Work, resident: Resident) -> str:
    """Where to look at somebody; who was invented is seen by nobody who does not practise."""
    is_out_of_sight = work.is_practice and work.is_later
    return "" if is_out_of_sight else reverse("resident_detail", args=[resident.pk])


# --- somebody new ------------------------------------------------------------------------------------------


def record_resident(work: Work, form: ResidentSlip) -> Done:
    """The person with consent and visit; who is there already gets the visit, and what the book lacked."""
    resident, added, remarks = form.saved or form.same or _added(work, form), "", []
    if form.same:
        resident, added, remarks = _completed(form)
    events = _visit(work, resident, form.done, page=work.key("visit")) if form.done else []
    flag = ". ".join([*_whose(form, events), *remarks, *_dropped(form)])
    return Done([resident, *events], _page_of(work, resident), _said(form, events, added), flag)


def _said(form: ResidentSlip, events, added: str) -> str:
    if added:
        return f"Đã ghi vào sổ, bổ sung thêm: {added}."
    return Done.words if events or not form.same else "Người này đã có trong sổ, phiếu không ghi thêm gì."


def _completed(form: ResidentSlip) -> tuple[Resident, str, list[str]]:
    """Who is there already, what of the slip went into the book, and remarks on what did not.

    Refused where the person left meanwhile.
    """
    people = Resident.objects.present().named().select_for_update(of=("self",))
    row = people.filter(pk=form.same.pk).first()
    if row is None:
        raise Refused(LEFT)
    said = {name: value for name, value in form.words.items() if value}
    unasked, elsewhere = set(), set()
    for purpose, names in ((CONTACT, {"phone", "phone_kind"}), (NUMBER, {"number"})):
        if not row.allows(purpose):
            unasked |= said.keys() & names
    if form.cleaned_data["group"] != row.group:
        elsewhere = {"group"} | said.keys() & {"house"}  # the number of a house is one of the group
    added, otherwise, gone = row.complete(**{name: said[name] for name in said.keys() - unasked - elsewhere})
    told = [(OTHERWISE, otherwise | elsewhere), (GONE, gone), (UNASKED, unasked)]
    return row, _named(added), [sentence.format(_named(names)) for sentence, names in told if names]


def _named(names: set[str]) -> str:
    return ", ".join(dict.fromkeys(words for name, words in FIELDS.items() if name in names))


def _added(work: Work, form: ResidentSlip) -> Resident:
    """The new row; whoever was faster by a moment with the same card is the person."""
    try:
        with transaction.atomic():
            consent = None if work.is_practice else _consent(work, form)
            words = {"group": form.cleaned_data["group"], "consent": consent, **form.words}
            return Resident.objects.add(id=work.key("resident"), by=work.by, at=work.at, **words)
    except IntegrityError:
        form.find_again()
        if form.saved or form.same:
            return form.saved or form.same
        if form.cleaned_data["number"]:
            raise Refused(f"{ELSEWHERE}.") from None
        raise


def _consent(work: Work, form: ResidentSlip) -> Consent:
    data = form.cleaned_data
    words = {name: data[name] for name in ("purposes", "how", "paper_number")}
    words["notice"] = data["notice"] or consents.notice(on=work.day)  # whose words stood on the page
    return Consent.objects.record(id=work.key("consent"), by=work.by, at=work.at, **words)


def _whose(form: ResidentSlip, events) -> list[str]:
    """That it is somebody who was there before."""
    if not form.same:
        return []
    if form.is_namesake:
        return [NAMESAKE if events else NAMESAKE_ONLY]
    return [SAME if events else SAME_ONLY]


def _dropped(form: ResidentSlip) -> list[str]:
    dropped = " và ".join(DROPPED[name] for name in form.dropped)
    return [f"Bà con không đồng ý ghi {dropped}, nên phần đó trên phiếu đã bỏ"] if dropped else []


# --- somebody in the book, nobody named, a desk, asked again -----------------------------------------------


def record_help(work: Work, form: HelpSlip) -> Done:
    """The visit; what the online page had brought through before the network was lost is not doubled."""
    page = form.cleaned_data["page"] or work.key("visit")
    events = _visit(work, form.found, form.done, page=page)
    return Done(events, _page_of(work, form.found), "Đã ghi lượt giúp.", _kept_words(events, form.done))


def _kept_words(events, done) -> str:
    """What an earlier press of the same page had said otherwise: events never change."""
    kept = [
        f"{step.words} là “{event.get_outcome_display()}”"
        for event, (step, outcome) in zip(events, done, strict=True)
        if event.outcome != outcome
    ]
    return f"Lượt này đã ghi từ trước, điều ghi trước được giữ: {'; '.join(kept)}" if kept else ""


def record_unnamed(work: Work, form: UnnamedSlip) -> Done:
    """So many people, each with these steps."""
    told = form.cleaned_data
    words = {name: told[name] for name in ("group", "steps", "count")}
    words |= {"page": told["page"] or work.key("unnamed"), **_at_work(work, told["group"])}
    times = HelpEvent.objects.record_unnamed(**words)
    return Done(words=f"Đã ghi {times} lượt giúp, không ghi tên ai." if times else Done.words)


def record_tally(work: Work, form: TallySlip) -> Done:
    """So many people at the desk of that place and day, which is opened where nobody did."""
    told = form.cleaned_data
    session = told["session"] or _session(work)
    key, step = told["id"] or work.key("tally"), told["step"]
    words = {"id": key, "audience": told["audience"], "step": step, "number": told["count"]}
    try:
        tally = desks.count(session, by=work.by, device=work.device, at=work.at, **words)
    except desks.BelowZero as error:
        raise Refused(str(error)) from None
    return Done([tally], words="Đã đếm vào bàn hỗ trợ.")


def _session(work: Work) -> DeskSession:
    groups = working.groups_for(work)[:2]
    team = working.team_for(work) or (groups[0].team if len(groups) == 1 else None)
    words = {"team": team, "on": work.day, "is_practice": work.is_practice}
    return DeskSession.objects.open_at(work.place, by=work.by, **words)


def record_followup(work: Work, form: FollowUpSlip) -> Done:
    """The answer, or that nobody was there; who was faster keeps the word."""
    visit, outcome = form.found, form.cleaned_data["outcome"]
    done = Done([visit], _page_of(work, visit.resident), "Đã ghi lượt hỏi lại.")
    if outcome != form.MISSED:
        if not visit.mark_done(by=work.by, outcome=outcome, at=work.at):
            is_own = visit.done_by_id == work.by.pk and visit.outcome == outcome
            done.flag = "" if is_own else WAS_FIRST
    elif form.cleaned_data["before"] == visit.missed_count:
        visit.mark_missed(on=work.day)
    return done


CAPTURES = [
    Capture(
        code="resident", title="Người mới", icon="people",
        words="Xin phép, ghi người và việc đã giúp, trên một trang.",
        form=ResidentSlip, apply=record_resident, template="neighborhoods/slip_resident.html",
        offered=has_groups, context=lambda work: {"notice": consents.notice(on=work.day)},
        secrets=frozenset({"number", "phone"}),
    ),
    Capture(
        code="help", title="Giúp người đã có trong sổ", icon="ok",
        words="Quét thẻ, hoặc ghi họ tên và năm sinh.",
        form=HelpSlip, apply=record_help, template="neighborhoods/slip_help.html",
        offered=has_groups, secrets=frozenset({"number"}),
    ),
    Capture(
        code="unnamed", title="Giúp không ghi tên", icon="shield",
        words="Ai không muốn ghi tên vẫn được giúp, chỉ đếm lượt.",
        form=UnnamedSlip, apply=record_unnamed, template="neighborhoods/slip_unnamed.html",
        offered=has_groups,
    ),
    Capture(
        code="tally", title="Đếm ở bàn hỗ trợ", icon="plus",
        words="Mỗi người tới bàn là một lượt, không hỏi tên.",
        form=TallySlip, apply=record_tally, template="neighborhoods/slip_tally.html", offered=has_desk,
    ),
    Capture(
        code="visit_followup", title="Hỏi lại sau khi giúp", icon="clock",
        words="Bà con có tự làm lại được không.",
        form=FollowUpSlip, apply=record_followup, template="neighborhoods/slip_followup.html",
        has_page=False,
    ),
]  # fmt: skip
