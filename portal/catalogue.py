"""Keeps the English catalogue of the public pages: `make messages`, or `python -m portal.catalogue`.

Reads what templates and modules mark, keeps the translations there are, drops what nobody says any more, and
compiles, all by Babel of the development requirements: GNU gettext is not needed. No day, line number or name
goes into the files, so they are the same byte for byte wherever and whenever they are written.
"""

import io
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

CHECKOUT = Path(__file__).resolve().parent.parent
PO = CHECKOUT / "locale/en/LC_MESSAGES/django.po"
ROOMS = ("portal", "markets", "heritage", "neighborhoods", "members")
KEYWORDS = {
    **DEFAULT_KEYWORDS,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
}
WRITTEN = datetime(2026, 1, 1, tzinfo=UTC)  # the format wants a day; today would change the files each time
HEADER = "# English for the public pages, kept by `make messages`. The sources speak Vietnamese."


def marked() -> Catalog:
    """Everything the sources mark for translation, with the files it stands in; no translations."""
    found = Catalog()
    for path, source in _sources():
        place = path.relative_to(CHECKOUT).as_posix()
        for _line, words, comments, context in extract(
            "python", io.BytesIO(source.encode()), KEYWORDS, ["Translators:"]
        ):
            found.add(words, locations=[(place, None)], auto_comments=comments, context=context)
    return found


def renewed(old: Catalog) -> Catalog:
    """The catalogue for the sources as they are, with the translations of `old`; new words have none."""
    catalog = Catalog(
        locale="en",
        project="gia-lai-youth-portal",
        version="1",
        header_comment=HEADER,
        creation_date=WRITTEN,
        revision_date=WRITTEN,
        msgid_bugs_address=" ",
        last_translator=" ",
        language_team=" ",
        fuzzy=False,
    )
    for message in old:
        if message.id:
            catalog[message.id] = message
    catalog.update(marked(), no_fuzzy_matching=True, update_creation_date=False)
    catalog.obsolete.clear()
    return catalog


def written(catalog: Catalog) -> bytes:
    """The catalogue as the text file that people edit."""
    target = io.BytesIO()
    write_po(target, catalog, sort_by_file=True, include_lineno=False, width=110)
    return target.getvalue()


def compiled(text: bytes) -> bytes:
    """What `written` gave, as Django reads it."""
    target = io.BytesIO()
    write_mo(target, read_po(io.BytesIO(text), locale="en"))
    return target.getvalue()


def is_translated(message: Message) -> bool:
    """Whether it has English, in singular and plural where it has both."""
    return all(message.string if message.pluralizable else [message.string]) and not message.fuzzy


def _sources() -> Iterator[tuple[Path, str]]:
    for room in ROOMS:
        for path in sorted((CHECKOUT / room).rglob("*.py")):
            yield path, path.read_text()
    for path in sorted((CHECKOUT / "templates").rglob("*.html")):
        # Django blanks out all but the marked words; what is left of the indentation is no Python.
        yield path, "\n".join(line.lstrip() for line in templatize(path.read_text()).splitlines())


def main() -> int:
    """Write both files; 1, with the words, where some have no English yet."""
    old = read_po(io.BytesIO(PO.read_bytes()), locale="en") if PO.exists() else Catalog("en")
    catalog = renewed(old)
    PO.write_bytes(written(catalog))
    PO.with_suffix(".mo").write_bytes(compiled(PO.read_bytes()))
    waiting = [message.id for message in catalog if message.id and not is_translated(message)]
    for words in waiting:
        print("No English yet:", words, file=sys.stderr)
    return 1 if waiting else 0


if __name__ == "__main__":
    sys.exit(main())
