"""The one address of public pictures, share cards and recordings: named by their bytes, the same for ever."""

import re

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag
from django.views.decorators.http import require_safe

from heritage.models import PictureFile, Recording

PICTURES = {"avif": "image/avif", "webp": "image/webp", "jpg": "image/jpeg"}
RECORDINGS = {"mp3": "audio/mpeg", "m4a": "audio/mp4", "ogg": "audio/ogg"}
FOR_EVER = "public, max-age=31536000, immutable"
ONE_RANGE = re.compile(r"bytes=(?=-?\d)(\d{0,15})-(\d{0,15})$", re.ASCII)


@require_safe
@login_not_required
def media_file(request, name):
    """The bytes, or of a recording the part that is asked for; what was sent to us is never served here.

    One query, no session. The kind is what we wrote, by the name that we gave.
    """
    stem, _, ending = name.partition(".")
    rows = PictureFile.objects if ending in PICTURES else Recording.objects
    content = rows.filter(name=name).values_list("content", flat=True).first()
    kind = PICTURES.get(ending) or RECORDINGS.get(ending)
    if content is None or kind is None:
        raise Http404
    response = _part(request, bytes(content), quote_etag(stem)) or HttpResponse(bytes(content))
    headers = {
        "Content-Type": kind,
        "Cache-Control": FOR_EVER,
        "ETag": quote_etag(stem),
        "Accept-Ranges": "bytes",
    }
    for header, value in headers.items():
        response.headers[header] = value
    response = get_conditional_response(request, etag=quote_etag(stem), response=response)
    response.varies_on = ""  # the same bytes for everybody
    return response


def _part(request, content: bytes, etag: str) -> HttpResponse | None:
    """The answer to one range of bytes (RFC 9110, section 14); None where the whole is to be sent."""
    asked = ONE_RANGE.match(request.headers.get("Range", ""))
    if not asked or request.method != "GET" or request.headers.get("If-Range", etag) != etag:
        return None
    first, last = (int(number) if number else None for number in asked.groups())
    size = len(content)
    if first is None:  # so many from the end
        first, last = max(0, size - (last or 0)), size - 1
    elif last is not None and last < first:
        return None
    if first >= size:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    last = size - 1 if last is None else min(last, size - 1)
    return HttpResponse(
        content[first : last + 1], status=206, headers={"Content-Range": f"bytes {first}-{last}/{size}"}
    )
