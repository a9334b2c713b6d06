"""What the tests of a group's slips fill in and read."""

from datetime import timedelta

from django.urls import reverse
from django.utils import timezone

ALL = ["group_record", "group_number", "group_contact"]
NUMBER = "064158000123"
MRS_MAU = {
    "purposes": ALL, "how": "screen", "name": "Nguyễn Thị Mẫu", "birth_day": "13", "birth_month": "5",
    "birth_year": "1958", "sex": "female", "number": NUMBER, "phone_kind": "shared",
    "phone": "+84 905.123.456", "house": "12/3 Lê Lợi", "step_activated": "helped", "step_card": "had",
}  # fmt: skip
DEVICE, PHONE = "7F3KM2", "0905123456"
BIRTH = {"birth_year", "birth_on"}


def text(response) -> str:
    return response.content.decode()


def slip(code: str) -> str:
    return reverse("slip", args=[code])


def hours_ago(hours: float):
    return timezone.now() - timedelta(hours=hours)


def mrs_mau(group, **changes) -> dict:
    return {**MRS_MAU, "group": group.pk, **changes}
