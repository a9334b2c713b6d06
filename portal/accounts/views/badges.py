"""Volunteers' cards: made, printed, given a photo, replaced; and the public page behind the printed code."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.accounts import badges, rights
from portal.accounts.forms import PhotoForm
from portal.accounts.gates import lockable, only
from portal.accounts.models import Badge, Shift, User
from portal.codes.models import ShortCode
from portal.codes.qr import svg
from portal.codes.shortcodes import normalize
from portal.errors import too_many_requests
from portal.forms import page
from portal.limits import allow, client_address
from portal.privacy.models import Consent, Notice

CHECKS = {"limit": 60, "seconds": 60}  # a whole market may share one address
PROGRAMME, PHOTO = "badges", "badge_photo"
NOT_WORKING = "{name} hôm nay không có vai trò hay ca nào, nên thẻ chưa in được."

# --- for who hands them out --------------------------------------------------------------------------------


@lockable
@only(*rights.SHIFT_MAKERS)
@require_http_methods(["GET", "HEAD", "POST"])
def badge_detail(request, id):
    """One person's card; POST gives it a photo, with the person's yes."""
    person = _person(request, id)
    badge = Badge.objects.filter(user=person).first()
    notice = Notice.objects.current(PROGRAMME)
    form = PhotoForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        _give_photo(person, notice, by=request.user, **form.cleaned_data)
        messages.success(request, "Đã nhận ảnh. Xem thử bên dưới rồi in thẻ.")
        return redirect("badge_detail", id=person.pk)
    context = {
        "person": person,
        "badge": badge,
        "notice": notice,
        "duty": badges.duty(person),
        "may_see_person": request.user.reach.holds(*rights.INVITERS),
    }
    if badge:
        context["address"] = badges.address(badge)
        context["qr"] = svg(badges.payload(badge), label=f"Mã QR soi thẻ, mã {badge.code_id}")
    return page(request, "accounts/badge_detail.html", context, form=form)


def _give_photo(person, notice, *, by, photo, how, paper_number, is_agreed) -> None:
    consent = Consent.objects.record(
        notice=notice, purposes=[PHOTO], how=how, paper_number=paper_number, by=by
    )
    Badge.objects.make_for(person, by=by).give_photo(photo, consent=consent, by=by)


@require_POST
@lockable
@only(*rights.SHIFT_MAKERS)
def badge_replace(request, id):
    """A lost card: a new code, and the old one says that it was replaced."""
    badge = _badge(request, id)
    badge.replace(by=request.user)
    messages.success(request, "Thẻ cũ hết hiệu lực. In thẻ mới rồi đưa tận tay.")
    return redirect("badge_detail", id=id)


@require_POST
@lockable
@only(*rights.SHIFT_MAKERS)
def badge_photo_remove(request, id):
    """The person takes the yes back."""
    _badge(request, id).take_photo_back(by=request.user)
    messages.success(request, "Đã xóa ảnh. Thẻ in lại không có ảnh; thu thẻ cũ về.")
    return redirect("badge_detail", id=id)


@lockable
@only(*rights.SHIFT_MAKERS)
@require_safe
def badge_portrait(request, id):
    """The photo, for who prints the card."""
    return _jpeg(_badge(request, id))


@require_http_methods(["GET", "HEAD", "POST"])
@lockable
@only(*rights.SHIFT_MAKERS)
def badge_pdf(request, id):
    """The card as PDF; it is made where there is none yet, so the page sends a form."""
    person = _person(request, id)
    if request.method != "POST" or badges.duty(person) is None:
        if request.method == "POST":
            messages.warning(request, NOT_WORKING.format(name=person.name))
        return redirect("badge_detail", id=id)
    pdf = _printed([person], f"the-tinh-nguyen-vien-{person.pk}", by=request.user)
    return pdf or _unreadable(request, "badge_detail", id)


@lockable
@only(*rights.SHIFT_MAKERS)
@require_http_methods(["GET", "HEAD", "POST"])
def shift_badges(request, id):
    """Who is in a shift; POST prints the cards of who was ticked."""
    shifts = Shift.objects.visible_to(request.user).select_related("place", "team")
    shift = get_object_or_404(shifts, pk=id)
    entries = shift.entries.filter(revoked_at=None, user__is_active=True).order_by("joined_at")
    people = [entry.user for entry in entries.select_related("user__badge")]
    chosen = [person for person in people if str(person.pk) in request.POST.getlist("person")]
    if chosen and shift.is_running():
        pdf = _printed(chosen, f"the-ca-{timezone.localdate():%d-%m-%Y}", by=request.user)
        return pdf or _unreadable(request, "shift_badges", id)
    context = {"shift": shift, "people": people, "is_running": shift.is_running()}
    context["wrong"] = request.method == "POST"
    return render(request, "accounts/badge_shift.html", context, status=422 if context["wrong"] else 200)


def _printed(people: list[User], name: str, *, by) -> HttpResponse | None:
    """The sheet with everybody's card, or None where it does not read back as it should."""
    made = [Badge.objects.make_for(person, by=by) for person in people]
    for badge, person in zip(made, people, strict=True):
        badge.user = person
    try:
        pdf = badges.sheet(made, demo=settings.DEMO)
    except badges.BadgeMismatch:
        return None
    headers = {"Content-Disposition": f'attachment; filename="{name}.pdf"', "Cache-Control": "no-store"}
    return HttpResponse(pdf, content_type="application/pdf", headers=headers)


def _unreadable(request, url_name: str, id):
    messages.error(request, "Tờ in không đọc lại đúng mã, nên chưa đưa ra. Bấm in lần nữa.")
    return redirect(url_name, id=id)


def _person(request, id) -> User:
    return get_object_or_404(User.objects.visible_to(request.user), pk=id)


def _badge(request, id) -> Badge:
    return get_object_or_404(Badge.objects.select_related("consent"), user=_person(request, id))


# --- for everybody, without login --------------------------------------------------------------------------


@login_not_required
@never_cache
@require_safe
def badge_check(request, code):
    """Whether who shows this card works today: name, place, photo while it is so, and nothing after."""
    if not allow("badge_check", client_address(request), **CHECKS):
        return too_many_requests(request, wait=CHECKS["seconds"])
    known = normalize(code)
    badge = Badge.objects.behind(known) if known else None
    is_given = bool(known) and ShortCode.objects.filter(pk=known, purpose=ShortCode.Purpose.BADGE).exists()
    context = {
        "code": known or "",
        "badge": badge,
        "duty": badges.duty(badge.user) if badge else None,
        "is_replaced": is_given and badge is None,
        "today": timezone.localtime(),
    }
    return render(request, "accounts/badge_check.html", context, status=200 if is_given else 404)


@login_not_required
@never_cache
@require_safe
def badge_photo(request, code):
    """The photo on the public page: there only while the person works."""
    if not allow("badge_photo", client_address(request), **CHECKS):
        return too_many_requests(request, wait=CHECKS["seconds"])
    known = normalize(code)
    badge = Badge.objects.behind(known) if known else None
    if badge is None or badges.duty(badge.user) is None:
        raise Http404
    return _jpeg(badge)


def _jpeg(badge: Badge) -> HttpResponse:
    if badge.photo is None:
        raise Http404
    headers = {"Content-Disposition": 'inline; filename="anh.jpg"'}
    return HttpResponse(badge.photo.content.open_bytes(), content_type="image/jpeg", headers=headers)
