"""The one admin: for unit secretaries, province staff, auditors and administrators."""

import base64
import secrets
from functools import wraps

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db.models.base import ModelBase
from django.http import Http404
from django.shortcuts import redirect
from django.urls import path

from portal.accounts import rights
from portal.accounts.views import entrance
from portal.home import saved
from portal.privacy import crypto, openings

KEPT_TERMS = 20  # searches that a session remembers
LEFT_OUT = {"password_change", "password_change_done", "view_on_site"}  # the portal has its own, or none
# The order of the index: daily work first, what keeps the house running last.
ORDER = ["markets", "heritage", "neighborhoods", "organization", "accounts", "privacy"]


class Autocomplete(AutocompleteJsonView):
    """Django's own puts what is typed into the address, so it looks up things and places, never people."""

    def process_request(self, request):
        found = super().process_request(request)
        if found[1].about_people:
            raise Http404
        return found


class PortalAdminSite(AdminSite):
    site_header = "Quản trị"
    site_title = "Quản trị · Cổng thanh niên số"
    index_title = "Sổ sách và báo cáo"
    enable_nav_sidebar = True

    def __init__(self, name="admin"):
        super().__init__(name)
        self.disable_action("delete_selected")

    def register(self, model_or_iterable, admin_class=None, **options):
        """Only our own models: pages of libraries break the content policy or show what nobody should see."""
        models = [model_or_iterable] if isinstance(model_or_iterable, ModelBase) else model_or_iterable
        ours = [model for model in models if model._meta.app_label in rights.OURS]
        super().register(ours, admin_class, **options)

    def has_permission(self, request) -> bool:
        return request.user.is_active and request.user.is_staff

    def admin_view(self, view, cacheable=False):
        """Who is logged in and has no staff role hears so at once, and is not sent to a login page."""
        inner = super().admin_view(view, cacheable)

        @wraps(inner)
        def guarded(request, *args, **kwargs):
            if request.user.is_authenticated and not self.has_permission(request):
                raise PermissionDenied
            return inner(request, *args, **kwargs)

        return guarded

    def login(self, request, extra_context=None):
        """There is one login page; whoever is logged in and has no staff role may not come in."""
        if request.user.is_authenticated:
            raise PermissionDenied
        return redirect_to_login(request.GET.get("next") or request.get_full_path())

    def logout(self, request, extra_context=None):
        """There is one way out, and it is a POST; a link to here leads back to where the button is."""
        if request.method == "POST":
            return entrance.logout(request)
        messages.info(request, "Bạn vẫn đang đăng nhập. Muốn ra thì bấm Đăng xuất ở góc trên.")
        return redirect("admin:index")

    def get_urls(self):
        return [
            path("bo-loc/", self.admin_view(saved.filter_save), name="filter_save"),
            path("bo-loc/<int:id>/bo/", self.admin_view(saved.filter_delete), name="filter_delete"),
            *(url for url in super().get_urls() if getattr(url, "name", "") not in LEFT_OUT),
        ]

    def get_app_list(self, request, app_label=None):
        apps = super().get_app_list(request, app_label)
        return sorted(apps, key=lambda app: ORDER.index(app["app_label"]))

    def autocomplete_view(self, request):
        return Autocomplete.as_view(admin_site=self)(request)

    def saved_filters(self, user, model):
        """The filters that the user keeps in the register of a model."""
        return user.saved_filters.filter(register=model._meta.label_lower)

    def refused_filter_name(self, request, model) -> str:
        """The name that was typed for a filter of this register and could not be saved; told once."""
        return request.session.pop(saved.refused_name(model._meta.label_lower), "")

    def note_opening(self, request, row) -> None:
        """Writes down that somebody looked at a row about a person."""
        openings.note(request, row)

    # --- search terms --------------------------------------------------------------------------------------

    def keep_term(self, request, term: str) -> str:
        """Keeps what was typed in the session, sealed: it may be a name or a number. Gives its key."""
        key = secrets.token_urlsafe(6)
        sealed = base64.b64encode(crypto.seal(term.encode(), f"search.{key}")).decode()
        kept = list(request.session.get("searches", {}).items())[1 - KEPT_TERMS :]
        request.session["searches"] = dict([*kept, (key, sealed)])
        return key

    def kept_term(self, request, key: str) -> str | None:
        """What the key stands for in this session, or None."""
        sealed = request.session.get("searches", {}).get(key)
        try:
            return crypto.unseal(base64.b64decode(sealed), f"search.{key}").decode() if sealed else None
        except crypto.SealBroken:  # its key was retired since
            return None
