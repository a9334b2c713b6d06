"""The steps of the ladder, as they are counted in 2026, and the group where volunteers practise.

They change every year (field-work, “the ladder”): what ends gets an end, what is new is added here or in the
admin. Loading adds what is missing and changes no row.
"""

from datetime import date

from neighborhoods.models import Group, Step
from portal.organization.models import Area, Place, Unit

BEGIN = date(2023, 7, 1)  # VNeID level 2 is given since Decree 59/2022; the first group began in July 2023
STEPS = [
    Step(code="card", name="Có thẻ căn cước", words="Có thẻ căn cước"),
    Step(code="registered", name="Đã đăng ký mức 2 tại công an", words="Đăng ký mức 2 ở công an"),
    Step(code="approved", name="Đã được duyệt (có tin nhắn)", words="Có tin nhắn đã duyệt"),
    Step(code="installed", name="Đã cài ứng dụng VNeID", words="Cài ứng dụng VNeID"),
    Step(code="activated", name="Đã kích hoạt mức 2", words="Kích hoạt mức 2", is_followed=True),
    Step(code="health_insurance", name="Tích hợp bảo hiểm y tế", words="Tích hợp thẻ BHYT", is_rung=False),
    Step(code="health_book", name="Sổ sức khỏe điện tử", words="Mở sổ sức khỏe", is_rung=False),
    Step(code="signature", name="Chữ ký số cá nhân", words="Chữ ký số", is_rung=False),
    Step(
        code="public_service", name="Tài khoản dịch vụ công", words="Dịch vụ công", is_rung=False,
        is_followed=True,
    ),
    Step(code="payment_account", name="Tài khoản thanh toán", words="Tài khoản thanh toán", is_rung=False),
    Step(code="safety", name="An toàn trên mạng", words="Chỉ cách tránh lừa đảo", is_rung=False),
]  # fmt: skip
PRACTICE = "Nơi tập làm"


def load() -> None:
    """Adds what is not there yet."""
    for sort, step in enumerate(STEPS, start=1):
        step.sort, step.starts_on = sort, BEGIN
    Step.objects.bulk_create(STEPS, ignore_conflicts=True)
    if not Group.objects.filter(is_practice=True).exists():
        unit = Unit.objects.get(kind=Unit.Kind.PROVINCE)
        area = Area.objects.today().get(kind_id="tinh")
        place = Place.objects.create(
            name=PRACTICE, kind=Place.Kind.OTHER, area=area, unit=unit, is_practice=True
        )
        Group.objects.create(place=place, name="Tổ Mẫu để tập", is_practice=True, set_up_on=BEGIN)
