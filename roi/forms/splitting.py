"""The shape of a split: the part's name and owner, its share of the forecast, from which month on."""

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms

from aiops.models import User
from workloads.calc.months import later

BACK = 3


class SplitForm(forms.Form):
    name = forms.CharField(max_length=120, label="Name of the new workload")
    owner = forms.ModelChoiceField(User.objects.none(), label="Its business owner")
    deputy = forms.ModelChoiceField(
        User.objects.none(), required=False, label="Its deputy", empty_label="Nobody yet"
    )
    share = forms.DecimalField(
        max_digits=5, decimal_places=2, min_value=Decimal("0.01"), max_value=Decimal("99.99"),
        label="Share of the forecast that goes along, %", help_text="Of volume, hours and cash that were forecast.",
    )  # fmt: skip
    month = forms.TypedChoiceField(coerce=date.fromisoformat, label="From the first day of")
    reason = forms.CharField(max_length=300, label="Why it is split")

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = User.objects.people().filter(is_active=True)
        for name in ("owner", "deputy"):
            self.fields[name].queryset = people  # type: ignore[attr-defined]
        months = [later(today.replace(day=1), n) for n in range(1, -BACK, -1)]
        self.fields["month"].choices = [(m.isoformat(), f"{m:%B %Y}") for m in months]  # type: ignore[attr-defined]
        self.fields["month"].initial = today.replace(day=1).isoformat()

    def clean_share(self) -> Decimal:
        return Decimal(self.cleaned_data["share"]) / 100
