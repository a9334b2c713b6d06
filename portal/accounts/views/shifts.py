"""Shifts and their codes: opened by a team lead, joined by volunteers with or without an account."""

from django.contrib import auth, messages
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from portal import errors, limits
from portal.accounts import joining, pins, rights
from portal.accounts.forms import CodeForm, GuestForm, KnownGuestForm, NewGuestForm, ShiftForm
from portal.accounts.gates import lockable, only, working_place
from portal.accounts.models import Shift
from portal.accounts.views.entrance import BACKEND
from portal.camera import camera_page
from portal.codes.models import ShortCode
from portal.codes.qr import public_address, svg
from portal.forms import page

PER_PAGE = 20
CODE_TRIES, CODE_WAIT = 300, 15 * 60  # of one address, which a whole market may share

# --- for who opens shifts ----------------------------------------------------------------------------------


@lockable
@only(*rights.SHIFT_MAKERS)
def shift_list(request):
    """Shifts of the places in reach, the latest first."""
    shifts = Shift.objects.visible_to(request.user).select_related("place", "team")
    shifts = shifts.annotate(people=Count("entries", filter=Q(entries__revoked_at=None))).order_by(
        "-starts_at"
    )
    listed = Paginator(shifts, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "accounts/shift_list.html", {"page": listed})


@lockable
@only(*rights.SHIFT_MAKERS)
def shift_create(request):
    """A shift today, at the place of work, unless said otherwise."""
    now = timezone.localtime()
    initial = {
        "place": working_place(request),
        "day": f"{now:%d-%m-%Y}",
        "start": f"{now:%H}:00",
        "end": f"{min(now.hour + 4, 23):02}:00" if now.hour < 23 else "23:59",
    }
    form = ShiftForm(request.POST or None, initial=initial, user=request.user)
    if form.is_valid():
        wanted = ("place", "team", "starts_at", "ends_at", "note")
        shift = Shift.objects.create(
            code=ShortCode.objects.draw(ShortCode.Purpose.SHIFT),
            made_by=request.user,
            **{name: form.cleaned_data[name] for name in wanted},
        )
        messages.success(request, "Đã mở ca. Cho tình nguyện viên quét mã, hoặc đọc 8 ký tự cho họ gõ.")
        return redirect("shift_detail", id=shift.pk)
    return page(request, "accounts/shift_create.html", form=form)


@lockable
@only(*rights.SHIFT_MAKERS)
def shift_detail(request, id):
    """The code, large and to print, and who is in."""
    shift = get_object_or_404(
        Shift.objects.visible_to(request.user).select_related("place__area", "team"), pk=id
    )
    address = public_address(reverse("shift_join", args=[shift.code_id]))
    context = {
        "shift": shift,
        "is_over": not shift.is_running() and shift.starts_at <= timezone.now(),
        "address": address,
        "qr": svg(address, "M", label=f"Mã QR vào ca, mã {shift.code_id}"),
        "entries": shift.entries.select_related("user").order_by("joined_at"),
    }
    return render(request, "accounts/shift_detail.html", context)


@require_POST
@lockable
@only(*rights.SHIFT_MAKERS)
def shift_close(request, id):
    shift = get_object_or_404(Shift.objects.visible_to(request.user), pk=id)
    if shift.closed_at is None:
        shift.close(by=request.user)
    messages.success(request, "Đã đóng ca. Mã ca không dùng được nữa, người vào bằng mã đã ra.")
    return redirect("shift_detail", id=shift.pk)


@require_POST
@lockable
@only(*rights.SHIFT_MAKERS)
def entry_revoke(request, id, entry_id):
    """Sends somebody away from the shift."""
    shift = get_object_or_404(Shift.objects.visible_to(request.user), pk=id)
    entry = get_object_or_404(shift.entries.select_related("user"), pk=entry_id)
    if entry.revoked_at is None:
        entry.revoke(by=request.user)
    messages.success(request, f"{entry.user.name} đã thôi ca này.")
    return redirect("shift_detail", id=shift.pk)


# --- for who joins -----------------------------------------------------------------------------------------


@login_not_required
@never_cache
@sensitive_post_parameters("pin", "pin_again")
def shift_join(request, code=None):
    """By code to place and time, then name, then PIN; who is logged in joins with one press."""
    if code is None and request.method != "POST":
        return _code_page(request, CodeForm())
    if not limits.allow("shift code", limits.client_address(request), limit=CODE_TRIES, seconds=CODE_WAIT):
        return errors.too_many_requests(request, wait=CODE_WAIT)
    if code is None:
        form = CodeForm(request.POST)
        if form.is_valid():
            return redirect("shift_join", code=form.cleaned_data["code"])
        return _code_page(request, form)
    shift = joining.find_shift(code)
    if shift is None or not shift.is_running():
        return _not_now(request, shift)
    if request.user.is_authenticated and not request.user.is_guest:
        return _join_with_account(request, shift)
    return _join_as_guest(request, shift)


@camera_page
def _code_page(request, form):
    return page(request, "accounts/shift_code.html", form=form)


def _not_now(request, shift):
    """404 for no such code, 410 for a shift that is over; a sentence in both."""
    state = "unknown" if shift is None else "early" if shift.starts_at > timezone.now() else "over"
    if shift and shift.closed_at:
        state = "over"
    status = {"unknown": 404, "early": 200, "over": 410}[state]
    return render(request, "accounts/shift_closed.html", {"shift": shift, "state": state}, status=status)


def _join_with_account(request, shift):
    if request.method != "POST":
        return render(request, "accounts/shift_join_account.html", {"shift": shift})
    entry = joining.join(shift, request.user)
    if entry.revoked_at:
        return render(request, "accounts/shift_closed.html", {"shift": shift, "state": "away"}, status=403)
    request.session["place_id"] = shift.place_id
    messages.success(request, f"Bạn đã vào ca ở {shift.place}.")
    return redirect("today")


def _join_as_guest(request, shift):
    """First the name, then the PIN: a new one for a new name, the old one for who comes back."""
    form = GuestForm(request.POST or None)
    if not form.is_valid():
        return page(request, "accounts/shift_join.html", {"shift": shift}, form=form)
    entry = joining.known_guest(shift, form.cleaned_data["name"])
    if entry and entry.revoked_at:
        return render(request, "accounts/shift_closed.html", {"shift": shift, "state": "away"}, status=403)
    kind = KnownGuestForm if entry else NewGuestForm
    form = kind(request.POST if "pin" in request.POST else None, initial=form.cleaned_data)
    guest = form.is_valid() and _guest(form, shift, entry)
    if not guest:
        context = {"shift": shift, "is_known": bool(entry), "name": request.POST["name"]}
        return page(request, "accounts/shift_pin.html", context, form=form)
    auth.login(request, guest, backend=BACKEND)
    messages.success(request, f"Chào {guest.name}. Bạn đang làm ở {shift.place}.")
    return redirect("kept_resend" if "kept" in request.session else "today")


def _guest(form, shift, entry):
    """The guest whose PIN is right, or a new one; None with the reason on the form."""
    name, pin = form.cleaned_data["name"], form.cleaned_data["pin"]
    if entry:
        fault = pins.try_pin(entry.user, pin)
        if fault:
            form.add_error("pin", fault)
        return None if fault else entry.user
    if not limits.allow("guests", str(shift.pk), limit=joining.MOST_GUESTS, seconds=24 * 3600):
        form.add_error(None, f"Ca này đã có {joining.MOST_GUESTS} người vào. Nhờ đội trưởng mở ca khác.")
        return None
    try:
        return joining.join_as_guest(shift, name=name, pin=pin)
    except joining.NameTaken:
        form.add_error(None, "Tên này vừa có người dùng. Gõ PIN của bạn, hoặc quay lại ghi tên khác.")
        return None
