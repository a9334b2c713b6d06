"""What was filled in on a slip, in the words of its form: for who leads, and for who asks what is held."""

from django.forms import ChoiceField, MultiWidget

from portal.field import applying
from portal.field.captures import all_captures
from portal.field.models import Envelope
from portal.privacy.masking import mask_number


def fields(row: Envelope) -> list[tuple[str, str]]:
    """(name, text) of all that was filled in, as it was sent."""
    return [(name, text) for data in _sent(row) for name, texts in data.lists() for text in texts]


def told(row: Envelope, *, is_masked: bool = False) -> list[tuple[str, str]]:
    """(label, words) of the same, as today's form has them; masked, secrets show their end only."""
    capture, found = all_captures().get(row.kind), []
    for data in _sent(row):
        form = capture.form(applying.work_of(row), data, None).fields if capture else {}
        rest = set(data)
        for name, field in form.items():
            parts = {name + part for part in getattr(field.widget, "widgets_names", ())} or {name}
            rest -= parts
            words = _words(field, field.widget.value_from_datadict(data, {}, name))
            if words and (isinstance(field, ChoiceField) or not field.widget.is_hidden):
                is_secret = is_masked and name in capture.secrets
                found.append((field.label, mask_number(words) if is_secret else words))
        if not is_masked:
            found += [("Nội dung khác", text) for name in sorted(rest) for text in data.getlist(name) if text]
    return found


def _sent(row: Envelope) -> list:
    """The fields of the slip, and of what came under the same UUID and was refused."""
    contents = [row.open()] if row.sealed else []
    contents += filter(None, (clash.open() for clash in row.clashes.all() if clash.sealed))
    return [applying.fields_of(content.words) for content in contents]


def _words(field, value) -> str:
    """Choices by their words, a tick as one, the boxes of a day as one."""
    if isinstance(value, bool):
        return "có" if value else ""
    if isinstance(field, ChoiceField):
        keys = [str(one) for one in (value if isinstance(value, list) else [value])]
        words = [str(words) for key, words in field.choices if str(key) and str(key) in keys]
        return ", ".join(words or [key for key in keys if key != "None"])
    if isinstance(field.widget, MultiWidget):
        return "-".join(filter(None, value))
    return str(value or "")
