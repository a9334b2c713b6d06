"""What was filled in on a slip, in the words of its form: for who leads, and for who asks what is held."""

import logging

from django.forms import ChoiceField, FileField, MultiWidget
from django.http import QueryDict

from portal.field import applying
from portal.field.captures import all_captures
from portal.field.models import Envelope
from portal.field.receiving import are_pairs
from portal.privacy.masking import mask_number

logger = logging.getLogger(__name__)
Told = list[tuple[str, str]]
OTHER = "Nội dung khác"
REFUSED = ("Không được nhận", "Nội dung khác gửi tới dưới cùng mã, như sau")


def fields(row: Envelope) -> list[tuple[str, str]]:
    """(name, text) of all that was filled in, as it was sent, also of what was refused under this UUID."""
    sent = [*_slip(row), *_refused(row)]
    return [(name, text) for data in sent for name, texts in data.lists() for text in texts]


def shown(row: Envelope) -> Told:
    """(label, words) of the slip, for who leads: of secrets the end, of hidden fields nothing."""
    return [one for data in _slip(row) for one in _told(row, data, is_masked=True)]


def told(row: Envelope) -> Told:
    """(label, words) of everything, for the person it is about; as it was sent where it breaks its form."""
    try:
        found = [one for data in _slip(row) for one in _told(row, data)]
        for data in _refused(row):
            found += [REFUSED, *_told(row, data)]
    except Exception:
        logger.exception("a slip could not be told")
        return [(OTHER, text) for _name, text in fields(row)]
    return found


def _slip(row: Envelope) -> list[QueryDict]:
    return [applying.fields_of(row.open().words)] if row.sealed else []


def _refused(row: Envelope) -> list[QueryDict]:
    """Nobody has looked at the shape of these: what is no form is nothing."""
    opened = filter(None, (clash.open() for clash in row.clashes.all() if clash.sealed))
    return [applying.fields_of(one.words) for one in opened if are_pairs(one.words.get("fields", []))]


def _told(row: Envelope, data: QueryDict, *, is_masked: bool = False) -> Told:
    capture, form, found = all_captures().get(row.kind), {}, []
    if capture:
        data = capture.upgraded(data, row.version)
        form = capture.form(applying.work_of(row), data, None).fields
    rest = set(data)
    for name, field in form.items():
        parts = {name + part for part in getattr(field.widget, "widgets_names", ())} or {name}
        rest -= parts
        words = _words(field, data, name)
        if is_masked and (field.widget.is_hidden or name in capture.secrets):
            words = "" if field.widget.is_hidden else mask_number(words)
        if words:
            found.append((field.label or OTHER, words))
    others = [] if is_masked else sorted(rest)
    return found + [(OTHER, text) for name in others for text in data.getlist(name) if text]


def _words(field, data: QueryDict, name: str) -> str:
    """Choices by their words, a tick as one, the boxes of a day as one."""
    value = field.widget.value_from_datadict(data, {}, name)
    if isinstance(field, FileField):
        return "có, gửi riêng" if data.get(name) else ""
    if isinstance(value, bool):
        return "có" if value else ""
    if isinstance(field, ChoiceField):
        words = {str(key): str(words) for key, words in field.choices}
        return ", ".join(words.get(key, key) for key in data.getlist(name) if key)
    if isinstance(field.widget, MultiWidget):
        return "-".join(part.zfill(2) for part in value if part)
    return ", ".join(text for text in data.getlist(name) if text)
