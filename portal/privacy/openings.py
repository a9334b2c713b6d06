"""The line that is left whenever a page with one person's data is opened: the breach log.

A lost account or tablet must be answered for within 72 hours (Decree 356/2025): which records did it open?
"""

from portal.privacy.models import Opening


def note(request, row) -> None:
    """Writes down that the request's user opened a record; what somebody invented to practise is none."""
    note_all(request, [row])


def note_all(request, rows) -> None:
    """The same of all that a list shows by name, in one statement."""
    who = {"user": request.user, "device": request.device, "request_id": request.id}
    real = [row for row in rows if not getattr(row, "is_practice", False)]
    Opening.objects.bulk_create(
        [Opening(**who, model=row._meta.label_lower, row=str(row.pk)) for row in real]
    )
