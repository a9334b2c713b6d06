"""Filters that people keep in the registers of the admin under a name, each their own."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.http import Http404, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from portal.forms import ModelForm
from portal.home.models import SavedFilter

MOST = 20  # in one register


class SavedFilterForm(ModelForm):
    class Meta:
        model = SavedFilter
        fields = ["name", "query"]
        error_messages = {"query": {"required": "Chưa lọc gì thì chưa có gì để lưu."}}

    def clean(self):
        data = super().clean()
        if self.instance.user.saved_filters.filter(register=self.instance.register).count() >= MOST:
            self.add_error(None, f"Bạn đã có {MOST} bộ lọc ở sổ này. Bỏ bớt một bộ lọc cũ rồi lưu.")
        return data


def refused_name(label: str) -> str:
    """Under what the session keeps a name that could not be saved, until the register shows it again."""
    return f"refused_filter.{label}"


@require_POST
def filter_save(request):
    """Keeps what the register is filtered by now, and returns there; a refused name stays in the box."""
    register = _register(request, request.POST.get("register", ""))
    label = register.opts.label_lower
    query = register.filter_query(request, QueryDict(request.POST.get("query", "")[:4000]))
    form = SavedFilterForm(
        {"name": request.POST.get("name", ""), "query": query},
        instance=SavedFilter(user=request.user, register=label),
    )
    if form.is_valid():
        try:
            with transaction.atomic():
                form.save()
            messages.success(request, f"Đã lưu bộ lọc “{form.instance.name}”.")
        except IntegrityError:  # a second tap was faster
            pass
    for fault in form.faults:
        messages.error(request, fault.message)
    if form.faults:
        request.session[refused_name(label)] = request.POST.get("name", "")[:100]
    return redirect(f"{_address(label)}?{query}")


@require_POST
def filter_delete(request, id):
    """Forgets one of the user's own."""
    saved = get_object_or_404(request.user.saved_filters, pk=id)
    saved.delete()
    messages.success(request, f"Đã bỏ bộ lọc “{saved.name}”.")
    return redirect(_address(saved.register))


def _register(request, label: str):
    """The register of that name, where the user may look into it."""
    found = next(
        (one for model, one in admin.site._registry.items() if model._meta.label_lower == label), None
    )
    if found is None:
        raise Http404
    if not found.has_view_permission(request):
        raise PermissionDenied
    return found


def _address(label: str) -> str:
    return reverse(f"admin:{label.replace('.', '_')}_changelist")
