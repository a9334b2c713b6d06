"""The registers of the admin: stock ModelAdmin, closed by default, searched without accents and by POST.

Each row comes through what the user may see, a row out of reach is a 404, and nothing typed about a person
stands in an address, a log or the admin's own log.
"""

import hashlib
import json
from collections.abc import Callable
from functools import wraps
from operator import attrgetter

from django.contrib import admin, messages
from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import (
    NotRelationField,
    get_fields_from_path,
    label_for_field,
    lookup_field,
    unquote,
)
from django.contrib.admin.views.main import ORDER_VAR, SEARCH_VAR, ChangeList
from django.contrib.admin.widgets import ForeignKeyRawIdWidget
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import FieldDoesNotExist, PermissionDenied, ValidationError
from django.db import transaction
from django.http import FileResponse, Http404, HttpResponseRedirect, QueryDict, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html, strip_tags
from django.utils.http import urlencode
from django.utils.safestring import SafeString

from portal.exports import csv_rows, xlsx
from portal.forms import Form, ModelForm
from portal.history import versions
from portal.text import slugify_vn

TYPED, TERM = "tu_khoa", "tim"  # what the search box posts, and the key that stands for it in the address
SHOWN = 50  # names on a page that asks for confirmation
CSV, XLSX = "text/csv; charset=utf-8", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def column(words: str, read: str | Callable, order: str | None = None) -> Callable:
    """A column or read-only field: `read` is a path like `stall.market`, or takes the row."""
    get = attrgetter(read) if isinstance(read, str) else read

    @admin.display(description=words, ordering=order)
    def cell(row):
        return get(row)

    return cell


def reveal_link(row, field: str, masked: str) -> str:
    """A masked value with the way to the page that shows it whole, for a reason."""
    address = reverse("reveal", args=[row._meta.label_lower, row.pk, field])
    return format_html('{} <a href="{}">Xem đầy đủ</a>', masked, address) if masked else ""


class PersonPicker(ForeignKeyRawIdWidget):
    """A key with a popup list to pick from: an autocomplete would put the name into the address.

    Django's own names any row whose key is typed; this one only rows in reach.
    """

    def __init__(self, *args, rows, **kwargs):
        super().__init__(*args, **kwargs)
        self.rows = rows

    def label_and_url_for_value(self, value):
        try:
            is_in_reach = self.rows.filter(pk=value).exists()
        except (ValueError, ValidationError):
            is_in_reach = False
        return super().label_and_url_for_value(value) if is_in_reach else ("", "")


class Scoped:
    """What registers and their inlines share: rows in reach, pickers in reach, rights."""

    form = ModelForm
    sees_all = False  # whoever may open the register sees every row: reference data
    may_add = may_change = True  # False for what only verbs write
    may_delete = False

    def in_reach(self, rows, user):
        """The rows a user sees."""
        return rows if self.sees_all else rows.visible_to(user)

    def get_queryset(self, request):
        return self.in_reach(super().get_queryset(request), request.user)

    def get_field_queryset(self, db, db_field, request):
        model = db_field.remote_field.model
        if not self.admin_site.is_registered(model):
            return model._default_manager.none()
        return self.admin_site.get_model_admin(model).get_queryset(request)

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name in self.raw_id_fields:
            rows = self.get_field_queryset(None, db_field, request)
            kwargs["widget"] = PersonPicker(db_field.remote_field, self.admin_site, rows=rows)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def has_add_permission(self, request, *args):
        return self.may_add and super().has_add_permission(request, *args)

    def has_change_permission(self, request, obj=None):
        return self.may_change and super().has_change_permission(request, obj)

    def has_delete_permission(self, request, obj=None):
        return self.may_delete and super().has_delete_permission(request, obj)


class RegisterInline(Scoped, admin.TabularInline):
    """Rows that belong to a row of a register."""

    extra = 0


class RegisterList(ChangeList):
    """The list with a search term that stays on the server, and names sorted the Vietnamese way."""

    def get_queryset(self, request, exclude_parameters=None):
        self.query = self.model_admin.term(request)
        self.filter_query = self.model_admin.filter_query(request, request.GET)
        site = self.model_admin.admin_site
        self.saved_filters = site.saved_filters(request.user, self.model)
        self.filter_name = site.refused_filter_name(request, self.model)
        return self.model_admin.for_list(super().get_queryset(request, exclude_parameters))

    def get_filters_params(self, params=None):
        return {name: value for name, value in super().get_filters_params(params).items() if name != TERM}

    def get_ordering_field(self, field_name):
        field = super().get_ordering_field(field_name)
        try:
            get_fields_from_path(self.model, f"{field}_key")
        except (FieldDoesNotExist, NotRelationField):
            return field
        return f"{field}_key"

    @property
    def kept(self):
        """Parameters that the form of filters sends along: search, order, popup."""
        filtered = {name for spec in self.filter_specs for name in spec.expected_parameters()}
        return [(name, value) for name, value in self.params.items() if name not in filtered]

    @property
    def is_filtered(self) -> bool:
        return any(any(spec.values.values()) for spec in self.filter_specs)

    @property
    def chips(self) -> list[tuple[str, str, str]]:
        """What narrows the list: title, words, and the address of the list without it."""
        terms = [("tìm", f"“{self.query}”", self.query_without_term)] if self.query else []
        active = [(spec, words) for spec in self.filter_specs if (words := spec.in_words())]
        return terms + [
            (spec.title, words, self.get_query_string(dict.fromkeys(spec.names))) for spec, words in active
        ]

    @property
    def export_query(self) -> str:
        return self.get_query_string(remove=["_popup", "_to_field"])

    @property
    def query_without_term(self) -> str:
        return self.get_query_string(remove=[TERM])


class RegisterAdmin(Scoped, admin.ModelAdmin):
    """The base of every register."""

    about_people = False  # rows are named by their key in the admin's log and picked from a popup list
    export_fields = ()  # columns of the file; those of the list by default
    list_per_page = 50
    list_max_show_all = 200
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    empty_value_display = "–"
    view_on_site = False

    def __init__(self, model, admin_site):
        super().__init__(model, admin_site)
        if hasattr(model._default_manager, "search"):
            self.search_fields = ("search",)  # Django only asks whether there are any; `search` does the work

    # --- who, and which rows -------------------------------------------------------------------------------

    def get_object(self, request, object_id, from_field=None):
        found = super().get_object(request, object_id, from_field)
        if found is None:
            raise Http404  # no such row, or not in reach: the same answer
        return found

    def get_readonly_fields(self, request, obj=None):
        return self.readonly_fields if self.may_change else self.get_fields(request, obj)

    def has_act_permission(self, request):
        """Whether the user may run the register's actions, also where rows are not changed by a form."""
        return super(Scoped, self).has_change_permission(request)

    def lookup_allowed(self, lookup, value, request=None):
        """Only what the filters say: `?phone__startswith=` would tell what a list masks."""
        return any(lookup in one.names for one in self.get_list_filter(request))

    def filter_query(self, request, asked: QueryDict) -> str:
        """Of what an address asks, the filters that are set and the order: nothing that was searched for."""
        names = [name for one in self.get_list_filter(request) for name in one.names]
        return urlencode([(name, asked[name]) for name in [*names, ORDER_VAR] if asked.get(name)])

    # --- search and list -----------------------------------------------------------------------------------

    def for_list(self, rows):
        """The rows with what the columns show, in a number of queries that does not grow."""
        return rows

    def get_changelist(self, request, **kwargs):
        return RegisterList

    def get_search_results(self, request, queryset, search_term):
        return (queryset.search(search_term) if search_term.strip() else queryset), False

    def term(self, request) -> str:
        """What was searched for; raises IncorrectLookupParameters for a key of another session."""
        key = request.GET.get(TERM, "")
        found = self.admin_site.kept_term(request, key) if key else ""
        if found is None:
            self.message_user(request, "Từ khóa đã hết hạn: hãy gõ lại vào ô tìm.", messages.WARNING)
            raise IncorrectLookupParameters
        return found

    def changelist_view(self, request, extra_context=None):
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        is_search = request.method == "POST" and TYPED in request.POST
        if not is_search and SEARCH_VAR not in request.GET:
            return super().changelist_view(request, extra_context)
        query = request.GET.copy()
        for name in (SEARCH_VAR, "e", *((TERM, "p") if is_search else ())):
            query.pop(name, None)  # Django's own search would carry names from page to page
        if is_search and (typed := request.POST[TYPED].strip()):
            query[TERM] = self.admin_site.keep_term(request, typed)
        return HttpResponseRedirect(f"{request.path}?{query.urlencode()}")

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        """One row; of a person it is written down, for the day on which an account is lost."""
        answer = super().changeform_view(request, object_id, form_url, extra_context)
        is_shown = bool(object_id) and answer.status_code == 200
        if self.about_people and is_shown and not getattr(self.model, "append_only", False):
            self.admin_site.note_opening(request, self.get_object(request, unquote(object_id)))
        return answer

    # --- files ---------------------------------------------------------------------------------------------

    def get_urls(self):
        name = f"{self.opts.app_label}_{self.opts.model_name}_export"
        view = self.admin_site.admin_view(self.export_view)
        return [path("xuat/<str:kind>/", view, name=name), *super().get_urls()]

    def export_view(self, request, kind: str):
        """The list as it is filtered, searched and ordered, all its pages: `xlsx` or `csv`."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        if kind not in {"xlsx", "csv"}:
            raise Http404
        try:
            rows = self.get_changelist_instance(request).queryset
        except IncorrectLookupParameters:
            raise Http404 from None
        fields = self.export_fields or self.get_list_display(request)
        labels = [str(label_for_field(field, self.model, self)) for field in fields]
        cells = ([self._cell(field, row) for field in fields] for row in rows.iterator(chunk_size=2000))
        title = str(self.opts.verbose_name_plural)
        name = f"{slugify_vn(title)}-{timezone.localdate():%d-%m-%Y}.{kind}"
        if kind == "xlsx":
            return FileResponse(
                xlsx(labels, cells, title), as_attachment=True, filename=name, content_type=XLSX
            )
        answer = StreamingHttpResponse(csv_rows(labels, cells), content_type=CSV)
        answer["Content-Disposition"] = f'attachment; filename="{name}"'
        return answer

    def _cell(self, name, row):
        """A value for a file: choices in words, marked-up text as text."""
        field, _, value = lookup_field(name, row, self)
        if field is not None and getattr(field, "flatchoices", None):
            return dict(field.flatchoices).get(value, value)
        return strip_tags(value) if isinstance(value, SafeString) else value

    # --- history and the admin's log -----------------------------------------------------------------------

    def history_view(self, request, object_id, extra_context=None):
        """Every version with who made it, where history is kept; else what the admin itself did."""
        row = self.get_object(request, unquote(object_id))
        told = versions(row) if hasattr(row, "events") else None
        return super().history_view(request, object_id, {"versions": told, **(extra_context or {})})

    def construct_change_message(self, request, form, formsets, add=False):
        return super().construct_change_message(request, form, None, add)  # inlines would name people

    def log_addition(self, request, obj, message):
        return self._log(request, [obj], ADDITION, message)

    def log_change(self, request, obj, message):
        return self._log(request, [obj], CHANGE, message)

    def log_deletions(self, request, queryset):
        return self._log(request, queryset, DELETION, "")

    def _log(self, request, rows, flag: int, message) -> None:
        LogEntry.objects.bulk_create(
            LogEntry(
                user_id=request.user.pk,
                content_type=ContentType.objects.get_for_model(row),
                object_id=row.pk,
                object_repr=f"{self.opts.verbose_name} {row.pk}" if self.about_people else str(row)[:200],
                action_flag=flag,
                change_message=message if isinstance(message, str) else json.dumps(message),
            )
            for row in rows
        )


def bulk(
    description: str,
    *,
    says: str,
    form_class: type[Form] | Callable = Form,
    only: Callable = lambda rows: rows,
):
    """Makes a method `(row, *, by, **fields of the form)` an action that first `says` what it will change.

    `form_class` may be a function of the request that gives the class: its choices are what the user sees.
    `only` leaves out rows on which there is nothing to do. The page names the rows; where these are others
    by the time it is confirmed, it asks again. All rows change in one transaction, locked before they are
    compared.
    """

    def decorate(change):
        @admin.action(description=description, permissions=["act"])
        @wraps(change)
        def action(register, request, queryset):
            rows, said = only(queryset), request.POST.get("said")
            kind = form_class if isinstance(form_class, type) else form_class(request)
            form = kind(request.POST if said else None)
            with transaction.atomic():
                keys = _keys(rows, is_locking=bool(said))
                count = len(keys)
                if said == _digest(keys) and form.is_valid() and count:
                    for row in rows.filter(pk__in=keys):
                        change(register, row, by=request.user, **form.cleaned_data)
                        register.log_change(request, row, [{"changed": {"fields": [description]}}])
                    register.message_user(request, f"{description}: xong {count} dòng.", messages.SUCCESS)
                    return None
            context = {
                **register.admin_site.each_context(request),
                "title": description,
                "says": says,
                "opts": register.opts,
                "form": form,
                "count": count,
                "said": _digest(keys),
                "left_out": queryset.count() - count,
                "rows": rows[:SHOWN],
                "more": max(0, count - SHOWN),
                "action": change.__name__,
                "selected": request.POST.getlist("_selected_action"),
                "select_across": request.POST.get("select_across", "0"),
            }
            status = 422 if form.errors else 200
            return TemplateResponse(request, "admin/action_confirm.html", context, status=status)

        return action

    return decorate


def _keys(rows, *, is_locking: bool) -> list[str]:
    """The keys of the rows, in an order; with `is_locking` nobody else changes these rows any more."""
    if is_locking:
        locked = rows.model._base_manager.select_for_update().filter(pk__in=rows.order_by().values("pk"))
        list(locked.order_by("pk").values_list("pk"))  # and only then asked for: some may have changed
    return sorted(str(key) for key in rows.order_by().values_list("pk", flat=True))


def _digest(keys: list[str]) -> str:
    """Stands for just these rows in the form that confirms them."""
    return hashlib.sha256(" ".join(keys).encode()).hexdigest()
