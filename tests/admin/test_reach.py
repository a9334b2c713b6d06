"""What staff may not see does not exist for them: in pages, pickers, filters and addresses."""

import pytest
from django.contrib.admin.options import get_content_type_for_model
from django.urls import reverse

from markets.models import FalseCardReport, FollowUp, Market, PaymentAccount, Stall, StallCard, Vendor
from portal.accounts.models import Role, Shift, User
from portal.organization.models import Place, Team, TeamMember, Unit
from portal.privacy.models import Consent, ReadLog, Refusal
from tests import builders
from tests.admin.pages import at, enter

pytestmark = pytest.mark.django_db


@pytest.fixture
def far(db):
    """One row of each register in a commune that the secretary of another has nothing to do with."""
    unit = builders.make_unit()
    market = builders.make_market(place=builders.make_place(unit=unit))
    volunteer = builders.make_user(role="volunteer", unit=unit)
    tenancy = builders.make_tenancy(stall=builders.make_stall(market=market, by=volunteer))
    consent = builders.make_consent(by=volunteer)
    vendor = tenancy.vendor
    vendor.consent = consent
    vendor.save()
    card = builders.make_card(account=builders.make_account(tenancy=tenancy))
    log = ReadLog.objects.create(user=volunteer, model="a.b", row="1", field="c", reason="audit")
    refusal = Refusal.objects.create(notice=consent.notice, place=market.place, recorded_by=volunteer)
    return {
        Market: market, Stall: tenancy.stall, Vendor: vendor, PaymentAccount: card.account, StallCard: card,
        FollowUp: builders.make_followup(tenancy=tenancy), FalseCardReport: builders.make_report(card=card),
        Place: market.place, Team: builders.make_team(unit=unit), Unit: unit, User: volunteer,
        Role: volunteer.roles.get(), Shift: builders.make_shift(place=market.place),
        Consent: consent, Refusal: refusal, ReadLog: log,
    }  # fmt: skip


@pytest.mark.parametrize("page", ["change", "history", "delete"])
def test_a_row_out_of_reach_is_a_404(far, page):
    near = enter("unit_secretary")
    for model, row in far.items():
        assert near.get(at(model, page, row.pk)).status_code == 404, model
        assert near.post(at(model, page, row.pk), {"post": "yes"}).status_code in {403, 404, 405}, model


def test_a_key_that_is_none_is_a_404():
    assert enter("province_staff").get(at(Stall, "change", "not-a-key")).status_code == 404


def test_a_list_holds_only_what_is_in_reach(far):
    near, everywhere = enter("unit_secretary"), enter("province_staff")
    for model, row in far.items():
        link = at(model, "change", row.pk)
        assert link not in near.get(at(model)).text, model
        assert link in everywhere.get(at(model)).text, model


def test_a_file_holds_only_what_is_in_reach(far):
    near = enter("unit_secretary").get(at(Vendor, "export", "csv"))
    assert far[Vendor].name not in near.getvalue().decode()


# --- pickers ------------------------------------------------------------------------------------------------


def pick(client, model, field: str, term: str):
    query = {"app_label": model._meta.app_label, "model_name": model._meta.model_name, "field_name": field}
    return client.get(reverse("admin:autocomplete"), {**query, "term": term})


def test_a_picker_offers_only_what_is_in_reach(far):
    name = far[Unit].name
    assert pick(enter("unit_secretary"), Place, "unit", name).json()["results"] == []
    found = pick(enter("province_staff"), Place, "unit", name).json()["results"]
    assert [one["text"] for one in found] == [name]


@pytest.mark.parametrize(
    ("model", "field"), [(Team, "leader"), (TeamMember, "user"), (Stall, "opened_by"), (StallCard, "account")]
)
def test_people_are_never_looked_up_through_an_address(model, field):
    assert pick(enter("administrator"), model, field, "Mẫu").status_code == 404


def test_a_picker_of_a_made_up_field_is_refused():
    assert pick(enter("province_staff"), Place, "name", "").status_code == 403


@pytest.mark.parametrize("field", ["name", "phone", "password"])
def test_a_popup_gives_no_other_field_than_the_key(field):
    client = enter("administrator")
    assert client.get(at(User), {"_popup": 1, "_to_field": field}).status_code == 400


def test_a_unit_out_of_reach_cannot_be_chosen(far):
    client = enter("unit_secretary")
    data = {"name": "Chợ Mẫu", "kind": "market", "area": builders.commune().pk, "unit": far[Unit].pk}
    answer = client.post(at(Place, "add"), data)
    assert answer.status_code == 200
    assert not Place.objects.filter(name="Chợ Mẫu").exists()
    assert client.post(at(Place, "add"), data | {"unit": builders.commune_unit().pk}).status_code == 302
    assert Place.objects.filter(name="Chợ Mẫu").exists()


def test_a_typed_key_does_not_tell_the_name_of_somebody_out_of_reach(far):
    someone = far[User]
    client = enter("unit_secretary")
    assert someone.name not in client.get(at(Team, "add"), {"leader": someone.pk}).text
    assert someone.name in enter("province_staff").get(at(Team, "add"), {"leader": someone.pk}).text


# --- addresses ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lookup", ["phone__startswith", "name__icontains", "tenancies__accounts__bin"])
def test_only_the_filters_of_a_list_may_be_asked(lookup):
    assert enter("administrator").get(at(Vendor), {lookup: "03"}).status_code == 400


def test_a_name_in_the_address_is_not_searched_for():
    vendor = builders.make_vendor(name="Siu Mẫu Riêng")
    answer = enter("province_staff").get(at(Vendor), {"q": "khong-co-ai"}, follow=True)
    assert vendor.name in answer.text
    assert "khong-co-ai" not in answer.text


# --- roles --------------------------------------------------------------------------------------------------


def test_an_auditor_sees_all_and_changes_nothing(far):
    client = enter("auditor")
    for model, row in far.items():
        page = client.get(at(model, "change", row.pk))
        assert page.status_code == 200, model
        assert 'name="_save"' not in page.text, model
        assert client.post(at(model, "change", row.pk), {"name": "x"}).status_code == 403, model
        assert client.get(at(model, "add")).status_code == 403, model
        assert client.get(at(model, "delete", row.pk)).status_code == 403, model
        assert "_selected_action" not in client.get(at(model)).text, model
    card = far[StallCard]
    ask = {"action": "void_cards", "_selected_action": card.pk}
    said = enter("province_staff").post(at(StallCard), ask).context["said"]
    client.post(at(StallCard), {**ask, "said": said, "reason": "lost"})
    card.refresh_from_db()
    assert card.void_at is None


def test_volunteers_do_not_come_in():
    client = enter("volunteer", unit=builders.commune_unit())
    assert client.get("/quan-tri/", follow=True).status_code == 403


def test_only_the_portals_own_models_have_pages(db):
    from django.contrib import admin

    assert {model._meta.app_label for model in admin.site._registry} == {
        "organization", "accounts", "privacy", "markets", "heritage", "neighborhoods",
    }  # fmt: skip


def test_the_admin_has_no_password_page_of_its_own():
    assert enter("administrator").get("/quan-tri/password_change/").status_code == 404


def test_words_somebody_agreed_to_cannot_be_changed():
    consent = builders.make_consent()
    client = enter("administrator")
    for row in (consent.notice, consent.purposes.first()):
        assert client.post(at(type(row), "change", row.pk), {"text": "khác"}).status_code == 403
    fresh = builders.make_notice()
    assert client.get(at(type(fresh), "change", fresh.pk)).text.count('name="_save"') == 1


def test_the_admins_log_names_people_by_key_only():
    from django.contrib.admin.models import LogEntry

    client = enter("province_staff")
    leader = builders.make_user(role="team_lead")
    unit = builders.commune_unit()
    member = {"memberships-TOTAL_FORMS": 1, "memberships-INITIAL_FORMS": 0, "memberships-0-user": leader.pk}
    data = {"name": "Đội Mẫu A", "kind": "youth", "unit": unit.pk, "leader": leader.pk, **member}
    assert client.post(at(Team, "add"), data).status_code == 302
    entry = LogEntry.objects.get(content_type=get_content_type_for_model(Team))
    assert leader.name not in entry.object_repr + entry.change_message
    assert Team.objects.get(name="Đội Mẫu A").memberships.get().user == leader
