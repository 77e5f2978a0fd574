"""The shape of input for ticket exports: the file, its columns, and a group's draft."""

from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import QuerySet

from aiops.models import BusinessUnit
from backlog.calc.discovery import FIELDS
from backlog.models import TicketLog
from backlog.operations.tickets import MOST_BYTES, TOO_LARGE

ORDERS = [("", "as the dates of the file show"), ("day", "day, month, year"), ("month", "month, day, year")]


class TicketUploadForm(forms.Form):
    file = forms.FileField(
        label="Export of your ticket system",
        help_text="CSV, CSV packed with gzip, or XLSX, up to 25 MB: a list of tickets, or a log with a row a change.",
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.gz,.xlsx,text/csv"}),
    )
    unit = forms.ModelChoiceField(
        BusinessUnit.objects.none(),
        label="For which unit",
        empty_label=None,
        help_text="Drafts are filed for it.",
    )

    def __init__(self, units: "QuerySet[BusinessUnit]", *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].queryset = units  # type: ignore[attr-defined]

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise forms.ValidationError(TOO_LARGE)
        return file


class ColumnsForm(forms.Form):
    """A choice of column for each meaning; what else must be said of the file stands below."""

    done = forms.CharField(
        required=False, max_length=1000, label="States that end a ticket",
        help_text="Separated by commas. Left blank, they are found by their words, such as closed or resolved.",
    )  # fmt: skip
    covers_days = forms.DecimalField(
        required=False, min_value=1, max_value=7300, max_digits=6, decimal_places=1, label="Days that the file covers",
        help_text="Only for a file without dates: without it nobody knows how many there are a year.",
    )  # fmt: skip
    order = forms.ChoiceField(required=False, choices=ORDERS, label="Dates such as 3/4/2026 are")

    def __init__(self, log: TicketLog, data: Any = None) -> None:
        super().__init__(data, initial=_initial(log))
        self.log = log
        choices = [("", "not in the file"), *((column, column) for column in log.head)]
        for field in FIELDS:
            made = forms.ChoiceField(required=False, choices=choices, label=field.label, help_text=field.help)
            self.fields[field.name] = made
            made.initial = log.mapping.get(field.name, "")
        if log.options.get("example"):
            self.fields["order"].help_text = _readings(log)

    def clean_order(self) -> str:
        order = self.cleaned_data["order"]
        if not order and self.log.options.get("example"):
            raise forms.ValidationError("Choose the order: the dates of this file may be read in two ways.")
        return order

    @property
    def columns(self) -> list[Any]:
        return [self[field.name] for field in FIELDS]

    @property
    def said(self) -> list[Any]:
        return [self["order"], self["done"], self["covers_days"]]

    @property
    def mapping(self) -> dict[str, str]:
        return {
            field.name: self.cleaned_data[field.name] for field in FIELDS if self.cleaned_data[field.name]
        }

    @property
    def options(self) -> dict[str, Any]:
        given = self.cleaned_data
        states = [state.strip() for state in given["done"].split(",") if state.strip()]
        covers = float(given["covers_days"]) if given["covers_days"] else None
        order = {"day": True, "month": False}.get(given["order"])
        return {"day_first": order, "done": states, "covers_days": covers}


def _initial(log: TicketLog) -> dict[str, Any]:
    return {"done": ", ".join(log.options.get("done") or []), "covers_days": log.options.get("covers_days")}


def _readings(log: TicketLog) -> str:
    """Both readings of a date that may be read in two ways."""
    words = {True: "with the day first", False: "with the month first"}
    both = " or, ".join(f"{words[is_day]}, {day}" for is_day, day in log.options.get("readings", []))
    return f"No date of the first rows tells: «{log.options['example']}» is {both}." if both else ""


class GroupDraftForm(forms.Form):
    minutes_per_touch = forms.DecimalField(
        required=False, min_value=Decimal("0.1"), max_value=10000, max_digits=7, decimal_places=1,
        label="Minutes a touch",
        help_text="What a person is busy each time. Leave it blank to say it later on the form.",
    )  # fmt: skip
