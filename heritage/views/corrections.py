"""Visitors' corrections: a short form without account, its answer, and the staff's queue."""

import uuid

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from heritage.desk_forms import AnswerForm
from heritage.models import Correction, Edition, Language
from portal.accounts import rights
from portal.accounts.gates import lockable, only
from portal.forms import Form, page
from portal.limits import allow, client_address
from portal.text import typed

LIMIT = {"limit": 10, "seconds": 3600}  # a class on an excursion may share one address
ANSWERS = ["GET", "HEAD", "POST"]
PER_PAGE = 30


class CorrectionForm(Form):
    """What is wrong, in the visitor's words; the last field is the trap for robots, and says so."""

    about = forms.ChoiceField(label=_("Góp ý về"), choices=Correction.About.choices, widget=forms.RadioSelect)
    text = forms.CharField(
        label=_("Điều cần sửa"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_(
            "Biết nguồn nào (sách, bài báo, người kể) thì ghi thêm. Đừng ghi tên, số điện thoại của ai."
        ),
    )
    more = forms.CharField(
        label=_("Để trống ô này: ô bẫy máy gửi thư rác"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"tabindex": "-1"}),
    )

    def clean_more(self):
        if self.cleaned_data["more"]:
            raise forms.ValidationError(_("Xóa chữ trong ô này rồi gửi lại: ô phải để trống"))
        return ""


@login_not_required
@require_http_methods(ANSWERS)
def heritage_correct(request, slug):
    """The form on its own address, so that the heritage page itself needs no cookie."""
    edition = _published(slug, request.GET.get("lang"))
    form = CorrectionForm(request.POST or None, initial={"about": Correction.About.TEXT})
    if form.is_valid():
        # The key changes with the day, so not even two days of one address can be told to be one.
        subject = f"{timezone.localdate()} {client_address(request)}"
        if not allow("heritage_correction", subject, **LIMIT):
            form.add_error(
                None, _("Từ nơi này vừa có nhiều góp ý. Lời của bạn còn nguyên: một giờ nữa gửi lại.")
            )
            answer = _form_page(request, edition, form, status=429)
            answer["Retry-After"] = str(LIMIT["seconds"])
            return answer
        correction, _is_new = Correction.objects.get_or_create(
            pk=_sent_id(request),
            defaults={
                "site": edition.site,
                "language": edition.language,
                "about": form.cleaned_data["about"],
                "text": form.cleaned_data["text"],
            },
        )
        return redirect("correction_detail", correction.pk)
    return _form_page(request, edition, form)


def _form_page(request, edition, form, status=None):
    context = {"edition": edition, "id": _sent_id(request)}
    return page(request, "heritage/correct.html", context, form=form, status=status)


def _published(slug: str, read: str | None) -> Edition:
    """The page in the language it was read in, else of this page, else Vietnamese, else any; or 404."""
    found = {
        edition.language: edition
        for edition in Edition.objects.published().filter(site__slug=slug).select_related("site")
    }
    if not found:
        raise Http404
    wanted = (read, get_language(), Language.VI, *found)
    return next(found[language] for language in wanted if language in found)


def _sent_id(request) -> uuid.UUID:
    """The key the form was given, so that sending twice tells once."""
    try:
        return uuid.UUID(request.POST.get("id", ""))
    except ValueError:
        return uuid.uuid4()


@login_not_required
@require_safe
def correction_detail(request, id):
    """What became of it; the address is known to who told only."""
    correction = get_object_or_404(Correction.objects.select_related("site"), pk=id)
    return render(request, "heritage/correction_detail.html", {"correction": correction})


# --- the staff's queue -------------------------------------------------------------------------------------


@require_safe
@lockable
@only(*rights.CONTRIBUTORS)
def correction_list(request):
    """The unanswered first choice; newest on top."""
    words = typed(request.GET, "tim")
    state = request.GET.get("xong", Correction.State.NEW)
    rows = Correction.objects.visible_to(request.user).select_related("site")
    counts = {code: rows.filter(state=code).count() for code in Correction.State.values}
    shown = rows.filter(state=state) if state in Correction.State.values else rows
    if words:
        shown = shown.search(words)
    chips = [(code, label, counts[code], code == state) for code, label in Correction.State.choices]
    listed = Paginator(shown, PER_PAGE).get_page(request.GET.get("page"))
    context = {"corrections": listed, "chips": chips, "words": words, "state": state}
    return render(request, "heritage/correction_list.html", context)


@require_http_methods(ANSWERS)
@lockable
@only(*rights.CONTRIBUTORS)
def correction_answer(request, id):
    """Answer, adopt, decline; two at once: the first word stays."""
    rows = Correction.objects.visible_to(request.user).select_related("site", "answered_by")
    correction = get_object_or_404(rows, pk=id)
    form = AnswerForm(request.POST or None)
    if form.is_valid() and correction.state == Correction.State.NEW:
        state, answer = form.cleaned_data["state"], form.cleaned_data["answer"]
        if correction.close(by=request.user, state=state, answer=answer):
            messages.success(request, "Đã trả lời góp ý.")
            is_adopted = state == Correction.State.ADOPTED
            return redirect("desk_edit", correction.site_id) if is_adopted else redirect("correction_list")
    if request.method == "POST" and correction.state != Correction.State.NEW:
        messages.warning(
            request, f"{correction.answered_by} vừa trả lời góp ý này; lời của bạn chưa được lưu."
        )
    return page(request, "heritage/correction_answer.html", {"correction": correction}, form=form)
