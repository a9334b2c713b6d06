"""Pages of the reports, for staff: to read and print, and as workbooks."""

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
    name = f"bao-cao-sap-{timezone.localdate():%d-%m-%Y}.xlsx"
    file = workbook(_sheets(Report(question), request.user))
    return FileResponse(file, as_attachment=True, filename=name, content_type=XLSX)


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
    name = f"bao-cao-di-tich-{timezone.localdate():%d-%m-%Y}.xlsx"
    file = workbook(_heritage_sheets(heritage_questions.Report(question)))
    return FileResponse(file, as_attachment=True, filename=name, content_type=XLSX)


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
