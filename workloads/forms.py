"""The shape of what people enter about workloads, checks and incidents."""

from typing import Any

from django import forms

from aiops.widgets import date_input
from workloads.models import Change, Stage

CADENCES = ((60, "every hour"), (1440, "every day"), (10080, "every week"))


class StageForm(forms.Form):
    """Move on, on a day."""

    stage = forms.ChoiceField(label="Next stage", choices=Stage.choices)
    on = forms.DateField(label="On", widget=date_input())

    def __init__(self, *args: Any, moves: tuple[str, ...] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["stage"].choices = [(s, Stage(s).label) for s in moves]  # type: ignore[attr-defined]


class GoLiveForm(forms.Form):
    on = forms.DateField(label="Live since", widget=date_input())


class SpendForm(forms.Form):
    spent = forms.DecimalField(label="Spent on building so far", min_value=0, max_digits=14, decimal_places=2)


class BudgetForm(forms.Form):
    monthly_budget = forms.DecimalField(
        label="Monthly budget for model calls",
        required=False,
        min_value=0,
        max_digits=14,
        decimal_places=2,
        help_text="Empty for none. It warns; it never stops a call.",
    )


class ChangeForm(forms.Form):
    kind = forms.ChoiceField(label="What changed", choices=Change.Kind.choices)
    summary = forms.CharField(label="In a line", max_length=300)


class CostCheckForm(forms.Form):
    name = forms.CharField(max_length=120, initial="Monthly cost")
    every_minutes = forms.TypedChoiceField(label="How often", choices=CADENCES, coerce=int, initial=1440)


class ResolveForm(forms.Form):
    resolution = forms.CharField(
        label="What was done", max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )


class CommentForm(forms.Form):
    text = forms.CharField(label="A line for the others", max_length=500)
