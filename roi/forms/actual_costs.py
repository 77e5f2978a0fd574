"""What was paid in a month: one line with a field a kind."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from roi.calc import sheet_rows
from roi.calc.cost_rows import CostRow
from roi.forms.sheets import TableForm
from roi.models import ActualCost
from roi.operations.actual_costs import MOST_ROWS

KINDS = ActualCost.Kind.values


class MonthField(forms.CharField):
    """A month as the browser's own field sends it, 2026-11; its first day."""

    widget = forms.DateInput(format="%Y-%m", attrs={"type": "month", "placeholder": "2026-11"})

    def to_python(self, value: Any) -> Any:
        if not value:
            return None
        try:
            return sheet_rows.month(str(value))
        except sheet_rows.BadCell as error:
            raise ValidationError("Write a month such as 2026-11.") from error

    def run_validators(self, value: Any) -> None:
        """A month is no text with a length."""


class CostLineForm(forms.Form):
    """The month and its five kinds; a field left empty takes that line away."""

    month = MonthField(label="Month")
    cost_centre = forms.CharField(label="Cost centre", required=False, max_length=80)
    note = forms.CharField(label="Note", required=False, max_length=300)
    field_order = ("month", *KINDS, "cost_centre", "note")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for kind in ActualCost.Kind:
            label = str(kind.label).capitalize()
            self.fields[kind.value] = forms.DecimalField(
                label=label, required=False, max_digits=14, decimal_places=2
            )
        self.order_fields(self.field_order)

    def rows(self, workload: int) -> list[CostRow]:
        """A line a kind; of the kinds that are empty, one that takes the line away."""
        said = self.cleaned_data
        month: date = said["month"]
        about = (said["cost_centre"], said["note"])
        return [
            CostRow(n, workload, month, kind, said[kind], *(about if said[kind] is not None else ("", "")))
            for n, kind in enumerate(KINDS, 1)
        ]

    @staticmethod
    def initial_of(lines: Iterable[ActualCost]) -> dict[str, Decimal | str]:
        """A month as it is stored."""
        found: dict[str, Decimal | str] = {}
        for line in lines:
            found[line.kind] = line.amount
            found["cost_centre"] = found.get("cost_centre") or line.cost_centre
            found["note"] = found.get("note") or line.note
        return found


class CostsFileForm(TableForm):
    """A sheet of lines of many workloads."""

    most_rows = MOST_ROWS
