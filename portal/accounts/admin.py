"""Registers to look at: users, roles, shifts. People are invited, and roles given, on the pages of people."""

from django.contrib import admin
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html

from portal.accounts import rights
from portal.accounts.models import Role, Shift, ShiftEntry, User
from portal.filters import choice_filter, dates_filter
from portal.organization.filters import AreaFilter, UnitFilter
from portal.privacy.masking import mask_number
from portal.registers import RegisterAdmin, RegisterInline

YES_NO = [("co", "có"), ("khong", "không")]


class RolesOfUser(RegisterInline):
    model = Role
    fk_name = "user"
    sees_all = True
    may_add = may_change = False
    fields = ["kind", "unit", "starts_on", "ends_on", "granted_by"]


@admin.register(User)
class UserAdmin(RegisterAdmin):
    about_people = True
    may_add = may_change = False
    list_display = ["name", "username", "phone_masked", "is_active", "is_guest", "joined_at"]
    list_filter = [
        choice_filter("được vào", "vao", YES_NO, lambda rows, value: rows.filter(is_active=value == "co")),
        choice_filter("vào bằng mã ca", "khach", YES_NO, lambda rows, v: rows.filter(is_guest=v == "co")),
        choice_filter(
            "vai trò",
            "vai",
            Role.Kind.choices,
            lambda rows, value: rows.filter(pk__in=Role.objects.today().filter(kind=value).values("user")),
        ),
        dates_filter("tạo", "tao", "joined_at"),
    ]
    fields = [
        "name", "username", "phone_masked", "is_active", "is_guest", "joined_at", "revoked_at", "revoked_by",
        "manage",
    ]  # fmt: skip
    readonly_fields = ["phone_masked", "manage"]
    inlines = [RolesOfUser]

    def get_fields(self, request, obj=None):
        leads = request.user.reach.holds(*rights.INVITERS)
        return self.fields if leads else [name for name in self.fields if name != "manage"]

    @admin.display(description="điện thoại")
    def phone_masked(self, user):
        return mask_number(user.phone or "")

    @admin.display(description="giao vai trò, đặt lại, thu hồi")
    def manage(self, user):
        return format_html('<a href="{}">Mở trang người này</a>', reverse("people_detail", args=[user.pk]))


@admin.register(Role)
class RoleAdmin(RegisterAdmin):
    about_people = True
    may_add = may_change = False
    list_display = ["user", "kind", "unit", "starts_on", "ends_on", "granted_by"]
    list_select_related = ["user", "unit", "granted_by"]
    ordering = ["user__name_key"]
    list_filter = [
        choice_filter("vai trò", "vai", Role.Kind.choices, "kind"),
        UnitFilter.at(""),
        dates_filter("giao", "giao", "starts_on"),
    ]
    fields = list_display

    def in_reach(self, rows, user):
        return rows.filter(user.reach.units("unit__"))


class EntriesOfShift(RegisterInline):
    model = ShiftEntry
    sees_all = True
    may_add = may_change = False
    fields = ["user", "joined_at", "revoked_at", "revoked_by"]


@admin.register(Shift)
class ShiftAdmin(RegisterAdmin):
    """The code is not shown: whoever may open a shift to somebody does so on the page of the shift."""

    may_add = may_change = False
    list_display = ["place", "starts_at", "ends_at", "team", "made_by", "is_running"]
    list_select_related = ["place", "team", "made_by"]
    list_filter = [
        AreaFilter.at("place__"),
        UnitFilter.at("place__"),
        dates_filter("ngày trực", "truc", "starts_at"),
    ]
    fields = ["place", "team", "starts_at", "ends_at", "note", "made_by", "closed_at", "closed_by"]
    inlines = [EntriesOfShift]

    @admin.display(description="đang mở", boolean=True)
    def is_running(self, shift):
        return shift.is_running(timezone.now())
