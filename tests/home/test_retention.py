"""Names go twelve months after the campaign; what was counted stays."""

from datetime import date, datetime

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from markets.models import FollowUp, PaymentAccount, StallCard, Tenancy, Vendor
from neighborhoods import ladder
from neighborhoods.models import HelpEvent, Resident
from portal.home import personal
from portal.home.nightly import JOBS
from portal.privacy.models import Campaign, Consent
from tests import builders

SUMMER = {"programme": "neighborhoods", "starts_on": date(2024, 6, 1), "ends_on": date(2024, 8, 31)}


def at(day: date) -> datetime:
    return timezone.make_aware(datetime(day.year, day.month, day.day, 9))


def helped(*days: date) -> Resident:
    """A resident who was written down and helped on the first day, and helped on the others."""
    resident = builders.make_resident(number=f"0641580{Resident.objects.count():05}", recorded_at=at(days[0]))
    for day in days:
        builders.make_help(resident=resident, step="health_book", at=at(day))
    return resident


def named(*residents) -> list[bool]:
    return [Resident.objects.get(pk=resident.pk).name != "" for resident in residents]


def test_a_name_goes_the_day_after_the_time_to_keep_is_over_and_not_before(db):
    Campaign.objects.create(name="Hè 2024", **SUMMER)
    resident = helped(date(2024, 6, 15))
    assert personal.retire(date(2025, 8, 31)) == 0
    assert named(resident) == [True]
    assert personal.retire(date(2025, 9, 1)) == 1
    assert named(resident) == [False]
    assert personal.retire(date(2025, 9, 2)) == 0


def test_who_was_active_later_or_in_no_campaign_is_kept(db):
    """The last doing counts, a campaign without an end keeps, and a day in no campaign says nothing."""
    Campaign.objects.create(name="Hè 2024", **SUMMER)
    only, also, later, never = (
        helped(date(2024, 7, 1)),
        helped(date(2024, 7, 1), date(2026, 7, 1)),
        helped(date(2024, 7, 1), date(2025, 1, 1)),
        helped(date(2023, 1, 1)),
    )
    Campaign.objects.create(programme="neighborhoods", name="Dài", starts_on=date(2026, 1, 1))
    personal.retire(date(2026, 11, 22))
    assert named(only, also, later, never) == [False, True, True, True]


def test_two_campaigns_on_one_day_keep_as_long_as_the_longer(db):
    Campaign.objects.create(name="Hè 2024", **SUMMER)
    Campaign.objects.create(name="Hè 2024, thêm", **{**SUMMER, "ends_on": date(2025, 3, 31)})
    resident = helped(date(2024, 7, 1))
    personal.retire(date(2026, 3, 31))
    assert named(resident) == [True]
    personal.retire(date(2026, 4, 1))
    assert named(resident) == [False]


def test_shorter_campaigns_of_another_programme_change_nothing(db):
    Campaign.objects.create(name="Chợ", **{**SUMMER, "programme": "markets"}, keep_months=0)
    resident = helped(date(2024, 7, 1))
    assert personal.retire(date(2026, 11, 22)) == 0
    assert named(resident) == [True]


def test_counts_are_the_same_before_and_after(db):
    Campaign.objects.create(name="Hè 2024", **SUMMER)
    residents = [helped(date(2024, 7, day)) for day in range(1, 5)]
    before = sorted(map(str, ladder.reached(HelpEvent.objects.real())))
    assert personal.retire(date(2026, 11, 22)) == len(residents)
    assert sorted(map(str, ladder.reached(HelpEvent.objects.real()))) == before
    consents = Consent.objects.filter(residents__in=residents)
    assert len(consents) == len(residents)
    assert not [consent for consent in consents if consent.withdrawn_at]


def test_a_vendor_who_left_loses_the_name_and_one_who_sells_keeps_it(db):
    Campaign.objects.create(
        name="Chợ", programme="markets", starts_on=date(2024, 1, 1), ends_on=date(2024, 12, 31)
    )
    cards = [builders.make_card(state="tried") for _ in range(2)]
    gone, here = (card.account.tenancy for card in cards)
    gone.end(by=gone.recorded_by, on=gone.starts_on)
    Consent.objects.update(given_at=at(date(2024, 3, 1)))
    Tenancy.objects.update(starts_on=date(2024, 3, 1))
    PaymentAccount.objects.update(starts_on=date(2024, 3, 1))
    Tenancy.objects.filter(pk=gone.pk).update(ends_on=date(2024, 5, 1))
    assert personal.retire(date(2026, 1, 2)) == 1
    assert [Vendor.objects.get(pk=tenancy.vendor_id).name != "" for tenancy in (gone, here)] == [False, True]
    assert StallCard.objects.get(pk=cards[0].pk).payload is None
    assert FollowUp.objects.filter(tenancy=gone).count() == 2


def test_a_campaign_keeps_no_longer_than_the_notice_promises(db):
    with pytest.raises(ValidationError, match="mười hai tháng"):
        Campaign(name="Dài", **SUMMER, keep_months=13).full_clean()


def test_it_runs_every_night(db):
    assert {"retention", "request_names"} <= {job.code for job in JOBS}
    assert next(job for job in JOBS if job.code == "retention").run() == 0
