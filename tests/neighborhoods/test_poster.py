"""The poster for the meeting house: right numbers, no small ones, nobody's data."""

from collections import defaultdict
from datetime import timedelta

import pypdfium2
import pytest
from django.urls import reverse
from django.utils import timezone

from neighborhoods import ladder, posters
from neighborhoods.models import Group, HelpEvent, Step, Target
from portal.text import format_date
from tests.builders import make_group, make_help, make_resident, make_shift, make_shift_guest
from tests.people import client_of

HAD = HelpEvent.Outcome.HAD


def line(had: int, helped: int, adults: int | None) -> ladder.Line:
    found = ladder.Reached(group=None, step="card", people=had + helped, had=had, times=helped, unnamed=0)
    return ladder.Line(Step(code="card", name="Có thẻ"), found, adults, goal=None, goal_ends_on=None)


# --- what is hidden ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("adults", range(posters.LEAST_WHOLE, 31))
def test_no_small_number_can_be_worked_out(adults):
    """Whatever is told, each small part that may be behind it may as well be another number."""
    behind = defaultdict(list)
    for had in range(adults + 1):
        for helped in range(adults + 1 - had):
            told = posters.told_line(line(had, helped, adults), adults)
            behind[told].append((had, helped, adults - had - helped))
    for possible in behind.values():
        for part in zip(*possible, strict=True):
            assert len(set(part)) > 1 or not posters.is_small(part[0])


@pytest.mark.parametrize(
    ("had", "helped", "adults", "words", "is_apart"),
    [
        (74, 68, 214, "142", True),
        (0, 0, 214, "0", True),
        (2, 1, 214, "dưới 5", False),
        (140, 2, 214, "142", False),
        (2, 140, 214, "142", False),
        (200, 11, 214, "hơn 209", False),
        (200, 14, 214, "214", True),
        (1, 0, None, "dưới 5", False),
        (30, 20, None, "50", True),
        (30, 20, 40, "50", True),
    ],
)
def test_a_step_is_told_as_far_as_nobody_is_pointed_at(had, helped, adults, words, is_apart):
    told = posters.told_line(line(had, helped, adults), max(adults or 0, 50))
    assert (told.words, told.had is not None) == (words, is_apart)
    assert (told.percent is None) == (not words.isdigit() or adults is None)


@pytest.mark.parametrize(
    ("alone", "asked", "words"),
    [(47, 60, "47 trong 60"), (58, 60, "hơn 55 trong 60"), (3, 60, "dưới 5 trong 60"), (3, 4, None)],
)
def test_use_is_told_where_enough_people_were_asked(alone, asked, words):
    said = posters.data_of_use(ladder.Use(asked=asked, alone=alone, due=0))
    assert (said and said["words"]) == (words and f"{words} người đã hỏi")


# --- the sheet ---------------------------------------------------------------------------------------------


def text_of(pdf: bytes) -> str:
    """What stands on the one sheet of A3, in one line."""
    with pypdfium2.PdfDocument(pdf) as document:
        assert len(document) == 1
        assert [round(side * 25.4 / 72) for side in document[0].get_size()] == [297, 420]
        return " ".join(document[0].get_textpage().get_text_range().split())


@pytest.mark.django_db
def test_the_poster_hangs_in_public_and_names_nobody():
    group = make_group(name="Tổ dân phố điện tử 5", adults=40)
    today = timezone.localdate()
    ends_on = today + timedelta(days=9)
    Target.objects.create(group=group, step_id="activated", people=30, starts_on=today, ends_on=ends_on)
    people = [make_resident(group=group, number=f"0641580{at:05}") for at in range(11)]
    for at, resident in enumerate(people):
        make_help(resident=resident, outcome=HAD if at < 6 else "helped")
    make_help(resident=people[0], step="card")
    guest = client_of(make_shift_guest(shift=make_shift(place=group.place)))
    text = text_of(guest.get(reverse("group_poster", args=[group.pk])).content)
    for words in (
        "Tổ dân phố điện tử 5", group.commune.name, "11 người đã kích hoạt", format_date(ends_on), "40 người",
        "1. Có thẻ căn cước dưới 5 người", "11 người 28%", "giúp 6 lượt", format_date(group.set_up_on),
    ):  # fmt: skip
        assert words in text
    for resident in people:
        assert resident.name not in text
        assert resident.last_four not in text.replace(str(today.year), "")


@pytest.mark.django_db
def test_a_group_that_nobody_counted_has_a_poster_without_shares():
    group = make_group(name="Khu dân cư điện tử thôn Đăk Hlang Rơ Măng, làng Kon Bông Mẫu", team=None)
    text = text_of(posters.pdf(Group.objects.with_place().with_count().get(pk=group.pk)))
    assert "%" not in text
    assert "0 người đã kích hoạt" in text
    assert f"gặp {group.place.unit.name}" in text
