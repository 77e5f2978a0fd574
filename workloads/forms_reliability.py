"""The shape of what is promised of a workload, and of the probe that asks for it."""

from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import QuerySet

from integrations.models import Connection
from workloads.models import Objective

PERIODS = ((7, "7 days"), (28, "28 days"), (30, "30 days"), (90, "90 days"))
CADENCES = ((1, "every minute"), (5, "every 5 minutes"), (15, "every 15 minutes"), (60, "every hour"))


class ObjectiveForm(forms.Form):
    """A promise in per cent, as people say it; the operation takes a share."""

    kind = forms.ChoiceField(label="What is promised", choices=Objective.Kind.choices, initial="errors")
    target = forms.DecimalField(
        label="In how many of 100",
        max_digits=7,
        decimal_places=3,
        initial=Decimal("99.5"),
        help_text="In per cent: 99.5 leaves 5 bad ones in 1,000.",
    )
    latency_ms = forms.IntegerField(
        label="Fast enough is, in milliseconds", required=False, min_value=1, help_text="Only for speed."
    )
    window_days = forms.TypedChoiceField(label="Over the last", choices=PERIODS, coerce=int, initial=28)

    def clean_target(self) -> Decimal:
        return Decimal(self.cleaned_data["target"]) / 100


class ProbeForm(forms.Form):
    """Where it asks, how often, and what counts as an answer."""

    connection = forms.ModelChoiceField(label="Health address", queryset=Connection.objects.none())
    path = forms.CharField(
        required=False,
        max_length=300,
        label="Path behind it",
        help_text="Such as /healthz. Empty: the address itself.",
    )
    expected_status = forms.IntegerField(label="Status that counts as up", initial=200)
    timeout_seconds = forms.IntegerField(label="Wait, in seconds", initial=10)
    every_minutes = forms.TypedChoiceField(label="How often", choices=CADENCES, coerce=int, initial=5)
    is_on = forms.BooleanField(label="It asks", required=False, initial=True)

    def __init__(self, *args: Any, connections: "QuerySet[Connection]", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["connection"].queryset = connections  # type: ignore[attr-defined]
