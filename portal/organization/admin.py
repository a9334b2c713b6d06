"""Registers: areas and their heirs, units, teams, places."""

from django.contrib import admin

from portal.filters import choice_filter, dates_filter
from portal.organization.filters import AreaFilter, UnitFilter
from portal.organization.models import (
    Area,
    AreaKind,
    AreaSuccession,
    Place,
    Team,
    TeamMember,
    Unit,
    UnitSuccession,
)
from portal.registers import RegisterAdmin, RegisterInline

IN_FORCE = [("nay", "đang có"), ("cu", "đã thôi")]


def _in_force(rows, value):
    return rows.today() if value == "nay" else rows.exclude(pk__in=rows.model.objects.today().values("pk"))


@admin.register(AreaKind)
class AreaKindAdmin(RegisterAdmin):
    sees_all = may_delete = True
    list_display = ["name", "code", "level"]


class AreaHeirs(RegisterInline):
    model = AreaSuccession
    sees_all = True
    fk_name = "predecessor"
    autocomplete_fields = ["successor"]
    verbose_name_plural = "về sau thành"


@admin.register(Area)
class AreaAdmin(RegisterAdmin):
    sees_all = True
    list_display = ["name", "kind", "code", "parent", "starts_on", "ends_on"]
    list_select_related = ["kind", "parent"]
    list_filter = [
        choice_filter("cấp", "cap", AreaKind.Level.choices, "kind__level"),
        choice_filter("thời gian", "khi", IN_FORCE, _in_force),
    ]
    fields = [
        "name", "kind", "code", "parent", "starts_on", "ends_on", "latitude", "longitude", "surface_km2",
    ]  # fmt: skip
    autocomplete_fields = ["parent"]
    inlines = [AreaHeirs]


class UnitHeirs(RegisterInline):
    model = UnitSuccession
    sees_all = True
    fk_name = "predecessor"
    autocomplete_fields = ["successor"]
    verbose_name_plural = "về sau thành"


@admin.register(Unit)
class UnitAdmin(RegisterAdmin):
    list_display = ["name", "kind", "parent", "area", "starts_on", "ends_on"]
    list_select_related = ["parent", "area"]
    list_filter = [
        choice_filter("loại", "loai", Unit.Kind.choices, "kind"),
        choice_filter("thời gian", "khi", IN_FORCE, _in_force),
    ]
    fields = ["name", "kind", "parent", "area", "starts_on", "ends_on"]
    autocomplete_fields = ["parent", "area"]
    inlines = [UnitHeirs]


class TeamMembers(RegisterInline):
    model = TeamMember
    sees_all = True
    fields = ["user", "starts_on", "ends_on"]
    raw_id_fields = ["user"]


@admin.register(Team)
class TeamAdmin(RegisterAdmin):
    may_delete = True
    list_display = ["name", "kind", "unit", "leader", "starts_on", "ends_on"]
    list_select_related = ["unit", "leader"]
    list_filter = [
        choice_filter("loại", "loai", Team.Kind.choices, "kind"),
        UnitFilter.at(""),
        dates_filter("thành lập", "lap", "starts_on"),
    ]
    fields = ["name", "kind", "unit", "decision", "leader", "starts_on", "ends_on"]
    autocomplete_fields = ["unit"]
    raw_id_fields = ["leader"]
    inlines = [TeamMembers]


@admin.register(Place)
class PlaceAdmin(RegisterAdmin):
    may_delete = True
    list_display = ["name", "kind", "area", "former_area", "unit"]
    list_select_related = ["area", "former_area", "unit"]
    list_filter = [
        choice_filter("loại", "loai", Place.Kind.choices, "kind"),
        AreaFilter.at(""),
        UnitFilter.at(""),
    ]
    fields = ["name", "kind", "area", "former_area", "unit"]
    autocomplete_fields = ["area", "former_area", "unit"]
