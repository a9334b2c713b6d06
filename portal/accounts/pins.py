"""The PIN of who works in the field: asked when a screen was left alone, and when a shift is joined again.

It is never a resident's or vendor's: every sentence says "PIN của bạn".
"""

from itertools import pairwise

from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.shortcuts import redirect, render

from portal import limits
from portal.accounts import kept, sessions
from portal.accounts.offline_pin import offline_check

LENGTH = 6
TRIES, WAIT = 5, 15 * 60  # wrong ones, seconds
WRONG = "PIN chưa đúng. Gõ lại PIN của bạn, gồm 6 chữ số."
TOO_OFTEN = "Sai PIN 5 lần rồi. Chờ 15 phút rồi thử lại, hoặc nhờ đội trưởng giúp."


def try_pin(user: AbstractBaseUser, typed: str) -> str:
    """Empty for the right PIN, else a sentence; after TRIES wrong ones even the right one waits."""
    if not limits.allow("pin", str(user.pk), limit=TRIES, seconds=WAIT):
        return TOO_OFTEN
    if not user.check_pin(typed):
        return WRONG
    limits.forget("pin", str(user.pk))
    if not user.pin_check:  # a PIN from before tablets could check it
        user.pin_check = offline_check(typed)
        user.save(update_fields=["pin_check"])
    return ""


def refuse_trivial(pin: str) -> None:
    """Raises ValidationError unless these are six digits that nobody guesses first."""
    if len(pin) != LENGTH or not (pin.isascii() and pin.isdigit()):
        raise ValidationError("PIN gồm đúng 6 chữ số.")
    steps = {(int(b) - int(a)) % 10 for a, b in pairwise(pin)}
    is_repeated = pin in {pin[:2] * 3, pin[:3] * 2}
    if len(steps) == 1 or is_repeated:
        raise ValidationError(f"PIN {pin} dễ đoán quá. Chọn 6 chữ số không liền nhau, không lặp lại.")


def answer_locked(request):
    """Answers instead of a view while the screen is locked; None when the right PIN came with this request.

    The lock page stands at the page's own address. What was being sent when the lock fell is kept sealed in
    its form, and goes through with the PIN as if it had just been sent.
    """
    token, fault = "", ""
    if request.method == "POST" and "pin" in request.POST:
        token = request.POST.get("kept", "")
        fault = try_pin(request.user, request.POST["pin"])
        if not fault:
            sessions.unlock(request)
            return _go_on(request, token)
    elif request.method == "POST":
        token = kept.seal_post(request)
    return lock_page(request, fault=fault, token=token, lost_files=bool(request.FILES))


def lock_page(request, *, fault: str = "", token: str = "", lost_files: bool = False, onward: str = ""):
    """The page that asks for the PIN: 423, or 422 after a wrong one, 429 after too many."""
    status = 423 if not fault else 429 if fault == TOO_OFTEN else 422
    context = {"fault": fault, "kept": token, "lost_files": lost_files, "next": onward}
    template = "accounts/lock_notice.html" if request.htmx else "accounts/lock.html"
    response = render(request, template, context, status=status)
    response["HX-Trigger"] = "lock"  # the script covers the page, and what was typed stays beneath
    return response


def _go_on(request, token: str):
    form = kept.open_kept(token, request.user)
    if form and form.path == request.get_full_path():
        request.POST = form.as_post()
        return None
    return redirect(request.get_full_path())
