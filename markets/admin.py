"""Registers of the market: what the field wrote, to look at, filter and export; little is changed here."""

from django import forms
from django.contrib import admin
from django.db.models import Exists, OuterRef, Prefetch
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe

from markets import banks
from markets.models import (
    CardCheck,
    FalseCardReport,
    FollowUp,
    Goods,
    Market,
    PaymentAccount,
    PrintJob,
    Stage,
    Stall,
    StallCard,
    Tenancy,
    Vendor,
)
from portal.filters import choice_filter, dates_filter, done_filter
from portal.forms import Form
from portal.organization.filters import AreaFilter, UnitFilter
from portal.registers import RegisterAdmin, RegisterInline, bulk, column, reveal_link


def _where(place: str):
    """The three filters of everything that stands at a place: area old and new, unit."""
    return [AreaFilter.at(place), UnitFilter.at(place)]


def _market_filter(lookup: str):
    def markets(request):
        return [(market.pk, market) for market in Market.objects.visible_to(request.user).with_place()]

    return choice_filter("chợ", "cho", markets, lookup)


def _bank_filter(narrow="bin", words: str = "ngân hàng"):
    return choice_filter(words, "ngan_hang", lambda request: banks.choices(), narrow)


@admin.register(Goods)
class GoodsAdmin(RegisterAdmin):
    sees_all = may_delete = True
    list_display = ["name", "code", "sort"]


@admin.register(Market)
class MarketAdmin(RegisterAdmin):
    may_delete = True
    list_display = [
        "place__name", "place__area", "place__former_area", "place__unit",
        column("ngân hàng", "partner_name"), "launched_on",
        column("sạp", "stall_count", "stall_count"),
        column("sạp nhận chuyển khoản", "taking_count", "taking_count"),
    ]  # fmt: skip
    list_select_related = ["place__area", "place__former_area", "place__unit"]
    list_filter = [
        *_where("place__"),
        _bank_filter("partner_bin", "ngân hàng đồng hành"),
        dates_filter("ra mắt", "ra_mat", "launched_on"),
    ]
    fields = ["place", "slug", "partner_bin", "launched_on"]
    autocomplete_fields = ["place"]

    def get_queryset(self, request):
        return super().get_queryset(request).with_counts()

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        if db_field.name != "partner_bin":
            return super().formfield_for_dbfield(db_field, request, **kwargs)
        pairs = [("", "–"), *banks.choices()]
        return forms.ChoiceField(choices=pairs, required=False, label=db_field.verbose_name)


class TenanciesOfStall(RegisterInline):
    model = Tenancy
    may_add = may_change = False
    fields = ["vendor", "sign", "starts_on", "ends_on", "recorded_by"]

    def in_reach(self, rows, user):
        return rows.filter(user.reach.places("stall__market__place__")).select_related("stall__market__place")


@admin.register(Stall)
class StallAdmin(RegisterAdmin):
    may_add = may_change = False
    list_display = [
        "label", "market", "goods",
        column("tên trên thẻ", lambda stall: stall.tenancy and stall.tenancy.sign),
        column("ngân hàng", lambda stall: _account(stall) and _account(stall).bank_name),
        column("tài khoản", lambda stall: _account(stall) and _account(stall).masked),
        column("tới đâu", "stage.label"), "starts_on", "ends_on",
    ]  # fmt: skip
    list_filter = [
        *_where("market__place__"),
        _market_filter("market"),
        _bank_filter(
            lambda rows, bin: rows.filter(
                Exists(PaymentAccount.objects.open().filter(bin=bin, tenancy__stall=OuterRef("pk")))
            )
        ),
        choice_filter("tới đâu", "toi_dau", Stage.choices, lambda rows, value: rows.at_stage(value)),
        dates_filter("đăng ký", "dang_ky", "opened_at"),
    ]
    fields = [
        "label", column("mã số", "code"), "market", "goods", "starts_on", "ends_on", "opened_at", "opened_by",
    ]  # fmt: skip
    inlines = [TenanciesOfStall]
    actions = ["close_stalls"]

    def for_list(self, rows):
        return rows.with_progress()

    @bulk(
        "Ghi các sạp đã nghỉ",
        says="Từ hôm nay các sạp này không còn: chủ sạp thôi giữ, tài khoản khép lại, thẻ hết hiệu lực.",
        only=lambda rows: rows.filter(ends_on=None),
    )
    def close_stalls(self, stall, *, by):
        stall.close(by=by)


HOLDS_STALL = Exists(Tenancy.objects.open().filter(vendor=OuterRef("pk")))


def _account(stall: Stall) -> PaymentAccount | None:
    return stall.tenancy and stall.tenancy.account


@admin.register(Vendor)
class VendorAdmin(RegisterAdmin):
    """Corrected on the page of the stall, where the vendor stands by."""

    about_people = True
    may_add = may_change = False
    list_display = [
        "name", column("điện thoại", "masked_phone"),
        column("sạp", lambda vendor: "; ".join(one.stall.line for one in vendor.open_tenancies)),
        "consent__given_at", "consent__withdrawn_at",
    ]  # fmt: skip
    list_select_related = ["consent"]
    list_filter = [
        *_where("tenancies__stall__market__place__"),
        _bank_filter(
            lambda rows, bin: rows.filter(
                Exists(PaymentAccount.objects.open().filter(bin=bin, tenancy__vendor=OuterRef("pk")))
            )
        ),
        choice_filter(
            "giữ sạp",
            "giu_sap",
            [("co", "đang giữ sạp"), ("khong", "không còn sạp")],
            lambda rows, value: rows.filter(HOLDS_STALL if value == "co" else ~HOLDS_STALL),
        ),
        dates_filter("đồng ý", "dong_y", "consent__given_at"),
    ]
    fields = [
        "name", column("điện thoại", lambda vendor: reveal_link(vendor, "phone", vendor.masked_phone)),
        "consent", column("tài khoản", lambda vendor: _accounts(vendor)),
    ]  # fmt: skip

    def for_list(self, rows):
        held = Tenancy.objects.open().select_related("stall__market__place")
        return rows.prefetch_related(Prefetch("tenancies", held, "open_tenancies"))


def _accounts(vendor: Vendor):
    """Every account there was, masked, each with the way to see it whole."""
    accounts = PaymentAccount.objects.filter(tenancy__vendor=vendor).order_by("ends_on", "starts_on")
    lines = ((one.bank_name, reveal_link(one, "number", one.masked), _period(one)) for one in accounts)
    return format_html_join(mark_safe("<br>"), "{} {} {}", lines)


def _period(account: PaymentAccount) -> str:
    return f"(đến {account.ends_on:%d-%m-%Y})" if account.ends_on else ""


@admin.register(PaymentAccount)
class PaymentAccountAdmin(RegisterAdmin):
    about_people = True
    may_add = may_change = False
    list_display = [
        "tenancy__sign", column("sạp", "tenancy.stall.line"), column("ngân hàng", "bank_name", "bin"),
        column("số tài khoản", "masked"), column("chủ tài khoản", "masked_holder"),
        "starts_on", "ends_on", "confirmed_at",
    ]  # fmt: skip
    list_select_related = ["tenancy__stall__market__place"]
    ordering = ["-recorded_at"]
    list_filter = [
        *_where("tenancy__stall__market__place__"),
        _bank_filter(),
        done_filter("chủ sạp xác nhận", "confirmed_at"),
        dates_filter("ghi", "ghi", "recorded_at"),
    ]
    fields = [
        "tenancy", column("ngân hàng", "bank_name"),
        column("số tài khoản", lambda account: reveal_link(account, "number", account.masked)),
        column("chủ tài khoản", "masked_holder"), "starts_on", "ends_on", "recorded_at", "recorded_by",
        "confirmed_at", "confirmed_by",
    ]  # fmt: skip


class VoidForm(Form):
    reason = forms.ChoiceField(label="Lý do hủy", choices=StallCard.VoidReason.choices)


@admin.register(StallCard)
class StallCardAdmin(RegisterAdmin):
    may_add = may_change = False
    list_display = [
        "serial", column("sạp", "stall.line"), "sign", column("chủ tài khoản", "masked_holder"),
        column("ngân hàng", "bank_name", "bin"), column("tài khoản", "masked"),
        column("tình trạng", "state.label"), "made_at", "printed_at", "posted_at", "tried_at", "void_at",
        "void_reason",
    ]  # fmt: skip
    list_select_related = ["stall__market__place"]
    list_filter = [
        *_where("stall__market__place__"),
        _market_filter("stall__market"),
        _bank_filter(),
        choice_filter(
            "tình trạng", "tinh_trang", StallCard.State.choices, lambda rows, value: rows.in_state(value)
        ),
        choice_filter(
            "soi thẻ",
            "soi",
            [("den-luot", "quá 30 ngày chưa soi")],
            lambda rows, value: CardCheck.objects.cards_due(rows),
        ),
        dates_filter("lập", "lap", "made_at"),
    ]
    fields = [
        "serial", "stall", "version", "check_code", "sign", column("chủ tài khoản", "masked_holder"),
        column("ngân hàng", "bank_name"),
        column("số tài khoản", lambda card: reveal_link(card, "payload", card.masked)),
        column("tình trạng", "state.label"), "made_at", "made_by", "printed_at", "printed_by", "posted_at",
        "posted_by", "tried_at", "tried_by", "void_at", "void_by", "void_reason",
    ]  # fmt: skip
    actions = ["void_cards"]

    @bulk(
        "Hủy thẻ",
        says="Trang soi thẻ báo ngay là đừng trả tiền theo các thẻ này. Sạp cần thẻ mới, số mới.",
        form_class=VoidForm,
        only=lambda rows: rows.live(),
    )
    def void_cards(self, card, *, by, reason):
        card.void(by=by, reason=reason)


@admin.register(FollowUp)
class FollowUpAdmin(RegisterAdmin):
    may_add = may_change = False
    list_display = [
        "kind", "tenancy__sign", column("sạp", "tenancy.stall.line"), "due_on", "done_at", "done_by",
        "transfer_percent", "has_internet", "problem",
    ]  # fmt: skip
    list_select_related = ["tenancy__stall__market__place", "done_by"]
    list_filter = [
        *_where("tenancy__stall__market__place__"),
        _market_filter("tenancy__stall__market"),
        choice_filter("việc", "viec", FollowUp.Kind.choices, "kind"),
        done_filter("đã làm", "done_at"),
        choice_filter("vướng gì", "vuong", FollowUp.Problem.choices, "problem"),
        dates_filter("hẹn", "hen", "due_on"),
    ]
    fields = [
        "kind", "tenancy", "due_on", "done_at", "done_by", "transfer_percent", "has_internet", "problem",
    ]  # fmt: skip


class OutcomeForm(Form):
    outcome = forms.ChoiceField(label="Kết quả", choices=FalseCardReport.Outcome.choices)


@admin.register(FalseCardReport)
class FalseCardReportAdmin(RegisterAdmin):
    may_add = may_change = False
    list_display = [
        "at", "kind", "code", "card", column("sạp", lambda report: report.card and report.card.stall.line),
        "outcome", "handled_at", "handled_by",
    ]  # fmt: skip
    list_select_related = ["card__stall__market__place", "handled_by"]
    list_filter = [
        *_where("card__stall__market__place__"),
        choice_filter("thấy gì", "thay", FalseCardReport.Kind.choices, "kind"),
        done_filter("đã xem", "handled_at"),
        choice_filter("kết quả", "ket_qua", FalseCardReport.Outcome.choices, "outcome"),
        dates_filter("báo", "bao", "at"),
    ]
    fields = ["at", "kind", "code", "card", "outcome", "handled_at", "handled_by"]
    actions = ["mark_handled"]

    @bulk(
        "Ghi kết quả đã xem",
        says="Các báo này thôi chờ xử lý, ghi tên bạn và thời điểm. Thẻ giữ nguyên: thẻ giả thì hủy riêng.",
        form_class=OutcomeForm,
        only=lambda rows: rows.filter(handled_at=None),
    )
    def mark_handled(self, report, *, by, outcome):
        report.mark_handled(by=by, outcome=outcome)


@admin.register(CardCheck)
class CardCheckAdmin(RegisterAdmin):
    """Looks at cards; what was read and the photo of a strange code are shown for a reason, one by one."""

    may_add = may_change = False
    list_display = [
        "at", "market", column("sạp", lambda check: check.card and check.card.stall.label), "card", "result",
        "way", "code_count", "by", "removed_at",
    ]  # fmt: skip
    list_select_related = ["market__place", "card__stall", "by"]
    list_filter = [
        *_where("market__place__"),
        _market_filter("market"),
        choice_filter("kết quả", "ket_qua", CardCheck.Result.choices, "result"),
        choice_filter("mã lạ", "con", [("con", "chưa gỡ")], lambda rows, value: rows.alarms()),
        dates_filter("soi", "soi", "at"),
    ]
    fields = [
        "at", "market", "card", "result", "way", "code_count",
        column("mã lạ", lambda check: _evidence(check)), "by", "removed_at", "removed_by",
    ]  # fmt: skip


@admin.register(PrintJob)
class PrintJobAdmin(RegisterAdmin):
    may_add = may_change = False
    list_display = [
        "made_at", "market", column("in gì", "scope"), "sheet", "state", "total", "done", "made_by",
        "finished_at",
    ]  # fmt: skip
    list_select_related = ["market__place", "goods", "made_by"]
    list_filter = [
        *_where("market__place__"),
        _market_filter("market"),
        choice_filter("tình trạng", "tinh_trang", PrintJob.State.choices, "state"),
        choice_filter(
            "cần làm", "can", [("dat-lai", "cần đặt lại")], lambda rows, value: rows.to_order_again()
        ),
        dates_filter("đặt", "dat", "made_at"),
    ]
    fields = [
        column("trang của lượt in", lambda job: _page_of(job)), "market", column("in gì", "scope"), "sheet",
        "state", "total", "done", "made_at", "made_by", "started_at", "finished_at",
    ]  # fmt: skip

    def for_list(self, rows):
        return rows.defer("stalls", "problems")


def _page_of(job: PrintJob):
    """The way to the page where the job is watched, and ordered again."""
    return format_html('<a href="{}">Mở lượt in</a>', reverse("print_job_detail", args=[job.pk]))


def _evidence(check: CardCheck):
    """The strange codes masked, with the ways to see them and the photo whole."""
    if not check.is_red:
        return ""
    photo = (("Tải ảnh", reverse("evidence_photo", args=[check.pk])),) if check.is_photo_there else ()
    masked = ", ".join(code.masked for code in check.strange_codes)
    links = format_html_join("", ' <a href="{1}">{0}</a>', photo)
    return format_html("{}{}", reveal_link(check, "found", masked), links)
