"""Pages of the report, for staff: to read and print, and as a workbook."""

from django.http import FileResponse, Http404
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from markets.indicators import FUNNEL
from portal.accounts import rights
from portal.accounts.gates import lockable, only
from portal.codes.qr import public_address
from portal.exports import Sheet, workbook
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
