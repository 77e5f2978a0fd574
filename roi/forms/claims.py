"""Claims: filing, signing, sending back, ending. Statements and stand-ins of finance."""

from typing import Any

from django import forms

from aiops.models import User
from aiops.widgets import date_input
from roi.models import Claim
from roi.queries.stand_ins import finance_people


class ClaimForm(forms.Form):
    """What finance needs to sign."""

    kind = forms.ChoiceField(label="Kind", choices=Claim.Kind.choices)
    amount_month = forms.DecimalField(label="Amount a month", min_value=0, max_digits=14, decimal_places=2)
    hours_month = forms.DecimalField(
        label="Hours a month it turns into cash", required=False, min_value=0, max_digits=10, decimal_places=1
    )
    posts = forms.DecimalField(
        label="Full-time posts", required=False, min_value=0, max_digits=5, decimal_places=2
    )
    valid_from = forms.DateField(label="From", widget=date_input())
    valid_to = forms.DateField(
        label="Until (this day no more)",
        required=False,
        widget=date_input(),
        help_text="Empty while it lasts.",
    )
    act = forms.CharField(
        label="The act that made it cash",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Such as: post not refilled, contractor ended, licence cancelled, discount agreed.",
    )
    evidence = forms.CharField(
        label="Evidence", required=False, max_length=1000, help_text="A link or a note."
    )
    post = forms.CharField(
        label="Post or contract", required=False, max_length=80, help_text="One post is claimed once."
    )
    cost_centre = forms.CharField(label="Cost centre", required=False, max_length=40)
    account = forms.CharField(
        label="Account", required=False, max_length=40, help_text="Of the ledger that shows the saving."
    )


class SignForm(forms.Form):
    amount_month = forms.DecimalField(
        label="Sign this amount a month",
        max_digits=14,
        decimal_places=2,
        help_text="Up to what was claimed; less signs a part of it, and its hours shrink alike.",
    )


class SendBackForm(forms.Form):
    reason = forms.CharField(
        label="What is missing?", max_length=1000, widget=forms.Textarea(attrs={"rows": 2})
    )


class EndClaimForm(forms.Form):
    on = forms.DateField(label="It counts until (this day no more)", widget=date_input())


class SignStatementForm(forms.Form):
    note = forms.CharField(
        label="Note", required=False, max_length=400, widget=forms.Textarea(attrs={"rows": 2}),
        help_text="What you looked at, or why an exception is fine.",
    )  # fmt: skip


class StandInForm(forms.Form):
    """Somebody of finance, who answers for them, and on which days."""

    absent = forms.ModelChoiceField(User.objects.none(), label="Who is away")
    deputy = forms.ModelChoiceField(User.objects.none(), label="Who stands in")
    starts_on = forms.DateField(label="First day", widget=date_input())
    ends_on = forms.DateField(label="Last day", widget=date_input())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = User.objects.filter(pk__in=[user.pk for user in finance_people()])
        for name in ("absent", "deputy"):
            self.fields[name].queryset = people  # type: ignore[attr-defined]
