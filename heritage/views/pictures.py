"""Pictures and recordings of a site, on the desk: sent, described, replaced, removed."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from heritage import pictures, recordings
from heritage.models import Language, Picture, Recording
from heritage.picture_forms import (
    PictureAddForm,
    PictureChangeForm,
    PictureReplaceForm,
    RecordingAddForm,
    RecordingForm,
)
from heritage.views.desk import desk_page, site_of
from portal import worker
from portal.accounts import rights
from portal.accounts.gates import lockable, only
from portal.forms import page

ANSWERS = ["GET", "HEAD", "POST"]
ENDINGS = {b"\x89PNG": ("png", "image/png"), b"RIFF": ("webp", "image/webp")}


def writers(view):
    """For who writes on the desk."""
    return lockable(only(*rights.CONTRIBUTORS)(view))


def picture_of(request, id) -> Picture:
    """A picture of a site that the user reaches, without its original; 404 for any other."""
    rows = Picture.objects.visible_to(request.user).present().light()
    return get_object_or_404(rows.select_related("site", "made_by").prefetch_related("texts"), pk=id)


def recording_of(request, id) -> Recording:
    """A recording of a site that the user reaches; 404 for any other."""
    rows = Recording.objects.visible_to(request.user).present().defer("content")
    return get_object_or_404(rows.select_related("site"), pk=id)


@require_safe
@desk_page
def picture_list(request, id):
    """All pictures and recordings of a site, with what each still lacks."""
    site = site_of(request, id)
    rows = list(site.pictures.present().light().prefetch_related("texts"))
    previews = pictures.previews(rows)
    for picture in rows:
        picture.preview = previews.get(picture.pk)
        picture.lacks = pictures.lacking(picture, site)
    context = {
        "site": site,
        "pictures": rows,
        "recordings": site.recordings.present().defer("content"),
        "may_write": request.user.reach.holds(*rights.CONTRIBUTORS),
    }
    return render(request, "heritage/picture_list.html", context)


@require_http_methods(ANSWERS)
@writers
def picture_add(request, id):
    """A picture with its facts; the worker makes its sizes while the words are written."""
    site = site_of(request, id)
    form = PictureAddForm(request.POST or None, request.FILES or None, instance=Picture(site=site))
    if form.is_valid():
        fields = {name: form.cleaned_data[name] for name in ("id", *form._meta.fields)}
        try:
            picture = pictures.order(site, form.cleaned_data["file"], by=request.user, **fields)
        except pictures.PictureError as error:
            form.add_error("file", str(error))
        else:
            return redirect("picture_detail", picture.pk)
    return page(request, "heritage/picture_add.html", {"site": site}, form=form)


@require_http_methods(ANSWERS)
@writers
def picture_detail(request, id):
    """How far its sizes are; its facts, and what is to be seen in each language."""
    picture = picture_of(request, id)
    form = PictureChangeForm(request.POST or None, instance=picture)
    if form.is_valid():
        with transaction.atomic():
            form.save()
        messages.success(request, "Đã ghi.")
        return redirect("picture_detail", picture.pk)
    return page(
        request, "heritage/picture_detail.html", _shown(picture, replace=PictureReplaceForm()), form=form
    )


@require_safe
@only(*rights.CONTRIBUTORS)
def picture_progress(request, id):
    """What htmx asks for every two seconds: no lockable page, or a screen that lies open would never lock."""
    if not request.htmx:
        return redirect("picture_detail", id)
    return render(request, "heritage/picture_detail.html#sizes", _shown(picture_of(request, id)))


def _shown(picture: Picture, **more) -> dict:
    total = pictures.count(picture.width, picture.height)
    files = list(picture.files.defer("content").order_by("width", "format"))
    return {
        "picture": picture,
        "is_stuck": picture.is_open and not worker.is_alive(),
        "site": picture.site,
        "total": total,
        "percent": 100 * picture.done // total,
        "files": files,
        "preview": next((file for file in files if file.format == "jpg"), None),
        "is_small": picture.width < pictures.WIDTHS[0],
        **more,
    }


@require_POST
@writers
def picture_again(request, id):
    """Begins anew where the server stopped in the middle."""
    pictures.send_again(picture_of(request, id))
    return redirect("picture_detail", id)


@require_POST
@writers
def picture_replace(request, id):
    """Another file in the same place, with the same words; the page shows it with its next edition."""
    picture = picture_of(request, id)
    form = PictureReplaceForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            new = pictures.replace(picture, form.cleaned_data["file"], by=request.user)
        except pictures.PictureError as error:
            form.add_error("file", str(error))
        else:
            return redirect("picture_detail", new.pk)
    context = {**_shown(picture, replace=form), "form": PictureChangeForm(instance=picture), "faulty": form}
    return render(request, "heritage/picture_detail.html", context, status=422)


@require_POST
@writers
def picture_remove(request, id):
    """Away from the desk; what is published shows it until its next edition."""
    picture = picture_of(request, id)
    picture.remove()
    messages.success(request, "Đã xóa ảnh." if picture.removed_at is None else STILL_SHOWN.format("ảnh"))
    return redirect("picture_list", picture.site_id)


STILL_SHOWN = "Đã xóa {} khỏi bàn biên tập. Trang đang đăng còn dùng cho tới khi bản mới được duyệt và đăng."


@require_safe
@writers
def picture_original(request, id):
    """The file as it was sent, only as a download."""
    picture = picture_of(request, id)
    content = bytes(picture.original)
    ending, kind = ENDINGS.get(content[:4], ("jpg", "image/jpeg"))
    name = f"{picture.site.slug}-{picture.use}-{picture.sort}.{ending}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store, private"}
    return HttpResponse(content, content_type=kind, headers=headers)


# --- recordings --------------------------------------------------------------------------------------------


@require_http_methods(ANSWERS)
@writers
def recording_add(request, id):
    """A voice in a language that has none yet."""
    site = site_of(request, id)
    form = RecordingAddForm(request.POST or None, request.FILES or None, instance=Recording(site=site))
    taken = set(site.recordings.present().values_list("language", flat=True))
    form.fields["language"].choices = [choice for choice in Language.choices if choice[0] not in taken]
    if form.is_valid():
        data = form.cleaned_data
        words = {name: data[name] for name in ("id", "language", "voice", "transcript")}
        try:
            recording = recordings.add(site, data["file"], **words)
        except recordings.RecordingError as error:
            form.add_error("file", str(error))
        else:
            return redirect("recording_detail", recording.pk)
    context = {"site": site, "is_full": len(taken) == len(Language)}
    return page(request, "heritage/recording_add.html", context, form=form)


@require_http_methods(ANSWERS)
@writers
def recording_detail(request, id):
    """Listens to it; who speaks, and what is said."""
    recording = recording_of(request, id)
    form = RecordingForm(request.POST or None, instance=recording)
    if form.is_valid():
        recording.save(update_fields=["voice", "transcript"])
        messages.success(request, "Đã ghi.")
        return redirect("recording_detail", recording.pk)
    context = {"recording": recording, "site": recording.site}
    return page(request, "heritage/recording_detail.html", context, form=form)


@require_POST
@writers
def recording_remove(request, id):
    """Away from the desk; what is published tells it until its next edition."""
    recording = recording_of(request, id)
    recording.remove()
    is_shown = recording.removed_at is not None
    messages.success(request, STILL_SHOWN.format("bản thu") if is_shown else "Đã xóa bản thu.")
    return redirect("picture_list", recording.site_id)
