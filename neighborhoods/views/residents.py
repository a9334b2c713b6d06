"""People of a group: asked, written down, put right, gone."""

import uuid

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError
from django.db.models import Q
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from neighborhoods import consents, visits, working
from neighborhoods.models import Group, Resident
from neighborhoods.models.residents import Overtaken
from neighborhoods.resident_forms import ChangeForm, ConsentForm, LeaveForm, NewForm
from neighborhoods.views.visits import no_group
from portal.accounts import rights
from portal.accounts.gates import field_page
from portal.accounts.sessions import is_practising
from portal.camera import camera_page
from portal.forms import page
from portal.privacy import openings

ANSWERS = ["GET", "HEAD", "POST"]
OVERTAKEN = "Đồng đội vừa sửa người này, nên chưa lưu gì. Xem những gì sổ đang ghi, còn đúng thì bấm lần nữa."


@require_http_methods(ANSWERS)
@field_page
def resident_consent(request):
    """The notice to read aloud, one box a purpose: asked of each person anew."""
    if not working.groups(request).exists():
        return no_group(request)
    form = ConsentForm(request.POST or None, purposes=consents.purposes())
    if form.is_valid():
        consents.keep(request, page=request.POST.get("id", ""), **form.cleaned_data)
        return redirect("resident_create")
    context = {"notice": consents.notice(), "key": uuid.uuid4()}
    return page(request, "neighborhoods/resident_consent.html", context, form=form)


@require_POST
@field_page
def resident_refuse(request):
    """Somebody does not want to be recorded: counted without a name, and helped all the same."""
    consents.refuse(request, key=request.POST.get("id", ""))
    counted = "Khi làm thật, sổ cộng" if is_practising(request) else "Đã cộng"
    messages.success(
        request, f"{counted} một lượt không ghi tên. Giúp xong thì ghi việc ở đây, cũng không tên."
    )
    return redirect("visit_unnamed")


@require_http_methods(ANSWERS)
@camera_page
@field_page
def resident_create(request):
    """Who agreed, by the card's code or typed; saved, and on to what was done."""
    saved = _saved_before(request)
    if saved:
        return redirect("visit_record", saved.pk)
    given = consents.kept(request, request.POST.get("consent", ""))
    if given is None:
        messages.info(request, "Xin phép trước đã, rồi mới ghi tên.")
        return redirect("resident_consent")
    form = _new_form(request, given, request.POST or None)
    context = {"given": given, "asks_group": form["group"].initial is None}
    if request.method == "POST" and "look" in request.POST:
        return _look(request, form, context)
    if form.is_valid() and (resident := _add(request, form, given)):
        messages.success(request, "Đã ghi vào sổ. Bây giờ chọn việc vừa giúp.")
        return redirect("visit_record", resident.pk)
    return page(request, "neighborhoods/resident_create.html", context, form=form)


def _saved_before(request) -> Resident | None:
    """Whom this very form was saved as: a second tap leads on."""
    try:
        key = uuid.UUID(request.POST.get("id", ""))
    except ValueError:
        return None
    return working.people(request).filter(pk=key, recorded_by=request.user).first()


def _new_form(request, given, data, **words) -> NewForm:
    groups = working.groups(request)
    only = working.group_of(request)
    initial = {"group": only and only.pk, **words.pop("initial", {})}
    return NewForm(data, initial=initial, purposes=given.purposes, groups=groups, **_book(request))


def _book(request) -> dict:
    """Where forms look for who is there already, and who asks."""
    here, everywhere = working.residents(request), Resident.objects.named().filter(is_practice=False)
    is_practice = is_practising(request)
    book = here if is_practice else everywhere
    return {"people": here, "book": book, "asker": request.user, "is_practice": is_practice}


def _look(request, form, context):
    """Whether the book has this person already: a yes or no, never whose row it is."""
    form.full_clean()
    typed = {**request.POST.dict(), "birth": [request.POST.get(f"birth_{box}", "") for box in BIRTH]}
    fresh = _new_form(request, context["given"], None, initial=typed)
    template = "neighborhoods/resident_create.html" + ("#known" if request.htmx else "")
    return render(request, template, {**context, "form": fresh, "looked": form})


BIRTH = ("day", "month", "year")


def _add(request, form, given) -> Resident | None:
    """The new row; None where the number came into the book a moment ago, which the form then says."""
    words = {"id": form.cleaned_data["id"], "group": form.cleaned_data["group"], **form.words}
    try:
        resident = Resident.objects.add(by=request.user, consent=given.consent, **words)
    except IntegrityError:
        resident = _saved_before(request)  # the second of two taps
        if resident is None:
            form.add_error("number" if "number" in form.fields else None, TAKEN)
            return None
    consents.forget(request, given)
    return resident


TAKEN = "Vừa có người ghi số này. Bấm “Đã có chưa?” để biết làm gì"


# --- somebody in the book ----------------------------------------------------------------------------------


def _person(request, id, **conditions) -> Resident:
    """Somebody in reach, at whatever place, also who left; in practice whom the user made up. 404 else."""
    rows = Resident.objects.visible_to(request.user)
    rows = working.people(request) if is_practising(request) else rows
    rows = rows.select_related("household", "group__place__area__kind", "group__place__area__parent")
    rows = rows.select_related("consent__notice", "recorded_by")
    return get_object_or_404(rows, pk=id, **conditions)


@require_safe
@field_page
def resident_detail(request, id):
    """What the book knows, numbers masked; what was done, what is due, and what can be put right."""
    resident = _person(request, id)
    openings.note(request, resident)
    is_here = working.residents(request).filter(pk=resident.pk).exists()  # else nothing is noted from here
    now = timezone.now()
    context = {
        "resident": resident,
        "is_here": is_here,
        "log": visits.log(resident),
        "since": now - visits.CORRECTABLE if is_here else now,
        "followups": list(resident.followups.open().select_related("step").order_by("due_on")),
        "reveals": request.user.reach.holds(*rights.REVEALERS) and not resident.is_practice,
    }
    return render(request, "neighborhoods/resident_detail.html", context)


@require_http_methods(ANSWERS)
@field_page
def resident_change(request, id):
    """Puts right what is known, or where somebody lives now. Who was overtaken loses nothing of the form."""
    resident = _person(request, id, left_on=None)
    openings.note(request, resident)
    purposes = {code for code in (consents.NUMBER, consents.CONTACT) if resident.allows(code)}
    groups = _groups_to_move_to(request, resident)
    words = {"resident": resident, "purposes": purposes, "groups": groups, **_book(request)}
    words["book"] = words["book"].exclude(pk=resident.pk)
    form, status = ChangeForm(request.POST or None, **words), None
    if form.is_valid():
        try:
            resident.correct(
                seen=request.POST.get("before", ""), group=form.cleaned_data["group"], **form.words
            )
        except Overtaken:
            status = 409
            messages.warning(request, OVERTAKEN)
        except IntegrityError:
            form.add_error("number", TAKEN)
        else:
            messages.success(request, "Đã lưu.")
            return _after_change(request, resident)
    context = {"resident": resident, "many_groups": len(groups) > 1, "was_overtaken": status == 409}
    return page(request, "neighborhoods/resident_change.html", context, form=form, status=status)


def _groups_to_move_to(request, resident):
    """Groups in reach in the same commune, for the province in any; in practice there is one."""
    if resident.is_practice:
        return working.groups(request)
    groups = Group.objects.visible_to(request.user).working().with_place()
    if request.user.reach.is_everywhere:
        return groups
    near = Q(place__area__path__startswith=resident.group.commune.path) | Q(pk=resident.group_id)
    return groups.filter(near)


def _after_change(request, resident):
    """Who moved to a group that is not worked on from here is no longer seen here."""
    is_here = working.people(request).filter(pk=resident.pk).exists()
    return redirect("resident_detail", resident.pk) if is_here else redirect("visit_start")


@require_http_methods(ANSWERS)
@field_page
def resident_leave(request, id):
    """Moved, died, or noted by mistake; who is gone by a slip comes back by the same page."""
    resident = _person(request, id)
    openings.note(request, resident)
    if resident.left_on:
        return _come_back(request, resident)
    form, status = LeaveForm(request.POST or None), None
    if form.is_valid() and _may_leave(request, resident, form):
        try:
            seen = request.POST.get("before", "")
            resident.leave(why=form.cleaned_data["why"], by=request.user, seen=seen, device=request.device)
        except (Overtaken, IntegrityError):  # the row, or one of its events, was changed meanwhile
            status = 409
            messages.warning(request, OVERTAKEN)
        else:
            messages.success(request, "Đã ghi. Người này không còn trong danh sách của tổ.")
            return redirect("resident_detail", resident.pk)
    return page(
        request, "neighborhoods/resident_leave.html", {"resident": resident}, form=form, status=status
    )


def _may_leave(request, resident, form) -> bool:
    """A mistake also voids what was reported a month ago: that is for who leads the work."""
    is_slip = form.cleaned_data["why"] == Resident.Leaving.MISTAKE
    reported = resident.helps.standing().filter(at__lt=timezone.now() - visits.CORRECTABLE)
    if is_slip and not request.user.reach.holds(*rights.SHIFT_MAKERS) and reported.exists():
        form.add_error("why", REPORTED)
        return False
    return True


REPORTED = "Người này có lượt giúp quá 30 ngày, số đã báo cáo: nhờ đội trưởng hoặc Đoàn xã, phường ghi nhầm"


def _come_back(request, resident):
    is_withdrawn = resident.consent is not None and resident.consent.withdrawn_at is not None
    if is_withdrawn or resident.left_why not in LeaveForm.REASONS:  # not brought back by a slip
        raise PermissionDenied
    if request.method == "POST":
        resident.come_back()
        messages.success(request, "Đã ghi lại là vẫn ở tổ.")
        return redirect("resident_detail", resident.pk)
    return render(request, "neighborhoods/resident_back.html", {"resident": resident})
