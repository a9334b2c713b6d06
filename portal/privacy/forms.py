"""Why somebody wants to see a value whole."""

from django import forms

from portal.forms import Form
from portal.privacy.models import ReadLog


class ReasonForm(Form):
    reason = forms.ChoiceField(label="Lý do", choices=ReadLog.Reason.choices, widget=forms.RadioSelect)
