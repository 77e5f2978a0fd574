"""Claims: filing, signing, sending back, ending."""

from django import forms

from aiops.widgets import date_input
from roi.models import Claim


class ClaimForm(forms.Form):
    """What finance needs to sign."""

    kind = forms.ChoiceField(label="Kind", choices=Claim.Kind.choices)
    amount_month = forms.DecimalField(label="Amount a month", min_value=0, max_digits=14, decimal_places=2)
    hours_month = forms.DecimalField(
        label="Hours a month it turns into cash", required=False, min_value=0, max_digits=10, decimal_places=1
    )
    valid_from = forms.DateField(label="From", widget=date_input())
    valid_to = forms.DateField(
        label="Until", required=False, widget=date_input(), help_text="Empty while it lasts."
    )
    act = forms.CharField(
        label="The act that made it cash",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Such as: post not refilled, contractor ended, licence cancelled.",
    )
    post = forms.CharField(
        label="Post or contract", required=False, max_length=80, help_text="One post is claimed once."
    )
    cost_centre = forms.CharField(label="Cost centre", required=False, max_length=40)
    evidence = forms.CharField(
        label="Evidence", required=False, max_length=1000, help_text="A link or a note."
    )


class SignForm(forms.Form):
    amount_month = forms.DecimalField(
        label="Sign this amount a month",
        max_digits=14,
        decimal_places=2,
        help_text="Up to what was claimed; less signs a part of it.",
    )


class SendBackForm(forms.Form):
    reason = forms.CharField(
        label="What is missing?", max_length=1000, widget=forms.Textarea(attrs={"rows": 2})
    )


class EndClaimForm(forms.Form):
    on = forms.DateField(label="It counts until (this day no more)", widget=date_input())
