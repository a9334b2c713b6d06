"""The poster of a group for its meeting house: how far the group came, without anybody's data.

It hangs where everybody knows everybody: no number under five is told, and none can be worked out from what
is told beside it. Where one part of a bar is small the parts are told as one; where all that are left are
few, only that it is more than all but five.
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from neighborhoods import book, desks, ladder
from neighborhoods.models import Group
from neighborhoods.models.helps import ACTIVATED
from portal.indicators import LEAST, percent
from portal.printing import typesetting
from portal.text import format_date, format_number

TEMPLATE = Path(__file__).parent / "typst" / "group_poster.typ"
FEW = f"dưới {LEAST}"
LEAST_WHOLE = 2 * LEAST  # of fewer people, what is few and what is nearly all would tell each other


@dataclass(frozen=True)
class Told:
    """What may be said of a part of people: the words, and shares of the bar that say no more than the words.

    `had` and `helped` are numbers where both may be told, else None.
    """

    words: str
    width: float
    percent: float | None = None
    had: int | None = None
    helped: int | None = None


def is_small(number: int | None) -> bool:
    return number is not None and 0 < number < LEAST


def told(part: int, whole: int | None, of: int) -> Told:
    """Of `whole` people `part` have it; a bar of full width stands for `of`."""
    if is_small(part):
        return Told(FEW, LEAST / of)
    if whole is not None and is_small(whole - part):
        return Told(f"hơn {format_number(whole - LEAST)}", (whole - LEAST) / of)
    return Told(format_number(part), part / of, percent(part, whole) if whole else None)


def told_line(line: ladder.Line, of: int) -> Told:
    """A step of the ladder; who had it and who was helped apart where neither are few."""
    reached = line.reached
    whole = None if line.adults is None else max(line.adults, reached.people)
    said = told(reached.people, whole, of)
    is_exact = said.words == format_number(reached.people)
    if not is_exact or is_small(reached.had) or is_small(reached.helped):
        return said
    return Told(said.words, said.width, said.percent, reached.had, reached.helped)


def data(group: Group, on: date | None = None) -> dict:
    """What the sheet says, as JSON holds it."""
    today = on or timezone.localdate()
    count = group.last_count
    adults = count.adults if count and count.adults >= LEAST_WHOLE else None
    noted = book.read(group)
    lines = ladder.lines(noted, adults)
    of = max(ladder.whole(lines), LEAST)
    use, times = ladder.use(noted, today), sum(line.reached.times for line in lines)
    done = next((line for line in lines if line.step.pk == ACTIVATED), None)
    return {
        "title": f"{group.full_name}, {today:%m-%Y}",
        "demo": settings.DEMO,
        "name": group.name,
        "commune": group.commune.name,
        "month": f"Tháng {today.month} năm {today.year}",
        "day": format_date(today),
        "since": format_date(group.set_up_on) if group.set_up_on else "",
        "figures": _figures(done, of, adults),
        "counted": format_date(count.on) if adults else "",
        "rungs": [_rung(line, of) for line in lines if line.step.is_rung],
        "use": data_of_use(use),
        "times": FEW if is_small(times) else format_number(times) if times else "",
        "unit": group.place.unit.name,
        "team": group.team.name if group.team else "",
        "desks": desks.habits(group, today),
    }


def _figures(done: ladder.Line | None, of: int, adults: int | None) -> list[dict]:
    """Done, target, people; without those that nobody wrote down."""
    figures = []
    if done:
        figures.append({"number": told_line(done, of).words, "words": "người đã kích hoạt VNeID mức 2"})
        if done.goal:
            words = f"người là chỉ tiêu đến {format_date(done.goal_ends_on)}"
            figures.append({"number": format_number(done.goal), "words": words})
    if adults:
        figures.append({"number": format_number(adults), "words": "người từ 14 tuổi trong tổ"})
    return figures


def _rung(line: ladder.Line, of: int) -> dict:
    said = told_line(line, of)
    return {
        "name": line.step.name,
        "words": f"{said.words} người",
        "percent": f"{round(said.percent)}%" if said.percent is not None else "",
        "width": round(said.width, 4),
        "had": round((said.had or 0) / of, 4),
        "had_words": format_number(said.had) if said.had else "",
        "helped_words": format_number(said.helped) if said.helped else "",
        "is_apart": said.had is not None,
        "goal": round(min(1, line.goal / of), 4) if line.goal else None,
    }


def data_of_use(use: ladder.Use) -> dict | None:
    """Who uses it alone, of those asked after 30 days; nothing where only few were asked."""
    if use.asked < LEAST_WHOLE:
        return None
    said = told(use.alone, use.asked, use.asked)
    return {
        "words": f"{said.words} trong {format_number(use.asked)} người đã hỏi",
        "width": round(said.width, 4),
    }


def pdf(group: Group, on: date | None = None) -> bytes:
    """The sheet, A3 portrait; `group` is a row of `with_place().with_count()`."""
    return typesetting.pdf(TEMPLATE, data(group, on))
