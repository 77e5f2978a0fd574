"""Is it real? What to compare, from outcomes or from figures that are sent."""

from datetime import date
from typing import Any

from django import forms

from aiops.widgets import date_input
from roi.calc.effects import UNITS
from roi.forms.sheets import TableForm
from roi.models import Comparison
from roi.operations.comparisons import Asked

Method = Comparison.Method
DESIGNS = [
    (Method.ITS, "before and after"),
    (Method.DID, "two groups, before and after"),
    (Method.HOLDOUT, "with and without, at the same time"),
]
QUANTITIES = [("minutes", "minutes an item"), ("accepted", "share accepted"), ("items", "items a day")]
OTHER = ("other", "something else")


class _AskedForm(forms.Form):
    method = forms.ChoiceField(label="Compare", choices=DESIGNS)
    cut = forms.DateField(
        label="In use from", required=False, widget=date_input(), help_text="Not needed for a holdout."
    )

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if said.get("method") in (Method.ITS, Method.DID) and not said.get("cut"):
            self.add_error("cut", "Say from which day on the workload was used.")
        return said


class OutcomesForm(_AskedForm):
    """From the outcomes that were reported."""

    quantity = forms.ChoiceField(label="What", choices=QUANTITIES)
    first = forms.DateField(label="From", required=False, widget=date_input())
    last = forms.DateField(label="To", required=False, widget=date_input())
    field_order = ("method", "quantity", "cut", "first", "last")

    def asked(self) -> Asked:
        said = self.cleaned_data
        question = f"{str(dict(QUANTITIES)[said['quantity']]).capitalize()}, from reported outcomes"
        return Asked(said["method"], said["quantity"], question, said["cut"], said["first"], said["last"])


class SeriesForm(_AskedForm, TableForm):
    """From a sheet: date and value; group, place and n where there are any."""

    question = forms.CharField(
        label="What is compared", max_length=200, help_text="Such as: minutes a ticket in Lyon and Graz."
    )
    quantity = forms.ChoiceField(label="The figures are", choices=[*QUANTITIES, OTHER])
    unit = forms.CharField(label="Their unit", required=False, max_length=40, help_text="For something else.")
    self_reported = forms.BooleanField(
        label="People reported these figures themselves", required=False,
        help_text="Marked wherever it is shown; such figures are no ground for cash.",
    )  # fmt: skip
    field_order = ("method", "question", "quantity", "unit", "cut", "file", "pasted", "self_reported")

    def clean(self) -> dict[str, Any]:
        said = super().clean()
        if said.get("quantity") == OTHER[0] and not said.get("unit"):
            self.add_error("unit", "Say the unit of the figures.")
        return said

    def asked(self) -> Asked:
        said = self.cleaned_data
        unit = said["unit"] if said["quantity"] not in UNITS else ""
        cut: date | None = said["cut"]
        return Asked(
            said["method"],
            said["quantity"],
            said["question"],
            cut,
            unit=unit,
            self_reported=said["self_reported"],
        )
