"""The side-by-side editor: everything that is said of a site, in two languages, as one form.

What two people change at once is not lost: each field carries a print of the words that stood there when the
page was opened; where something else stands by now, the page shows both and asks.
"""

import hashlib
from contextlib import contextmanager

from django import forms
from django.db import transaction
from django.db.models import Max
from django.utils.formats import localize_input

from heritage.content import collect
from heritage.models import Language, Passage, PassageText, Site, SiteText
from portal.forms import Form
from portal.text import clean_text

HEAD = ["name", "tagline", "period", "address"]
TITLES = {
    Passage.Kind.FACT: "Điều gì",
    Passage.Kind.COMPONENT: "Tên hạng mục",
    Passage.Kind.TIMELINE: "Khi nào",
}
ON_PLAN = ["x", "y", "surface_ha"]
SOMEBODY = (
    "Trong lúc bạn viết, người khác đã sửa chỗ này thành: “{words}”. Chữ bạn gõ còn nguyên; bấm Lưu lần nữa"
    " là lấy chữ của bạn."
)


LOST = (
    "Trong lúc bạn viết, người khác đã bỏ một đoạn mà bạn vừa sửa. Lời của bạn: “{words}”. Còn cần thì chép"
    " vào một đoạn khác; bấm Lưu lần nữa là thôi."
)


def plain(value) -> str:
    """What a field says, as it is compared: text in lines of single spaces, numbers and choices as text."""
    if isinstance(value, str):
        return "\n".join(clean_text(line) for line in value.strip().splitlines())
    if isinstance(value, (list, set)):
        return ",".join(str(one) for one in sorted(value))
    return "" if value is None else str(value)


def digest(value) -> str:
    """A short print of what a field says, to see whether it changed meanwhile."""
    return hashlib.sha256(plain(value).encode()).hexdigest()[:16]


class DeskForm(Form):
    """All words of a site in two languages; `save` writes only what changed.

    Fields: `head-<language>-<field>`, `<passage>-<language>-title|text`, `<passage>-sort|sources|gone|x|y|…`;
    `<passage>` is its key in hex. `now` gives what the database says of each field today. Make the form and
    save it under the lock of the site's row (`locked`), so that nobody writes in between.
    """

    def __init__(self, data=None, *, site: Site, languages: list[str]):
        self.site, self.languages = site, languages
        self.texts = {text.language: text for text in site.texts.all()}
        order = list(Passage.Kind)
        passages = site.passages.prefetch_related("texts", "sources")
        self.passages = sorted(passages, key=lambda one: (order.index(one.kind), one.sort))
        self.sources = list(site.sources.all())
        self.now: dict[str, object] = {}
        self.words: set[str] = set()
        self.base_fields = {}
        for language in languages:
            self._add_head(language)
        for passage in self.passages:
            self._add_passage(passage)
        super().__init__(data if data is None else self._with_what_came_later(data))

    def _with_what_came_later(self, data):
        """What was sent, and the fields of passages that somebody has added since, as they are."""
        data = data.copy()
        for passage in self.passages:
            key = passage.pk.hex
            if f"{key}-sort" in data:
                continue
            for name in self.base_fields:
                if name.startswith(f"{key}-") and name in self.now:
                    value = self.now[name]
                    sent = [str(one) for one in value] if isinstance(value, list) else [localize_input(value)]
                    data.setlist(name, ["" if one is None else one for one in sent])
        return data

    # --- fields ---

    def _add_head(self, language: str) -> None:
        text = self.texts.get(language) or SiteText(language=language)
        for name in HEAD:
            column = SiteText._meta.get_field(name)
            label = f"{column.verbose_name[0].upper()}{column.verbose_name[1:]}"
            self._add_words(f"head-{language}-{name}", getattr(text, name), label, column.max_length)

    def _add_passage(self, passage: Passage) -> None:
        key = passage.pk.hex
        texts = {text.language: text for text in passage.texts.all()}
        for language in self.languages:
            text = texts.get(language) or PassageText()
            if passage.kind in TITLES:
                self._add_words(f"{key}-{language}-title", text.title, TITLES[passage.kind], 160)
            self._add_words(f"{key}-{language}-text", text.text, Language(language).label, None)
        sort = forms.IntegerField(label="Thứ tự", min_value=0, max_value=999)
        self._add(f"{key}-sort", sort, passage.sort)
        if passage.kind == Passage.Kind.COMPONENT:
            for name, field in _on_plan().items():
                self._add(f"{key}-{name}", field, getattr(passage, name))
        if self.sources:
            choices = [(source.pk, source.title) for source in self.sources]
            field = forms.TypedMultipleChoiceField(
                label="Nguồn",
                choices=choices,
                coerce=int,
                required=False,
                widget=forms.CheckboxSelectMultiple,
            )
            self._add(f"{key}-sources", field, sorted(source.pk for source in passage.sources.all()))
        self.base_fields[f"{key}-gone"] = forms.BooleanField(
            label="Bỏ đoạn này, ở mọi ngôn ngữ", required=False
        )

    def _add_words(self, name: str, words: str, label: str, longest: int | None) -> None:
        widget = None if longest else forms.Textarea(attrs={"rows": 5})
        field = forms.CharField(label=label, max_length=longest or 5000, required=False, widget=widget)
        self.words.add(name)
        self._add(name, field, words)

    def _add(self, name: str, field, value) -> None:
        field.initial = self.now[name] = value
        self.base_fields[name] = field

    # --- what the page shows ---

    @property
    def heads(self) -> list[dict]:
        """For each language: its name, and the fields above the passages."""
        return [
            {
                "language": language,
                "label": Language(language).label,
                "fields": [self._shown(f"head-{language}-{name}") for name in HEAD],
            }
            for language in self.languages
        ]

    @property
    def rows(self) -> list[dict]:
        """For each passage: its fields by language, and those of the passage itself."""
        return [self._row(passage) for passage in self.passages]

    def _row(self, passage: Passage) -> dict:
        key = passage.pk.hex
        own = [name for name in self.fields if name.startswith(f"{key}-") and name not in self.words]
        sides = [
            {
                "language": language,
                "fields": [self._shown(n) for n in self.words_of(f"{key}-{language}-")],
            }
            for language in self.languages
        ]
        fields = [self._shown(name) for name in own]
        return {
            "passage": passage,
            "key": key,
            "sides": sides,
            "settings": fields,
            "is_open": any(one["field"].errors for one in fields),
        }

    def _shown(self, name: str) -> dict:
        return {"field": self[name], "was": digest(self.now[name]) if name in self.now else ""}

    def words_of(self, start: str) -> list[str]:
        """The fields of words whose names begin so, in the order of the page."""
        return [name for name in self.base_fields if name in self.words and name.startswith(start)]

    # --- what came in ---

    def clean(self):
        data = super().clean()
        for name, value in self.now.items():
            was, typed = self.data.get(f"was-{name}", digest(value)), data.get(name)
            if was == digest(value) or name not in data or digest(typed) == digest(value):
                continue
            if digest(typed) == was:
                data[name] = value  # only somebody else has changed it
            else:
                self.add_error(name, SOMEBODY.format(words=plain(value) or "(để trống)"))
        for words in self._lost():
            self.add_error(None, LOST.format(words=words))
        for language in self.languages:
            said = [name for name in self.words if f"-{language}-" in name and data.get(name)]
            if (said or language in self.texts) and not data.get(f"head-{language}-name"):
                self.add_error(f"head-{language}-name", f"Nhập tên di tích bằng {Language(language).label}")
        for passage in self.passages:
            x, y = (data.get(f"{passage.pk.hex}-{name}") for name in ("x", "y"))
            if (x is None) != (y is None):
                self.add_error(
                    f"{passage.pk.hex}-x", "Ghi cả hai số chỗ đứng trên sơ đồ, hoặc để trống cả hai"
                )
        return data

    def _lost(self) -> list[str]:
        """Words that were changed for a passage that is gone by now."""
        found = []
        for name, was in self.data.items():
            field = name.removeprefix("was-")
            is_words = field.endswith(("-text", "-title")) and name != field and field not in self.fields
            typed = self.data.get(field, "")
            if is_words and plain(typed) and digest(typed) != was:
                found.append(typed)
        return found

    def save(self) -> int:
        """Writes what changed; how many things that were."""
        count = sum(self._save_head(one) for one in self.languages) + sum(map(self._save_row, self.passages))
        settle(self.site)
        return count

    def _save_head(self, language: str) -> int:
        values = {name: self.cleaned_data[f"head-{language}-{name}"] for name in HEAD}
        text = self.texts.get(language)
        if text is None:
            if not any(values.values()):
                return 0
            text = SiteText(site=self.site, language=language)
        elif all(getattr(text, name) == value for name, value in values.items()):
            return 0
        for name, value in values.items():
            setattr(text, name, value)
        text.touch()
        return 1

    def _save_row(self, passage: Passage) -> int:
        key, data = passage.pk.hex, self.cleaned_data
        if data[f"{key}-gone"]:
            passage.delete()
            self.site.touch_texts()
            return 1
        texts = {text.language: text for text in passage.texts.all()}
        count = 0
        for language in self.languages:
            title, words = data.get(f"{key}-{language}-title", ""), data[f"{key}-{language}-text"]
            text = texts.get(language)
            if text or title or words:
                text = text or PassageText(passage=passage, language=language)
                count += text.write(title=title, text=words)
        return count + self._save_settings(passage)

    def _save_settings(self, passage: Passage) -> int:
        key, data = passage.pk.hex, self.cleaned_data
        names = ["sort", *(ON_PLAN if passage.kind == Passage.Kind.COMPONENT else [])]
        changed = [name for name in names if getattr(passage, name) != data[f"{key}-{name}"]]
        for name in changed:
            setattr(passage, name, data[f"{key}-{name}"])
        if changed:
            passage.save()
        before, after = {source.pk for source in passage.sources.all()}, set(data.get(f"{key}-sources", []))
        if self.sources and before != after:
            passage.sources.set(after)
            changed.append("sources")
        if changed:
            self.site.touch_texts()
        return bool(changed)


def _on_plan() -> dict[str, forms.Field]:
    """Where a component stands on the plan, and its ground."""
    place = {"min_value": 0, "max_value": 1000, "required": False}
    return {
        "x": forms.IntegerField(label="Từ mép trái của sơ đồ (phần nghìn)", **place),
        "y": forms.IntegerField(label="Từ mép trên của sơ đồ (phần nghìn)", **place),
        "surface_ha": forms.DecimalField(
            label="Diện tích (ha)", min_value=0, max_digits=9, decimal_places=2, localize=True, required=False
        ),
    }


@contextmanager
def locked(site: Site):
    """One writer of a site at a time."""
    with transaction.atomic():
        Site.objects.select_for_update().get(pk=site.pk)
        yield


def settle(site: Site) -> None:
    """A text that says what is published again is no draft: its approval holds."""
    drafts = {text.language: text for text in site.texts.filter(state=SiteText.State.DRAFT)}
    for edition in site.editions.published().filter(language__in=drafts):
        if collect(site, edition.language) == edition.content:
            text = drafts[edition.language]
            text.state, text.reader, text.approved_at = (
                text.State.APPROVED,
                edition.reader,
                edition.reviewed_at,
            )
            text.save()


def add_passage(site: Site, kind: str) -> Passage:
    """An empty passage at the end of its kind, to be written."""
    last = site.passages.filter(kind=kind).aggregate(last=Max("sort"))["last"] or 0
    return site.passages.create(kind=kind, sort=last + 1)
