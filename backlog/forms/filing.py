"""The short form of an owner, and who sizes it."""

from decimal import Decimal
from typing import Any

from django import forms

from backlog.models import Candidate

SHORT = ("title", "description", "count", "period", "minutes", "people", "share", "sureness", "who_does_it")


class ShortForm(forms.Form):
    """All that is asked of an owner. A draft may leave anything out; submitting names what is missing."""

    title = forms.CharField(
        label="What is the work?",
        required=False,
        max_length=120,
        widget=forms.TextInput(attrs={"placeholder": "Check expense reports against the policy"}),
    )
    description = forms.CharField(
        label="In a sentence or two, what happens?",
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    count = forms.DecimalField(
        label="How many?", required=False, min_value=Decimal("0.01"), max_digits=14, decimal_places=2
    )
    period = forms.ChoiceField(
        label="How many in what time", choices=Candidate.Period.choices, initial="month"
    )
    minutes = forms.DecimalField(
        label="Minutes each", required=False, min_value=Decimal("0.01"), max_digits=10, decimal_places=2
    )
    people = forms.DecimalField(
        label="or: how many people do it?",
        required=False,
        min_value=Decimal("0.1"),
        max_digits=8,
        decimal_places=1,
    )
    share = forms.ChoiceField(
        label="and how much of their time?",
        required=False,
        choices=[("", "choose"), *Candidate.Share.choices],
    )
    who_does_it = forms.CharField(label="Who does it today?", required=False, max_length=120)
    sureness = forms.ChoiceField(
        label="How sure are you of these numbers?",
        choices=Candidate.Sureness.choices,
        initial="fairly_sure",
        widget=forms.RadioSelect,
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        half_typed = self.data.get("then") == "autosave"
        if data.get("people") and not data.get("share") and not data.get("minutes") and not half_typed:
            self.add_error("share", "Say how much of their time it takes.")
        return data

    @staticmethod
    def from_candidate(candidate: Candidate) -> dict[str, Any]:
        return {name: getattr(candidate, name) for name in SHORT}


class AssignForm(forms.Form):
    """Who sizes it."""

    assessor: forms.ModelChoiceField = forms.ModelChoiceField(queryset=None)

    def __init__(self, *args: Any, people: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["assessor"].queryset = people  # type: ignore[attr-defined]
