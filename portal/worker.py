"""The worker that does what takes long: whether it is there, for pages on which somebody waits for it."""

from datetime import timedelta

from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateWorker

HEARTBEAT = timedelta(seconds=60)  # a worker beats every ten seconds


def is_alive() -> bool:
    """Whether any worker gave a sign of life within a minute; one query."""
    return ProcrastinateWorker.objects.filter(last_heartbeat__gte=timezone.now() - HEARTBEAT).exists()
