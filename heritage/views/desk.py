"""The editorial desk: write, send to the culture office, approve or return, publish."""

from contextlib import nullcontext

from csp.constants import SELF
from csp.decorators import csp_replace, csp_update
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db.models import Prefetch
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from heritage import differences, pages
from heritage.content import collect, missing
from heritage.desk import DeskForm, add_passage, locked
from heritage.desk_forms import ApproveForm, SendBackForm
from heritage.models import Edition, Language, Passage, Site
from heritage.sharecards import share_card
from portal.accounts import rights
from portal.accounts.gates import lockable, only
from portal.forms import page
from portal.history import versions

PER_PAGE = 30
ANSWERS = ["GET", "HEAD", "POST"]
DESK = rights.CONTRIBUTORS | rights.REVIEWERS | rights.PUBLISHERS
CHIPS = [
    ("sent", "Chờ ngành văn hóa đọc"),
    ("returned", "Trả lại, cần sửa"),
    ("approved", "Đã duyệt, chờ đăng"),
]


def desk_page(view):
    """A page of the desk, for who writes, reads or publishes."""
    return lockable(only(*DESK)(view))


def preview_frame(view):
    """A page that our own preview may hold in its frame."""
    return xframe_options_sameorigin(csp_replace({"frame-ancestors": [SELF]})(view))


def site_of(request, id) -> Site:
    """A site that the user reaches, else 404."""
    return get_object_or_404(Site.objects.visible_to(request.user).select_related("unit", "parent"), pk=id)


def language_or_404(code: str) -> Language:
    """One of our languages of content."""
    if code not in Language.values:
        raise Http404
    return Language(code)


@require_safe
@desk_page
def desk_list(request):
    """Every site the user reaches with how far each language is; on top what waits for this user."""
    words, state = request.GET.get("tim", "").strip()[:80], request.GET.get("cho", "")
    sites = Site.objects.visible_to(request.user).search(words).in_order()
    if state in dict(CHIPS):
        sites = sites.filter(editions__state=state).distinct()
    editions = Edition.objects.open() | Edition.objects.published()
    sites = sites.select_related("unit").prefetch_related(
        "texts", Prefetch("editions", editions.defer("content", "search_text"), to_attr="shown_editions")
    )
    listed = Paginator(sites, PER_PAGE).get_page(request.GET.get("page"))
    for site in listed:
        site.cells = _cells(site)
    visible = Edition.objects.visible_to(request.user).open().values_list("state", flat=True)
    counts = list(visible)
    chips = [(code, label, counts.count(code), code == state) for code, label in CHIPS]
    context = {"sites": listed, "words": words, "chips": chips, "state": state, "languages": Language}
    return render(request, "heritage/desk_list.html", context)


def _cells(site: Site) -> list[dict]:
    """For each language what the list shows: the text, its edition on the way, the published one."""
    texts = {text.language: text for text in site.texts.all()}
    published = {e.language: e for e in site.shown_editions if e.state == Edition.State.PUBLISHED}
    under_way = {e.language: e for e in site.shown_editions if e.state != Edition.State.PUBLISHED}
    return [
        {
            "language": language,
            "text": texts.get(language),
            "published": published.get(language),
            "open": under_way.get(language),
        }
        for language in Language
    ]


@require_safe
@desk_page
def desk_site(request, id):
    """One site: each language with its gaps, what is under way, what is published, and the next step."""
    site = site_of(request, id)
    site.shown_editions = list(
        site.editions.filter(pk__in=Edition.objects.open() | Edition.objects.published())
        .select_related("sent_by", "reviewed_by")
        .defer("search_text")
    )
    cells = _cells(site)
    for cell in cells:
        if cell["text"]:
            now = collect(site, cell["language"])
            standing = cell["open"] or cell["published"]
            cell["is_changed"] = standing is None or standing.content != now
            cell["gaps"] = missing(site, cell["language"])
    context = {
        "site": site,
        "cells": cells,
        "history": site.editions.defer("content").select_related("sent_by")[:20],
        "corrections": site.corrections.unanswered().count(),
        "may_write": request.user.reach.holds(*rights.CONTRIBUTORS),
        "notes": [line for line in site.notes.splitlines() if line.strip()],
    }
    return render(request, "heritage/desk_site.html", context)


@require_http_methods(ANSWERS)
@lockable
@only(*rights.CONTRIBUTORS)
def desk_edit(request, id):
    """Two languages side by side; one button saves all, and every other button of the form saves too."""
    site = site_of(request, id)
    left, right = _two_languages(request)
    with locked(site) if request.method == "POST" else nullcontext():
        form = DeskForm(request.POST or None, site=site, languages=[left, right])
        if form.is_valid():
            return _saved(request, site, form)
    context = {"site": site, "left": left, "right": right, "languages": Language, "kinds": Passage.Kind}
    return page(request, "heritage/desk_edit.html", context, form=form)


def _saved(request, site, form):
    """Back to the editor, with a new passage or in other languages where that was asked for."""
    count = form.save()
    messages.success(request, f"Đã lưu {count} chỗ sửa." if count else "Không có gì khác để lưu.")
    left, right = _two_languages(request, request.POST if "switch" in request.POST else request.GET)
    here = f"{reverse('desk_edit', args=[site.pk])}?trai={left}&phai={right}"
    kind = request.POST.get("add")
    return redirect(f"{here}#p-{add_passage(site, kind).pk.hex}" if kind in Passage.Kind.values else here)


def _two_languages(request, asked=None) -> tuple[str, str]:
    """The languages of the two columns, Vietnamese and English unless asked otherwise."""
    left, right = ((asked or request.GET).get(name, "") for name in ("trai", "phai"))
    left = left if left in Language.values else Language.VI.value
    right = right if right in Language.values and right != left else ""
    return left, right or (Language.EN.value if left != Language.EN else Language.VI.value)


@require_POST
@lockable
@only(*rights.CONTRIBUTORS)
def desk_send(request, id, language):
    """Freezes one language and lays it before the culture office."""
    site, language = site_of(request, id), language_or_404(language)
    try:
        content = collect(site, language)
    except LookupError:
        raise Http404 from None
    if not any("lang" not in row for row in content["passages"].get(Passage.Kind.LEAD, [])):
        words = f"Chưa có đoạn mở đầu bằng {language.label} nên chưa gửi được. Viết đoạn mở đầu rồi gửi."
        messages.error(request, words)
        return redirect("desk_edit", site.pk)
    edition = Edition.objects.send(site, language, by=request.user, content=content)
    messages.success(request, f"Đã gửi bản {language.label} số {edition.number} tới ngành văn hóa.")
    return redirect("desk_site", site.pk)


@csp_update({"frame-src": [SELF]})
@require_safe
@desk_page
def desk_preview(request, id, language):
    """What the page would say if it were published as it stands on the desk, as wide as a phone."""
    site, language = site_of(request, id), language_or_404(language)
    context = {
        "name": site.name,
        "spoken": language,
        "what": "Lời đang ở bàn biên tập.",
        "inner": reverse("desk_preview_page", args=[site.pk, language]),
        "back": reverse("desk_site", args=[site.pk]),
        "back_label": site.name,
    }
    return render(request, "heritage/desk_preview.html", context)


@preview_frame
@require_safe
@desk_page
def desk_preview_page(request, id, language):
    """The page itself, of an edition that nobody has sent yet."""
    site = site_of(request, id)
    try:
        content = collect(site, language_or_404(language))
    except LookupError:
        raise Http404 from None
    return _unpublished(Edition(site=site, language=language, **Edition.from_content(content)))


@csp_update({"frame-src": [SELF]})
@require_safe
@desk_page
def edition_preview(request, id):
    """An edition as wide as a phone."""
    edition = _edition_of(request, id)
    context = {
        "name": edition.name,
        "spoken": Language(edition.language),
        "what": f"Bản {edition.number}, {edition.get_state_display().lower()}.",
        "inner": reverse("edition_preview_page", args=[edition.pk]),
        "back": reverse("edition_detail", args=[edition.pk]),
        "back_label": str(edition),
    }
    return render(request, "heritage/desk_preview.html", context)


@preview_frame
@require_safe
@desk_page
def edition_preview_page(request, id):
    """The page that this edition makes."""
    return _unpublished(_edition_of(request, id))


def _unpublished(edition) -> HttpResponse:
    """The public page of an edition that need not be published; nothing of it is kept."""
    response = HttpResponse(pages.page_of(edition), headers={"Cache-Control": "no-store, private"})
    response._csp_update = pages.POLICY
    return response


@require_safe
@desk_page
def edition_detail(request, id):
    """What this edition says otherwise than the one before it, and what may be done with it."""
    edition = _edition_of(request, id)
    return _edition_page(request, edition)


@require_POST
@desk_page
def edition_step(request, id, step):
    """approve, send back, publish or withdraw; who may do what is a right."""
    edition = _edition_of(request, id)
    if step not in STEPS:
        raise Http404
    allowed, act = STEPS[step]
    if not request.user.reach.holds(*allowed):
        raise PermissionDenied
    return act(request, edition)


def _approve(request, edition):
    form = ApproveForm(request.POST)
    if not form.is_valid():
        return _edition_page(request, edition, approve=form)
    reader, remarks = form.cleaned_data["reader"], form.cleaned_data["remarks"]
    return _done(request, edition, lambda: edition.approve(by=request.user, reader=reader, remarks=remarks))


def _send_back(request, edition):
    form = SendBackForm(request.POST)
    if not form.is_valid():
        return _edition_page(request, edition, send_back=form)
    return _done(
        request, edition, lambda: edition.send_back(by=request.user, remarks=form.cleaned_data["remarks"])
    )


def _publish(request, edition):
    share_card(edition)  # before the first visitor; 0.2 s
    return _done(request, edition, lambda: edition.publish(by=request.user))


def _withdraw(request, edition):
    if edition.state == Edition.State.PUBLISHED and not request.user.reach.holds(*rights.PUBLISHERS):
        raise PermissionDenied
    return _done(request, edition, lambda: edition.withdraw(by=request.user))


STEPS = {
    "duyet": (rights.REVIEWERS, _approve),
    "tra-lai": (rights.REVIEWERS, _send_back),
    "dang": (rights.PUBLISHERS, _publish),
    "rut": (rights.CONTRIBUTORS | rights.PUBLISHERS, _withdraw),
}


def _done(request, edition, act):
    """The step, or what somebody else has done meanwhile."""
    try:
        act()
    except ValidationError as error:
        messages.error(request, error.messages[0])
    else:
        messages.success(request, f"{edition}: {edition.get_state_display().lower()}.")
    return redirect("edition_detail", edition.pk)


def _edition_of(request, id) -> Edition:
    editions = Edition.objects.visible_to(request.user)
    return get_object_or_404(editions.select_related("site", "sent_by", "reviewed_by", "published_by"), pk=id)


def _edition_page(request, edition, *, approve=None, send_back=None):
    standing = edition.site.editions.filter(language=edition.language, number__lt=edition.number)
    before = standing.exclude(published_at=None).first() or standing.first()
    holds = request.user.reach.holds
    last = Edition.objects.filter(reviewed_by=request.user).exclude(reader="").first()
    context = {
        "edition": edition,
        "before": before,
        "changes": differences.between(before.content if before else None, edition.content),
        "approve": approve or ApproveForm(initial={"reader": last.reader if last else ""}),
        "send_back": send_back or SendBackForm(),
        "may_review": holds(*rights.REVIEWERS) and edition.state == Edition.State.SENT,
        "may_publish": holds(*rights.PUBLISHERS) and edition.state == Edition.State.APPROVED,
        "may_withdraw": _may_withdraw(request.user, edition),
        "versions": versions(edition),
    }
    return page(request, "heritage/edition_detail.html", context, form=approve or send_back)


def _may_withdraw(user, edition) -> bool:
    if edition.state == Edition.State.PUBLISHED:
        return user.reach.holds(*rights.PUBLISHERS)
    return edition.state in Edition.OPEN and user.reach.holds(*rights.CONTRIBUTORS, *rights.PUBLISHERS)
