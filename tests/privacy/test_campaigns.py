"""Campaigns are registered by the province; requests and openings are only read in the admin."""

import pytest
from django.urls import reverse

from portal.privacy.models import Campaign, Opening, PersonRequest
from tests import builders
from tests.admin.pages import enter

pytestmark = pytest.mark.django_db

SUMMER = {"programme": "neighborhoods", "name": "Hè 2026", "starts_on": "1-6-2026", "ends_on": "31-8-2026"}


def test_province_staff_register_a_campaign_and_a_secretary_does_not():
    add = reverse("admin:privacy_campaign_add")
    assert enter("province_staff").post(add, {**SUMMER, "keep_months": "6"}).status_code == 302
    campaign = Campaign.objects.get()
    assert (campaign.keep_months, str(campaign.kept_until)) == (6, "2027-02-28")
    assert enter("province_staff").post(add, {**SUMMER, "keep_months": "13"}).status_code == 200
    assert Campaign.objects.count() == 1
    assert enter("unit_secretary").post(add, SUMMER).status_code == 403


def test_requests_and_openings_are_read_and_never_changed():
    staff = builders.make_user(role="province_staff")
    wish = PersonRequest.objects.receive(
        kind="see", how="paper", unit=builders.commune_unit(), by=staff, name="Siu Bịa"
    )
    client = enter("province_staff")
    page = client.get(reverse("admin:privacy_personrequest_change", args=[wish.pk]))
    assert page.status_code == 200
    assert "Siu Bịa" not in page.text
    opening = Opening.objects.get(row=str(wish.pk))
    for name, row in (("personrequest", wish), ("opening", opening)):
        change = reverse(f"admin:privacy_{name}_change", args=[row.pk])
        assert client.get(change).status_code == 200
        assert client.post(change, {}).status_code == 403
        assert client.get(reverse(f"admin:privacy_{name}_add")).status_code == 403
    assert Opening.objects.count() == 2  # to read the log is not to open a person's record


def test_a_secretary_sees_requests_of_the_unit_and_no_openings():
    staff = builders.make_user(role="province_staff")
    for unit in (builders.commune_unit(), builders.commune_unit("Phường Quy Nhơn")):
        PersonRequest.objects.receive(kind="see", how="paper", unit=unit, by=staff)
    Opening.objects.create(user=staff, model="markets.vendor", row="1")
    client = enter("unit_secretary", unit=builders.commune_unit())
    counts = [
        client.get(reverse(f"admin:privacy_{name}_changelist")).context["cl"].result_count
        for name in ("personrequest", "opening")
    ]
    assert counts == [1, 0]
