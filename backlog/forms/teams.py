"""The teams of a unit, on their own page."""

from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import QuerySet

from aiops.models import BusinessUnit


class ChangeTeamForm(forms.Form):
    name = forms.CharField(max_length=120)
    people = forms.DecimalField(
        label="Full-time people", min_value=Decimal("0.1"), max_digits=8, decimal_places=1,
        help_text="Posts; two people on half time are one.",
    )  # fmt: skip


class AddTeamForm(ChangeTeamForm):
    unit: forms.ModelChoiceField = forms.ModelChoiceField(queryset=None, empty_label=None)
    field_order = ("unit", "name", "people")

    def __init__(self, units: "QuerySet[BusinessUnit]", data: Any = None) -> None:
        super().__init__(data)
        choice: Any = self.fields["unit"]
        choice.queryset = units
