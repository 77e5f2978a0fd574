"""The shape of input for keys, calls, uploads and the monthly questions."""

from datetime import date

from django import forms

from aiops.widgets import date_input
from workloads.models.inventory import Change, ContentPolicy
from workloads.models.telemetry import SCOPES, CostSource

DIALECT_NAMES = {
    "genai": "GenAI conventions",
    "openinference": "OpenInference",
    "langfuse": "Langfuse",
    "traceloop": "Traceloop",
    "mlflow": "MLflow",
    "litellm": "LiteLLM",
}


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
        widget=date_input(),
    )


def offered(name: str) -> forms.TextInput:
    """A text with proposals beside it; the page holds the list of that name."""
    return forms.TextInput(attrs={"list": f"{name}-names", "autocomplete": "off"})


class CallFilterForm(forms.Form):
    """Filters live in the query string; what cannot be read is ignored by the list, and shown by the form."""

    model = forms.CharField(required=False, max_length=200, widget=offered("model"))
    operation = forms.CharField(required=False, max_length=40, widget=offered("operation"))
    environment = forms.CharField(required=False, max_length=200, widget=offered("environment"))
    cost_centre = forms.CharField(
        required=False, max_length=200, label="Cost centre", widget=offered("cost-centre")
    )
    failed = forms.BooleanField(required=False, label="Failed only")
    source = forms.ChoiceField(
        required=False,
        label="Cost",
        choices=[("", "from any source"), *[(s.value, str(s.label)) for s in CostSource]],
    )
    dialect = forms.ChoiceField(
        required=False, label="Read as", choices=[("", "any dialect"), *DIALECT_NAMES.items()]
    )
    since = forms.DateField(required=False, label="From", widget=date_input())
    until = forms.DateField(required=False, label="Until", widget=date_input())


class ChangeFilterForm(forms.Form):
    kind = forms.ChoiceField(required=False, choices=[("", "all kinds"), *Change.Kind.choices])
    told = forms.ChoiceField(
        required=False,
        label="Told by",
        choices=[("", "anybody"), ("telemetry", "telemetry"), ("people", "people")],
    )
    words = forms.CharField(required=False, max_length=100, label="With the words")
    since = forms.DateField(required=False, label="From", widget=date_input())
    until = forms.DateField(required=False, label="Until", widget=date_input())


class SetupKeyForm(forms.Form):
    name = forms.CharField(
        max_length=80, label="Who will use it", help_text="The program, such as «ticket-bot in production»."
    )


class PolicyForm(forms.Form):
    content_policy = forms.ChoiceField(label="Prompts and answers", choices=ContentPolicy.choices)
    content_percent = forms.IntegerField(
        min_value=1, max_value=100, label="Percent of traces", help_text="Counts for a sample only."
    )
    content_days = forms.IntegerField(
        min_value=1, max_value=3650, label="Days that prompts and answers are kept"
    )
    calls_days = forms.IntegerField(
        min_value=1,
        max_value=3650,
        label="Days that calls are kept",
        help_text="Hourly sums are kept for good.",
    )
    trusts_client_cost = forms.BooleanField(
        required=False,
        label="A cost that the client sends counts",
        help_text="Else every call is priced by the price book.",
    )


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
