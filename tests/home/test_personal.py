"""One person in every app: found, copied, erased; then nowhere in the database or the files, and all counts
as before."""

import json

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import RequestFactory
from django.utils import timezone

from heritage.models import Correction
from markets.imports import read_list
from markets.models import CardCheck, PrintJob, StallCard, StallImport, Vendor
from neighborhoods import book, ladder
from neighborhoods.models import FollowUp, HelpEvent, Household, Resident
from portal import backups
from portal.accounts import kept
from portal.accounts.models import Badge, User
from portal.field import receiving
from portal.field.models import Clash, Envelope
from portal.folding import fold_ascii
from portal.home import personal
from portal.home.models import SavedFilter
from portal.home.report import Question, Report
from portal.privacy.models import Consent, PersonRequest, ReadLog
from portal.privacy.personal import Asked
from tests import builders
from tests.field.envelopes import make_envelope, send, send_photo
from tests.privacy.test_dump import dumped

NAME, PHONE, NUMBER, ACCOUNT = "Hồ Thị Diệu Huyền", "0389777123", "064158777123", "MAU9777123987654"
SIGN, HOLDER, HOUSE = "Bún mắm cô Diệu Huyền", "HO THI DIEU HUYEN", "77/123 Đường Mẫu Riêng"
FORMER_HOUSE = "66/321 Đường Mẫu Cũ"
ASKED = Asked(name="ho thi dieu huyen", phone=PHONE, number=NUMBER)


@pytest.fixture
def staff(db):
    return builders.make_user(role="administrator")


def make_resident(staff) -> Resident:
    """Written down, moved, renamed, helped, asked again; alone in both houses."""
    group = builders.make_group(adults=40)
    house = Household.objects.create(group=group, house=FORMER_HOUSE)
    resident = builders.make_resident(
        group=group, name=f"{NAME} (cũ)", number=NUMBER, phone=PHONE, phone_kind="own", household=house,
        birth_year=1958, sex="female", recorded_by=staff,
    )  # fmt: skip
    resident.name = NAME
    resident.set_house(HOUSE)
    resident.save()
    builders.make_help(resident=resident, by=staff)
    builders.make_help(resident=resident, step="health_book", outcome="had", by=staff)
    visit = FollowUp.objects.get(resident=resident, kind="day_7")
    visit.mark_done(by=staff, outcome="alone")
    return resident


def make_vendor(staff) -> Vendor:
    """On a stall, with a card that hangs, a strange code beside it, a list that names her."""
    consent = builders.make_consent(how="paper", paper_number="HUYEN-77123", by=staff)
    vendor = builders.make_vendor(name=NAME, phone=PHONE, consent=consent)
    tenancy = builders.make_tenancy(vendor=vendor, sign=SIGN, by=staff)
    account = builders.make_account(tenancy=tenancy, number=ACCOUNT, holder=HOLDER, by=staff)
    card = builders.make_card(account=account, state="tried", by=staff)
    card.mark_checked(by=staff, texts=["khác"], way="photo", photo=builders.make_photo())
    sheet = read_list(f"Dãy,Số,Chủ\nB,7,{NAME}\n".encode(), "a.csv").dump()
    StallImport.objects.start(market=tenancy.stall.market, data=sheet, by=staff)
    job = PrintJob.objects.create(market=tenancy.stall.market, made_by=staff)
    job.mark_started(stalls=[tenancy.stall_id])
    job.mark_done(pdf=NAME.encode(), done=1, problems=[])
    return vendor


def make_slips(staff) -> None:
    """One that waits with a photo, one whose UUID came again with another content."""
    place = builders.make_market().place
    told = {"row": "B", "number": "7", "name": NAME, "phone": PHONE, "account_number": ACCOUNT}
    id, _answer = send("vendor", told, by=staff, place=place)
    send_photo(NAME.encode(), of=id, by=staff, place=place)
    Envelope.objects.filter(pk=id).update(problem=f"Sạp B7 đã có chủ trong sổ, {NAME} ghi ngày 1-12")
    id, _answer = send("vendor", {"name": "Siu Khác"}, by=staff, place=place)
    _id, raw = make_envelope("vendor", {"name": NAME}, by=staff, place=place, id=id)
    assert receiving.receive(id, raw, by=staff).status == 409


def make_everything(staff) -> None:
    """The person in every app, and in what people leave behind while they work."""
    make_resident(staff)
    make_vendor(staff)
    make_slips(staff)
    user = builders.make_user(role="volunteer", unit=builders.commune_unit(), name=NAME, phone="0389777124")
    badge = Badge.objects.make_for(user, by=staff)
    badge.give_photo(builders.make_photo(), consent=builders.make_consent(by=staff), by=staff)
    site = builders.make_site()
    words = f"Tôi là {NAME}, {PHONE}: năm ghi sai."
    Correction.objects.create(site=site, language="vi", about="text", text=words)
    PersonRequest.objects.receive(
        kind="see", how="in_person", unit=builders.commune_unit(), by=staff, name=NAME, contact=PHONE
    )
    LogEntry.objects.create(
        user=staff, content_type=ContentType.objects.get_for_model(Vendor), object_id="1",
        object_repr=f"Lượt theo dõi, {SIGN}", action_flag=2,
    )  # fmt: skip
    SavedFilter.objects.create(user=staff, register="markets.vendor", name=NAME, query="a=1")
    session = SessionStore()
    typing = RequestFactory().post("/", {"name": NAME})
    typing.user, typing.session = staff, {}
    session.update({"_messages": f"Đã ghi {NAME}", "place_id": 7, "kept": kept.seal_post(typing)})
    session.create()


def counts() -> dict:
    """Everything that is counted: the ladder, the groups' use, the markets' report of the last months."""
    report = market_report()
    reached = ladder.reached(HelpEvent.objects.real())
    groups = {event.group for event in HelpEvent.objects.select_related("group")}
    return {
        "ladder": sorted(map(str, reached)),
        "months": [str(ladder.months(book.read(group), timezone.localdate())) for group in groups],
        "visits": [ladder.use(book.read(group)).asked for group in groups],
        "report": [(share.indicator.code, share.count) for share in report.total.shares],
        "people": report.tally.people,
        "tables": {
            model.__name__: model.objects.count()
            for model in (Resident, Vendor, StallCard, HelpEvent, FollowUp, Correction, User, Consent)
        },
    }


def market_report() -> Report:
    request = RequestFactory().get("/")
    request.user = User.objects.get(roles__kind="administrator")
    return Report(Question(request))


def spelled() -> list[str]:
    """What must not be found: each text as it is, folded, in capitals, and as bytea prints it."""
    texts = [
        NAME,
        PHONE,
        NUMBER,
        ACCOUNT,
        SIGN,
        HOLDER,
        HOUSE,
        FORMER_HOUSE,
        "0389777124",
        "HUYEN-77123",
        "Diệu Huyền",
    ]
    cases = {case for text in texts for case in (text, fold_ascii(text), text.lower(), text.upper())}
    folded = {fold_ascii(case).lower() for case in cases}
    everything = cases | folded | {fold_ascii(case).upper() for case in cases}
    return sorted(everything | {text.encode().hex() for text in everything})


def rows() -> str:
    """Every row of every table as text, with the columns that the database computes and a dump leaves out."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT t::text FROM {connection.ops.quote_name(table)} t")
            found += [line for (line,) in cursor.fetchall()]
    return "\n".join(found)


def hits() -> list[str]:
    """What is found of the person in the dump, the rows, the sessions and the files."""
    sessions = [session.get_decoded() for session in Session.objects.all()]
    files = [path for root in backups._file_roots().values() for path in root.rglob("*") if path.is_file()]
    places = [dumped(), rows(), json.dumps(sessions, ensure_ascii=False)]
    places += [path.read_bytes().decode("utf-8", "replace") for path in files]
    return [text for text in spelled() if any(text in place for place in places)]


@pytest.mark.django_db(transaction=True)
def test_a_person_is_found_copied_and_erased_and_then_nowhere():
    staff = builders.make_user(role="administrator")
    make_everything(staff)
    assert {NAME, PHONE, SIGN, HOLDER, HOUSE, FORMER_HOUSE, "HUYEN-77123", "ho thi dieu huyen"} <= set(hits())

    found = personal.find(ASKED, staff)
    assert {record.part.label for record in found} == set(personal.BY_LABEL)
    assert not [record for record in found if NAME in record.who + record.where]

    told = json.dumps(personal.copy(found, to=staff), default=str, ensure_ascii=False)
    for text in (NAME, f"{NAME} (cũ)", PHONE, NUMBER, ACCOUNT, SIGN, HOLDER, HOUSE, "HUYEN-77123"):
        assert text in told
    for words in ("Lượt giúp", "Lượt hỏi lại", "Đồng ý cho", "Soi thẻ", "Thẻ tình nguyện viên", "Số ảnh kèm"):
        assert words in told
    assert ReadLog.objects.filter(reason="request").count() == len(found)

    personal.withdraw(found, by=staff)  # from today on the stall takes no part: that is counted
    before = counts()
    personal.erase(found, by=staff)
    assert hits() == []
    assert counts() == before
    assert personal.find(ASKED, staff) == []
    assert Session.objects.get().get_decoded() == {"place_id": 7}
    assert not CardCheck.objects.exclude(photo=None)
    assert not PrintJob.objects.exclude(file=None)
    assert not Envelope.objects.exclude(sealed=None)
    assert not Clash.objects.with_content()
