"""What the heritage programme tells in numbers: of texts, plaques, and how often they are opened."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, Q
from django.utils.formats import number_format
from django.utils.translation import ngettext

from heritage import plaques
from heritage.models import Edition, Language, Plaque, Site, SiteText
from heritage.scans import by_week
from portal.indicators import Figure, Period

PLAQUES = {
    "printed": "đã in",
    "mounted": "đang gắn",
    "due": "quá 90 ngày chưa soi",
    "broken": "mờ hoặc mất",
    "untrue": "in điều nay đã khác",
}


def figures() -> list[Figure]:
    """For the start page: sites with a page, how many of them in English; nothing before the first."""
    counted = Edition.objects.published().aggregate(
        sites=Count("site", distinct=True), english=Count("site", distinct=True, filter=Q(language="en"))
    )
    if not counted["sites"]:
        return []
    detail = ngettext("%(count)s trang có tiếng Anh", "%(count)s trang có tiếng Anh", counted["english"])
    return [
        Figure(
            number=number_format(counted["sites"], force_grouping=True),
            words=ngettext("di tích đã có trang", "di tích đã có trang", counted["sites"]),
            detail=detail % {"count": counted["english"]} if counted["english"] else "",
        )
    ]


@dataclass(frozen=True)
class Standing:
    """A language: how many sites have no text in it, a draft, an approved one; how many pages are out."""

    language: Language
    missing: int
    draft: int
    approved: int
    published: int


@dataclass(frozen=True)
class Week:
    """Openings of plaques' pages from a Monday on, by language, and how many of all were scanned."""

    monday: date
    languages: Counter
    scanned: int

    @property
    def total(self) -> int:
        return sum(self.languages.values())


def standings(sites) -> list[Standing]:
    """One line for each language, of the sites of a queryset; three queries."""
    keys = list(sites.values_list("pk", flat=True))
    texts = Counter(SiteText.objects.filter(site__in=keys).values_list("language", "state"))
    published = Counter(Edition.objects.published().filter(site__in=keys).values_list("language", flat=True))
    lines = []
    for language in Language:
        draft, approved = (texts[language.value, state] for state in ("draft", "approved"))
        rest = len(keys) - draft - approved
        lines.append(Standing(language, rest, draft, approved, published[language.value]))
    return lines


def plaque_counts(sites) -> dict:
    """Counters by site of what `PLAQUES` names."""
    rows = Plaque.objects.filter(site__in=sites).in_use()
    found = {
        "printed": rows.exclude(version=0),
        "mounted": rows.mounted(),
        "due": rows.due(),
        "broken": rows.broken(),
    }
    counts = {name: Counter(some.values_list("site_id", flat=True)) for name, some in found.items()}
    counts["untrue"] = Counter(plaque.site_id for plaque, _ in plaques.outdated_plaques(rows))
    return counts


def weeks(sites: list[Site], period: Period) -> tuple[list[Week], dict]:
    """Every week of the period from the first opening on, also empty ones; and by site a Counter of the
    openings by Monday and language."""
    found, by_site, scanned = {}, {}, Counter()
    for week in by_week(sites, period):
        found.setdefault(week.monday, Counter())[week.language] += week.count
        by_site.setdefault(week.site, Counter())[week.monday, week.language] += week.count
        if week.is_scanned:
            scanned[week.monday] += week.count
    if not found:
        return [], by_site
    lines, monday = [], min(found)
    while monday <= period.last:
        lines.append(Week(monday, found.get(monday, Counter()), scanned[monday]))
        monday += timedelta(days=7)
    return lines, by_site
