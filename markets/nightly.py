"""What the market programme does at night."""

from markets.models import FollowUp
from portal.nightly import NightlyJob

NIGHTLY = [
    NightlyJob("followups", "Hẹn quay lại sạp còn thiếu", FollowUp.objects.plan_missing, "Hẹn thêm {} lượt"),
]
