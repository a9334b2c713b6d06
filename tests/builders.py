"""Plain functions that make rows for tests: keyword arguments, defaults that are never the same twice.

They stand on the reference data that every test database has: what is not named lies in Phường Pleiku.
"""

from datetime import timedelta
from io import BytesIO
from itertools import count

from django.db import connection
from django.utils import timezone
from PIL import Image

from heritage import drawings, reference
from heritage.content import collect
from heritage.models import (
    Edition,
    Passage,
    PassageText,
    Picture,
    PictureFile,
    PictureText,
    Plaque,
    RankDecision,
    Site,
    SiteText,
)
from heritage.plaques import facts
from markets.models import (
    FalseCardReport,
    FollowUp,
    Goods,
    Market,
    PaymentAccount,
    Stall,
    StallCard,
    Tenancy,
    Vendor,
)
from neighborhoods.models import Denominator, Group, HelpEvent, Resident, Step
from portal.accounts.models import Role, Shift, ShiftEntry, User
from portal.accounts.rights import SECOND_FACTOR
from portal.codes.models import ShortCode
from portal.organization.models import Area, Place, Team, TeamMember, Unit
from portal.privacy.models import Consent, Notice, Purpose, Refusal

PASSWORD = "mật khẩu để thử 1"
PIN = "246813"
BIDV = "970418"
_next = count(1)


# --- what the reference data hold --------------------------------------------------------------------------


def commune(name: str = "Phường Pleiku") -> Area:
    """A commune or ward of today."""
    return Area.objects.communes().today().get(name=name)


def former_commune(name: str, district: str) -> Area:
    """A commune or ward as on 30-6-2025: names repeat, so the district is needed."""
    return Area.objects.communes().get(name=name, parent__name=district, ends_on__isnull=False)


def commune_unit(name: str = "Phường Pleiku") -> Unit:
    """The union unit of a commune of today."""
    return Unit.objects.get(kind=Unit.Kind.COMMUNE, area=commune(name))


def province_unit() -> Unit:
    """Tỉnh Đoàn Gia Lai."""
    return Unit.objects.get(kind=Unit.Kind.PROVINCE)


# --- organization and accounts -----------------------------------------------------------------------------


def make_area(*, kind: str = "phuong", parent: Area | None = None, **fields) -> Area:
    """An invented area; `kind` is the code of an AreaKind, such as `xa` or `lang`."""
    return Area.objects.create(
        kind_id=kind, parent=parent, name=fields.pop("name", f"Địa bàn Mẫu {next(_next)}"), **fields
    )


def make_unit(*, kind: str = Unit.Kind.COMMUNE, parent: Unit | None = None, **fields) -> Unit:
    """An invented unit under the province; one at commune level gets an invented area of its own."""
    number = next(_next)
    if kind == Unit.Kind.COMMUNE and "area" not in fields:
        fields["area"] = make_area(name=f"Phường Mẫu {number}")
    name = fields.pop("name", f"Đoàn phường Mẫu {number}")
    return Unit.objects.create(kind=kind, parent=parent or province_unit(), name=name, **fields)


def make_place(*, unit: Unit | None = None, kind: str = Place.Kind.MARKET, **fields) -> Place:
    """A place in the unit's area."""
    unit = unit or commune_unit()
    fields.setdefault("area", unit.area or commune())
    fields.setdefault("name", f"Chợ Mẫu {next(_next)}")
    return Place.objects.create(unit=unit, kind=kind, **fields)


def make_user(
    *,
    role: str | None = None,
    unit: Unit | None = None,
    password: str | None = PASSWORD,
    pin: str | None = None,
    **fields,
) -> User:
    """A user; with `role`, it is held on the unit, by default the province for what province staff hold."""
    number = next(_next)
    username = fields.pop("username", f"nguoi-{number}")
    fields.setdefault("name", f"Người Mẫu {number}")
    user = User.objects.create_user(username, password, **fields)
    if pin:
        user.set_pin(pin)
        user.save(update_fields=["pin", "pin_check"])
    if role:
        make_role(user=user, kind=role, unit=unit)
    return user


def make_role(*, user: User, kind: str, unit: Unit | None = None, **fields) -> Role:
    """A role held since ever; what the user's reach remembered is forgotten."""
    if unit is None:
        unit = province_unit() if kind in SECOND_FACTOR else commune_unit()
    user.__dict__.pop("reach", None)
    return Role.objects.create(user=user, kind=kind, unit=unit, **fields)


def make_team(*, unit: Unit | None = None, leader: User | None = None, members=(), **fields) -> Team:
    fields.setdefault("name", f"Đội Mẫu {next(_next)}")
    fields.setdefault("kind", Team.Kind.YOUTH)
    team = Team.objects.create(unit=unit or commune_unit(), leader=leader, **fields)
    TeamMember.objects.bulk_create(TeamMember(team=team, user=user) for user in members)
    return team


def make_shift(*, place: Place | None = None, made_by: User | None = None, **fields) -> Shift:
    """A shift that runs since an hour, for four more."""
    now = timezone.now()
    fields.setdefault("starts_at", now - timedelta(hours=1))
    fields.setdefault("ends_at", now + timedelta(hours=4))
    fields.setdefault("code", ShortCode.objects.draw(ShortCode.Purpose.SHIFT))
    place = place or make_place()
    made_by = made_by or make_user(role="team_lead", unit=place.unit)
    return Shift.objects.create(place=place, made_by=made_by, **fields)


def make_shift_guest(*, shift: Shift | None = None, pin: str = PIN, **fields) -> User:
    """A volunteer who came in by the shift's code: a PIN, no password."""
    user = make_user(password=None, pin=pin, is_guest=True, **fields)
    ShiftEntry.objects.create(shift=shift or make_shift(), user=user)
    return user


# --- privacy -----------------------------------------------------------------------------------------------


def make_worker(*, beat_ago=timedelta()) -> None:
    """A worker that gave its last sign of life so long ago."""
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - %s)", [beat_ago])


def make_purpose(**fields) -> Purpose:
    number = next(_next)
    defaults = {"code": f"purpose_{number}", "programme": "markets", "words": f"Mục đích mẫu {number}"}
    return Purpose.objects.create(**{**defaults, **fields})


def make_notice(**fields) -> Notice:
    """A later version of the notice, in force from today."""
    defaults = {
        "programme": "markets",
        "version": 100 + next(_next),
        "text": "Lời mẫu.",
        "starts_on": timezone.localdate(),
    }
    return Notice.objects.create(**{**defaults, **fields})


def make_consent(*, purposes=("market_card",), by: User | None = None, **fields) -> Consent:
    """A consent given on the screen, to the notice in force."""
    fields.setdefault("how", Consent.How.SCREEN)
    fields.setdefault("notice", Notice.objects.current("markets"))
    return Consent.objects.record(purposes=purposes, by=by or make_user(), **fields)


def make_refusal(*, place: Place | None = None, by: User | None = None, **fields) -> Refusal:
    """Somebody who did not want to be recorded."""
    fields.setdefault("notice", Notice.objects.current("markets"))
    return Refusal.objects.create(place=place or make_place(), recorded_by=by or make_user(), **fields)


# --- markets -----------------------------------------------------------------------------------------------


def make_goods(**fields) -> Goods:
    number = next(_next)
    return Goods.objects.create(**{"code": f"hang-{number}", "name": f"Hàng mẫu {number}", **fields})


def make_market(*, place: Place | None = None, **fields) -> Market:
    """A market at a place; other fields than the market's own (`unit`, `area`, `name`) go to the place."""
    own = {name: fields.pop(name) for name in ("slug", "partner_bin", "launched_on") if name in fields}
    own.setdefault("slug", f"cho-mau-{next(_next)}")
    own.setdefault("partner_bin", BIDV)
    return Market.objects.create(place=place or make_place(**fields), **own)


def make_stall(*, market: Market | None = None, goods: Goods | None = None, by=None, **fields) -> Stall:
    fields.setdefault("row", "M")
    fields.setdefault("number", str(next(_next)))
    goods = goods or Goods.objects.first() or make_goods()
    return Stall.objects.open_new(market=market or make_market(), goods=goods, by=by or make_user(), **fields)


def make_vendor(*, consent: Consent | None = None, **fields) -> Vendor:
    fields.setdefault("name", f"Siu Mẫu {next(_next)}")
    return Vendor.objects.create(consent=consent or make_consent(), **fields)


def make_tenancy(*, stall: Stall | None = None, vendor: Vendor | None = None, by=None, **fields) -> Tenancy:
    """A vendor on a stall since today; `market` and `name` make stall and vendor."""
    stall = stall or make_stall(market=fields.pop("market", None), by=by)
    vendor = vendor or make_vendor(**({"name": fields.pop("name")} if "name" in fields else {}))
    fields.setdefault("sign", f"Sạp {vendor.name}"[:60])
    fields.setdefault("starts_on", timezone.localdate())
    return Tenancy.objects.create(stall=stall, vendor=vendor, recorded_by=by or stall.opened_by, **fields)


def make_number() -> str:
    """An account number that no bank has: MAU and 16 digits."""
    return f"MAU{next(_next):016d}"


def make_account(*, tenancy: Tenancy | None = None, by=None, **fields) -> PaymentAccount:
    """The account in force, by number, or with `payload` by the vendor's own code."""
    tenancy = tenancy or make_tenancy(by=by)
    if not fields.get("payload"):
        fields.setdefault("number", make_number())
    fields.setdefault("bin", BIDV)
    fields.setdefault("holder", tenancy.vendor.name.upper()[:60])
    return tenancy.replace_account(by=by or tenancy.recorded_by, **fields)


def make_ready_stall(*, market: Market | None = None, by=None, name=None, holder=None, **fields) -> Stall:
    """A stall whose vendor has read name and last four digits aloud; other fields are the stall's."""
    by = by or make_user()
    stall = make_stall(market=market, by=by, **fields)
    vendor = make_vendor(consent=make_consent(by=by), **({"name": name} if name else {}))
    tenancy = make_tenancy(stall=stall, vendor=vendor, by=by)
    account = make_account(tenancy=tenancy, by=by, **({"holder": holder} if holder else {}))
    account.mark_confirmed(by=by)
    return stall


def make_card(*, account: PaymentAccount | None = None, state: str = "made", by=None, **fields) -> StallCard:
    """The stall's card, read aloud, brought to a state of `StallCard.State`; other fields make accounts."""
    account = account or make_account(by=by, **fields)
    by = by or account.recorded_by
    if account.confirmed_at is None:
        account.mark_confirmed(by=by)
    card = StallCard.objects.make_for(account.tenancy.stall, by=by)
    if state == "void":
        card.void(by=by, reason=StallCard.VoidReason.LOST)
        return card
    steps = ["printed", "posted", "tried"]
    for step in steps[: steps.index(state) + 1] if state in steps else []:
        getattr(card, f"mark_{step}")(by=by)
    return card


def make_hanging_card(*, days: int = 40, state: str = "tried", market=None, row="M", **fields) -> StallCard:
    """A card that hangs since so many days; other fields are the account's."""
    stall = make_stall(market=market, row=row)
    card = make_card(account=make_account(tenancy=make_tenancy(stall=stall), **fields), state=state)
    at = timezone.now() - timedelta(days=days)
    StallCard.objects.filter(pk=card.pk).update(made_at=at, printed_at=at, posted_at=at)
    card.refresh_from_db()
    return card


def make_used(card: StallCard, *, percent: int = 70, days: int = 0) -> FollowUp:
    """The visit after 30 days was made, so many days ago, and this share of the buyers pays by transfer."""
    visit, at = card.account.tenancy.followups.get(kind=FollowUp.Kind.DAY_30), timezone.now()
    at -= timedelta(days=days)
    FollowUp.objects.filter(pk=visit.pk).update(due_on=timezone.localdate(at))
    visit.mark_done(by=card.made_by, at=at, transfer_percent=percent, has_internet=True, problem="none")
    return visit


def make_followup(*, tenancy: Tenancy | None = None, **fields) -> FollowUp:
    """A visit that is due today."""
    fields.setdefault("kind", FollowUp.Kind.DAY_7)
    fields.setdefault("due_on", timezone.localdate())
    return FollowUp.objects.create(tenancy=tenancy or make_tenancy(), **fields)


def make_report(*, card: StallCard | None = None, **fields) -> FalseCardReport:
    """Somebody saw something wrong with the card."""
    card = card or make_card(state="tried")
    fields.setdefault("kind", FalseCardReport.Kind.COVERED)
    return FalseCardReport.objects.create(card=card, code=card.check_code_id, **fields)


def make_photo(size: tuple[int, int] = (60, 40)) -> bytes:
    """A small grey JPEG."""
    picture = BytesIO()
    Image.new("RGB", size, "grey").save(picture, "JPEG")
    return picture.getvalue()


# --- heritage ----------------------------------------------------------------------------------------------


def make_site(*, unit: Unit | None = None, kinds=("historical",), rank: str = "national", **fields) -> Site:
    """A site on its unit's ground, ranked in 1993, with nothing said of it yet; `rank=""` ranks it not.

    `kinds` are codes of `heritage.reference.KINDS`, `rank` one of RANKS; `areas` may name other communes.
    """
    number = next(_next)
    unit = unit or commune_unit()
    areas = fields.pop("areas", [unit.area or commune()])
    fields.setdefault("slug", f"di-tich-mau-{number}")
    fields.setdefault("name", f"Di tích Mẫu {number}")
    site = Site.objects.create(unit=unit, **fields)
    site.kinds.set(kinds)
    site.areas.set(areas)
    if rank:
        RankDecision.objects.create(site=site, rank_id=rank, number="281/QĐ-BT", decided="1993-03-24")
    return site


def make_site_text(*, site: Site | None = None, language: str = "vi", lead: str = "", **fields) -> SiteText:
    """The site in a language, a draft, with an opening paragraph there."""
    site = site or make_site()
    fields.setdefault("name", site.name if language == "vi" else f"{site.name} ({language})")
    row = SiteText.objects.create(site=site, language=language, **fields)
    lead = lead or f"Lời kể mẫu về {site.name} ({language})."
    first = site.passages.filter(kind=Passage.Kind.LEAD).first()
    first = first or Passage.objects.create(site=site, kind=Passage.Kind.LEAD)
    PassageText.objects.update_or_create(passage=first, language=language, defaults={"text": lead})
    return row


def make_passage(*, site: Site | None = None, kind: str = "story", sources=(), **fields) -> Passage:
    """Something that is said: `vi="…"`, `en="…"` are its words, `titles={"vi": "…"}` its titles."""
    words = {language: fields.pop(language) for language in ("vi", "en", "jra", "bdq") if language in fields}
    titles = fields.pop("titles", {})
    site = site or make_site()
    fields.setdefault("sort", site.passages.filter(kind=kind).count() + 1)
    passage = Passage.objects.create(site=site, kind=kind, **fields)
    passage.sources.set(sources)
    words = words or {"vi": f"Đoạn mẫu {next(_next)}."}
    PassageText.objects.bulk_create(
        PassageText(
            passage=passage, language=language, title=titles.get(language, ""), text=words.get(language, "")
        )
        for language in {**words, **titles}
    )
    return passage


def make_edition(
    *, site: Site | None = None, language: str = "vi", state: str = "published", by=None, **fields
) -> Edition:
    """An edition of what the desk's rows say, brought to a state of `Edition.State`; makes what is missing.

    `content` may change keys of what is frozen; `at` is when it was sent, approved and published.
    """
    site = site or make_site()
    if not site.texts.filter(language=language).exists():
        make_site_text(site=site, language=language)
    by, at = by or make_user(), fields.pop("at", None)
    content = collect(site, language) | fields.pop("content", {})
    edition = Edition.objects.send(site, language, by=by, content=content, at=at, **fields)
    if state == "returned":
        edition.send_back(by=by, remarks="Sửa giúp ngày xếp hạng.", at=at)
    if state in {"approved", "published", "replaced"}:
        edition.approve(by=by, reader="Người Đọc Mẫu, Phòng Mẫu", at=at)
    if state in {"published", "replaced"}:
        edition.publish(by=by, at=at)
    if state == "replaced":
        make_edition(site=site, language=language, by=by)
    if state == "withdrawn":
        edition.withdraw(by=by, at=at)
    edition.refresh_from_db()
    return edition


NOTHING_PRINTED = {
    "names": {}, "taglines": {}, "rank": [], "areas": "", "decision": "", "part": {},
    "languages": ["vi"], "is_told": False,
}  # fmt: skip


def make_plaque(*, site: Site | None = None, is_printed: bool = True, is_mounted=None, **fields) -> Plaque:
    """A plaque; printed and mounted unless told otherwise."""
    site = site or make_site()
    fields.setdefault("languages", ["vi", "en"])
    fields.setdefault("code", ShortCode.objects.draw(ShortCode.Purpose.PLAQUE))
    if is_printed:
        fields = {"version": 1, "printed_at": timezone.now(), **fields}
        fields.setdefault("printed_by", make_user())
    if is_printed if is_mounted is None else is_mounted:
        fields = {"mounted_by": "Đội Mẫu", "mounted_at": "Trụ đá ở cổng", **fields}
        fields.setdefault("mounted_on", timezone.localdate())
    plaque = Plaque(site=site, **fields)
    if is_printed and not plaque.printed:
        is_published = Edition.objects.published().filter(site=site, language="vi").exists()
        plaque.printed = facts(plaque) if is_published else {**NOTHING_PRINTED, "names": {"vi": site.name}}
    plaque.save(force_insert=True)
    return plaque


def make_picture(*, site: Site | None = None, use: str = "hero", alts=None, **fields) -> Picture:
    """A picture whose sizes are made (they are one small JPEG); `alts` are its words by language."""
    number = next(_next)
    fields = {"credit": "Người Mẫu", "licence": "CC BY 4.0", "width": 60, "height": 40, **fields}
    fields = {"original": make_photo(), "sha256": f"{number:064x}", "state": Picture.State.READY, **fields}
    picture = Picture.objects.create(site=site or make_site(), use=use, **fields)
    alts = {"vi": f"Hình mẫu {number}", "en": f"Sample picture {number}"} if alts is None else alts
    PictureText.objects.bulk_create(
        PictureText(picture=picture, language=language, alt=alt) for language, alt in alts.items()
    )
    content = make_photo((60 + number % 40, 40))
    PictureFile.objects.create(
        name=f"{number:020x}.jpg", picture=picture, format="jpg", width=60, height=40,
        size=len(content), content=content,
    )  # fmt: skip
    return picture


def make_fourteen() -> dict[tuple[str, str], Edition]:
    """The 14 sites of the reference data, drawn, published in vi and en: {(slug, language): edition}."""
    drawings.load()
    by, editions = make_user(), {}
    for site in Site.objects.filter(slug__in=[entry["slug"] for entry in reference.sites()]):
        for language in ("vi", "en"):
            editions[site.slug, language] = make_edition(site=site, language=language, by=by)
    return editions


# --- electronic groups -------------------------------------------------------------------------------------


def make_group(*, place: Place | None = None, adults: int | None = None, **fields) -> Group:
    """A group at work at a meeting house; with `adults` it was counted a year ago."""
    place = place or make_place(kind=Place.Kind.MEETING_HOUSE, name=f"Tổ dân phố Mẫu {next(_next)}")
    today = timezone.localdate()
    fields.setdefault("name", f"Tổ dân phố điện tử {next(_next)}")
    fields.setdefault("set_up_on", today - timedelta(days=400))
    group = Group.objects.create(place=place, **fields)
    if adults is not None:
        day = today - timedelta(days=365)
        Denominator.objects.create(group=group, on=day, adults=adults, households=adults // 2, source="Mẫu")
    return group


def make_resident(*, group: Group | None = None, number: str | None = None, **fields) -> Resident:
    """Somebody who agreed to be named; with `number`, the identity number, sealed."""
    fields.setdefault("name", f"Nguyễn Thị Mẫu {next(_next)}")
    if "consent" not in fields:
        notice = Notice.objects.current("neighborhoods")
        fields["consent"] = make_consent(purposes=["group_record", "group_number"], notice=notice)
    fields.setdefault("recorded_by", fields["consent"].recorded_by)
    resident = Resident(group=group or make_group(), **fields)
    resident.set_number(number)
    resident.save()
    return resident


def make_help(*, resident: Resident | None = None, group: Group | None = None, **fields) -> HelpEvent:
    """A resident was helped with `step` (a code, by default the activation); without one, nobody named."""
    group = group or (resident.group if resident else make_group())
    fields.setdefault("outcome", HelpEvent.Outcome.HELPED)
    step = Step.objects.get(pk=fields.pop("step", "activated"))
    by = fields.pop("by", None) or make_user(role="volunteer", unit=group.place.unit)
    return HelpEvent.objects.record(group=group, resident=resident, step=step, by=by, **fields)
