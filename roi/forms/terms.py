"""How a workload's value is counted."""

from typing import Any

from django import forms

from roi.models import ValueTerms


class TermsForm(forms.Form):
    """Facts that the owner's side says, and losses that finance says; what somebody may not change is not asked."""

    verdicts = forms.ChoiceField(
        label="The items that somebody judged were",
        choices=ValueTerms.Verdicts.choices,
        help_text="Drawn at random (or all of them) gives an interval. Chosen gives the worst and the best case.",
    )
    volume_month = forms.IntegerField(
        label="Items in scope a month", required=False, min_value=1, max_value=1_000_000_000,
        help_text="All there are, whoever does them: coverage is the share that the workload does.",
    )  # fmt: skip
    note = forms.CharField(label="How this is known", required=False, max_length=300)
    loss_per_error = forms.DecimalField(
        label="Expected loss of a wrong item", required=False, min_value=0, max_digits=14, decimal_places=2,
        help_text="Company currency. Beside cash, in none of its sums.",
    )  # fmt: skip
    loss_per_leak = forms.DecimalField(
        label="Expected loss of a leaked item", required=False, min_value=0, max_digits=14, decimal_places=2
    )

    def __init__(self, *args: Any, facts: bool, losses: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in () if facts else ("verdicts", "volume_month", "note"):
            del self.fields[name]
        for name in () if losses else ("loss_per_error", "loss_per_leak"):
            del self.fields[name]
