"""The three screens of taking in a stall list: the file, its columns, its words for goods."""

from django import forms

from markets.imports import ASIDE, Column, DryRun, Word, read_list, what_is_missing
from markets.models import Goods
from portal.forms import Form
from portal.imports import LARGEST, TOO_LARGE, Table, Unreadable

MOST_WORDS = 40  # asked for at once; the rest follows
LEFT_ASIDE = "Bỏ qua cột này"


class ListForm(Form):
    """The file; once valid, `table` is what was read."""

    list = forms.FileField(
        label="Tệp danh sách sạp",
        help_text="Excel (.xlsx) hoặc CSV, nhiều nhất 5 MB và 5.000 dòng.",
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv"}),
    )

    def clean_list(self):
        file = self.cleaned_data["list"]
        try:
            if file.size > LARGEST:
                raise Unreadable(TOO_LARGE)
            self.table = read_list(file.read(), file.name)
        except Unreadable as error:
            raise forms.ValidationError(str(error)) from None
        return file


class ColumnsForm(Form):
    """What each column is. Fields are named by the column, wherever it stands."""

    is_filled_down = forms.BooleanField(
        label="Ô dãy để trống thì lấy dãy của dòng trên",
        help_text="Dùng khi danh sách chỉ ghi tên dãy một lần, hoặc gộp ô.",
        required=False,
    )

    def __init__(self, *args, table: Table, columns: dict[str, str], **kwargs):
        super().__init__(*args, **kwargs)
        self.table = table
        self.names = {key: f"column_{'-'.join(key.split())}" for key in table.keys}
        choices = [(ASIDE, LEFT_ASIDE), *Column.choices]
        for key, header in zip(table.keys, table.headers, strict=True):
            self.fields[self.names[key]] = forms.ChoiceField(
                label=header, choices=choices, required=False, initial=columns[key]
            )

    @property
    def lines(self):
        """(field, its first three texts) for each column."""
        return [(self[name], self.table.samples(at)) for at, name in enumerate(self.names.values())]

    def clean(self):
        data = super().clean()
        self.chosen = {key: data.get(name, ASIDE) for key, name in self.names.items()}
        if not self.errors and (sentence := what_is_missing(self.chosen.values())):
            self.add_error(None, sentence)
        return data


class WordsForm(Form):
    """Which goods a word of the list means, once for all its rows."""

    def __init__(self, *args, run: DryRun, **kwargs):
        super().__init__(*args, **kwargs)
        self.words = run.words[:MOST_WORDS]
        for word in self.words:
            self.fields[word.name] = forms.ChoiceField(
                label=f"“{word.text}”" if word.text else "(ô trống)",
                help_text=f"{word.count} dòng",
                choices=_choices(word, run.all_goods),
                required=False,
                initial=word.goods,
            )

    @property
    def open_fields(self):
        """Words that nobody has explained yet."""
        return [self[word.name] for word in self.words if not word.goods]

    @property
    def known_fields(self):
        """Words that were explained, to be looked at or changed."""
        return [self[word.name] for word in self.words if word.goods]

    @property
    def said(self) -> dict[str, str]:
        """What was chosen, by the word's key."""
        chosen = {word.key: self.cleaned_data[word.name] for word in self.words}
        return {key: goods for key, goods in chosen.items() if goods}


def _choices(word: Word, all_goods: list[Goods]) -> list[tuple]:
    """What is near first, then everything."""
    everything = [(goods.pk, goods.name) for goods in all_goods]
    near = [(goods.pk, goods.name) for goods in word.near]
    groups = [("Gần giống", near), ("Tất cả", [pair for pair in everything if pair not in near])]
    return [("", "Chọn mặt hàng"), *(groups if near else everything)]
