"""The one admin: for unit secretaries, province staff, auditors and administrators."""

from django.contrib.admin import AdminSite
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied


class PortalAdminSite(AdminSite):
    site_header = "Quản trị"
    site_title = "Quản trị · Cổng thanh niên số"
    index_title = "Sổ sách và báo cáo"
    enable_nav_sidebar = True

    def has_permission(self, request) -> bool:
        return request.user.is_active and request.user.is_staff

    def login(self, request, extra_context=None):
        """There is one login page; whoever is logged in and has no staff role may not come in."""
        if request.user.is_authenticated:
            raise PermissionDenied
        return redirect_to_login(request.GET.get("next") or request.get_full_path())
