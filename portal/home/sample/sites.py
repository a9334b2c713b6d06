"""The demo's heritage: 14 sites that an invented reviewer approved, plaques, rounds, scans, corrections.

What the pages say is what sources say; who approved it, where plaques hang and who scanned them is invented.
"""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from heritage import drawings, plaques
from heritage.content import collect
from heritage.models import (
    Correction,
    Edition,
    Passage,
    PassageText,
    Plaque,
    PlaqueCheck,
    ScanCount,
    Site,
    SiteText,
)
from heritage.reference import sites
from portal.accounts.models import User
from portal.home.sample.stories import instant

READER = "Mai Thị Ví Dụ, Phòng Văn hóa Mẫu"
WRITTEN, SENT, APPROVED, PUBLISHED, PRINTED = 130, 125, 122, 120, 112  # days ago
WEEKS = 12  # of scans
SHOWN = "plei-oi"  # the site whose plaque code is told to who starts the demo
ALU, STEEL, STONE, MICA = (
    Plaque.Material.ALU,
    Plaque.Material.STEEL,
    Plaque.Material.STONE,
    Plaque.Material.MICA,
)
SMALL, MIDDLE, LARGE = Plaque.Size.P1, Plaque.Size.P2, Plaque.Size.P3
GOOD, FADED, GONE, NO_SIGNAL = PlaqueCheck.Result.values


@dataclass(frozen=True)
class Board:
    """One plaque's story: where it hangs since how many days, and what was seen when."""

    slug: str
    size: str
    material: str
    where: str = ""  # empty: printed, not mounted
    mounted: int = 0  # days ago
    looks: tuple[tuple[int, str], ...] = ()
    component: int = 0  # its number, for a plaque of one component
    said: dict | None = None  # what was printed otherwise than the page says now
    is_printed: bool = True
    removed: int = 0
    busy: int = 5  # scans on a good day


BOARDS = [
    Board(SHOWN, MIDDLE, ALU, "Trụ đá ở lối vào (mẫu)", 100, ((60, GOOD), (12, GOOD)), busy=9),
    Board(SHOWN, SMALL, MICA, "Cọc gỗ bên hồ (mẫu)", 99, ((20, NO_SIGNAL),), component=3, busy=3),
    Board("bien-ho", LARGE, STONE, "Bờ đá cạnh lối đi (mẫu)", 98, busy=14),
    Board("tay-son-thuong-dao", MIDDLE, STEEL, "Tường rào trước sân (mẫu)", 105, ((30, GOOD),),
          said={"rank": ["Di tích quốc gia", "National relic"], "decision": ""}),
    Board("quang-truong-dai-doan-ket", LARGE, ALU, "Cột góc sân (mẫu)", 101, ((40, GOOD), (3, GONE)),
          busy=12),
    Board("thac-phu-cuong", MIDDLE, ALU, "Lan can đầu cầu thang (mẫu)", 96, ((25, FADED),), busy=7),
    Board("bia-cham-tu-luong", MIDDLE, STEEL, "Cột nhà che (mẫu)", 97, ((10, GOOD),), busy=2),
    Board("lang-khang-chien-stor", SMALL, MICA, "Vách gỗ bên cửa (mẫu)", 95, ((50, FADED),), removed=20),
    Board("nha-lao-pleiku", MIDDLE, ALU),
    Board("nui-lua-chu-dang-ya", MIDDLE, ALU, is_printed=False),
]  # fmt: skip
# Site, language, about, what was written, days ago, state, answer.
CORRECTIONS = [
    ("bien-ho", "vi", "place", "Lối xuống hồ nay đi cổng khác. (Góp ý mẫu)", 40, "adopted",
     "Cảm ơn bạn. Ban biên tập đã ghi lại để sửa ở bản sau. (Trả lời mẫu)"),
    ("thac-phu-cuong", "en", "place", "Is there a bus from Pleiku? (Sample remark)", 21, "declined",
     "We know of no source for a bus line yet, so the page does not name one. (Sample answer)"),
    (SHOWN, "vi", "plaque", "Biển bên hồ bị cành cây che mất một góc. (Góp ý mẫu)", 2, "new", ""),
]  # fmt: skip


def publish() -> None:
    """Brings the sites before the public, once; a demo of before gets them, too."""
    drawings.load()
    if Edition.objects.exists():
        return
    people = {
        user.username: user for user in User.objects.filter(username__in=["canbo", "vanhoa", "doitruong"])
    }
    staff, reviewer, leader = people["canbo"], people["vanhoa"], people["doitruong"]
    known = list(Site.objects.filter(slug__in=[entry["slug"] for entry in sites()]))
    SiteText.objects.filter(site__in=known).update(changed_at=_at(WRITTEN))
    for site in known:
        for language in ("vi", "en"):
            edition = _send(site, language, leader, SENT)
            edition.approve(by=reviewer, reader=READER, at=_at(APPROVED))
            edition.publish(by=staff, at=_at(PUBLISHED))
    _write_on(leader, reviewer)
    hanging = [_hang(board, staff, leader) for board in BOARDS]
    _scan([pair for pair in zip(BOARDS, hanging, strict=True) if pair[0].where])
    for slug, language, about, text, days, state, answer in CORRECTIONS:
        site = Site.objects.get(slug=slug)
        row = Correction.objects.create(site=site, language=language, about=about, text=text, at=_at(days))
        if state != "new":
            row.close(by=staff, state=state, answer=answer, at=_at(days - 1))


def _at(days: int) -> datetime:
    return instant(timezone.localdate() - timedelta(days=days), 9)


def _send(site: Site, language: str, by: User, days: int) -> Edition:
    return Edition.objects.send(site, language, by=by, content=collect(site, language), at=_at(days))


def _write_on(leader: User, reviewer: User) -> None:
    """A newer version waits for the culture office; another came back from it."""
    lake, village = Site.objects.get(slug="bien-ho"), Site.objects.get(slug="lang-khang-chien-stor")
    text = PassageText.objects.get(passage__site=lake, passage__kind=Passage.Kind.LEAD, language="vi")
    text.write(title="", text=f"{text.text} (MẪU: câu này được thêm để thử một bản chờ duyệt.)")
    _send(lake, "vi", leader, 3)
    back = _send(village, "en", leader, 6)
    remarks = "Xin ghi thêm nguồn cho số nhà sàn được dựng lại, rồi gửi lại giúp. (Ý kiến mẫu)"
    back.send_back(by=reviewer, remarks=remarks, at=_at(4))


def _hang(board: Board, staff: User, leader: User) -> Plaque:
    """The plaque as far as its story goes."""
    site = Site.objects.get(slug=board.slug)
    component = None
    if board.component:
        component = site.passages.of_kind(Passage.Kind.COMPONENT)[board.component - 1]
    plaque = Plaque.objects.create_for(site, size=board.size, material=board.material, component=component)
    if board.is_printed:
        said = plaques.facts(plaque) | (board.said or {})
        plaque.mark_printed(by=staff, said=said, at=_at(PRINTED))
    if board.where:
        on = timezone.localdate() - timedelta(days=board.mounted)
        plaque.mark_mounted(on=on, by="Đội Mẫu Pleiku", where=board.where)
    for days, result in board.looks:
        PlaqueCheck.objects.record(plaque, by=leader, result=result, at=_at(days), is_scanned=result == GOOD)
    if board.removed:
        plaque.mark_removed(why="Thay bằng tấm lớn hơn (mẫu)", at=_at(board.removed))
    return plaque


def _scan(hanging: list[tuple[Board, Plaque]]) -> None:
    """Invented scans of the last weeks, more at weekends; the same numbers each time."""
    dice, today, rows = random.Random(2026), timezone.localdate(), []
    for board, plaque in hanging:
        for ago in range(7 * WEEKS, board.removed, -1):
            day = today - timedelta(days=ago)
            most = board.busy * (2 if day.weekday() > 4 else 1)
            for language, is_scanned, share in (("vi", True, 1), ("en", True, 0.4), ("vi", False, 0.3)):
                if count := dice.randint(0, round(most * share)):
                    rows.append(
                        ScanCount(
                            plaque=plaque, on=day, language=language, is_scanned=is_scanned, count=count
                        )
                    )
    ScanCount.objects.bulk_create(rows)


def plaque_line() -> str:
    """The code of a plaque to try, for the terminal."""
    plaque = Plaque.objects.mounted().filter(site__slug=SHOWN, component=None).first()
    return f"Plaque of {plaque.site}, for /h/: {plaque.code_id[:4]} {plaque.code_id[4:]}" if plaque else ""
