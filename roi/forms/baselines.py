"""Time baselines: work times in a sheet, figures that are known, and a timing to start."""

from typing import Any

from django import forms

from aiops.models import User
from aiops.widgets import date_input
from roi.forms.sheets import TableForm
from roi.models import TimeBaseline

How = TimeBaseline.How


class TimesForm(TableForm):
    """Start and end of the work on each item, as a system wrote them."""

    how = forms.ChoiceField(
        label="Where the times come from",
        choices=[(How.TICKETS, "ticket history"), (How.TIMESTAMPS, "timestamps of a system")],
    )
    longest = forms.IntegerField(
        label="Longest that somebody works on an item at once, in minutes",
        initial=480, min_value=1, max_value=10_000,
        help_text="A stretch beyond it was left open overnight: it is left out and counted.",
    )  # fmt: skip
    is_work = forms.BooleanField(
        label="These are times of work on the item, not of waiting",
        help_text="From opened to closed is mostly waiting: it would make the saving look many times larger.",
    )
    note = forms.CharField(label="Note", required=False, max_length=150)
    field_order = ("file", "pasted", "how", "longest", "is_work", "note")


class EnterForm(forms.Form):
    """Figures from a study made elsewhere, or an estimate."""

    how = forms.ChoiceField(label="How it is known", choices=How.choices, initial=How.ESTIMATE)
    low = forms.DecimalField(label="Low, minutes", min_value=0, max_digits=8, decimal_places=3)
    minutes = forms.DecimalField(label="Mean, minutes", min_value=0, max_digits=8, decimal_places=3)
    high = forms.DecimalField(label="High, minutes", min_value=0, max_digits=8, decimal_places=3)
    n = forms.IntegerField(
        label="Items timed", required=False, min_value=0, max_value=10_000_000, help_text="Five or more."
    )
    measured_from = forms.DateField(label="First day", required=False, widget=date_input())
    measured_to = forms.DateField(label="Last day", required=False, widget=date_input())
    note = forms.CharField(label="Where it comes from", required=False, max_length=300)

    def said(self) -> dict[str, Any]:
        return self.cleaned_data | {"n": self.cleaned_data["n"] or 0}


class TimingForm(forms.Form):
    """Who times how many items, until when."""

    person = forms.ModelChoiceField(User.objects.none(), label="Who times it")
    samples_wanted = forms.IntegerField(label="How many items", initial=20, min_value=5, max_value=500)
    due_on = forms.DateField(label="Until", widget=date_input())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people: Any = self.fields["person"]
        people.queryset = User.objects.people().filter(is_active=True).order_by("name")


class TouchForm(forms.Form):
    """Minutes that one touch of a ticket takes, by somebody's estimate."""

    each = forms.DecimalField(
        label="Minutes a touch", min_value=0, max_digits=6, decimal_places=2,
        help_text="How long one piece of work on a ticket takes: nobody timed it, so this stays an estimate.",
    )  # fmt: skip
