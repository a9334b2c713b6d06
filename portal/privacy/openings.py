"""The line that is left whenever a page with one person's data is opened: the breach log.

A lost account or tablet must be answered for within 72 hours (Decree 356/2025): which records did it open?
"""

from portal.privacy.models import Opening


def note(request, row) -> None:
    """Writes down that the request's user opened a record; what somebody invented to practise is none."""
    if getattr(row, "is_practice", False):
        return
    Opening.objects.create(
        user=request.user,
        device=request.device,
        model=row._meta.label_lower,
        row=str(row.pk),
        request_id=request.id,
    )
