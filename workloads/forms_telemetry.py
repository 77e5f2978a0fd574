"""The shape of input for keys, calls, uploads and the monthly questions."""

from datetime import date

from django import forms

from workloads.forms import date_input
from workloads.models.telemetry import SCOPES, CostSource


class IngestKeyForm(forms.Form):
    name = forms.CharField(
        max_length=80,
        label="Who will use it",
        help_text="The program or service, such as «ticket-bot in production».",
    )
    scopes = forms.MultipleChoiceField(
        label="What it may do",
        choices=[(scope, f"{text} ({scope})") for scope, text in SCOPES.items()],
        initial=list(SCOPES),
        widget=forms.CheckboxSelectMultiple,
    )
    expires_on = forms.DateField(
        required=False,
        label="Valid until",
        help_text="Empty: until somebody revokes it.",
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )


class CallFilterForm(forms.Form):
    """Filters live in the query string; what cannot be read is ignored by the list, and shown by the form."""

    model = forms.CharField(required=False, max_length=200)
    environment = forms.CharField(required=False, max_length=200)
    only = forms.ChoiceField(
        required=False,
        label="Show",
        choices=[
            ("", "all calls"),
            ("errors", "errors only"),
            *[(s.value, f"cost: {s.label}") for s in CostSource],
        ],
    )
    since = forms.DateField(required=False, label="From", widget=date_input())
    until = forms.DateField(required=False, label="Until", widget=date_input())


class OutcomeUploadForm(forms.Form):
    MOST_BYTES = 10_000_000
    file = forms.FileField(label="CSV file", widget=forms.FileInput(attrs={"accept": ".csv,text/csv"}))

    def clean_file(self):
        file = self.cleaned_data["file"]
        if file.size > self.MOST_BYTES:
            raise forms.ValidationError("The file is over 10 MB. Split it.")
        return file


def month_choices(today: date, months: int = 13) -> list[tuple[str, str]]:
    """The current month and those before it, the latest first."""
    index = today.year * 12 + today.month - 1
    firsts = [date((index - back) // 12, (index - back) % 12 + 1, 1) for back in range(months)]
    return [(first.isoformat(), f"{first:%B %Y}") for first in firsts]


class SelfReportForm(forms.Form):
    """Three questions about one month."""

    month = forms.TypedChoiceField(coerce=date.fromisoformat, label="Month")
    done = forms.IntegerField(min_value=0, max_value=2_000_000_000, label="How many were done?")
    accepted = forms.IntegerField(
        min_value=0, max_value=2_000_000_000, label="How many of them could be used as they were?"
    )
    minutes = forms.DecimalField(
        min_value=0,
        max_digits=8,
        decimal_places=2,
        label="How many minutes of people's work did each one still take?",
        help_text="Checking and correcting, on average. 0 if nobody touched them.",
    )

    def __init__(self, *args, today: date, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        month = self.fields["month"]
        assert isinstance(month, forms.ChoiceField)
        month.choices = month_choices(today)
