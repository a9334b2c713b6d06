"""Registers: consents, refusals, the notices and purposes behind them, logs, requests, campaigns."""

from django import forms
from django.contrib import admin

from portal.filters import choice_filter, dates_filter
from portal.forms import ModelForm
from portal.privacy.models import (
    Campaign,
    Consent,
    ConsentPurpose,
    Notice,
    Opening,
    PersonRequest,
    Purpose,
    ReadLog,
    Refusal,
)
from portal.privacy.reference import MARKETS, NEIGHBORHOODS
from portal.registers import RegisterAdmin, RegisterInline, column


@admin.register(Purpose)
class PurposeAdmin(RegisterAdmin):
    """Once somebody has agreed to a purpose, its words stay: another wording is another purpose."""

    sees_all = True
    list_display = ["words", "code", "programme", "is_needed", "sort"]

    def has_change_permission(self, request, obj=None):
        is_used = obj is not None and ConsentPurpose.objects.filter(purpose=obj).exists()
        return not is_used and super().has_change_permission(request, obj)


@admin.register(Notice)
class NoticeAdmin(RegisterAdmin):
    """What was read aloud to somebody stays as it was: a changed word is a new version."""

    sees_all = True
    list_display = ["programme", "version", "starts_on"]

    def has_change_permission(self, request, obj=None):
        was_read = obj is not None and (obj.consent_set.exists() or obj.refusal_set.exists())
        return not was_read and super().has_change_permission(request, obj)


class PurposesOfConsent(RegisterInline):
    model = ConsentPurpose
    sees_all = True
    verbose_name_plural = "đồng ý cho"


@admin.register(Consent)
class ConsentAdmin(RegisterAdmin):
    about_people = True
    list_display = ["given_at", "how", "notice", "recorded_by", "withdrawn_at"]
    list_select_related = ["notice", "recorded_by"]
    ordering = ["-given_at"]
    list_filter = [
        choice_filter("cách đồng ý", "cach", Consent.How.choices, "how"),
        choice_filter(
            "còn đồng ý",
            "con",
            [("co", "có"), ("khong", "đã rút lại")],
            lambda rows, value: rows.filter(withdrawn_at__isnull=value == "co"),
        ),
        dates_filter("ngày", "ngay", "given_at"),
    ]
    inlines = [PurposesOfConsent]


@admin.register(Refusal)
class RefusalAdmin(RegisterAdmin):
    list_display = ["at", "place", "notice", "recorded_by"]
    list_select_related = ["place", "notice", "recorded_by"]
    ordering = ["-at"]
    list_filter = [dates_filter("ngày", "ngay", "at")]


@admin.register(ReadLog)
class ReadLogAdmin(RegisterAdmin):
    about_people = True
    list_display = ["at", "user", "model", "field", "row", "reason", "request_id"]
    list_select_related = ["user"]
    list_filter = [
        choice_filter("lý do", "ly_do", ReadLog.Reason.choices, "reason"),
        dates_filter("ngày", "ngay", "at"),
    ]


@admin.register(Opening)
class OpeningAdmin(RegisterAdmin):
    """For the province: who is suspected of a leak does not read here what is known of it."""

    about_people = True
    list_display = ["at", "user", "device", "model", "row", "request_id"]
    list_select_related = ["user"]
    list_filter = [dates_filter("ngày", "ngay", "at")]

    def in_reach(self, rows, user):
        return rows if user.reach.is_everywhere else rows.none()


@admin.register(PersonRequest)
class PersonRequestAdmin(RegisterAdmin):
    """To look at and count; they are answered at the desk. The names stay sealed."""

    about_people = True
    list_display = ["received_on", "kind", "how", "unit", "due_on", "closed_at", "outcome"]
    list_select_related = ["unit"]
    ordering = ["-received_on"]
    list_filter = [
        choice_filter("xin gì", "xin", PersonRequest.Kind.choices, "kind"),
        choice_filter(
            "tình trạng",
            "xong",
            [("cho", "đang chờ"), ("qua-han", "quá hạn"), ("xong", "đã đóng")],
            lambda rows, value: {
                "cho": rows.open,
                "qua-han": rows.overdue,
                "xong": lambda: rows.exclude(closed_at=None),
            }[value](),
        ),
        choice_filter("kết quả", "ket_qua", PersonRequest.Outcome.choices, "outcome"),
        dates_filter("nhận", "nhan", "received_on"),
    ]
    fields = [
        "kind", "how", "unit", "received_on", "received_by", "acknowledge_by", "acknowledged_at", "due_on",
        "copied_at", "withdrawn_at", "erased_at", "closed_at", "closed_by", "outcome",
    ]  # fmt: skip


class CampaignForm(ModelForm):
    programme = forms.ChoiceField(
        label="Chương trình", choices=[(MARKETS, "Chợ không tiền mặt"), (NEIGHBORHOODS, "Tổ điện tử")]
    )


@admin.register(Campaign)
class CampaignAdmin(RegisterAdmin):
    """How long names are kept: registered by the province, carried out every night."""

    sees_all = True
    form = CampaignForm
    list_display = [
        "name", "programme", "starts_on", "ends_on", "keep_months",
        column("giữ tới hết ngày", "kept_until"),
    ]  # fmt: skip
    fields = ["programme", "name", "starts_on", "ends_on", "keep_months"]
