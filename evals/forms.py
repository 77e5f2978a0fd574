"""The shape of what people type about datasets, suites and drift."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django import forms

from aiops.widgets import date_input
from evals.models import Dataset, Suite
from integrations.models import Connection
from workloads.models import Workload

CADENCES = [(7 * 24 * 60, "every week"), (24 * 60, "every day"), (60, "every hour")]
HUNDRED = Decimal(100)


class DatasetForm(forms.Form):
    name = forms.CharField(max_length=120, help_text="A name that exists already gets its next version.")
    file = forms.FileField(
        label="File", help_text="CSV or JSON lines, UTF-8, at most 20 MB and 20,000 cases."
    )

    def clean_file(self) -> Any:
        """Only the two kinds of file that can be read."""
        file = self.cleaned_data["file"]
        if not file.name.lower().endswith((".csv", ".jsonl", ".ndjson")):
            raise forms.ValidationError("Upload a .csv or a .jsonl file.")
        return file


class SuiteForm(forms.Form):
    name = forms.CharField(max_length=120, help_text="Such as “Invoices, monthly golden set”.")
    dataset = forms.ModelChoiceField(Dataset.objects.none(), help_text="The cases that are asked.")
    connection = forms.ModelChoiceField(
        Connection.objects.none(),
        required=False,
        label="Who answers",
        empty_label="Nobody: grade the recorded outputs",
        help_text="An endpoint that IT has connected.",
    )
    model = forms.CharField(max_length=120, required=False, help_text="Empty: the connection's own model.")
    system_prompt = forms.CharField(
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 3}),
        label="System prompt",
    )
    grader = forms.ChoiceField(
        choices=Suite.Grader.choices,
        label="Right means",
        help_text="Text: capitals, spaces and quotes do not count. Figures: 1,234.50 equals $1,234.5.",
    )
    tolerance = forms.DecimalField(
        min_value=0,
        max_digits=14,
        decimal_places=6,
        initial=0,
        required=False,
        help_text="For figures: how far off is still right.",
    )
    relative = forms.BooleanField(required=False, label="The tolerance is in percent of the expected figure")
    target = forms.DecimalField(
        min_value=Decimal("0.01"),
        max_value=100,
        decimal_places=2,
        label="Quality bar: right times in 100",
    )
    every_minutes = forms.TypedChoiceField(choices=CADENCES, coerce=int, label="Run it")

    def __init__(self, workload: Workload, connections: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["dataset"].queryset = Dataset.objects.filter(workload=workload)  # type: ignore[attr-defined]
        self.fields["connection"].queryset = connections  # type: ignore[attr-defined]

    def values(self) -> dict[str, Any]:
        """The cleaned values as `create_suite` takes them: shares instead of percentages."""
        values = dict(self.cleaned_data)
        tolerance = values["tolerance"] or Decimal(0)
        return values | {
            "target": values["target"] / HUNDRED,
            "tolerance": tolerance / HUNDRED if values["relative"] else tolerance,
        }


class ReviseForm(forms.Form):
    dataset = forms.ModelChoiceField(Dataset.objects.none(), empty_label=None, label="Cases")
    target = forms.DecimalField(
        min_value=Decimal("0.01"), max_value=100, decimal_places=2, label="Quality bar: right times in 100"
    )

    def __init__(self, suite: Suite, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault(
            "initial", {"dataset": suite.dataset_id, "target": f"{float(suite.target) * 100:g}"}
        )
        super().__init__(*args, **kwargs)
        self.fields["dataset"].queryset = Dataset.objects.filter(workload=suite.workload)  # type: ignore[attr-defined]

    def values(self) -> dict[str, Any]:
        """The cleaned values with the bar as a share."""
        return self.cleaned_data | {"target": self.cleaned_data["target"] / HUNDRED}


class WindowForm(forms.Form):
    start = forms.DateField(label="First day", widget=date_input())
    end = forms.DateField(
        label="Last day",
        widget=date_input(),
        help_text="Four whole weeks in which the workload did what it should are a good reference.",
    )

    def clean(self) -> dict[str, Any]:
        """The first day is not after the last."""
        values = super().clean() or {}
        if values.get("start") and values.get("end") and values["start"] > values["end"]:
            self.add_error("end", "The last day is before the first.")
        return values

    def window(self) -> tuple[datetime, datetime]:
        """The half-open window in UTC: the last day counts whole."""
        first = datetime.combine(self.cleaned_data["start"], time(), UTC)
        return first, datetime.combine(self.cleaned_data["end"], time(), UTC) + timedelta(days=1)


class DriftForm(WindowForm):
    every_minutes = forms.TypedChoiceField(choices=CADENCES, coerce=int, label="Compare", initial=24 * 60)
