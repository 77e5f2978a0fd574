"""The shape of what is entered into the register, and of the weekly figures of adoption."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.db.models import QuerySet

from aiops.models import BusinessUnit
from aiops.widgets import date_input
from workloads.models import Component


class AddVersionForm(forms.Form):
    kind = forms.ChoiceField(label="What", choices=Component.Kind.choices, initial="dataset")
    name = forms.CharField(max_length=200)
    version = forms.CharField(max_length=120, required=False)
    since = forms.DateField(label="In use since", widget=date_input())
    note = forms.CharField(max_length=300, required=False)


class EndVersionForm(forms.Form):
    on = forms.DateField(label="Last day", widget=date_input())


class NoteForm(forms.Form):
    note = forms.CharField(max_length=300, required=False)


class DayForm(forms.Form):
    """The day that is looked at stands in the address; what cannot be read is today."""

    on = forms.DateField(label="What ran on", required=False, widget=date_input())


class AdoptionForm(forms.Form):
    """Any day of a week names the week. What is not known stays empty."""

    unit = forms.ModelChoiceField(queryset=BusinessUnit.objects.none())
    week = forms.DateField(label="Week of", widget=date_input())
    eligible = forms.IntegerField(label="People who could use it", required=False, min_value=0)
    active = forms.IntegerField(label="People who did", required=False, min_value=0)
    volume = forms.IntegerField(label="All items of the week", required=False, min_value=0)
    offered = forms.IntegerField(label="Of them offered to the AI", required=False, min_value=0)
    taken = forms.IntegerField(label="Of those taken", required=False, min_value=0)

    def __init__(self, *args: Any, units: "QuerySet[BusinessUnit]", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].queryset = units  # type: ignore[attr-defined]

    def clean_week(self) -> date:
        day: date = self.cleaned_data["week"]
        return day - timedelta(days=day.weekday())


class AdoptionUploadForm(forms.Form):
    MOST_BYTES = 10_000_000
    file = forms.FileField(label="CSV file", widget=forms.FileInput(attrs={"accept": ".csv,.xlsx,text/csv"}))

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > self.MOST_BYTES:
            raise forms.ValidationError("The file is over 10 MB. Split it.")
        return file
