"""The report of the groups, the unreached, the league: numbers, areas, what is hidden, files, cost."""

from datetime import timedelta
from io import BytesIO
from itertools import product

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from neighborhoods.indicators import Cell
from neighborhoods.models import FollowUp, HelpEvent, Resident, Target
from portal.accounts.models import Role
from portal.accounts.rights import STAFF
from portal.home.group_report import Known
from portal.indicators import LEAST
from tests import builders
from tests.admin.pages import enter
from tests.builders import make_group, make_help, make_resident, make_team

pytestmark = pytest.mark.django_db
PAGES = ["group_report", "unreached_list", "team_league"]
FILES = [f"{name}_xlsx" for name in PAGES]


def reached(group, people: int, *, had: int = 0, days: int = 1, team=None) -> None:
    """So many people came to the activation, some of whom had it before."""
    at, by = timezone.now() - timedelta(days=days), builders.make_user()
    words = {"group": group, "recorded_by": by, "consent": builders.make_consent(by=by)}
    rows = Resident.objects.bulk_create(Resident(name="Người Mẫu", **words) for _ in range(people))
    HelpEvent.objects.bulk_create(
        HelpEvent(
            group=group, place=group.place, team=team, resident=resident, step_id="activated", by=by, at=at,
            outcome="had" if number < had else "helped",
        )
        for number, resident in enumerate(rows)
    )  # fmt: skip


def make_target(group, people: int) -> Target:
    day = timezone.localdate()
    dates = {"starts_on": day - timedelta(days=90), "ends_on": day + timedelta(days=90)}
    return Target.objects.create(group=group, step_id="activated", people=people, **dates)


def ground(name: str, *, unit=None, **fields):
    """A group in its own tổ dân phố of the unit's commune."""
    unit = unit or builders.commune_unit()
    area = builders.make_area(kind="to-dan-pho", parent=unit.area, name=name)
    return make_group(
        place=builders.make_place(unit=unit, area=area, kind="meeting_house"), name=name, **fields
    )


@pytest.fixture
def groups(db):
    """Three groups of Phường Pleiku: enough people, few people, and a split with few."""
    former = builders.former_commune("Phường Hoa Lư", "Thành phố Pleiku")
    big, few, split = (ground(f"Tổ {number}", adults=40) for number in (1, 2, 3))
    type(big.place).objects.filter(pk=big.place_id).update(former_area=former)
    reached(big, 12, had=6, days=40)
    reached(few, 3)
    reached(split, 10, had=2)
    make_target(big, 10)
    make_target(split, 20)
    return big, few, split


def report(client, **asked):
    answer = client.get(reverse("group_report"), asked)
    assert answer.status_code == 200
    return answer.context["report"]


def line(client, kind: str, name: str, **asked) -> dict:
    """A row of a table, by column."""
    found = report(client, bang=kind, **asked)
    row = next(one for one in found.table[1] if one.name == name)
    return dict(zip(("adults", "goal", "people", "had", "helped", "of_goal", "of_adults", "new", "times",
                     "unnamed"), row.values, strict=True))  # fmt: skip


def book(client, name: str, **asked):
    return load_workbook(BytesIO(b"".join(client.get(reverse(name), asked).streaming_content)))


# --- who ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", Role.Kind.values)
def test_staff_are_let_in_and_others_not(role):
    client = enter(role)
    for name in [*PAGES, *FILES]:
        assert client.get(reverse(name)).status_code == (200 if role in STAFF else 403), name


def test_reports_lead_to_each_other_and_the_admin_to_all():
    client = enter("unit_secretary")
    pages = [
        client.get(reverse(name)).text for name in ["market_report", "heritage_report", *PAGES, "admin:index"]
    ]
    assert all(f'href="{reverse(name)}"' in html for html in pages for name in PAGES)


# --- numbers ------------------------------------------------------------------------------------------------


def test_the_province_reads_every_number(groups):
    client = enter("province_staff")
    make_help(group=groups[0])
    assert line(client, "dia_ban", "Phường Pleiku") == {
        "adults": 120, "goal": 30, "people": 25, "had": 8, "helped": 17, "of_goal": 73.3, "of_adults": 20.8,
        "new": 25, "times": 18, "unnamed": 1,
    }  # fmt: skip
    assert line(client, "to", "Tổ 2")["people"] == 3
    assert line(client, "dia_ban_cu", "Phường Hoa Lư")["people"] == 12
    assert line(client, "dia_ban_cu", "Chưa ghi địa bàn cũ")["people"] == 13
    assert line(client, "don_vi", "Đoàn phường Pleiku")["people"] == 25
    assert [one.tag[1] for one in report(client, bang="to").table[1]] == ["Đạt", "", "Chậm"]
    assert [
        sum(counts) for counts in zip(*((m.people, m.times) for m in report(client).months), strict=True)
    ] == [25, 18]


def test_the_share_of_the_target_counts_only_groups_that_have_one(groups):
    """22 of 30: who was reached where there is no target says nothing about it."""
    assert line(enter("province_staff"), "to", "Tổ 2")["of_goal"] is None
    assert report(enter("province_staff")).total.named["of_goal"] == "73,3%"


def test_a_step_a_period_and_an_area_narrow_it(groups):
    client = enter("province_staff")
    far = ground("Tổ xa", unit=builders.commune_unit("Phường Quy Nhơn"))
    make_help(resident=make_resident(group=far), step="safety")
    assert line(client, "dia_ban", "Phường Quy Nhơn", viec="safety")["people"] == 1
    first = f"{timezone.localdate() - timedelta(days=10):%d-%m-%Y}"
    recent = line(client, "dia_ban", "Phường Pleiku", tu=first)
    assert (recent["people"], recent["new"], recent["times"]) == (25, 13, 11)
    assert report(client, den=first).total.told("people").least == 12
    assert [one.name for one in report(client, dia_ban="hoa lu", bang="to").table[1]] == ["Tổ 1"]
    assert [one.name for one in report(client, dia_ban="quy nhon", bang="to").table[1]] == ["Tổ xa"]
    for asked in ({"viec": "x"}, {"tu": "31-2-2026"}, {"bang": "x"}, {"dia_ban": "không đâu cả"}):
        assert client.get(reverse("group_report"), asked).status_code == 422
        assert client.get(reverse("group_report_xlsx"), asked).status_code == 404


def test_the_target_is_a_line_at_its_height_where_all_people_are_counted(groups):
    client = enter("province_staff")
    found = report(client)
    assert (found.goal, found.months[-1].total) == (30, 25)
    assert found.goal_y == 310 - 286
    assert report(client, tu="1-1-2024").goal is None


# --- what is hidden -----------------------------------------------------------------------------------------


def test_a_secretary_reads_no_small_number_nor_what_it_could_be_worked_out_from(groups):
    client = enter("unit_secretary")
    assert [line(client, "to", name)["people"] for name in ("Tổ 1", "Tổ 2", "Tổ 3")] == [12, "dưới 5", 10]
    assert [line(client, "to", "Tổ 3")[name] for name in ("had", "helped")] == ["dưới 5", "ít nhất 6"]
    total = line(client, "dia_ban", "Phường Pleiku")
    assert (total["people"], total["had"], total["helped"]) == ("ít nhất 23", "ít nhất 7", "ít nhất 12")
    assert (total["of_goal"], total["of_adults"]) == (73.3, "ít nhất 19,2%")
    months = report(client).months
    assert sum(month.people for month in months) == 22  # of the groups whose sum is told
    assert all(month.people == 0 or month.people >= 5 for month in months)


def test_the_workbook_hides_what_the_page_hides(groups):
    found = book(enter("unit_secretary"), "group_report_xlsx")
    assert found.sheetnames == [
        "Báo cáo", "Xã, phường hôm nay", "Tổ, thôn, làng", "Địa bàn trước 1-7-2025",
        "Đơn vị phụ trách", "Theo tháng",
    ]  # fmt: skip
    people = {row[0]: row[5] for row in found["Tổ, thôn, làng"].iter_rows(min_row=2, values_only=True)}
    assert people == {"Tổ 1": 12, "Tổ 2": "dưới 5", "Tổ 3": 10, "Cộng": "ít nhất 23"}
    totals = {row[5] for sheet in found.worksheets[1:5] for row in sheet.iter_rows(values_only=True)}
    assert not {25, 3, 13, 15} & totals
    people = book(enter("province_staff"), "group_report_xlsx")["Tổ, thôn, làng"]
    assert [row[5] for row in people.iter_rows(min_row=2, values_only=True)] == [12, 3, 10, 25]


def test_no_small_number_of_a_group_can_be_worked_out_from_its_line():
    """All groups of up to nine, by the line that is told of them: a small number is never alone there."""
    behind: dict = {}
    for had, helped, again, unnamed in product(range(10), repeat=4):
        people, named = had + helped, helped + again if had + helped else 0
        words = {"people": people, "new": people, "had": had, "times": named + unnamed, "unnamed": unnamed}
        known = Known.of(Cell(None, "", "", "", "", "", adults=40, goal=20, **words), is_masked=True)
        if known.told["people"].least <= 9 and known.told["times"].least <= 9:
            shown = tuple(told.words for told in known.told.values())
            behind.setdefault(shown, []).append((people, had, helped, unnamed))
    assert len(behind) > 100
    for cells in behind.values():
        for numbers in map(set, zip(*cells, strict=True)):
            assert len(numbers) > 1 or not 0 < numbers.pop() < LEAST


def test_whatever_area_a_secretary_asks_for_differences_tell_nothing(groups):
    """Phường Hoa Lư of old holds one of the three groups: the whole less that part is told as a part."""
    client = enter("unit_secretary")
    whole, part = (report(client, **asked).total.told("people") for asked in ({}, {"dia_ban": "hoa lu"}))
    assert part.is_exact
    assert (whole.least - part.least, whole.most - part.most) == (11, 14)


# --- groups that are not reached ----------------------------------------------------------------------------


def test_the_unreached_stand_with_their_reasons_and_can_be_filtered(groups):
    ground("Tổ vắng", adults=30, team=make_team())
    client = enter("unit_secretary")
    found = {group.name: reasons for group, reasons in client.get(reverse("unreached_list")).context["lines"]}
    assert found["Tổ vắng"] == ["Không có lượt giúp nào trong 30 ngày", "Chưa ai kích hoạt"]
    assert found["Tổ 2"] == ["Chưa có đội giúp"]
    page = client.get(reverse("unreached_list"), {"thieu": "quiet", "ngay": "60"})
    assert [group.name for group, _ in page.context["lines"]] == ["Tổ vắng"]
    assert (
        "Tổ vắng"
        not in enter("unit_secretary", unit=builders.make_unit()).get(reverse("unreached_list")).text
    )
    rows = list(book(client, "unreached_list_xlsx")["Chưa tới"].iter_rows(min_row=2, values_only=True))
    assert ("Tổ vắng", "Phường Pleiku") in [row[:2] for row in rows]
    assert client.get(reverse("unreached_list"), {"ngay": "x"}).status_code == 422


# --- the league ---------------------------------------------------------------------------------------------


def asked(team, alone: int, other: int, group) -> None:
    """People whom the team helped, asked after 30 days."""
    reached(group, alone + other, days=40, team=team)
    done = {"kind": "day_30", "done_at": timezone.now(), "done_by": builders.make_user()}
    FollowUp.objects.bulk_create(
        FollowUp(
            resident=event.resident, step=event.step, event=event, due_on=event.at + timedelta(days=30),
            outcome="alone" if number < alone else "unused", **done,
        )
        for number, event in enumerate(HelpEvent.objects.filter(team=team))
    )  # fmt: skip


def test_teams_stand_by_use_and_not_by_how_many_they_signed_up():
    group, (busy, kind, new) = make_group(), (make_team(name=name) for name in ("Đông", "Khéo", "Mới"))
    asked(busy, 6, 6, group)
    asked(kind, 5, 0, group)
    asked(new, 4, 0, group)
    reached(group, 3)
    lines = enter("province_staff").get(reverse("team_league")).context["league"].lines
    assert [(one.team.name, one.rank, one.share, one.helped.least) for one in lines] == [
        ("Khéo", 1, 100, 5), ("Đông", 2, 50, 12), ("Mới", 0, None, 4),
    ]  # fmt: skip
    rows = list(
        book(enter("unit_secretary"), "team_league_xlsx")["Đội giúp"].iter_rows(min_row=2, values_only=True)
    )
    assert [row[4:7] for row in rows] == [(5, 5, 100), (12, 6, 50), ("dưới 5", "dưới 5", None)]


def test_a_rank_tells_a_secretary_no_small_number():
    """Eleven of twelve: at least eight, so the team stands there."""
    group, (most, half) = make_group(), (make_team(name=name) for name in ("Gần hết", "Chín phần mười"))
    asked(most, 11, 1, group)
    asked(half, 9, 0, group)
    lines = enter("unit_secretary").get(reverse("team_league")).context["league"].lines
    assert [(one.team.name, one.share_words, one.alone.words) for one in lines] == [
        ("Chín phần mười", "100%", "9"), ("Gần hết", "ít nhất 66,7%", "ít nhất 8"),
    ]  # fmt: skip


# --- cost ---------------------------------------------------------------------------------------------------


def test_the_number_of_queries_does_not_grow(groups):
    client, found = enter("unit_secretary"), []
    pages = [
        (name, {"tu": "1-1-2024", "don_vi": "pleiku"} if name != "unreached_list" else {}) for name in PAGES
    ]
    for name, words in pages:
        client.get(reverse(name), words)
    for _ in range(2):
        counts = []
        for name, words in pages:
            with CaptureQueriesContext(connection) as queries:
                assert client.get(reverse(name), words).status_code == 200
            counts.append(len(queries))
        found.append(counts)
        for number in range(3):
            reached(ground(f"Tổ thêm {number}", team=make_team()), 1)
    assert found[0] == found[1]
    assert found[0] <= [14, 8, 12]
