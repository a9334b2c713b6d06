"""What the lists of groups and of their people ask, and one press at a desk."""

from django import forms

from neighborhoods.models import Tally
from neighborhoods.standing import State
from portal.forms import Form


class PeopleForm(Form):
    """Which people of a group are shown. Words about people come by POST and stay out of addresses."""

    NO_RUNG = "-"

    q = forms.CharField(label="Tìm theo tên hoặc 4 số cuối", max_length=80, required=False)
    rung = forms.ChoiceField(label="Nấc thang", required=False)
    state = forms.ChoiceField(required=False, choices=State.choices)

    def __init__(self, *args, rungs, **kwargs):
        """`rungs` are the steps of the ladder."""
        super().__init__(*args, **kwargs)
        named = [(step.pk, step.name) for step in rungs]
        self.fields["rung"].choices = [("", "Tất cả"), *named, (self.NO_RUNG, "Chưa nấc nào")]
        self.fields["q"].widget = forms.TextInput(attrs={"type": "search", "spellcheck": "false"})


class TallyForm(Form):
    """One more, or one less; the page that shows the number gives the key."""

    id = forms.UUIDField()
    session = forms.UUIDField()
    step = forms.SlugField(required=False)
    audience = forms.ChoiceField(choices=Tally.Audience)
    count = forms.TypedChoiceField(choices=[(1, "thêm"), (-1, "bớt")], coerce=int)
