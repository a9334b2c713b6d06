"""Practice: the same screens, and nothing of it counts anywhere."""

import re
import uuid
from datetime import timedelta
from io import BytesIO

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from neighborhoods import nightly, practice
from neighborhoods.models import DeskSession, FollowUp, Group, HelpEvent, Household, Resident
from portal.home.nightly import JOBS
from portal.organization.models import Place
from portal.privacy.models import Consent, Opening, Refusal
from tests.builders import PIN, make_group, make_help, make_market, make_resident, make_user
from tests.people import client_of

pytestmark = pytest.mark.django_db
CARD = practice.CARDS[0]
# What practice may write to, beside sessions, limits and the history's contexts: rows that carry is_practice,
# or hang on those that do.
MAY_GROW = {
    "neighborhoods_resident", "neighborhoods_residentevent", "neighborhoods_household",
    "neighborhoods_householdevent", "neighborhoods_helpevent", "neighborhoods_followup",
    "neighborhoods_followupevent", "neighborhoods_desksession", "neighborhoods_desksessionevent",
    "neighborhoods_tally", "django_session", "portal_ratecount", "pghistory_context",
}  # fmt: skip


def text(response) -> str:
    return response.content.decode()


@pytest.fixture
def trainee(field):
    """A volunteer's client that practises."""
    assert field.post(reverse("practice")).url == reverse("visit_start")
    return field


def invent(client, **changes) -> Resident:
    """Consent, then the words of the first invented card."""
    client.post(reverse("resident_consent"), {"purposes": ["group_record", "group_number"], "how": "screen"})
    page = client.get(reverse("resident_create"))
    words = {"id": str(uuid.uuid4()), "consent": page.context["given"].key, "group": practice_group().pk}
    words |= {"name": CARD.name, "birth_day": "13", "birth_month": "5", "birth_year": "1958"}
    words |= {"sex": "female", "number": CARD.number, "house": "7", **changes}
    answer = client.post(reverse("resident_create"), words)
    assert answer.status_code == 302, text(answer)
    return Resident.objects.get(pk=words["id"])


def practice_group() -> Group:
    return Group.objects.get(is_practice=True)


def whole_run(client) -> None:
    """Everything that can be pressed while practising."""
    client.post(reverse("resident_refuse"), {"id": uuid.uuid4()})
    resident = invent(client)
    done = {"page": uuid.uuid4(), "step_activated": "helped", "step_card": "had", "step_safety": "tried"}
    client.post(reverse("visit_record", args=[resident.pk]), done)
    event = HelpEvent.objects.get(resident=resident, step="card")
    words = {"page": uuid.uuid4(), "outcome": "mistake"}
    client.post(reverse("help_correct", args=[event.pk]), words)
    FollowUp.objects.filter(resident=resident).update(due_on=timezone.localdate())
    visit = FollowUp.objects.get(resident=resident, kind="day_7")
    client.post(reverse("visit_followup", args=[visit.pk]), {"outcome": "alone", "before": "0"})
    client.post(reverse("visit_search"), {"q": "mau"})
    nobody = {"page": uuid.uuid4(), "group": practice_group().pk, "steps": ["card"], "count": "2"}
    client.post(reverse("visit_unnamed"), nobody)
    change = {"before": resident.version, "group": resident.group_id, "name": "Mẫu Đổi", "birth_year": "1958"}
    client.post(reverse("resident_change", args=[resident.pk]), change)
    client.get(reverse("resident_detail", args=[resident.pk]))
    client.post(reverse("desk_session"))
    session = DeskSession.objects.get(is_practice=True)
    count = {"session": session.pk, "id": uuid.uuid4(), "audience": "child", "count": "1", "step": ""}
    client.post(reverse("desk_tally"), count)
    other = invent(client, name="Trần Mẫu", number="")
    leaving = {"why": "mistake", "before": other.version}
    client.post(reverse("resident_leave", args=[other.pk]), leaving)
    client.get(reverse("today"))


def row_counts() -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        tables = [name for (name,) in cursor.fetchall()]
        cursor.execute(" UNION ALL ".join(f"SELECT '{one}', count(*) FROM {one}" for one in tables))
        return dict(cursor.fetchall())


def test_a_whole_run_writes_nothing_but_rows_marked_as_practice(trainee):
    before = row_counts()
    whole_run(trainee)
    grown = {name for name, count in row_counts().items() if count != before[name]}
    assert grown <= MAY_GROW
    assert {"neighborhoods_resident", "neighborhoods_helpevent", "neighborhoods_tally"} <= grown
    assert not HelpEvent.objects.real().exists()
    assert HelpEvent.objects.count() == 6  # three, a correction, two without a name
    assert not Resident.objects.filter(is_practice=False).exists()
    assert not DeskSession.objects.real().exists()
    assert set(Household.objects.values_list("group", flat=True)) == {practice_group().pk}
    assert [model for model in (Consent, Refusal, Opening) if model.objects.exists()] == []


# --- every page --------------------------------------------------------------------------------------------

PAGES = [
    "today", "needs_hand", "group_report", "group_report_xlsx", "unreached_list", "unreached_list_xlsx",
    "team_league", "team_league_xlsx", "group_list", "desk_session_list", "callback_list", "place_choose",
    "shift_create", "request_list", "market_report", "home", "nightly_list", "visit_start", "visit_unnamed",
    "visit_followup_list", "admin:index",
]  # fmt: skip
CHANGING = [
    r'name="csrfmiddlewaretoken" value="[^"]+"', r"Giờ máy chủ [0-9:, -]+", r'name="page" value="[^"]+"',
    r'name="id" value="[^"]+"', r"x-csrftoken[^}]+",
]  # fmt: skip


def words_of(response) -> str:
    """What the answer says, without what differs each time."""
    if "spreadsheet" in response.headers["Content-Type"]:
        rows = load_workbook(BytesIO(response.getvalue())).worksheets
        told = [str([[cell.value for cell in row] for row in sheet.iter_rows()]) for sheet in rows]
        return re.sub(r"datetime\.datetime\([0-9, ]+\)", "", "".join(told))  # when it was made
    body = response.getvalue().decode()
    for pattern in CHANGING:
        body = re.sub(pattern, "", body)
    return body


def told(client, group) -> dict[str, str]:
    """What everything says to somebody who sees the whole province."""
    addresses = {name: reverse(name) for name in PAGES}
    addresses["group"] = reverse("group_detail", args=[group.pk])
    for model in admin.site._registry:
        if model._meta.app_label in {"neighborhoods", "privacy", "organization"}:
            name = f"{model._meta.app_label}_{model._meta.model_name}"
            addresses[name] = reverse(f"admin:{name}_changelist")
    said = {}
    for name, address in addresses.items():
        response = client.get(address)
        assert response.status_code == 200, (name, response.status_code)
        said[name] = words_of(response)
    for name, words in {"visit_search": "mau", "group_people": "mau"}.items():
        args = [group.pk] if name == "group_people" else []
        said[name] = words_of(client.post(reverse(name, args=args), {"q": words}))
    return said


@pytest.mark.soak
def test_no_figure_list_search_or_export_knows_of_practice(volunteer, group):
    make_help(resident=make_resident(group=group, name="Siu H’Mẫu Thật"))
    staff = make_user(role="administrator", pin=PIN)
    office = client_of(staff, place=group.place)
    told(office, group)  # once, so that what is only said the first time is said
    before = told(office, group)
    assert "H’Mẫu Thật" in before["visit_search"]
    trainee = client_of(volunteer, place=group.place)
    trainee.post(reverse("practice"))
    whole_run(trainee)
    after = told(office, group)
    changed = [name for name in before if before[name] != after[name]]
    assert changed == ["privacy_opening"]  # the office's own searches, never who is invented
    assert str(volunteer) not in after["privacy_opening"]
    make_help(resident=make_resident(group=group))  # and what is real changes them
    real = told(office, group)
    assert {"visit_search", "group", "neighborhoods_helpevent"} <= {n for n in before if before[n] != real[n]}


def test_the_place_and_the_group_to_practise_stand_in_no_list(volunteer):
    staff = make_user(role="province_staff", pin=PIN)
    place = practice_group().place
    assert place not in Place.objects.visible_to(staff)
    assert practice_group() not in Group.objects.visible_to(staff)
    client = client_of(staff, place=place)
    assert place.name not in text(client.get(reverse("place_choose")))
    assert client.post(reverse("place_choose"), {"place": place.pk}).status_code == 404
    assert place.name not in text(client.get(reverse("group_list")))


# --- on and off --------------------------------------------------------------------------------------------


def test_every_page_says_that_it_is_practice_until_it_is_over(trainee):
    for name in ("practice", "visit_start", "today", "resident_consent", "practice_cards"):
        body = text(trainee.get(reverse(name)))
        assert "ĐANG TẬP LÀM – không tính" in body
        assert 'class="staff practising"' in body
    assert trainee.post(reverse("practice_stop")).url == reverse("today")
    for name in ("visit_start", "today", "stall_list"):
        assert "practising" not in text(trainee.get(reverse(name)))


def test_what_is_not_made_for_practice_leads_back_to_it(trainee):
    make_market()
    for name in ("stall_list", "stall_create", "group_list", "place_choose", "plaque_round_list"):
        assert trainee.get(reverse(name)).url == reverse("practice")
    assert "thôi tập rồi mở lại" in text(trainee.get(reverse("stall_create"), follow=True))
    assert trainee.post(reverse("stall_search"), {"q": "x"}).url == reverse("practice")
    assert trainee.get(reverse("home")).status_code == 200


def test_each_sees_only_whom_they_made_up(trainee, group):
    mine = invent(trainee)
    real = make_resident(group=group, name="Siu H’Thật")
    colleague = client_of(make_user(role="volunteer", unit=group.place.unit, pin=PIN), place=group.place)
    colleague.post(reverse("practice"))
    assert colleague.get(reverse("visit_record", args=[mine.pk])).status_code == 404
    assert trainee.get(reverse("visit_record", args=[mine.pk])).status_code == 200
    assert trainee.get(reverse("visit_record", args=[real.pk])).status_code == 404
    assert trainee.get(reverse("resident_detail", args=[real.pk])).status_code == 404
    assert "H’Thật" not in text(trainee.post(reverse("visit_search"), {"q": "siu"}))
    trainee.post(reverse("practice_stop"))
    for name in ("visit_record", "resident_detail", "resident_change"):
        assert trainee.get(reverse(name, args=[mine.pk])).status_code == 404


def test_practice_tells_nobody_whether_a_real_number_is_in_the_book(trainee, group):
    make_resident(group=group, number="064158000123")
    assert invent(trainee, number="064158000123").is_practice


def test_a_card_to_practise_with_is_refused_when_it_counts(field):
    agreed = {"purposes": ["group_record", "group_number"], "how": "screen"}
    field.post(reverse("resident_consent"), agreed)
    answer = field.post(reverse("resident_create"), {"number": CARD.number, "id": uuid.uuid4()})
    assert "Đây là thẻ mẫu" in text(answer)


def test_a_form_of_before_is_not_sent_after(volunteer, group):
    """What was filled in under the orange frame, in another window, never becomes real; nor the other way."""
    client = Client(enforce_csrf_checks=True)
    client.cookies = client_of(volunteer, place=group.place).cookies

    def press(name, token, **words):
        return client.post(reverse(name), {"csrfmiddlewaretoken": token, **words})

    def token_on(name):
        return re.search(r'csrfmiddlewaretoken" value="([^"]+)"', text(client.get(reverse(name))))[1]

    real = token_on("visit_unnamed")
    assert press("practice", token_on("practice")).status_code == 302
    words = {"group": group.pk, "steps": ["card"], "count": "1", "page": uuid.uuid4()}
    assert press("visit_unnamed", real, **words).status_code == 403
    invented = token_on("visit_unnamed")
    assert press("practice_stop", token_on("practice")).status_code == 302
    assert press("visit_unnamed", invented, **words).status_code == 403
    assert not HelpEvent.objects.exists()


def test_a_new_login_is_never_practice_and_nothing_of_practice_is_sent_again(trainee, volunteer):
    session = trainee.session
    session["ends_at"] = 0
    session.save()
    answer = trainee.post(reverse("visit_unnamed"), {"count": "1"})
    assert answer.url.startswith(reverse("login"))
    assert "kept" not in trainee.session
    trainee.force_login(volunteer, backend="portal.accounts.backends.NameOrPhoneBackend")
    assert "practising" not in text(trainee.get(reverse("practice")))


def test_practice_is_offered_until_somebody_recorded_something(field, group, volunteer):
    pages = [reverse("visit_start"), reverse("today")]
    assert all("Tập làm thử" in text(field.get(page)) for page in pages)
    make_help(group=group, by=volunteer)
    assert not any("Tập làm thử" in text(field.get(page)) for page in pages)


def test_who_records_nothing_practises_nothing():
    auditor = client_of(make_user(role="auditor", pin=PIN))
    for name in ("practice", "practice_cards"):
        assert auditor.get(reverse(name)).status_code == 403
    assert auditor.post(reverse("practice_stop")).status_code == 403


def test_the_cards_can_be_scanned_from_the_page(field):
    body = text(field.get(reverse("practice_cards")))
    assert body.count('class="qr"') == len(practice.CARDS) == 4
    assert body.count("MẪU – không có giá trị") == 4


def test_invented_people_go_after_a_day_and_their_history_too(trainee):
    whole_run(trainee)
    assert nightly.forget_practice() == 0
    two_days_ago = timezone.now() - timedelta(days=2)
    count = Resident.objects.filter(is_practice=True).update(recorded_at=two_days_ago)
    make_resident(name="Siu H’Thật", recorded_at=two_days_ago)
    job = next(job for job in JOBS if job.code == "practice")
    assert job.run() == count == 2
    assert [row.name for row in Resident.objects.named()] == ["Siu H’Thật"]
    events = Resident.pgh_event_model.objects.values_list("name", flat=True)
    assert set(events) == {"", "Siu H’Thật"}
    assert not FollowUp.objects.exists()
    assert not Household.objects.exists()


def test_the_group_to_practise_is_at_no_desk():
    group = make_group()
    desk = Place(kind=Place.Kind.DESK, area=practice_group().place.area)
    assert list(Group.objects.at(desk)) == [group]
