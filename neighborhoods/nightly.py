"""What the electronic groups do at night: whom volunteers made up to practise, and consents of nobody, go."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from neighborhoods import personal_data
from neighborhoods.consents import PROGRAMME
from neighborhoods.models import FollowUp, Resident
from portal.nightly import NightlyJob
from portal.privacy.models import Consent

PRACTISED_FOR = timedelta(days=1)
NAMED_WITHIN = timedelta(days=1)  # longer than a consent waits for its person


def forget_practice() -> int:
    """Erases invented people older than a day, as real ones are: somebody may have typed a real name."""
    old = list(Resident.objects.invented_before(timezone.now() - PRACTISED_FOR))
    for resident in old:
        with transaction.atomic():
            FollowUp.objects.filter(resident=resident).delete()
            personal_data.erase(resident, by=None)
    return len(old)


@transaction.atomic
def forget_consents() -> int:
    """Deletes the consents, with their versions, that nobody was named with: somebody left the page."""
    old = Consent.objects.filter(notice__programme=PROGRAMME, given_at__lt=timezone.now() - NAMED_WITHIN)
    keys = list(old.filter(residents=None, stub=None).values_list("pk", flat=True))
    Consent.objects.filter(pk__in=keys).delete()
    Consent.pgh_event_model.objects.filter(pgh_obj_id__in=keys).delete()
    return len(keys)


NIGHTLY = [
    NightlyJob("practice", "Xóa người mẫu để tập", forget_practice, "Xóa {} người mẫu để tập"),
    NightlyJob("unused_consents", "Xóa lời đồng ý không gắn với ai", forget_consents, "Xóa {} lời đồng ý"),
]
