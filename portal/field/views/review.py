"""What needs a look: slips that could not be written down as they are, and tablets that still hold some."""

import logging

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Page, Paginator
from django.http import QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.accounts import rights, sessions
from portal.accounts.gates import lockable, only
from portal.camera import camera_page
from portal.field import applying, contents
from portal.field.captures import Capture, all_captures
from portal.field.forms import DropForm
from portal.field.models import Envelope, Tablet
from portal.forms import TOO_MANY_LOOKS, page
from portal.limits import allow
from portal.privacy import openings

logger = logging.getLogger(__name__)
PER_PAGE = 25
MOST_ASKED = 80  # letters
LOOKS = {"limit": 120, "seconds": 3600}  # of one person: each try may say whether somebody is in the book


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
    """Slips that wait for a person; what was written down with a remark; tablets. The oldest first.

    `q` looks in all three for a name, a receipt or a tablet; each has pages of its own.
    """
    q = request.GET.get("q", "").strip()[:MOST_ASKED]
    here = Envelope.objects.led_by(request.user).search(q).with_people().order_by("at", "pk")
    tablets = Tablet.objects.visible_to(request.user).behind().search(q).with_people().with_led(request.user)
    context = {
        "q": q,
        "stuck": _page_of(here.stuck(), request.GET.get("page")),
        "flagged": _page_of(here.flagged(), request.GET.get("flags")),
        "tablets": _page_of(tablets, request.GET.get("tabs")),
    }
    return render(request, "field/review_list.html", context)


def _page_of(rows, number: str | None) -> Page:
    return Paginator(rows, PER_PAGE).get_page(number)


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
        return _told(request, row, capture)
    if row.state == Envelope.State.QUARANTINE and not leads(request.user):
        raise PermissionDenied
    openings.note(request, row)
    try:
        return _mend(request, row, capture)
    except Exception:  # what it holds breaks our own form: said, logged, and it can still be dropped
        logger.exception("a held slip could not be shown")
        messages.error(request, applying.BROKEN)
        return render(request, "field/review_done.html", _words(row, capture, request.user))


def _told(request, row: Envelope, capture: Capture | None):
    """What came of a slip that there is nothing to put right of.

    With a remark that nobody has seen yet who leads reads what was on it, too.
    """
    context = _words(row, capture, request.user)
    if row.is_flagged and Envelope.objects.led_by(request.user).filter(pk=row.pk).exists():
        context["can_mark"] = context["leads"]
    if context.get("can_mark") and row.sealed and not row.of:
        openings.note(request, row)
        try:
            context["said"] = contents.shown(row)
        except Exception:  # as in `review`
            logger.exception("a slip could not be told")
    return render(request, "field/review_done.html", context)


def _mend(request, row: Envelope, capture: Capture):
    """The form as it is held, or what came of a try to write it down."""
    held = capture.upgraded(applying.fields_of(row.open().words), row.version)
    if request.method == "POST":
        row, form = _settled(request, row, capture, held)
        if row.state in Envelope.FINISHED:
            messages.success(request, f"Phiếu {row.receipt}: {row.flag or 'đã ghi vào sổ'}.")
            return redirect(row.href or _way_back(request.user))
    else:
        form = _as_held(row, capture, held)
    context = _words(row, capture, request.user)
    context["is_said"] = bool(form.errors) and row.problem not in applying.ASIDE  # by the form itself
    form = _hidden(form, capture, held, request.POST)
    status = 422 if request.method == "POST" else 200  # a held slip has faults from the start
    return page(request, "field/review.html", context, form=form, status=status)


def _settled(request, row: Envelope, capture: Capture, held: QueryDict):
    """The row and the form that came of a try; who tries too often gets back what was typed."""
    data = _merged(request.POST, held, capture)
    if allow("review_look", str(request.user.pk), **LOOKS):
        return applying.settle(row.pk, data, by=request.user)
    return row, applying.unchecked(capture.form(applying.work_of(row), data, None), TOO_MANY_LOOKS)


def _as_held(row: Envelope, capture: Capture, held: QueryDict):
    """The form with the faults that it has today; what was held for being one of too many is not looked up
    by opening it either.
    """
    form = capture.form(applying.work_of(row), held, None)
    if row.problem == applying.OFTEN:
        return applying.unchecked(form, applying.OFTEN)
    form.is_valid()
    return form


def _way_back(user) -> str:
    """The route of the list that somebody came from."""
    return "review_list" if leads(user) else "outbox"


def _words(row: Envelope, capture: Capture | None, user) -> dict:
    words = {
        "envelope": row,
        "capture": capture,
        "title": row.title,
        "leads": leads(user),
        "drop": DropForm(),
    }
    if capture:
        words |= {"fields": f"{capture.template}#fields", **capture.context(applying.work_of(row))}
    return words


def _merged(sent: QueryDict, held: QueryDict, capture: Capture) -> QueryDict:
    """What was sent; a secret that was left empty stays as it was filled in."""
    data = sent.copy()
    for name in capture.secrets:
        if not data.get(name) and held.get(name):
            data.setlist(name, held.getlist(name))
    return data


def _hidden(form, capture: Capture, held: QueryDict, typed: QueryDict):
    """The form without the secrets that are held, whose ends are shown beside the field; what was typed just
    now stays.
    """
    data = form.data.copy()
    for name in capture.secrets & set(form.fields):
        if value := held.get(name, ""):
            form[name].help_text = f"Đang giữ •••• {value[-4:]}; để trống thì giữ nguyên, gõ lại thì thay."
        data[name] = typed.get(name, "")
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
    row = applying.drop(row.pk, by=request.user, why=form.cleaned_data["why"])
    messages.info(request, f"Phiếu {row.receipt}: {row.get_state_display().lower()}.")
    return redirect(_way_back(request.user))


@require_POST
@lockable
@only(*rights.SHIFT_MAKERS)
def flag_seen(request, id):
    """Somebody has seen the remark on a slip that was written down."""
    row = get_object_or_404(Envelope.objects.led_by(request.user), pk=id)
    Envelope.objects.filter(pk=row.pk, flag_seen_at=None).update(flag_seen_at=timezone.now())
    return redirect("review_list")


@require_POST
@lockable
@only(*rights.SHIFT_MAKERS)
def tablet_settle(request, device):
    """Nobody waits any more for what a tablet said was on it, as when it is lost."""
    row = get_object_or_404(Tablet.objects.led_by(request.user), pk=device)
    row.mark_settled(by=request.user)
    messages.info(request, f"Máy {device}: đã ghi là xử lý xong. Máy báo lại thì lại hiện ở đây.")
    return redirect("review_list")
