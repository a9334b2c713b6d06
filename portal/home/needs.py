"""Everything that needs a hand: each app declares its own, and the roof adds what the machine needs."""

from dataclasses import dataclass
from datetime import timedelta

from django.urls import reverse
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

import heritage.needs
import markets.needs
import neighborhoods.needs
import portal.accounts.needs
import portal.field.needs
import portal.privacy.needs
from portal import nightly, worker
from portal.home.nightly import JOBS
from portal.needs import Need, counted
from portal.privacy import rotation
from portal.text import format_number

MOST_PARTS = 5


def _for_the_province(find):
    """The machine is the province's: nobody else is told about it."""
    return lambda user: find() if user.reach.is_everywhere else {}


def _silent_worker() -> dict[str, int]:
    return {} if worker.is_alive() else {"": 1}


def _nights() -> dict[str, int]:
    return {state.job.name: 1 for state in nightly.states(JOBS) if state.needs_hand}


def _failed_jobs() -> dict[str, int]:
    """Background jobs that failed within a week."""
    since = timezone.now() - timedelta(days=7)
    failed = ProcrastinateJob.objects.filter(
        status="failed", procrastinateevent__type="failed", procrastinateevent__at__gt=since
    )
    return counted(failed, "task_name")


def _old_keys() -> dict[str, int]:
    count = rotation.stale_count()
    return {"": count} if count else {}


NEEDS = [
    *markets.needs.NEEDS,
    *heritage.needs.NEEDS,
    *neighborhoods.needs.NEEDS,
    *portal.field.needs.NEEDS,
    *portal.accounts.needs.NEEDS,
    *portal.privacy.needs.NEEDS,
    Need(
        "Chương trình nền không chạy",
        "Báo người quản máy chủ bật lại (worker): lượt in, ảnh mới và việc hằng đêm đang đứng chờ.",
        _for_the_province(_silent_worker),
        is_urgent=True,
    ),
    Need(
        "Việc hằng đêm không xong",
        "Xem kết quả từng việc; nếu không việc nào chạy thì chương trình nền (worker) đang tắt.",
        _for_the_province(_nights),
        lambda user: reverse("nightly_list"),
        is_urgent=True,
    ),
    Need(
        "Việc nền hỏng trong 7 ngày qua",
        "Báo người quản máy chủ: nhật ký của máy có chỗ hỏng.",
        _for_the_province(_failed_jobs),
    ),
    Need(
        "Dòng còn niêm bằng khóa cũ",
        "Người quản máy chủ chạy lệnh rotate_keys, xong mới bỏ khóa cũ.",
        _for_the_province(_old_keys),
    ),
]


@dataclass(frozen=True)
class Waiting:
    """A need with its number, and whose the most are."""

    need: Need
    count: int
    parts: list[tuple[str, int]]
    others: int  # parts that are not listed
    href: str

    @property
    def words(self) -> str:
        """Its number in a tag."""
        return f"{format_number(self.count)} chờ"


def waiting(user) -> list[Waiting]:
    """What waits among what the user sees, the urgent first."""
    found = [(need, need.find(user)) for need in sorted(NEEDS, key=lambda need: not need.is_urgent)]
    return [_waiting(need, counts, user) for need, counts in found if counts]


def _waiting(need: Need, counts: dict[str, int], user) -> Waiting:
    parts = sorted(counts.items(), key=lambda part: (-part[1], part[0]))
    named = [part for part in parts if part[0]]
    return Waiting(need, sum(counts.values()), named[:MOST_PARTS], len(named[MOST_PARTS:]), need.href(user))
