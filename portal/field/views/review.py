"""What needs a look: slips that could not be written down as they are, and tablets that still hold some."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.accounts import rights, sessions
from portal.accounts.gates import lockable, only
from portal.camera import camera_page
from portal.field import receiving
from portal.field.captures import Capture, all_captures
from portal.field.forms import DropForm
from portal.field.models import Envelope, Tablet
from portal.forms import page
from portal.privacy import openings

PER_PAGE = 25
MOST_TABLETS = 100


def leads(user) -> bool:
    """Whether somebody puts right what others sent."""
    return user.reach.holds(*rights.SHIFT_MAKERS)


def envelope_of(request, id) -> Envelope:
    """One's own, or one of the places in reach for who leads; 404 else. 403 for who may not record."""
    user = request.user
    if not rights.may_record(user):
        raise PermissionDenied
    rows = Envelope.objects.visible_to(user) if leads(user) else Envelope.objects.filter(author=user)
    return get_object_or_404(rows.with_people().select_related("key"), pk=id)


@require_safe
@lockable
@only(*rights.SHIFT_MAKERS)
def review_list(request):
    """Slips that wait for a person, the oldest first; what was written down with a remark; tablets."""
    here = Envelope.objects.led_by(request.user).with_people()
    tablets = Tablet.objects.visible_to(request.user).behind()
    stuck = Paginator(here.stuck().order_by("received_at"), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "stuck": stuck,
        "flagged": here.flagged().order_by("received_at")[:PER_PAGE],
        "tablets": tablets.select_related("user", "place")[:MOST_TABLETS],
    }
    return render(request, "field/review_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@camera_page
@lockable
def review(request, id):
    """One held slip with its fields, to be put right and written down."""
    row = envelope_of(request, id)
    if sessions.is_practising(request) and not row.is_practice:
        messages.info(request, "Đang tập làm. Phiếu này là phiếu thật: thôi tập rồi mở lại nhé.")
        return redirect("outbox")
    capture = all_captures().get(row.kind)
    if row.state not in Envelope.STUCK or row.of or capture is None:
        return render(request, "field/review_done.html", _words(row, capture, request.user))
    if row.state == Envelope.State.QUARANTINE and not leads(request.user):
        raise PermissionDenied
    openings.note(request, row)
    held = capture.upgraded(receiving.fields_of(row.open().words), row.version)
    if request.method == "POST":
        row, form = receiving.settle(row.pk, _merged(request.POST, held, capture), by=request.user)
        if row.state in Envelope.FINISHED:
            messages.success(request, f"Phiếu {row.receipt}: {row.flag or 'đã ghi vào sổ'}.")
            return redirect(row.href or ("review_list" if leads(request.user) else "outbox"))
    else:
        form = capture.form(receiving.work_of(row), held, None)
        form.is_valid()
    form = _hidden(form, capture)
    status = 422 if request.method == "POST" else 200  # a held slip has faults from the start
    return page(request, "field/review.html", _words(row, capture, request.user), form=form, status=status)


def _words(row: Envelope, capture: Capture | None, user) -> dict:
    words = {
        "envelope": row,
        "capture": capture,
        "title": row.title,
        "leads": leads(user),
        "drop": DropForm(),
    }
    if capture:
        words |= {"fields": f"{capture.template}#fields", **capture.context(receiving.work_of(row))}
    return words


def _merged(sent: QueryDict, held: QueryDict, capture: Capture) -> QueryDict:
    """What was sent; a secret that was left empty stays as it was filled in."""
    data = sent.copy()
    for name in capture.secrets:
        if not data.get(name) and held.get(name):
            data.setlist(name, held.getlist(name))
    return data


def _hidden(form, capture: Capture):
    """The form without the secrets that it was made of: shown masked beside the field (`secret_hint`)."""
    data = form.data.copy()
    for name in capture.secrets & set(form.fields):
        if value := data.get(name, ""):
            form[name].help_text = f"Đang giữ •••• {value[-4:]}; để trống thì giữ nguyên, gõ lại thì thay."
        data[name] = ""
    form.data = data
    return form


@require_POST
@lockable
def review_drop(request, id):
    """Not written down, with the reason; only who leads drops what somebody else filled in."""
    row, form = envelope_of(request, id), DropForm(request.POST)
    if row.state == Envelope.State.QUARANTINE and not leads(request.user):
        raise PermissionDenied
    if not form.is_valid():
        messages.error(request, "Chọn lý do bỏ phiếu rồi bấm lại.")
        return redirect("review", row.pk)
    row = receiving.drop(row.pk, by=request.user, why=form.cleaned_data["why"])
    messages.info(request, f"Phiếu {row.receipt}: {row.get_state_display().lower()}.")
    return redirect("review_list" if leads(request.user) else "outbox")


@require_POST
@lockable
@only(*rights.SHIFT_MAKERS)
def flag_seen(request, id):
    """Somebody has seen the remark on a slip that was written down."""
    row = get_object_or_404(Envelope.objects.led_by(request.user), pk=id)
    Envelope.objects.filter(pk=row.pk, flag_seen_at=None).update(flag_seen_at=timezone.now())
    return redirect("review_list")
