"""The shape of what is typed about people, units, finance and tokens. Rules live in the operations."""

from decimal import Decimal
from typing import Any

from django import forms

from aiops.errors import DomainError
from aiops.models import BusinessUnit, Company
from aiops.permissions import DESCRIPTIONS, Role
from aiops.queries import role_name, time_zones
from aiops.widgets import date_input

MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
MONTH_CHOICES = [(number, name) for number, name in enumerate(MONTHS, start=1)]
ROLE_CHOICES = [(role.value, f"{role_name(role).capitalize()}: {DESCRIPTIONS[role]}") for role in Role]
TOKEN_DAYS = [(7, "a week"), (30, "30 days"), (90, "90 days"), (365, "a year")]
TOKEN_SCOPES = [("read", "Read only"), ("write", "Read and write")]


def zone_choices() -> list[tuple[str, str]]:
    return [(name, name.replace("_", " ")) for name in time_zones()]


def refuse(form: forms.Form, error: DomainError) -> None:
    """Show a broken rule where it was typed, else above the form."""
    form.add_error(error.field if error.field in form.fields else None, error.message)


def day(**fields: Any) -> forms.DateField:
    return forms.DateField(widget=date_input(), **fields)


class PersonForm(forms.Form):
    name = forms.CharField(max_length=120, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    email = forms.EmailField(label="E-mail", widget=forms.EmailInput(attrs={"autocomplete": "off"}))
    title = forms.CharField(max_length=120, required=False, label="Job title")
    home_unit = forms.ModelChoiceField(
        BusinessUnit.objects.all(), required=False, empty_label="No unit",
        help_text="Candidates that this person files belong to it.",
    )  # fmt: skip


class PersonChangeForm(PersonForm):
    email = None  # type: ignore[assignment]


class GrantForm(forms.Form):
    role = forms.ChoiceField(choices=ROLE_CHOICES)
    unit = forms.ModelChoiceField(
        BusinessUnit.objects.all(), required=False, empty_label="The whole company", label="Where"
    )


class UnitForm(forms.Form):
    name = forms.CharField(max_length=120)


class CompanyForm(forms.Form):
    name = forms.CharField(max_length=120, label="Name of the company")
    currency = forms.CharField(min_length=3, max_length=3, help_text="Three letters, such as USD or EUR.")
    usd_rate = forms.DecimalField(
        max_digits=12, decimal_places=6, label="One US dollar costs",
        help_text="In your currency. Model prices are in dollars.",
    )  # fmt: skip
    usd_rate_on = day(required=False, label="Rate as of")
    discount_rate = forms.DecimalField(
        max_digits=5, decimal_places=2, min_value=0, max_value=100, label="Discount rate, % a year"
    )
    hurdle_npv = forms.DecimalField(
        max_digits=14, decimal_places=2, label="Hurdle",
        help_text="The net present value that a candidate must reach to be worth deciding on.",
    )  # fmt: skip
    fiscal_year_start = forms.TypedChoiceField(
        choices=MONTH_CHOICES, coerce=int, label="Fiscal year starts in"
    )
    horizon_months = forms.IntegerField(min_value=6, max_value=120, label="Months that a case looks ahead")
    time_zone = forms.ChoiceField(
        choices=zone_choices,
        help_text="Where a day and a month of work begin. Another zone counts the outcomes of all days anew; "
        "months that are closed stay as they are, and what moves into or out of them is booked as a correction.",
    )
    close_working_day = forms.IntegerField(
        min_value=1, max_value=20, label="A month closes on working day",
        help_text="Of the next month, Monday to Friday. A closed month never changes.",
    )  # fmt: skip

    @classmethod
    def of(cls, company: Company) -> "CompanyForm":
        """Filled with what holds now."""
        kept = {name: getattr(company, name) for name in cls.base_fields}
        shown = (company.discount_rate * 100).quantize(Decimal("0.01"))
        return cls(initial={**kept, "discount_rate": shown})

    def clean_currency(self) -> str:
        return self.cleaned_data["currency"].upper()

    def clean_discount_rate(self) -> Decimal:
        return self.cleaned_data["discount_rate"] / 100


class CurrencyForm(forms.Form):
    new = forms.CharField(min_length=3, max_length=3, label="New currency", help_text="Three letters, such as EUR.")
    rate = forms.DecimalField(
        max_digits=18, decimal_places=8, label="One unit of the old currency gives",
        help_text="In the new currency. It is fixed for every sum over both.",
    )  # fmt: skip

    def clean_new(self) -> str:
        return self.cleaned_data["new"].upper()


class RateForm(forms.Form):
    unit = forms.ModelChoiceField(BusinessUnit.objects.all(), required=False, empty_label="All units")
    job = forms.CharField(max_length=80, initial="all jobs")
    hourly_rate = forms.DecimalField(
        max_digits=10,
        decimal_places=2,
        help_text="Loaded: wage, social cost, workplace.",
        label="Rate an hour",
    )
    valid_from = day(label="From")


class EndRateForm(forms.Form):
    valid_to = day(label="Ends on")


class TokenForm(forms.Form):
    name = forms.CharField(max_length=80, help_text="Where it will be used, so that you know it again.")
    scope = forms.ChoiceField(choices=TOKEN_SCOPES, label="May")
    days = forms.TypedChoiceField(choices=TOKEN_DAYS, coerce=int, initial=30, label="Expires in")


class SetUpForm(forms.Form):
    name = forms.CharField(max_length=120, label="Name of the company")
    currency = forms.CharField(min_length=3, max_length=3, initial="USD", help_text="Three letters.")
    usd_rate = forms.DecimalField(
        max_digits=12, decimal_places=6, initial=1, label="One US dollar costs", help_text="In your currency."
    )
    fiscal_year_start = forms.TypedChoiceField(
        choices=MONTH_CHOICES, coerce=int, label="Fiscal year starts in"
    )
    units = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 4}), label="Business units", help_text="One in a line."
    )
    it_name = forms.CharField(max_length=120, label="Your name")
    it_email = forms.EmailField(label="Your e-mail")
    password = forms.CharField(
        label="Your password", strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )
    lead_name = forms.CharField(
        max_length=120, label="Lead: name", help_text="Chairs the review and decides."
    )
    lead_email = forms.EmailField(label="Lead: e-mail")
    finance_name = forms.CharField(
        max_length=120, label="Finance: name", help_text="Keeps rates, signs claims."
    )
    finance_email = forms.EmailField(label="Finance: e-mail")

    def clean_currency(self) -> str:
        return self.cleaned_data["currency"].upper()

    def clean_units(self) -> list[str]:
        return [line.strip() for line in self.cleaned_data["units"].splitlines() if line.strip()]
