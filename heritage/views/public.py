"""For everybody, without login: a site's page, the list of all sites, and what is published as open data."""

import re

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import redirect
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from heritage import atlas, exports, listing, pages
from heritage.addresses import INTERFACE, site_address
from heritage.models import Edition
from portal import readymade

KEEP = "public, max-age=300"  # a page that was withdrawn is gone from every cache in five minutes


@login_not_required
@require_safe
def heritage_site(request, slug):
    """The page in Vietnamese or English, by its address; in another language while it is not published."""
    return _site(request, slug, get_language())


@login_not_required
@require_safe
def heritage_site_language(request, slug, language):
    """The page in a language of content, under the one address that it has."""
    address = site_address(slug, language)
    if language in INTERFACE or request.path != address:
        return redirect(address, permanent=True)
    return _site(request, slug, language)


def render_site(
    request: HttpRequest, edition, *, code: str = "", asked: str = "", generation: str = ""
) -> HttpResponse:
    """The whole answer with the page of a published edition: 200, or 304 where the browser has it already.

    `edition` is the key of a published Edition or the row itself (only its key is used, so `.only("pk")` will
    do); `code` the plaque that was scanned or typed, for its box and the language links to /h/<code>/<lang>/;
    `asked` the language wished for: where the edition is in another, the page says so. `generation` is
    `atlas.generation()`, or any text that changes when an edition is published or withdrawn; asked for here
    where the caller has none. Made pages are kept in memory, compressed, by these four (`pages.made`), so
    that a kept page costs no query. Sets the content policy, ETag and `response.varies_on` (the whole
    Vary header, see portal.headers: add Accept-Language where the caller chose by it); Cache-Control is the
    caller's. Raises Edition.DoesNotExist where the edition is not published.
    """
    kept = pages.made(getattr(edition, "pk", edition), code, asked, generation or atlas.generation())
    return answer(request, kept)


def answer(request: HttpRequest, kept: pages.Kept) -> HttpResponse:
    """A kept page as the browser can read it: compressed where it says so, 304 where it has it."""
    if kept.etag in request.headers.get("If-None-Match", ""):
        response = HttpResponseNotModified()
    elif re.search(r"\bgzip\b(?!;q=0)", request.headers.get("Accept-Encoding", "")):
        response = HttpResponse(kept.zipped, headers={"Content-Encoding": "gzip"})
    else:
        response = HttpResponse(kept.html)
    response["ETag"] = kept.etag
    response.varies_on = "Accept-Encoding"
    response._csp_update = pages.POLICY
    return response


def _site(request, slug: str, asked: str) -> HttpResponse:
    found = dict(Edition.objects.published().filter(site__slug=slug).values_list("language", "pk"))
    if not found:
        raise Http404
    edition = found[atlas.best(found, asked)]
    response = render_site(request, edition, asked=asked)
    response["Cache-Control"] = KEEP
    return response


# --- all sites ---------------------------------------------------------------------------------------------


@login_not_required
@require_safe
def heritage_list(request):
    """All published sites, searched and narrowed, with their map."""
    asked = listing.Asked.of(request.GET)
    template = "heritage/site_list.html"
    return readymade.page(request, template, listing.context, asked, atlas.generation())


EXPORTS = {
    "geojson": (exports.as_geojson, "application/geo+json"),
    "csv": (exports.as_csv, "text/csv; charset=utf-8"),
    "xml": (exports.as_dublin_core, "application/xml; charset=utf-8"),
}


@login_not_required
@require_safe
def heritage_export(request, kind):
    """What is published, as open data."""
    make, content_type = EXPORTS[kind]
    response = _file(make(), content_type)
    response["Content-Disposition"] = f'attachment; filename="di-tich-gia-lai.{kind}"'
    response["Access-Control-Allow-Origin"] = "*"  # open data is for pages elsewhere, too
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


@login_not_required
@require_safe
def sitemap(request):
    return _file(exports.sitemap(), "application/xml; charset=utf-8")


@login_not_required
@require_safe
def robots(request):
    return _file(exports.robots(), "text/plain; charset=utf-8")


def _file(content, content_type: str) -> HttpResponse:
    response = HttpResponse(content, content_type=content_type)
    response["Cache-Control"] = KEEP
    response.varies_on = "Accept-Encoding"
    return response
