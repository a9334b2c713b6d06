"""How old a slip is, as a tag says it."""

from datetime import datetime, timedelta

from django.utils import timezone


def age_tag(since: datetime) -> tuple[str, str]:
    """Kind and words for the tag of the house."""
    age = timezone.now() - since
    if age >= timedelta(days=1):
        return "err", f"{age.days} ngày"
    hours = age // timedelta(hours=1)
    return ("warn", f"{hours} giờ") if hours >= 1 else ("info", "Dưới 1 giờ")
