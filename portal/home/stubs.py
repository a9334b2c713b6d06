"""Behind the code on the slip that a person keeps: what is held, masked, and how to have it changed or gone.

Whoever holds the paper may ask; nothing whole is ever shown here, and somebody at the desk checks face to
face before anything is done.
"""

from django import forms
from django.contrib.auth.decorators import login_not_required
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from portal.codes.shortcodes import normalize
from portal.errors import too_many_requests
from portal.forms import Form, page
from portal.home import personal
from portal.limits import allow, client_address
from portal.organization.models import Unit
from portal.privacy import stubs
from portal.privacy.models import PersonRequest, Stub

CHECKS = {"limit": 60, "seconds": 60}
WISHES = {"limit": 10, "seconds": 3600}
Kind = PersonRequest.Kind
KINDS = {
    Kind.COPY: _("Nhận bản sao mọi thứ đang giữ"),
    Kind.CORRECT: _("Sửa cho đúng"),
    Kind.WITHDRAW: _("Rút lại lời đồng ý"),
    Kind.ERASE: _("Xóa"),
}


class WishForm(Form):
    """What the person wants; no reason is asked."""

    kind = forms.ChoiceField(label=_("Bạn muốn gì?"), choices=list(KINDS.items()), widget=forms.RadioSelect)
    words = forms.CharField(
        label=_("Lời nhắn"),
        max_length=300,
        required=False,
        help_text=_("Sai chỗ nào, hay gặp bạn ở đâu. Nhiều nhất 300 chữ cái; chúng tôi niêm kín."),
        widget=forms.Textarea({"rows": 3}),
    )


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def stub_page(request, code):
    """What is held on whom the slip belongs to; POST sends a request, one of a kind at a time."""
    if not allow("stub_page", client_address(request), **CHECKS):
        return too_many_requests(request, wait=CHECKS["seconds"])
    known = normalize(code)
    stub = Stub.objects.behind(known) if known else None
    if stub is None:
        return render(request, "home/stub_unknown.html", {"code": known}, status=404)
    records = personal.of_consent(stub.consent)
    form = WishForm(request.POST or None)
    if records and form.is_valid():
        if not allow("stub_wish", client_address(request), **WISHES):
            return too_many_requests(request, wait=WISHES["seconds"])
        _receive(stub, records, **form.cleaned_data)
        return redirect(f"{reverse('stub_page', args=[stub.code_id])}?xong")
    context = {
        "stub": stub,
        "code": stubs.grouped(stub.code_id),
        "held": [line for record in records for line in _shown(record)],
        "wishes": [(KINDS.get(wish.kind, wish.get_kind_display()), wish) for wish in _wishes(stub)],
        "is_sent": "xong" in request.GET,
    }
    return page(request, "home/stub_page.html", context, form=form)


def _receive(stub: Stub, records: list[personal.Record], *, kind: str, words: str) -> None:
    """At the desk of the unit whose record it is; the same wish sent twice is one."""
    if _wishes(stub).open().filter(kind=kind).exists():
        return
    unit = next(filter(None, (record.part.unit(record.row) for record in records)), None)
    wish = PersonRequest.objects.receive(
        kind=kind,
        how=PersonRequest.How.STUB,
        unit=unit or Unit.objects.get(kind=Unit.Kind.PROVINCE, ends_on=None),
        stub=stub,
        words=words,
    )
    wish.choose([(record.part.label, str(record.row.pk)) for record in records])


def _wishes(stub: Stub):
    return PersonRequest.objects.filter(stub=stub).order_by("-received_on")


def _shown(record: personal.Record):
    return [(words, value) for words, value in record.part.shown(record.row) if value]
