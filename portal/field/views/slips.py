"""Slips: what can be filled in without network, one page each; without script they are ordinary forms."""

import uuid

from django.contrib import messages
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ObjectDoesNotExist
from django.db import IntegrityError, transaction
from django.http import Http404
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from portal.accounts.gates import field_page
from portal.camera import camera_page
from portal.field.applying import GONE, TAKEN
from portal.field.captures import Refused, offered
from portal.field.views.tablets import work_now
from portal.forms import page


def kept_words(request) -> dict:
    """For a page that a tablet keeps (`?may`): nobody's name, no token, nothing that was just said."""
    is_kept = request.method == "GET" and "may" in request.GET
    return {"is_kept": True, "user": AnonymousUser(), "csrf_token": "", "messages": []} if is_kept else {}


@require_safe
@field_page
def slip_list(request):
    """The slips of this place: also what opens where a page cannot be had."""
    context = {"place": request.place, "slips": offered(work_now(request)), **kept_words(request)}
    return render(request, "field/slip_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@camera_page
@field_page
def slip(request, code):
    """One slip. The script seals what is filled in; without it the form comes here and is written down at
    once.
    """
    work = work_now(request, id=_key(request))
    capture = next((one for one in offered(work) if one.code == code), None)
    if capture is None:
        raise Http404
    is_sent = request.method == "POST"
    form = capture.form(work, request.POST, request.FILES) if is_sent else capture.form(work, None, None)
    if is_sent and form.is_valid() and (done := _write(work, capture, form)):
        messages.success(request, done.words)
        if done.flag:
            messages.warning(request, done.flag)
        return redirect(done.href or request.path)
    context = {
        "capture": capture, "place": request.place, "id": work.id, "fields": f"{capture.template}#fields",
        **capture.context(work), **kept_words(request),
    }  # fmt: skip
    return page(request, capture.template, context, form=form)


def _key(request) -> uuid.UUID:
    """The slip's UUID: made with the page, so that it sent twice is one."""
    try:
        return uuid.UUID(request.POST.get("slip", ""))
    except ValueError:
        return uuid.uuid4()


def _write(work, capture, form):
    """What came of it; None with the reason on the form."""
    try:
        with transaction.atomic():
            done = capture.apply(work, form)
            if capture.photo and (photo := form.cleaned_data.get("photo")):
                rows = [[row._meta.label_lower, str(row.pk)] for row in done.rows]
                capture.photo(work, rows, photo)
            return done
    except Refused as refusal:
        form.add_error(None, str(refusal))
    except IntegrityError:
        form.add_error(None, TAKEN)
    except ObjectDoesNotExist:
        form.add_error(None, GONE)
    return None
