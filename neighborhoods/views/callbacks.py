"""Call-backs by the office: draw a few people by lot, ask whether somebody helped, write down the answer.

Volunteers never see it, and nobody calls about the own help.
"""

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from neighborhoods import callbacks
from neighborhoods.models import CallBack
from portal.accounts import rights
from portal.accounts.gates import lockable, only
from portal.forms import Form, page
from portal.privacy import openings

PER_PAGE = 25


class DrawForm(Form):
    """Of how many days."""

    DAYS = [(7, "7 ngày qua"), (30, "30 ngày qua")]

    days = forms.TypedChoiceField(label="Trong số lượt giúp của", choices=DAYS, coerce=int, initial=7)


class AnswerForm(Form):
    answer = forms.ChoiceField(
        label="Bà con trả lời sao?", choices=CallBack.Answer.choices, widget=forms.RadioSelect
    )


def rows(user):
    """The call-backs that a user may make, with what a line shows."""
    here = CallBack.objects.visible_to(user).exclude(event__by=user)
    return here.select_related("event__resident__household", "event__group", "event__team", "event__step")


@lockable
@only(*rights.CALLERS)
@require_safe
def callback_list(request):
    """Who waits for a call, team by team, and the button that draws."""
    return _list(request, DrawForm())


@lockable
@only(*rights.CALLERS)
@require_POST
def callback_draw(request):
    """Draws 5 % of each team's named help, one at least."""
    form = DrawForm(request.POST)
    if not form.is_valid():
        return _list(request, form)
    count = callbacks.draw(request.user, days=form.cleaned_data["days"])
    if count:
        messages.success(request, f"Đã rút thăm {count} lượt để gọi.")
    else:
        messages.info(request, "Chưa có lượt nào để rút thêm: đã rút đủ, hoặc chưa có ai được giúp.")
    return redirect("callback_list")


@lockable
@only(*rights.CALLERS)
@require_http_methods(["GET", "HEAD", "POST"])
def callback_do(request, id):
    """What the person said; the answer that was first is kept."""
    call = get_object_or_404(rows(request.user), pk=id)
    form = AnswerForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        return _write(request, call, form.cleaned_data["answer"])
    if call.done_at:
        messages.info(request, f"Lượt này đã gọi: {call.get_answer_display()}.")
        return redirect("callback_list")
    openings.note(request, call.event.resident)
    return page(request, "neighborhoods/callback_do.html", {"call": call}, form=form)


def _write(request, call: CallBack, answer: str):
    if not call.mark_done(by=request.user, answer=answer):
        messages.info(request, f"Người khác đã ghi trước: {call.get_answer_display()}. Điều đó được giữ.")
    elif answer == CallBack.Answer.FALSE:
        messages.warning(request, "Đã ghi. Việc này hiện ở “Cần người xử lý”: hỏi lại đội cho rõ, nhẹ nhàng.")
    else:
        messages.success(request, f"Đã ghi: {call.get_answer_display()}.")
    return redirect("callback_list")


def _list(request, form: DrawForm):
    found = rows(request.user).open().order_by("event__team__name", "drawn_on", "pk")
    calls = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    return page(request, "neighborhoods/callback_list.html", {"calls": calls}, form=form)
