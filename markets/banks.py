"""The banks of Vietnam by BIN, the only safe key: short codes clash (BVB is two banks). No Django here.

The table is `markets/data/banks.csv`. Banks merge and are renamed: `python -m markets.banks newer.csv` takes
in a newer table with the same columns (the public list of NAPAS' members). A name that changed stays as an
alias, and no row is ever dropped, since cards printed with its BIN live on.
"""

import csv
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from portal.folding import fold_ascii

TABLE = Path(__file__).parent / "data" / "banks.csv"
COMMON = ("970405", "970418", "970415", "970436", "970422", "970403", "970449", "970407", "970416", "970432")


@dataclass(frozen=True, slots=True)
class Bank:
    """One row: `supports_transfer` says its app can send by scanning; every bank here can receive."""

    bin: str
    code: str
    alt_code: str
    short_name: str
    full_name: str
    supports_transfer: bool
    aliases: tuple[str, ...]

    def __str__(self) -> str:
        return self.short_name


def bank(bin: str) -> Bank:
    """The bank of a BIN. Raises KeyError for a number that is no bank's."""
    return BANKS[bin]


def choices() -> list[tuple[str, str]]:
    """(BIN, short name) for a form: those most vendors have first, then by name."""
    return [(one.bin, one.short_name) for one in sorted(BANKS.values(), key=_place)]


def find(text: str) -> list[Bank]:
    """Banks with every word in a name, code or old name, accents aside; a name typed in full comes first."""
    words = _fold(text).split()
    found = [one for one in BANKS.values() if all(word in _haystack(one) for word in words)]
    return sorted(found, key=lambda one: (" ".join(words) not in _haystack(one).split("\n"), _place(one)))


def _place(one: Bank) -> tuple[int, str]:
    return (COMMON.index(one.bin) if one.bin in COMMON else len(COMMON)), _fold(one.short_name)


def _fold(text: str) -> str:
    return fold_ascii(text).lower()


@cache
def _haystack(one: Bank) -> str:
    """All names of the bank, folded, one a line."""
    return _fold("\n".join([one.bin, one.code, one.alt_code, one.short_name, one.full_name, *one.aliases]))


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return [{name: value.strip() for name, value in row.items()} for row in csv.DictReader(file)]


def _read(row: dict[str, str]) -> Bank:
    aliases = tuple(filter(None, row["aliases"].split("|")))
    transfers = row["supports_transfer"] == "1"
    return Bank(
        row["bin"], row["code"], row["alt_code"], row["short_name"], row["full_name_vi"], transfers, aliases
    )


BANKS: dict[str, Bank] = {row["bin"]: _read(row) for row in _rows(TABLE)}


def merged(old: list[dict[str, str]], newer: list[dict[str, str]]) -> list[dict[str, str]]:
    """The rows of both tables by BIN: newer facts, and every name a bank ever had among its aliases."""
    table = {row["bin"]: row for row in old}
    for row in newer:
        before = table.get(row["bin"], {})
        aliases = [*before.get("aliases", "").split("|"), *(row.get("aliases") or "").split("|")]
        aliases += [before.get(name, "") for name in ("short_name", "full_name_vi")]
        current = {row["short_name"], row["full_name_vi"], ""}
        kept = dict.fromkeys(alias for alias in aliases if alias not in current)
        table[row["bin"]] = {**row, "aliases": "|".join(kept)}
    return [table[bin] for bin in sorted(table)]


if __name__ == "__main__":
    old = _rows(TABLE)
    table = merged(old, _rows(Path(sys.argv[1])))
    with TABLE.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, old[0].keys(), lineterminator="\n")
        writer.writeheader()
        writer.writerows(table)
