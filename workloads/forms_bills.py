"""The shape of input for bills, owners of spend and names of models."""

import re
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms

from workloads.calc.focus.reading import MOST_BYTES
from workloads.forms_telemetry import month_choices
from workloads.models import Workload

RATE = re.compile(r"\s*([A-Za-z]{3})\s*[=: ]\s*([0-9]+(?:\.[0-9]+)?)\s*", re.ASCII)


def chosen_month(asked: str, today: date) -> date:
    """The month of an address such as ?month=2026-10 or 2026-10-01; this month when it names none."""
    try:
        found = date.fromisoformat(asked if len(asked) == 10 else f"{asked}-01")
    except ValueError:
        return today.replace(day=1)
    return min(max(found.replace(day=1), date(2015, 1, 1)), date(2100, 1, 1))


class MonthForm(forms.Form):
    month = forms.ChoiceField(label="Month")

    def __init__(self, *args: Any, today: date, month: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["month"] = month.isoformat()
        choices = month_choices(today, 25)
        if month.isoformat() not in dict(choices):
            choices.append((month.isoformat(), f"{month:%B %Y}"))
        self.fields["month"].choices = choices  # type: ignore[attr-defined]


def read_rates(text: str) -> dict[str, Decimal]:
    """ "EUR 0.92, GBP=0.79" as numbers. ValueError says what cannot be read."""
    rates = {}
    for part in filter(str.strip, re.split(r"[,;\n]", text)):
        found = RATE.fullmatch(part)
        if found is None:
            raise ValueError(f"«{part.strip()[:40]}» is no rate: write it like GBP 0.79")
        try:
            rates[found[1].upper()] = Decimal(found[2])
        except InvalidOperation as error:
            raise ValueError(f"«{part.strip()[:40]}» is no rate") from error
    return rates


class BillUploadForm(forms.Form):
    file = forms.FileField(
        label="FOCUS file",
        help_text="CSV or CSV.gz, versions 1.0 to 1.2, as your cloud or model provider exports it.",
        widget=forms.FileInput(attrs={"accept": ".csv,.gz,text/csv,application/gzip"}),
    )
    rates = forms.CharField(
        required=False,
        max_length=300,
        label="Rates of other currencies",
        help_text="Units per US dollar, such as GBP 0.79. Not needed for dollars and for the company's currency.",
    )
    final = forms.BooleanField(
        required=False, label="Final: the provider changes nothing in it any more, so it rules its month"
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise forms.ValidationError(
                f"The file is over {MOST_BYTES // 1_000_000} MB. Pack it with gzip, or split it."
            )
        return file

    def clean_rates(self) -> dict[str, Decimal]:
        try:
            return read_rates(self.cleaned_data["rates"])
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error


class WithdrawForm(forms.Form):
    reason = forms.CharField(max_length=300, label="Why it goes")


class RuleForm(forms.Form):
    """Whose spend it is: an account, a service or a tag of a provider's bills."""

    workload = forms.ModelChoiceField(
        queryset=Workload.objects.none(), to_field_name="number", label="Belongs to"
    )
    provider = forms.CharField(required=False, max_length=120, label="Provider")
    account = forms.CharField(required=False, max_length=200, label="Account")
    service = forms.CharField(required=False, max_length=200, label="Service")
    tag_key = forms.CharField(required=False, max_length=120, label="Tag")
    tag_value = forms.CharField(required=False, max_length=200, label="with the value")

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = Workload.objects.visible_to(user).order_by("name", "pk")
        self.fields["workload"].queryset = rows  # type: ignore[attr-defined]


class ModelNameForm(forms.Form):
    provider = forms.CharField(max_length=120)
    name = forms.CharField(max_length=200)
    model = forms.CharField(max_length=200, required=False)
