"""Where one works: "Đổi chợ hoặc tổ"."""

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render

from portal.accounts import rights
from portal.accounts.gates import lockable, next_page, working_place
from portal.organization.models import Place
from portal.text import typed

PER_PAGE = 20


@lockable
def place_choose(request):
    """The places in reach, by name; a press chooses one. A guest stays where the shift is."""
    if request.user.is_guest or not rights.may_record(request.user):
        raise PermissionDenied
    places = Place.objects.visible_to(request.user).select_related("area", "unit")
    if request.method == "POST":
        place = get_object_or_404(places, pk=_number(request.POST.get("place")))
        request.session["place_id"] = place.pk
        return redirect(next_page(request))
    text = typed(request.GET, "q")
    context = {
        "page": Paginator(places.search(text), PER_PAGE).get_page(request.GET.get("page")),
        "q": text,
        "here": working_place(request),
        "next": next_page(request),
    }
    return render(request, "accounts/place_choose.html", context)


def _number(text) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else 0
