"""A visit: who is looked for, what was done for somebody so far, and who is next on the way."""

import uuid
from datetime import timedelta

from django.utils import timezone

from neighborhoods import working
from neighborhoods.models import FollowUp, HelpEvent, Resident

MOST_FOUND = 20  # rows of a search; who is further down is found by more letters
LEAST_LETTERS = 2
CORRECTABLE = timedelta(days=30)  # after that the month was reported


def search(request, words: str) -> list[Resident]:
    """The first people here with these words in the name, or these last four digits, each with the rung.

    One more than `MOST_FOUND` where there are more; nobody for less than two letters.
    """
    if len(words) < LEAST_LETTERS:
        return []
    found = working.residents(request).search(words).with_rung()
    return list(found.select_related("household", "group").order_by("name_key")[: MOST_FOUND + 1])


def log(resident: Resident) -> list[HelpEvent]:
    """Everything that was noted about somebody, the newest first; what was corrected has its `correction`."""
    events = HelpEvent.objects.filter(resident=resident).exclude(outcome=HelpEvent.Outcome.MISTAKE)
    return list(events.select_related("step", "by", "correction__by").order_by("-at", "-received_at"))


def is_corrected(event: HelpEvent) -> bool:
    return hasattr(event, "correction")


def steps_had(events: list[HelpEvent]) -> dict[str, HelpEvent]:
    """By the step's code the event by which somebody first came to have it; give what `log` gives."""
    reached = (HelpEvent.Outcome.HAD, HelpEvent.Outcome.HELPED)
    return {e.step_id: e for e in events if e.outcome in reached and not is_corrected(e)}


def just_done(request) -> tuple[Resident | None, list[HelpEvent]]:
    """Whose visit the user has just noted, as the address says by the key, and what was noted in it."""
    key = _key(request, "xong")
    if key is None:
        return None, []
    resident = working.residents(request).filter(pk=key).select_related("household").first()
    a_while_ago = timezone.now() - timedelta(minutes=10)
    mine = HelpEvent.objects.filter(resident=key, by=request.user, received_at__gte=a_while_ago)
    events = list(mine.standing().select_related("step").order_by("-at", "step__sort"))
    return resident, [event for event in events if event.at == events[0].at]


def just_missed(request, resident: Resident) -> FollowUp | None:
    """The visit at which, as the address says by its key, nobody was there just now."""
    key = _key(request, "hen")
    missed = working.followups(request).filter(done_at=None, missed_count__gt=0, resident=resident)
    return missed.filter(pk=key).first() if key else None


def _key(request, name: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(request.GET.get(name, ""))
    except ValueError:
        return None


def next_visit(request, after: Resident) -> FollowUp | None:
    """The next visit that is due, going on from somebody's house; past the last house the first one again."""
    due = working.followups(request).due().in_walking_order().exclude(resident=after)
    if house := after.household:
        onward = {"resident__group": after.group_id, "resident__household__walk_key__gte": house.walk_key}
        return due.filter(**onward).first() or due.first()
    return due.first()
