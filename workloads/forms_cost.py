"""The shape of what people enter about prices, fixed costs, budgets and re-pricings."""

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from aiops.models import BusinessUnit
from aiops.widgets import date_input
from workloads.models import Budget, FixedCost, Workload
from workloads.models.budgets import usual_levels


def _price(label: str, help_text: str = "") -> forms.DecimalField:
    return forms.DecimalField(
        label=label, required=False, min_value=0, max_digits=24, decimal_places=12, help_text=help_text
    )


def _share(label: str, help_text: str) -> forms.DecimalField:
    return forms.DecimalField(
        label=label,
        required=False,
        min_value=0,
        max_value=1,
        max_digits=5,
        decimal_places=4,
        help_text=help_text,
    )


class ChangePriceForm(forms.Form):
    """The figures and days of a price."""

    currency = forms.CharField(max_length=3, min_length=3)
    usd_rate = forms.DecimalField(
        label="Rate",
        max_digits=14,
        decimal_places=8,
        min_value=Decimal("0.00000001"),
        help_text="Units of the currency a US dollar, fixed for this price. 1 for US dollars.",
    )
    input_mtok = _price("Tokens in, a million")
    output_mtok = _price("Tokens out, a million")
    cached_mtok = _price("Tokens read from the cache, a million", "Empty: as plain tokens in.")
    cache_write_mtok = _price("Tokens written to the cache, a million", "Empty: as plain tokens in.")
    per_call = _price("A call")
    batch_share = _share("Share that a batch call pays", "0.5 for half of it; empty for no discount.")
    valid_from = forms.DateField(label="From", widget=date_input())
    valid_to = forms.DateField(label="To before", required=False, widget=date_input())
    note = forms.CharField(label="Contract or offer", max_length=300)

    def clean_currency(self) -> str:
        return str(self.cleaned_data["currency"]).upper()


class PriceForm(ChangePriceForm):
    """A new price: of which model, whose."""

    model = forms.CharField(max_length=200, help_text="As the calls name it.")
    provider = forms.CharField(
        max_length=200, required=False, help_text="As the calls name it; empty for any."
    )
    workload = forms.ModelChoiceField(
        Workload.objects.none(), required=False, label="Only for", empty_label="every workload"
    )
    field_order = ("model", "provider", "workload")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["workload"].queryset = Workload.objects.exclude(stage="retired")  # type: ignore[attr-defined]


class EndForm(forms.Form):
    valid_to = forms.DateField(label="Ends before", widget=date_input())


class FixedCostForm(forms.Form):
    """A cost that no call causes."""

    kind = forms.ChoiceField(choices=FixedCost.Kind.choices)
    name = forms.CharField(label="What is paid for", max_length=120)
    quantity = forms.DecimalField(max_digits=14, decimal_places=2, min_value=Decimal("0.01"), initial=1)
    amount = forms.DecimalField(label="A month, each", max_digits=14, decimal_places=4, min_value=0)
    cost_centre = forms.CharField(max_length=80, required=False)
    valid_from = forms.DateField(label="From", widget=date_input())
    valid_to = forms.DateField(label="To before", required=False, widget=date_input())


class LevelsField(forms.CharField):
    """Percents with commas: «50, 80, 100»."""

    def to_python(self, value: Any) -> Any:
        words = str(value or "").replace("%", " ").replace(",", " ").split()
        try:
            return [int(word) for word in words]
        except ValueError:
            raise ValidationError(
                "Give whole percents with commas between them, such as 50, 80, 100."
            ) from None

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(map(str, value)) if isinstance(value, list) else value


class ChangeBudgetForm(forms.Form):
    """The amount of a budget and when it warns."""

    amount = forms.DecimalField(max_digits=16, decimal_places=2, min_value=Decimal("0.01"))
    levels = LevelsField(
        label="Warns at (percent)", required=False, initial=usual_levels, help_text="Told once a period each."
    )
    warns_on_pace = forms.BooleanField(
        label="Also warn when it heads over the budget", required=False, initial=True
    )


class BudgetForm(ChangeBudgetForm):
    """A new budget, of exactly one of three."""

    workload = forms.ModelChoiceField(Workload.objects.none(), required=False)
    unit = forms.ModelChoiceField(BusinessUnit.objects.none(), required=False)
    cost_centre = forms.CharField(max_length=80, required=False)
    period = forms.ChoiceField(choices=Budget.Period.choices)
    valid_from = forms.DateField(label="From", widget=date_input())
    valid_to = forms.DateField(label="To before", required=False, widget=date_input())
    field_order = ("workload", "unit", "cost_centre", "period", "amount", "levels", "warns_on_pace")

    def __init__(self, *args: Any, workloads: Any, units: Any, centres: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["workload"].queryset = workloads  # type: ignore[attr-defined]
        self.fields["unit"].queryset = units  # type: ignore[attr-defined]
        if not centres:
            del self.fields["unit"], self.fields["cost_centre"]


class RepricingForm(forms.Form):
    """Which stored calls get today's prices of their days."""

    workloads = forms.ModelMultipleChoiceField(Workload.objects.none())
    models = forms.CharField(
        required=False, max_length=1000, help_text="Names with commas between them; empty for every model."
    )
    start = forms.DateField(label="Calls from", widget=date_input())
    end = forms.DateField(label="To before", widget=date_input())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["workloads"].queryset = Workload.objects.all()  # type: ignore[attr-defined]

    def clean_models(self) -> list[str]:
        return [name.strip() for name in str(self.cleaned_data["models"]).split(",") if name.strip()]


class ReasonForm(forms.Form):
    reason = forms.CharField(label="Why these calls get other prices", max_length=300)


class WorthForm(forms.Form):
    """What one accepted item is worth: kept in the address only."""

    worth = forms.DecimalField(
        label="An accepted item is worth", required=False, min_value=0, max_digits=12, decimal_places=4
    )
