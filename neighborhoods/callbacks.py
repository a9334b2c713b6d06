"""Call-backs: for each team a few of those it says it helped are drawn by lot, and the office asks them.

Who knows that one in twenty is called writes down what was. The lot falls in the database; nobody picks.
"""

from datetime import timedelta

from django.db import connection, transaction
from django.db.models import Count, Exists, OuterRef, Window
from django.db.models.functions import Random, RowNumber
from django.utils import timezone

from neighborhoods.models import CallBack, HelpEvent

PERCENT = 5
ALONE = 20230713  # key of the lock: who draws at the same time waits, and then finds enough drawn
QUIET = timedelta(days=30)  # nobody is called again so soon


def draw(user, *, days: int) -> int:
    """Draws of each team's help to named people in the last days what is missing to 5 %, one at least.

    Among what the user sees; gives how many were drawn. What was drawn before counts, so that a second draw
    on the same day adds nothing, and nobody is drawn twice for one visit.
    """
    pool = (
        HelpEvent.objects.visible_to(user)
        .standing()
        .filter(
            outcome=HelpEvent.Outcome.HELPED,
            at__gte=timezone.now() - timedelta(days=days),
            resident__anonymised_at=None,
            resident__left_on=None,
            resident__isnull=False,
        )
    )
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ALONE])
        counts = pool.order_by().values_list("team").annotate(Count("pk"), Count("call_back"))
        missing = {team: -(-total * PERCENT // 100) - drawn for team, total, drawn in counts}
        lots = _lots(pool, most=max(missing.values(), default=0))
        drawn = [CallBack(event_id=event) for event, team, turn in lots if turn <= missing[team]]
        return len(CallBack.objects.bulk_create(drawn))


def _lots(pool, *, most: int):
    """(event, team, turn) by lot, at most so many turns a team: one event a person, nobody just called."""
    called = CallBack.objects.filter(
        event__resident=OuterRef("resident"), drawn_on__gt=timezone.localdate() - QUIET
    )
    people = pool.filter(~Exists(called), call_back=None)
    people = people.order_by("team_id", "resident_id", Random()).distinct("team_id", "resident_id")
    lots = HelpEvent.objects.filter(pk__in=people.values("pk")).order_by()
    lots = lots.annotate(turn=Window(RowNumber(), partition_by=["team_id"], order_by=Random()))
    return lots.filter(turn__lte=most).values_list("pk", "team", "turn")
