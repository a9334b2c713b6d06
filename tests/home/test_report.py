"""The market report: numbers against rows that were made, scope, filters, areas old and new, the workbook."""

from collections import Counter
from datetime import timedelta
from io import BytesIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from markets.models import CardCheck, FalseCardReport, FollowUp, Stall, StallCard
from tests import builders
from tests.admin.pages import enter

pytestmark = pytest.mark.django_db

VCB = "970436"
FUNNEL = ["registered", "account", "card", "posted", "tried", "asked", "used"]


def report(client, **asked):
    answer = client.get(reverse("market_report"), asked)
    assert answer.status_code == 200
    return answer.context["report"]


def counts(client, **asked) -> list[int]:
    return [report(client, **asked).total.counts[code] for code in FUNNEL]


def rows(client, kind: str, **asked) -> dict[str, list[int]]:
    """The rows of a table by name: registered, tried, used."""
    found = report(client, bang=kind, **asked).table[1]
    return {line.name: [line.counts[code] for code in ("registered", "tried", "used")] for line in found}


def stall(market, state: str | None = None, *, percent: int | None = None, bin: str = builders.BIDV) -> Stall:
    """A stall that came so far; with `percent`, that is what its vendor said after 30 days."""
    new = builders.make_stall(market=market)
    if state is None:
        return new
    account = builders.make_account(tenancy=builders.make_tenancy(stall=new), bin=bin)
    if state != "account":
        card = builders.make_card(account=account, state=state)
        if percent is not None:
            builders.make_used(card, percent=percent)
    return new


@pytest.fixture
def market(db):
    """In Phường Pleiku of today, once phường Hoa Lư of Pleiku city: a stall at each step, and one void."""
    former = builders.former_commune("Phường Hoa Lư", "Thành phố Pleiku")
    market = builders.make_market(name="Chợ Hoa Lư", former_area=former)
    stall(market)
    for state in ("account", "made", "printed", "posted", "tried"):
        stall(market, state)
    stall(market, "tried", percent=70)
    stall(market, "tried", percent=0)
    stall(market, "void")
    return market


@pytest.fixture
def staff(db):
    return enter("province_staff")


# --- numbers ------------------------------------------------------------------------------------------------


def test_the_funnel_counts_each_stall_at_every_step_it_has_come_to(staff, market):
    assert counts(staff) == [9, 8, 6, 4, 3, 2, 1]


def test_a_visit_without_an_answer_is_a_blank_and_not_a_no(staff, market):
    stall(market, "tried")
    followup = FollowUp.objects.filter(kind=FollowUp.Kind.DAY_30, done_at=None).first()
    followup.mark_done(by=staff.user, transfer_percent=None, problem="none")
    found = report(staff)
    assert found.total.counts["asked"] == 2
    assert found.not_asked == 2
    assert found.total.using.percent == 50


def test_what_was_said_before_its_day_is_neither_asked_nor_used(staff, market):
    early = FollowUp.objects.get(transfer_percent=70)
    FollowUp.objects.filter(pk=early.pk).update(due_on=timezone.localdate() + timedelta(days=1))
    assert counts(staff) == [9, 8, 6, 4, 3, 1, 0]


def test_a_trial_made_again_is_no_visit(staff, market):
    before = report(staff).sums.visits
    again = builders.make_followup(tenancy=builders.make_tenancy(market=market), kind=FollowUp.Kind.RETRY)
    again.mark_done(by=staff.user)
    assert report(staff).sums.visits == before == 2


def test_nothing_to_share_is_a_dash(staff):
    builders.make_market(name="Chợ Trống")
    page = staff.get(reverse("market_report")).text.partition("Chợ Trống<small>")[2].partition("</tr>")[0]
    assert rows(staff, "cho") == {"Chợ Trống": [0, 0, 0]}
    assert page.count('<td class="n">0</td>') == len(FUNNEL)
    assert page.count('<td class="n">–</td>') == 2


def test_an_account_that_was_replaced_counts_once_and_at_its_new_bank(staff):
    market = builders.make_market()
    changed = stall(market, "tried")
    changed.tenancy.replace_account(bin=VCB, number="MAU1", holder="A", by=changed.opened_by)
    assert counts(staff) == [1, 1, 0, 0, 0, 0, 0]
    assert rows(staff, "ngan_hang") == {"Vietcombank": [1, 0, 0]}


def test_a_closed_stall_is_gone_from_the_stock_but_not_from_its_month(staff, market):
    Stall.objects.filter(market=market, cards__tried_at__isnull=False).first().close(by=staff.user)
    found = report(staff)
    assert (found.total.counts["registered"], found.total.counts["tried"]) == (8, 2)
    assert (found.sums.opened, found.sums.tried) == (9, 3)


def test_a_report_of_an_earlier_day_shows_how_things_stood_in_its_evening(staff):
    market, now = builders.make_market(), timezone.now()
    early, late = stall(market, "tried"), stall(market, "tried")
    Stall.objects.filter(pk=early.pk).update(opened_at=now - timedelta(days=60))
    early.tenancies.update(starts_on=now - timedelta(days=60))
    early.tenancies.get().accounts.update(recorded_at=now - timedelta(days=60))
    StallCard.objects.filter(stall=early).update(
        made_at=now - timedelta(days=60),
        printed_at=now - timedelta(days=60),
        posted_at=now - timedelta(days=5),
    )
    early.close(by=staff.user)
    day = f"{timezone.localdate() - timedelta(days=30):%d-%m-%Y}"
    assert counts(staff, den=day) == [1, 1, 1, 0, 0, 0, 0]
    assert counts(staff) == [1, 1, 1, 1, 1, 0, 0]
    assert counts(staff, tu=day) == [1, 1, 1, 1, 1, 0, 0]
    assert late.pk


def test_a_vendor_with_two_stalls_is_one_person(staff):
    market = builders.make_market()
    vendor = builders.make_vendor()
    for _ in range(2):
        builders.make_tenancy(stall=builders.make_stall(market=market), vendor=vendor)
    builders.make_tenancy(market=market)
    assert report(staff).tally.people == 2


def test_a_replaced_card_that_is_tried_again_is_no_new_stall(staff):
    again = stall(builders.make_market(), "tried")
    again.card.void(by=staff.user, reason=StallCard.VoidReason.LOST)
    builders.make_card(account=again.tenancy.account, state="tried")
    assert [line.month.tried for line in report(staff).months] == [1]


def test_shares_of_buyers_are_sums_of_buyers_and_months_without_visits_are_blank(staff, market):
    now = timezone.now()
    for percent, days in ((100, 70), (20, 70), (30, 70)):
        visit = builders.make_followup(tenancy=builders.make_tenancy(market=market))
        visit.mark_done(by=staff.user, at=now - timedelta(days=days), transfer_percent=percent)
    months = report(staff).months
    first = months[0]
    assert (first.month.visits, first.month.paying, first.month.buyers, first.percent) == (3, 15, 30, 50)
    assert len(months) >= 3
    assert months[1].paying is None
    assert (report(staff).sums.paying, report(staff).sums.buyers) == (22, 50)


def test_a_goal_is_a_line_at_its_height(staff, market):
    found = report(staff, chi_tieu="6")
    assert found.goal_percent == 50
    last = found.months[-1]
    assert last.new.height == pytest.approx(286 / 2, abs=1)
    assert found.goal_y == 310 - 286
    assert 'class="goal"' in staff.get(reverse("market_report"), {"chi_tieu": "6"}).text
    assert 'class="goal"' not in staff.get(reverse("market_report")).text


def test_the_lines_at_50_and_100_percent_lie_over_the_bars(staff, market):
    chart = staff.get(reverse("market_report")).text.partition('id="ck-d"')[2].partition("</figure>")[0]
    assert 'class="k2"' in chart.partition('class="grid-l"')[0]
    assert 'class="k2"' not in chart.partition('class="grid-l"')[2]


# --- checking rounds ----------------------------------------------------------------------------------------


def look(market, *texts: str, by, card: StallCard | None = None, days: int = 0) -> CardCheck:
    """Somebody read these codes, at the card itself where there is one."""
    at = timezone.now() - timedelta(days=days)
    fields = {"texts": list(texts), "way": CardCheck.Way.CAMERA, "by": by, "at": at}
    return CardCheck.objects.record(market=market, card=card, **fields)


def found(client, **asked) -> tuple[int, ...]:
    """Cards looked at, of them strange, of them gone; reports, of them open."""
    seen = report(client, **asked).tally
    return seen.cards, seen.strange, seen.gone, seen.reports, seen.open_reports


def test_the_report_counts_each_checked_card_once_and_what_was_false(staff, market):
    true, twice, gone, later = StallCard.objects.filter(posted_at__isnull=False)
    by = staff.user
    look(market, true.payload.open(), card=true, by=by)
    look(market, card=true, by=by)  # not readable
    for days in (3, 1):
        look(market, "MAU", card=twice, by=by, days=days)
    twice.void(by=by, reason=StallCard.VoidReason.FALSE)
    look(market, "MAU", card=gone, by=by, days=2).mark_removed(by=by)
    look(market, "MAU", card=later, by=by, days=2)
    look(market, later.payload.open(), card=later, by=by, days=1)
    look(market, "MAU, and no card", by=by)
    builders.make_report(card=true)
    builders.make_report(card=true).mark_handled(by=by, outcome="true_card")
    assert found(staff) == (5, 4, 2, 2, 1)
    words = " ".join(
        staff.get(reverse("market_report")).text.partition('id="soi-the"')[2].split("</p>")[0].split()
    )
    for number in ("đã soi <b class=\"num\">5</b> thẻ (8 lượt)", ">4</b> có mã lạ", ">2</b> đã gỡ",
                   ">2</b> lượt, 1 lượt chưa ai xem"):  # fmt: skip
        assert number in words


def test_checks_are_counted_within_scope_and_period_as_things_stood_then(staff, market):
    card, by = StallCard.objects.filter(tried_at__isnull=False).first(), staff.user
    check = look(market, "MAU", card=card, by=by, days=5)
    check.mark_removed(by=by)
    builders.make_report(card=card)
    day = timezone.localdate()
    assert found(staff, den=f"{day - timedelta(days=2):%d-%m-%Y}") == (1, 1, 0, 0, 0)
    assert found(staff, tu=f"{day - timedelta(days=2):%d-%m-%Y}") == (0, 0, 0, 1, 1)
    assert found(staff, ngan_hang=card.bin) == found(staff, cho=market.pk) == found(staff) == (1, 1, 1, 1, 1)
    other = builders.make_market(unit=builders.commune_unit("Phường Quy Nhơn"))
    assert found(staff, cho=other.pk) == found(staff, ngan_hang=VCB) == (0, 0, 0, 0, 0)
    assert found(enter("unit_secretary", unit=other.place.unit)) == (0, 0, 0, 0, 0)


def test_a_report_on_a_code_that_no_card_has_counts_for_the_whole_province_only(staff, market):
    FalseCardReport.objects.create(code="7F3KM2Q7", kind=FalseCardReport.Kind.values[0])
    assert found(staff) == (0, 0, 0, 1, 1)
    assert found(staff, cho=market.pk) == found(staff, ngan_hang=VCB) == (0, 0, 0, 0, 0)
    assert found(enter("unit_secretary", unit=market.place.unit)) == (0, 0, 0, 0, 0)


# --- who, and which -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["volunteer", "team_lead"])
def test_field_roles_may_not_open_it(role):
    client = enter(role)
    for name in ("market_report", "market_report_xlsx"):
        assert client.get(reverse(name)).status_code == 403


def test_a_unit_secretary_counts_the_own_subtree(market):
    elsewhere = builders.make_market(unit=builders.commune_unit("Phường Quy Nhơn"))
    stall(elsewhere, "tried")
    secretary = enter("unit_secretary", unit=builders.commune_unit("Phường Quy Nhơn"))
    assert counts(secretary) == [1, 1, 1, 1, 1, 0, 0]
    assert rows(secretary, "cho") == {elsewhere.place.name: [1, 1, 0]}
    answer = secretary.get(reverse("market_report"), {"cho": market.pk})
    assert answer.status_code == 422
    assert market.place.name not in answer.text


def test_every_filter_narrows_and_tables_hold_what_is_left(staff, market):
    other = builders.make_market(unit=builders.commune_unit("Phường Quy Nhơn"), name="Chợ Đầm")
    stall(other, "tried", bin=VCB)
    assert counts(staff)[0] == 10
    for asked in ({"cho": other.pk}, {"don_vi": "quy nhon"}, {"dia_ban": "phường quy nhơn"}):
        assert counts(staff, **asked) == [1, 1, 1, 1, 1, 0, 0], asked
        assert rows(staff, "cho", **asked) == {"Chợ Đầm": [1, 1, 0]}
    assert counts(staff, ngan_hang=VCB) == [1, 1, 1, 1, 1, 0, 0]
    assert report(staff, ngan_hang=VCB).sums.tried == 1


def test_a_filter_that_makes_no_sense_counts_nothing_and_says_so(staff, market):
    for asked, words in [
        ({"tu": "31-2-2026"}, "Không có ngày"),
        ({"tu": "2-2-2026", "den": "1-2-2026"}, "trước ngày cuối kỳ"),
        ({"cho": "x"}, "Chọn lại"),
        ({"bang": "x"}, "Chọn lại"),
        ({"chi_tieu": "nhiều"}, "bằng chữ số"),
        ({"chi_tieu": "9" * 5000}, "bằng chữ số"),
        ({"dia_ban": "không có nơi nào"}, "Không có nơi nào"),
    ]:
        answer = staff.get(reverse("market_report"), asked)
        assert answer.status_code == 422, asked
        assert words in answer.text
        assert "<title>Lỗi: " in answer.text
        assert staff.get(reverse("market_report_xlsx"), asked).status_code == 404


def test_banks_add_up_to_all_stalls(staff, market):
    stall(market, "tried", bin=VCB)
    found = rows(staff, "ngan_hang")
    assert found == {"BIDV": [8, 3, 1], "Vietcombank": [1, 1, 0], "Chưa có tài khoản": [1, 0, 0]}


def test_areas_of_before_2025_stand_under_their_district_and_todays_under_none(staff, market):
    former = builders.former_commune("Phường Yên Đỗ", "Thành phố Pleiku")
    near = builders.make_market(name="Chợ Yên Đỗ", former_area=former)
    stall(near, "tried", percent=50)
    stall(builders.make_market(name="Chợ chưa ghi"))
    assert rows(staff, "dia_ban") == {"Phường Pleiku": [11, 4, 2]}
    old = report(staff, bang="dia_ban_cu").table[1]
    assert [(line.name, line.level, line.counts["registered"]) for line in old] == [
        ("Phường Hoa Lư", 0, 9),
        ("Phường Yên Đỗ", 0, 1),
        ("Chưa ghi địa bàn cũ", 0, 1),
    ]
    far = builders.former_commune("Phường Trần Phú", "Thành phố Quy Nhơn")
    stall(builders.make_market(unit=builders.commune_unit("Phường Quy Nhơn"), former_area=far))
    old = report(staff, bang="dia_ban_cu").table[1]
    assert [(line.name, line.level, line.counts["registered"]) for line in old] == [
        ("Tỉnh Bình Định", 0, 1),
        ("Thành phố Quy Nhơn", 1, 1),
        ("Phường Trần Phú", 2, 1),
        ("Tỉnh Gia Lai", 0, 10),
        ("Thành phố Pleiku", 1, 10),
        ("Phường Hoa Lư", 2, 9),
        ("Phường Yên Đỗ", 2, 1),
        ("Chưa ghi địa bàn cũ", 0, 1),
    ]
    assert rows(staff, "don_vi").keys() == {"Đoàn phường Pleiku", "Đoàn phường Quy Nhơn"}


# --- files and cost -----------------------------------------------------------------------------------------


def test_the_workbook_has_every_table_with_numbers_as_numbers(staff, market):
    look(market, "MAU", by=staff.user)
    answer = staff.get(reverse("market_report_xlsx"), {"chi_tieu": "6"})
    book = load_workbook(BytesIO(b"".join(answer.streaming_content)))
    assert len(book.sheetnames) == 8
    funnel = {row[0]: row[1:4] for row in book["Phễu"].iter_rows(min_row=2, values_only=True)}
    assert funnel["Đăng ký"] == (9, None, None)
    assert funnel["Nhận được tiền"] == (3, 9, 33.3)
    assert funnel["Đang dùng"] == (1, 2, 50)
    (name, _, _, *numbers), total = book["Chợ"].iter_rows(min_row=2, values_only=True)
    assert name == "Chợ Hoa Lư"
    assert numbers == [9, 8, 6, 4, 3, 2, 1, 33.3, 50]
    assert total[0] == "Cộng"
    kinds = Counter(
        type(value)
        for sheet in book
        for row in sheet.iter_rows(min_row=2)
        for value in [c.value for c in row]
    )
    assert kinds.keys() <= {str, int, float, type(None), type(timezone.now())}
    about = dict(row for row in book["Báo cáo"].iter_rows(min_row=2, values_only=True))
    checks = [count for name, count in about.items() if name.startswith("Soi thẻ")]
    assert checks == [1, 1, 0, 0, 0]
    month = next(book["Theo tháng"].iter_rows(min_row=2, values_only=True))
    assert month[1:] == (9, 3, 3, 2, 20, 7, 35)


def test_the_number_of_queries_is_at_most_twelve_and_does_not_grow(staff, market):
    asked = {"dia_ban": "phường pleiku", "don_vi": "pleiku", "bang": "dia_ban_cu", "ngan_hang": builders.BIDV}
    staff.get(reverse("market_report"), asked)
    found = []
    for _ in range(2):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert staff.get(reverse("market_report"), asked).status_code == 200
        found.append(len(queries))
        for number in range(3):
            stall(builders.make_market(name=f"Chợ Pleiku {number}"), "tried", percent=10)
    assert found[0] == found[1] <= 12
