"""The side-by-side editor: everything that is said of a site, in two languages, as one form.

What two people change at once is not lost: each field carries a print of the words that stood there when the
page was opened; where something else stands by now, the page shows both and asks.
"""

import hashlib

from django import forms
from django.db import transaction
from django.db.models import Max

from heritage.models import Language, Passage, PassageText, Site, SiteText
from portal.forms import Form

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


def digest(words: str) -> str:
    """A short print of words, to see whether they changed meanwhile."""
    return hashlib.sha256(words.encode()).hexdigest()[:16]


class DeskForm(Form):
    """All words of a site in two languages; `save` writes only what changed.

    Fields: `head-<language>-<field>`, `<passage>-<language>-title|text`, `<passage>-sort|sources|gone|x|y|…`;
    `<passage>` is its key in hex. `now` gives what the database says of each word today.
    """

    def __init__(self, data=None, *, site: Site, languages: list[str]):
        self.site, self.languages = site, languages
        self.texts = {text.language: text for text in site.texts.all()}
        order = list(Passage.Kind)
        passages = site.passages.prefetch_related("texts", "sources")
        self.passages = sorted(passages, key=lambda one: (order.index(one.kind), one.sort))
        self.sources = list(site.sources.all())
        self.now: dict[str, str] = {}
        self.base_fields = {}
        for language in languages:
            self._add_head(language)
        for passage in self.passages:
            self._add_passage(passage)
        super().__init__(data)

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
        self.base_fields[f"{key}-sort"] = forms.IntegerField(
            label="Thứ tự", initial=passage.sort, min_value=0, max_value=999
        )
        if passage.kind == Passage.Kind.COMPONENT:
            for name in ON_PLAN:
                field = Passage._meta.get_field(name).formfield(localize=True)
                field.initial = getattr(passage, name)
                self.base_fields[f"{key}-{name}"] = field
        if self.sources:
            self.base_fields[f"{key}-sources"] = forms.TypedMultipleChoiceField(
                label="Nguồn",
                choices=[(source.pk, source.title) for source in self.sources],
                coerce=int,
                initial=[source.pk for source in passage.sources.all()],
                required=False,
                widget=forms.CheckboxSelectMultiple,
            )
        self.base_fields[f"{key}-gone"] = forms.BooleanField(
            label="Bỏ đoạn này, ở mọi ngôn ngữ", required=False
        )

    def _add_words(self, name: str, words: str, label: str, longest: int | None) -> None:
        self.now[name] = words
        widget = None if longest else forms.Textarea(attrs={"rows": 5})
        self.base_fields[name] = forms.CharField(
            label=label, max_length=longest or 5000, initial=words, required=False, widget=widget
        )

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
        own = [name for name in self.fields if name.startswith(f"{key}-") and name not in self.now]
        sides = [
            {
                "language": language,
                "fields": [self._shown(n) for n in self.now if n.startswith(f"{key}-{language}-")],
            }
            for language in self.languages
        ]
        fields = [self[name] for name in own]
        return {
            "passage": passage,
            "key": key,
            "sides": sides,
            "settings": fields,
            "is_open": any(field.errors for field in fields),
        }

    def _shown(self, name: str) -> dict:
        return {"field": self[name], "was": digest(self.now[name])}

    # --- what came in ---

    def clean(self):
        data = super().clean()
        for name, words in self.now.items():
            typed, was = data.get(name), self.data.get(f"was-{name}")
            if was and was != digest(words) and typed not in (None, words):
                self.add_error(name, SOMEBODY.format(words=words or "(để trống)"))
        for language in self.languages:
            said = [name for name in self.now if f"-{language}-" in name and data.get(name)]
            if (said or language in self.texts) and not data.get(f"head-{language}-name"):
                self.add_error(f"head-{language}-name", f"Nhập tên di tích bằng {Language(language).label}")
        for passage in self.passages:
            x, y = (data.get(f"{passage.pk.hex}-{name}") for name in ("x", "y"))
            if (x is None) != (y is None):
                self.add_error(
                    f"{passage.pk.hex}-x", "Ghi cả hai số chỗ đứng trên sơ đồ, hoặc để trống cả hai"
                )
        return data

    def save(self) -> int:
        """Writes what changed, in one transaction; how many things that were."""
        with transaction.atomic():
            Site.objects.select_for_update().get(pk=self.site.pk)
            return sum(self._save_head(one) for one in self.languages) + sum(
                map(self._save_row, self.passages)
            )

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


def add_passage(site: Site, kind: str) -> Passage:
    """An empty passage at the end of its kind, to be written."""
    last = site.passages.filter(kind=kind).aggregate(last=Max("sort"))["last"] or 0
    return site.passages.create(kind=kind, sort=last + 1)
