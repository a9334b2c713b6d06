"""The slip that a resident takes home."""

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from neighborhoods.models import Resident
from portal.accounts.gates import field_page
from portal.privacy import openings, stubs
from portal.privacy.models import Stub


@require_safe
@field_page
def stub_pdf(request, id):
    """The stub of the resident's consent: the one there is, or a new one.

    Nobody who practises has one; 404 also where the consent was withdrawn.
    """
    rows = Resident.objects.visible_to(request.user).select_related("consent", "group__place__unit")
    resident = get_object_or_404(rows, pk=id, consent__isnull=False, consent__withdrawn_at=None)
    openings.note(request, resident)
    stub = Stub.objects.make_for(resident.consent, by=request.user)
    pdf = stubs.pdf(stub, office=resident.group.place.unit.name, demo=settings.DEMO)
    headers = {"Content-Disposition": 'inline; filename="phieu-giu.pdf"', "Cache-Control": "no-store"}
    return HttpResponse(pdf, content_type="application/pdf", headers=headers)
