"""Leaving the demo: what finance and IT must say before the company is real."""

from typing import Any

from django import forms

from aiops.models import Company

MONTHS = [
    (i, name)
    for i, name in enumerate(
        "January February March April May June July August September October November December".split(), 1
    )
]


class UseForRealForm(forms.Form):
    """Company, currency and fiscal year; the first unit; who leads and who keeps the books."""

    name = forms.CharField(label="Company", max_length=120)
    currency = forms.CharField(label="Currency (three letters)", max_length=3, min_length=3)
    fiscal_year_start = forms.TypedChoiceField(label="The fiscal year starts in", choices=MONTHS, coerce=int)
    unit = forms.CharField(label="First business unit", max_length=120)
    admin_email = forms.EmailField(label="E-mail of the IT admin")
    admin_name = forms.CharField(label="Name of the IT admin", max_length=120)
    lead_email = forms.EmailField(label="E-mail of the lead who chairs the review")
    lead_name = forms.CharField(label="Name of the lead", max_length=120)
    finance_email = forms.EmailField(label="E-mail of finance")
    finance_name = forms.CharField(label="Name of the finance person", max_length=120)
    password = forms.CharField(
        label="First password for the three",
        min_length=10,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="At least ten characters; each changes it after signing in.",
    )
    sure = forms.BooleanField(label="Remove everything simulated. What people filed themselves is kept.")

    @staticmethod
    def from_company(company: Company) -> dict[str, Any]:
        return {"currency": company.currency, "fiscal_year_start": company.fiscal_year_start}

    def clean_currency(self) -> str:
        return str(self.cleaned_data["currency"]).upper()

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        mails = [data.get(k, "").lower() for k in ("admin_email", "lead_email", "finance_email")]
        if len({m for m in mails if m}) < len([m for m in mails if m]):
            self.add_error("finance_email", "The three must be different people.")
        data.pop("sure", None)
        return data
