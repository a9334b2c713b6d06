"""Registers: consents, refusals, the notices and purposes behind them, and the read log."""

from django.contrib import admin

from portal.filters import choice_filter, dates_filter
from portal.privacy.models import Consent, ConsentPurpose, Notice, Purpose, ReadLog, Refusal
from portal.registers import RegisterAdmin, RegisterInline


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
