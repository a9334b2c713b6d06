"""The screens of a visit, one form each. None has a field for anybody's OTP, password or PIN."""

import uuid

from django import forms
from django.core.exceptions import ValidationError

from neighborhoods.models import FollowUp, HelpEvent, Step
from portal.forms import Form

MOST_UNNAMED = 20  # people in one go


class PageForm(Form):
    """Carries a key made with the page, from which its events take theirs: a double tap is one event."""

    page = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)


class SearchForm(Form):
    """Whom: a part of the name, or four digits."""

    q = forms.CharField(
        label="Tên, không dấu cũng được, hoặc 4 số cuối của thẻ",
        max_length=80,
        required=False,
        widget=forms.TextInput(attrs={"type": "search", "spellcheck": "false", "enterkeyhint": "search"}),
    )


class StepsForm(Form):
    """What was done, a choice of three for each step; steps that are had already may be helped with again."""

    OUTCOMES = [
        (one.value, one.label)
        for one in (HelpEvent.Outcome.HAD, HelpEvent.Outcome.HELPED, HelpEvent.Outcome.TRIED)
    ]

    def __init__(self, *args, steps: list[Step], **kwargs):
        super().__init__(*args, **kwargs)
        self.steps = steps
        for step in steps:
            self.fields[f"step_{step.pk}"] = forms.ChoiceField(
                label=step.words, choices=self.OUTCOMES, widget=forms.RadioSelect, required=False
            )

    def lines(self):
        """(step, its field) in the order of the ladder."""
        return [(step, self[f"step_{step.pk}"]) for step in self.steps]

    @property
    def done(self) -> list[tuple[Step, str]]:
        """(step, outcome) of what was chosen."""
        chosen = ((step, self.cleaned_data.get(f"step_{step.pk}")) for step in self.steps)
        return [(step, outcome) for step, outcome in chosen if outcome]


class VisitForm(PageForm, StepsForm):
    """The steps of a visit to somebody in the book, at least one."""

    def clean(self):
        data = super().clean()
        if not self.errors and not self.done:
            raise ValidationError("Chọn việc đã làm hôm nay, rồi bấm Lưu")
        return data


class UnnamedForm(PageForm):
    """Help for people who are not named: with what, and how many."""

    group = forms.ModelChoiceField(None, label="Tổ", empty_label="Chọn tổ")
    steps = forms.ModelMultipleChoiceField(
        None,
        label="Đã giúp việc gì?",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Đánh dấu việc đã giúp"},
    )
    count = forms.IntegerField(
        label="Bao nhiêu người?",
        min_value=1,
        max_value=MOST_UNNAMED,
        initial=1,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "class": "num w-s"}),
    )

    def __init__(self, *args, groups, steps, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["group"].queryset = groups
        self.fields["steps"].queryset = steps
        self.fields["steps"].label_from_instance = lambda step: step.words


class DropForm(Form):
    """Which count without names was a mistake: the key of one of its events."""

    drop = forms.UUIDField()


class CorrectForm(PageForm):
    """What it was in truth."""

    outcome = forms.ChoiceField(label="Đúng ra là gì?", choices=[], widget=forms.RadioSelect)

    def __init__(self, *args, event: HelpEvent, **kwargs):
        super().__init__(*args, **kwargs)
        named = VisitForm.OUTCOMES if event.resident_id else []
        wrong = (HelpEvent.Outcome.MISTAKE.value, "Không có việc này, ghi nhầm người hoặc nhầm việc")
        others = [(value, label) for value, label in named if value != event.outcome]
        self.fields["outcome"].choices = [*others, wrong]


class FollowUpForm(Form):
    """What was found after 7 or 30 days, or that nobody was there.

    `before` is how often nobody was there when the page was opened: so a second tap is not a second try.
    """

    MISSED = "missed"
    ASKED = [FollowUp.Outcome.ALONE, FollowUp.Outcome.HELPED, FollowUp.Outcome.UNUSED]

    before = forms.IntegerField(widget=forms.HiddenInput, required=False)
    outcome = forms.ChoiceField(label="Hôm nay thế nào?", choices=[], widget=forms.RadioSelect)

    def __init__(self, *args, visit: FollowUp, **kwargs):
        super().__init__(*args, initial={"before": visit.missed_count}, **kwargs)
        asked = [] if visit.kind == FollowUp.Kind.RETURN else self.ASKED
        choices = [(one.value, one.label) for one in [*asked, FollowUp.Outcome.GONE]]
        choices.insert(len(asked), (self.MISSED, "Không gặp, 3 ngày nữa quay lại"))
        self.fields["outcome"].choices = choices
