"""What the electronic groups do at night: the people whom volunteers made up to practise go."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from neighborhoods import personal_data
from neighborhoods.models import FollowUp, Resident
from portal.nightly import NightlyJob

PRACTISED_FOR = timedelta(days=1)


def forget_practice() -> int:
    """Erases invented people older than a day, as real ones are: somebody may have typed a real name."""
    old = list(Resident.objects.invented_before(timezone.now() - PRACTISED_FOR))
    for resident in old:
        with transaction.atomic():
            FollowUp.objects.filter(resident=resident).delete()
            personal_data.erase(resident, by=None)
    return len(old)


NIGHTLY = [NightlyJob("practice", "Xóa người bịa khi tập làm", forget_practice, "Xóa {} người bịa")]
