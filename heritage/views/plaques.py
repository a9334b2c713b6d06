"""Plaques in the office: a new one, the proof, the print, where it hangs, what is no longer so."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from heritage import plaques
from heritage.models import Plaque, Site
from heritage.plaque_forms import MountForm, PlaqueForm, RemoveForm, SpecForm
from portal.accounts import rights
from portal.accounts.gates import lockable, only
from portal.forms import page
from portal.privacy.models import SealedFile
from portal.text import clean_text

PER_PAGE = 30
ANSWERS = ["GET", "HEAD", "POST"]
CHIPS = [
    ("", "Tất cả"),
    ("chua-gan", "Đã in, chưa gắn"),
    ("khac", "In điều nay đã khác"),
    ("hong", "Mờ hoặc mất"),
    ("qua-han", "Quá hạn soi"),
    ("khong-mo", "Đêm qua không mở được"),
    ("go", "Đã gỡ"),
]


def plaque_page(view):
    """A page for who cares for plaques."""
    return lockable(only(*rights.CONTRIBUTORS)(view))


def plaque_of(request, id) -> Plaque:
    """A plaque that the user reaches, else 404."""
    rows = Plaque.objects.visible_to(request.user).select_related("site", "component", "printed_by", "photo")
    return get_object_or_404(rows, pk=id)


@require_safe
@plaque_page
def plaque_list(request):
    """Every plaque in reach, by what must be done with it."""
    words, state = request.GET.get("tim", "").strip()[:80], request.GET.get("can", "")
    rows = Plaque.objects.visible_to(request.user).search(words).with_last_look().select_related("site")
    chosen = _in_state(rows, state)
    listed = Paginator(chosen.order_by("site__name_key", "made_at"), PER_PAGE).get_page(
        request.GET.get("page")
    )
    contents = plaques.published({plaque.site_id for plaque in listed})
    for plaque in listed:
        plaque.wrong = plaques.outdated(plaque, contents.get(plaque.site_id, {}))
    chips = [(code, label, code == state) for code, label in CHIPS]
    return render(request, "heritage/plaque_list.html", {"plaques": listed, "chips": chips, "words": words})


def _in_state(rows, state: str):
    if state == "khac":
        return rows.filter(pk__in=[plaque.pk for plaque, _ in plaques.outdated_plaques(rows.in_use())])
    states = {
        "chua-gan": rows.not_mounted,
        "hong": rows.broken,
        "qua-han": rows.due,
        "khong-mo": rows.unanswered,
        "go": lambda: rows.exclude(removed_at=None),
    }
    return states.get(state, rows.in_use)()


@require_http_methods(ANSWERS)
@plaque_page
def plaque_create(request):
    """A new plaque: the site first, then its component, size and material."""
    sites = Site.objects.visible_to(request.user).in_order()
    given = clean_text(request.POST.get("site") or request.GET.get("site") or "")
    site = sites.filter(slug=given).first() or (sites.filter(pk=given).first() if _is_uuid(given) else None)
    form = PlaqueForm(request.POST or None, sites=sites, site=site)
    if form.is_valid():
        plaque = Plaque.objects.create_for(
            form.cleaned_data["site"],
            id=form.cleaned_data["id"],
            size=form.cleaned_data["size"],
            material=form.cleaned_data["material"],
            component=form.cleaned_data.get("component"),
        )
        return redirect("plaque_detail", plaque.pk)
    return page(request, "heritage/plaque_create.html", {"site": site}, form=form)


def _is_uuid(text: str) -> bool:
    return len(text) == 36 and text.count("-") == 4 and not set(text.lower()) - set("0123456789abcdef-")


@require_safe
@plaque_page
def plaque_detail(request, id):
    """One plaque: what it says, its prints, where it hangs, who looked at it."""
    return _detail(request, plaque_of(request, id))


def _detail(request, plaque, *, mount=None, remove=None):
    try:
        said, problem = plaques.facts(plaque), ""
    except plaques.Unpublished as error:
        said, problem = None, str(error)
    initial = {
        name: getattr(plaque, name)
        for name in ("mounted_on", "mounted_by", "mounted_at", "latitude", "longitude")
    }
    context = {
        "plaque": plaque,
        "said": said,
        "problem": problem,
        "wrong": plaques.outdated(plaque),
        "address": plaques.address(plaque.code_id),
        "checks": plaque.checks.select_related("by")[:20],
        "probes": plaque.probes.order_by("language"),
        "spec": SpecForm(initial={"size": plaque.size, "material": plaque.material}),
        "mount": mount or MountForm(initial=initial),
        "remove": remove or RemoveForm(),
    }
    return page(request, "heritage/plaque_detail.html", context, form=mount or remove)


@require_POST
@plaque_page
def plaque_change(request, id):
    """Another size or material, as long as nothing was printed."""
    plaque = plaque_of(request, id)
    form = SpecForm(request.POST)
    if plaque.version:
        messages.error(request, "Biển đã in thì giữ khổ và chất liệu. Cần khổ khác thì lập biển mới.")
    elif form.is_valid():
        plaque.size, plaque.material = form.cleaned_data["size"], form.cleaned_data["material"]
        plaque.save(update_fields=["size", "material"])
        messages.success(request, "Đã sửa khổ và chất liệu.")
    else:
        messages.error(request, "Chọn khổ và chất liệu trong danh sách.")
    return redirect("plaque_detail", plaque.pk)


@require_POST
@plaque_page
def plaque_print(request, id):
    """A new print: the file is made and read back first; only then the version is raised."""
    plaque = plaque_of(request, id)
    try:
        plaque.printed = said = plaques.facts(plaque)
        plaques.print_pdf(plaque)
    except (plaques.Unpublished, plaques.PlaqueMismatch) as error:
        messages.error(request, str(error))
    else:
        plaque.mark_printed(by=request.user, said=said)
        messages.success(
            request, f"Bản in {plaque.version} đã được soi lại, đúng mã và đúng chữ. Tải tệp về để in."
        )
    return redirect("plaque_detail", plaque.pk)


@require_safe
@plaque_page
def plaque_pdf(request, id, kind):
    """The proof of what the plaque would say today, or the file of the last print for the print shop."""
    plaque = plaque_of(request, id)
    if kind == "in" and not plaque.version:
        messages.error(request, "Biển chưa có bản in nào. Xem thử, rồi bấm “Lập bản in”.")
        return redirect("plaque_detail", plaque.pk)
    try:
        pdf = plaques.print_pdf(plaque) if kind == "in" else plaques.proof_pdf(plaque, plaques.facts(plaque))
    except (plaques.Unpublished, plaques.PlaqueMismatch) as error:
        messages.error(request, str(error))
        return redirect("plaque_detail", plaque.pk)
    name = f"bien-{plaque.code_id}-{'ban-' + str(plaque.version) if kind == 'in' else 'xem-thu'}.pdf"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store, private"}
    return HttpResponse(pdf, content_type="application/pdf", headers=headers)


@require_POST
@plaque_page
def plaque_mount(request, id):
    """Where it hangs, since when, by whom; a second time corrects what was written."""
    plaque = plaque_of(request, id)
    form = MountForm(request.POST, request.FILES)
    if not plaque.version:
        messages.error(request, "Biển chưa in thì chưa gắn được. Lập bản in trước.")
        return redirect("plaque_detail", plaque.pk)
    if not form.is_valid():
        return _detail(request, plaque, mount=form)
    data = form.cleaned_data
    photo = data["picture"] and SealedFile.objects.keep(
        data["picture"], name=f"gan-{plaque.code_id}.jpg", content_type="image/jpeg", by=request.user
    )
    plaque.mark_mounted(
        on=data["mounted_on"],
        by=data["mounted_by"],
        where=data["mounted_at"],
        latitude=data["latitude"],
        longitude=data["longitude"],
        photo=photo or None,
    )
    messages.success(request, "Đã ghi nơi gắn biển.")
    return redirect("plaque_detail", plaque.pk)


@require_POST
@plaque_page
def plaque_remove(request, id):
    """Taken down; the address goes on answering."""
    plaque = plaque_of(request, id)
    form = RemoveForm(request.POST)
    if not form.is_valid():
        return _detail(request, plaque, remove=form)
    plaque.mark_removed(why=form.cleaned_data["removed_why"])
    messages.success(request, "Đã ghi biển được gỡ. Địa chỉ của biển vẫn mở được trang.")
    return redirect("plaque_detail", plaque.pk)


@require_safe
@plaque_page
def plaque_photo(request, id):
    """The photo of the mounting, as a file."""
    plaque = plaque_of(request, id)
    return photo_answer(plaque.photo)


def photo_answer(file: SealedFile | None) -> HttpResponse:
    """A sealed picture as an attachment; 404 where there is none."""
    file = get_object_or_404(SealedFile, pk=file.pk if file else None)
    headers = {
        "Content-Disposition": f'attachment; filename="{file.name}"',
        "Cache-Control": "no-store, private",
    }
    return HttpResponse(file.content.open_bytes(), content_type=file.content_type, headers=headers)
