"""Handing over what somebody answers for."""

from typing import Any

from django import forms

from aiops.models import User
from roi.operations.handing_over import KINDS

WORDS = {
    "candidates": "Candidates",
    "workloads": "Roles on workloads",
    "actions": "Open actions",
    "measurements": "Open measurements",
    "questions": "Questions to answer",
    "claims": "Claims that are not signed",
}


class HandOverForm(forms.Form):
    """To whom, what, and why."""

    to = forms.ModelChoiceField(label="To", queryset=User.objects.none(), empty_label="Choose a person")
    kinds = forms.MultipleChoiceField(
        label="What", choices=[(k, WORDS[k]) for k in KINDS], initial=KINDS, widget=forms.CheckboxSelectMultiple
    )
    reason = forms.CharField(label="Why", max_length=300, help_text="Such as: leaves the company on 30 June.")

    def __init__(self, *args: Any, leaver: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = User.objects.people().filter(is_active=True).exclude(pk=leaver.pk).order_by("name", "pk")
        self.fields["to"].queryset = people  # type: ignore[attr-defined]
