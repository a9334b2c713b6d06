"""What the accounts clear away at night."""

from datetime import timedelta

from axes.models import AccessAttempt
from django.contrib.sessions.models import Session
from django.utils import timezone

from portal.accounts.models import Badge, OneTimeLink
from portal.nightly import NightlyJob


def forget_sessions() -> int:
    """Deletes sessions that are over."""
    return Session.objects.filter(expire_date__lt=timezone.now()).delete()[0]


def forget_attempts() -> int:
    """Deletes failed logins a day old: the lock lasts half an hour."""
    return AccessAttempt.objects.filter(attempt_time__lt=timezone.now() - timedelta(days=1)).delete()[0]


def forget_links() -> int:
    """Deletes one-time links that ended a month ago."""
    return OneTimeLink.objects.long_over().delete()[0]


def forget_photos() -> int:
    """Deletes photos of people who have not worked for a month."""
    return Badge.objects.long_idle().drop_photos()


NIGHTLY = [
    NightlyJob("sessions", "Xóa phiên đăng nhập đã hết", forget_sessions, "Xóa {} phiên"),
    NightlyJob("attempts", "Xóa lần đăng nhập sai cũ", forget_attempts, "Xóa {} dòng"),
    NightlyJob("links", "Xóa đường dẫn một lần quá 30 ngày", forget_links, "Xóa {} đường dẫn"),
    NightlyJob("photos", "Xóa ảnh thẻ của người thôi việc quá 30 ngày", forget_photos, "Xóa {} ảnh"),
]
