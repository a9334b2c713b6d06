"""Registers of the groups: what the field wrote, to look at, filter and export; groups are kept here."""

from django import forms
from django.contrib import admin
from django.db.models import Count, Exists, OuterRef, Q

from neighborhoods.models import (
    CallBack,
    Denominator,
    DeskSession,
    FollowUp,
    Group,
    HelpEvent,
    Resident,
    Step,
    Target,
)
from portal.filters import choice_filter, dates_filter, done_filter
from portal.forms import Form
from portal.organization.filters import AreaFilter, UnitFilter
from portal.organization.models import Team
from portal.registers import RegisterAdmin, RegisterInline, bulk, column, reveal_link

COUNTED = Exists(Denominator.objects.filter(group=OuterRef("pk")))
LACKS = {"doi": Q(team=None), "dan-so": ~COUNTED}


def _where(place: str):
    return [AreaFilter.at(place), UnitFilter.at(place)]


def _step_filter():
    return choice_filter("việc", "viec", lambda request: Step.objects.values_list("pk", "name"), "step")


@admin.register(Step)
class StepAdmin(RegisterAdmin):
    sees_all = True
    list_display = ["name", "code", "words", "is_rung", "is_followed", "sort", "starts_on", "ends_on"]

    def get_readonly_fields(self, request, obj=None):
        return (
            ["code"]
            if obj and self.has_change_permission(request, obj)
            else super().get_readonly_fields(request)
        )


class OfGroup(RegisterInline):
    def in_reach(self, rows, user):
        return rows.filter(group__in=Group.objects.visible_to(user))


class DenominatorsOfGroup(OfGroup):
    model = Denominator


class TargetsOfGroup(OfGroup):
    model = Target


def team_form(request) -> type[Form]:
    """Picks one of the teams that the user sees."""
    teams = Team.objects.visible_to(request.user).today()
    teams = teams.filter(kind__in=[Team.Kind.COMMUNITY, Team.Kind.YOUTH])
    field = forms.ModelChoiceField(label="Đội giúp", queryset=teams)
    return type("TeamForm", (Form,), {"team": field})


@admin.register(Group)
class GroupAdmin(RegisterAdmin):
    list_display = [
        "name", column("địa bàn", "place.area", "place__area__name_key"),
        column("địa bàn trước 1-7-2025", "place.former_area", "place__former_area__name_key"),
        column("đơn vị", "place.unit", "place__unit__name_key"), "team", "state", "set_up_on",
        column("người từ 14 tuổi", "adult_count", "adult_count"),
    ]  # fmt: skip
    list_select_related = ["place__area", "place__former_area", "place__unit", "team"]
    list_filter = [
        *_where("place__"),
        choice_filter("tình trạng", "tinh_trang", Group.State.choices, "state"),
        choice_filter("mô hình", "mo_hinh", Group.Kind.choices, "kind"),
        choice_filter(
            "còn thiếu",
            "thieu",
            [("doi", "đội giúp"), ("dan-so", "dân số")],
            lambda rows, value: rows.filter(LACKS[value]).working(),
        ),
        dates_filter("ra mắt", "ra_mat", "set_up_on"),
    ]
    fields = ["place", "kind", "name", "set_up_on", "decision", "team", "police_liaison", "state"]
    autocomplete_fields = ["place"]
    inlines = [DenominatorsOfGroup, TargetsOfGroup]
    actions = ["set_team", "close_groups"]

    def get_queryset(self, request):
        return super().get_queryset(request).with_people()

    @bulk(
        "Giao cho một đội",
        says="Từ nay các tổ này là của đội được chọn; lượt giúp đã ghi giữ nguyên đội cũ.",
        form_class=team_form,
        only=lambda rows: rows.working(),
    )
    def set_team(self, group, *, by, team):
        group.team = team
        group.save(update_fields=["team"])

    @bulk(
        "Ghi các tổ đã thôi",
        says="Các tổ này không còn trong danh sách việc; người và lượt giúp đã ghi vẫn được đếm.",
        only=lambda rows: rows.filter(state=Group.State.WORKING),
    )
    def close_groups(self, group, *, by):
        group.state = Group.State.CLOSED
        group.save(update_fields=["state"])


@admin.register(Resident)
class ResidentAdmin(RegisterAdmin):
    """Corrected on the person's page, where the person stands by."""

    about_people = True
    may_add = may_change = False
    list_display = [
        "name", "birth_year", "group", column("số định danh", "masked_number"),
        column("điện thoại", "masked_phone"), "phone_kind", "recorded_at", "left_on", "left_why",
    ]  # fmt: skip
    list_select_related = ["group"]
    list_filter = [
        *_where("group__place__"),
        choice_filter("điện thoại", "dien_thoai", Resident.PhoneKind.choices, "phone_kind"),
        choice_filter(
            "còn ở tổ",
            "con_o",
            [("con", "còn"), ("thoi", "đã thôi")],
            lambda rows, value: rows.filter(left_on__isnull=value == "con"),
        ),
        dates_filter("ghi", "ghi", "recorded_at"),
    ]
    fields = [
        "name", "birth_year", "sex", "group", "household", "phone_kind",
        column("số định danh", lambda person: reveal_link(person, "number", person.masked_number)),
        column("điện thoại", lambda person: reveal_link(person, "phone", person.masked_phone)),
        "consent", "recorded_at", "recorded_by", "left_on", "left_why",
    ]  # fmt: skip


@admin.register(HelpEvent)
class HelpEventAdmin(RegisterAdmin):
    about_people = True
    may_add = may_change = False
    list_display = ["at", "group", "step", "outcome", "resident", "team", "by", "place", "device"]
    list_select_related = ["group", "step", "resident", "team", "by", "place"]
    list_filter = [
        *_where("group__place__"),
        _step_filter(),
        choice_filter("kết quả", "ket_qua", HelpEvent.Outcome.choices, "outcome"),
        dates_filter("giúp", "giup", "at"),
    ]
    fields = [
        "at", "received_at", "group", "resident", "step", "outcome", "place", "team", "by", "device",
        "corrects",
    ]  # fmt: skip


@admin.register(FollowUp)
class FollowUpAdmin(RegisterAdmin):
    about_people = True
    may_add = may_change = False
    list_display = [
        "kind", "resident", column("tổ", "resident.group"), "step", "due_on", "missed_count", "done_at",
        "done_by", "outcome",
    ]  # fmt: skip
    list_select_related = ["resident__group", "step", "done_by"]
    list_filter = [
        *_where("resident__group__place__"),
        choice_filter("việc", "viec", FollowUp.Kind.choices, "kind"),
        done_filter("đã làm", "done_at"),
        choice_filter("kết quả", "ket_qua", FollowUp.Outcome.choices, "outcome"),
        dates_filter("hẹn", "hen", "due_on"),
    ]
    fields = ["kind", "resident", "step", "event", "due_on", "missed_count", "done_at", "done_by", "outcome"]


@admin.register(DeskSession)
class DeskSessionAdmin(RegisterAdmin):
    may_add = may_change = False
    list_display = ["on", "place", "team", "opened_by", column("lần đếm", "tally_count")]
    list_select_related = ["place", "team", "opened_by"]
    list_filter = [*_where("place__"), dates_filter("buổi", "buoi", "on")]
    fields = ["on", "place", "team", "opened_by"]

    def for_list(self, rows):
        return rows.annotate(tally_count=Count("tallies"))


@admin.register(CallBack)
class CallBackAdmin(RegisterAdmin):
    about_people = True
    may_add = may_change = False
    list_display = [
        "drawn_on", column("đội", "event.team"), column("tổ", "event.group"), column("việc", "event.step"),
        column("giúp lúc", "event.at"), "answer", "done_at", "done_by",
    ]  # fmt: skip
    list_select_related = ["event__team", "event__group", "event__step", "done_by"]
    list_filter = [
        *_where("event__group__place__"),
        done_filter("đã gọi", "done_at"),
        choice_filter("trả lời", "tra_loi", CallBack.Answer.choices, "answer"),
        dates_filter("gọi", "goi", "done_at"),
    ]
    fields = ["drawn_on", "event", "answer", "done_at", "done_by"]
