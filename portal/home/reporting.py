"""Pages of the reports, for staff: to read and print, and as workbooks."""

from django.core.paginator import Paginator
from django.http import FileResponse, Http404
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.views.decorators.http import require_safe

from markets.indicators import FUNNEL
from portal.accounts import rights
from portal.accounts.gates import lockable, only
from portal.codes.qr import public_address
from portal.exports import Sheet, workbook
from portal.home import group_gaps, team_standings
from portal.home import group_report as group_questions
from portal.home import heritage_report as heritage_questions
from portal.home.report import TABLES, Question, Report
from portal.registers import XLSX
from portal.text import format_date


@lockable
@only(*rights.STAFF)
@require_safe
def market_report(request):
    """How far the stalls came, month by month, and one table of them; what the user sees, filtered."""
    question = Question(request)
    report = Report(question)
    context = {
        "question": question,
        "report": report,
        "tables": [(key, name, key == (question.table.value or "cho")) for key, name in TABLES.items()],
        "indicators": FUNNEL,
        "address": public_address(reverse("market_report")).partition("://")[2],
    }
    return render(request, "home/report.html", context, status=422 if question.errors else 200)


@lockable
@only(*rights.STAFF)
@require_safe
def market_report_xlsx(request):
    """All of it as one workbook, with every table on a sheet of its own."""
    question = Question(request)
    if question.errors:
        raise Http404
    return _file("sap", _sheets(Report(question), request.user))


def _sheets(report: Report, user):
    """Counts as numbers; a share beside both its numbers, blank where there is nothing to share."""
    yield Sheet("Báo cáo", ["Báo cáo sạp nhận QR", ""], _about(report, user))
    steps = [
        [share.indicator.words, share.count, share.whole, share.percent, share.indicator.says]
        for share in report.total.shares
    ]
    yield Sheet("Phễu", ["Bước", "Số sạp", "Trên", "Tỉ lệ (%)", "Đếm gì"], steps)
    columns = [
        "Tháng", "Sạp mới đăng ký", "Sạp mới nhận được tiền", "Cộng dồn từ đầu kỳ", "Lượt quay lại",
        "Khách được hỏi", "Khách chuyển khoản", "Tỉ lệ (%)",
    ]  # fmt: skip
    yield Sheet("Theo tháng", columns, (_month(line) for line in report.months))
    for kind in TABLES:
        name, lines = report.lines(kind)
        columns = [name, "Thuộc", "Cấp", *(indicator.words for indicator in FUNNEL)]
        columns += ["Nhận được tiền / đăng ký (%)", "Đang dùng / đã hỏi (%)"]
        yield Sheet(name, columns, [_line(line) for line in [*lines, report.total]])


def _about(report: Report, user):
    question = report.question
    yield ["Kỳ", question.period_filter.in_words()]
    yield from ([title, words] for title, words, _ in question.chips)
    yield ["Số chợ", report.market_count]
    yield ["Chỉ tiêu (sạp nhận được tiền)", report.goal]
    yield ["Tiểu thương (người)", report.tally.people]
    yield ["Sạp nhận được tiền, chưa hỏi sau 30 ngày", report.not_asked]
    found = report.tally
    yield ["Soi thẻ: đã soi (thẻ)", found.cards]
    yield ["Soi thẻ: có mã lạ (thẻ)", found.strange]
    yield ["Soi thẻ: mã lạ đã gỡ (thẻ)", found.gone]
    yield ["Soi thẻ: người dân báo thẻ giả (lượt)", found.reports]
    yield ["Soi thẻ: lượt báo chưa ai xem", found.open_reports]
    yield ["Lập lúc", timezone.now()]
    yield ["Người lập", user.name]
    yield ["Ghi chú", f"Sạp đếm theo tình trạng cuối ngày {format_date(question.period.last)}."]


def _month(line) -> list:
    month = line.month
    asked = [month.buyers, month.paying] if month.buyers else [None, None]
    return [f"{month.first:%m-%Y}", month.opened, month.tried, line.total, month.visits, *asked, line.percent]


def _line(line) -> list:
    numbers = [count for _, count in line.numbers]
    return [line.name, line.detail, line.level + 1, *numbers, line.taking.percent, line.using.percent]


# --- heritage ----------------------------------------------------------------------------------------------


@lockable
@only(*rights.STAFF, *rights.REVIEWERS)
@require_safe
def heritage_report(request):
    """How far each language is, how the plaques are, how often their pages are opened."""
    question = heritage_questions.Question(request)
    report = heritage_questions.Report(question)
    address = public_address(reverse("heritage_report")).partition("://")[2]
    context = {"question": question, "report": report, "address": address}
    return render(request, "home/heritage_report.html", context, status=422 if question.errors else 200)


@lockable
@only(*rights.STAFF, *rights.REVIEWERS)
@require_safe
def heritage_report_xlsx(request):
    """The same as one workbook."""
    question = heritage_questions.Question(request)
    if question.errors:
        raise Http404
    return _file("di-tich", _heritage_sheets(heritage_questions.Report(question)))


def _heritage_sheets(report):
    yield Sheet("Báo cáo", ["Báo cáo di tích", ""], report.about())
    languages = [
        [line.language.label, line.missing, line.draft, line.approved, line.published]
        for line in report.standings
    ]
    columns = ["Ngôn ngữ", "Còn thiếu", "Bản nháp", "Đã duyệt", "Trang đang đăng"]
    yield Sheet("Ngôn ngữ", columns, languages)
    columns = [
        "Di tích",
        "Đơn vị",
        "Trang đang đăng",
        *map(capfirst, report.plaque_words.values()),
        "Lượt mở",
    ]
    lines = (
        [
            line.site.name,
            line.site.unit.name,
            ", ".join(line.languages),
            *line.plaques,
            _number(line.openings),
        ]
        for line in report.lines
    )
    yield Sheet("Từng di tích", columns, lines)
    columns = ["Tuần từ", *(language.label for language in report.languages), "Quét mã", "Cộng"]
    weeks = ([week.monday, *map(_number, [*week.numbers, week.scanned, week.total])] for week in report.weeks)
    yield Sheet("Lượt mở theo tuần", columns, weeks)


def _number(told: str) -> int | str:
    """A number as a number; what is hidden as words."""
    digits = told.replace(".", "")
    return int(digits) if digits.isdigit() else told


# --- electronic groups -------------------------------------------------------------------------------------

LINES = 100  # of a table on one page


@lockable
@only(*rights.STAFF)
@require_safe
def group_report(request):
    """Done, target and people for one step: month by month, and one table by group, area or unit."""
    question = group_questions.Question(request)
    report = group_questions.Report(question)
    title, lines = report.table
    lines = Paginator(lines, LINES).get_page(request.GET.get("page"))
    context = {
        "question": question,
        "report": report,
        "title": title,
        "lines": lines,
        "rows": [(line, report.shown(line)) for line in lines],
        "total": report.shown(report.total),
        "tables": [(key, name, key == question.kind) for key, name in group_questions.TABLES.items()],
        "address": public_address(reverse("group_report")).partition("://")[2],
    }
    return render(request, "home/group_report.html", context, status=422 if question.errors else 200)


@lockable
@only(*rights.STAFF)
@require_safe
def group_report_xlsx(request):
    """All of it as one workbook, with every table on a sheet of its own."""
    question = group_questions.Question(request)
    if question.errors:
        raise Http404
    return _file("to-dan-pho", group_questions.Report(question).sheets())


@lockable
@only(*rights.STAFF)
@require_safe
def unreached_list(request):
    """Groups where nothing happens, or that nobody counted or helps, with the reasons."""
    gaps = group_gaps.Gaps(request)
    rows = Paginator(gaps.rows, LINES).get_page(request.GET.get("page"))
    context = {"gaps": gaps, "rows": rows, "lines": [gaps.line(group) for group in rows]}
    return render(request, "home/unreached_list.html", context, status=422 if gaps.errors else 200)


@lockable
@only(*rights.STAFF)
@require_safe
def unreached_list_xlsx(request):
    """The whole list as a workbook."""
    gaps = group_gaps.Gaps(request)
    if gaps.errors:
        raise Http404
    return _file("to-chua-toi", gaps.sheets())


@lockable
@only(*rights.STAFF)
@require_safe
def team_league(request):
    """Teams by what people still do 30 days later, never by how many were signed up."""
    league = team_standings.League(request)
    context = {"league": league, "may_call": request.user.reach.holds(*rights.CALLERS)}
    return render(request, "home/team_league.html", context, status=422 if league.errors else 200)


@lockable
@only(*rights.STAFF)
@require_safe
def team_league_xlsx(request):
    """The same as a workbook."""
    league = team_standings.League(request)
    if league.errors:
        raise Http404
    return _file("doi-giup", league.sheets())


def _file(name: str, sheets) -> FileResponse:
    name = f"bao-cao-{name}-{timezone.localdate():%d-%m-%Y}.xlsx"
    return FileResponse(workbook(sheets), as_attachment=True, filename=name, content_type=XLSX)
