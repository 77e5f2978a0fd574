"""The shape of what is asked about items, and of a list of items that are taken back."""

from datetime import date

from django import forms

from workloads.forms_telemetry import OutcomeUploadForm, month_choices
from workloads.operations.outcomes import MOST_REASON
from workloads.queries.outcome_items import STATES


class ItemFilterForm(forms.Form):
    month = forms.TypedChoiceField(required=False, coerce=date.fromisoformat, empty_value=None)
    state = forms.ChoiceField(
        required=False, label="Items", choices=[(name, words) for name, (words, _) in STATES.items()]
    )
    place = forms.CharField(required=False, max_length=80)
    words = forms.CharField(required=False, max_length=200, label="Id begins with")

    def __init__(self, *args, today: date, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        month = self.fields["month"]
        assert isinstance(month, forms.ChoiceField)
        month.choices = [("", "all months"), *month_choices(today, 60)]


class StrikeForm(forms.Form):
    """Ids by line, or a file with a column of them, and why."""

    ids = forms.CharField(
        required=False,
        label="Ids, one in a line",
        max_length=500_000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    file = forms.FileField(
        required=False,
        label="Or a CSV file with a column external_id",
        widget=forms.FileInput(attrs={"accept": ".csv,text/csv"}),
    )
    reason = forms.CharField(max_length=MOST_REASON, label="Why they are taken back")

    def clean(self) -> dict[str, object]:
        said = super().clean() or {}
        file, ids = said.get("file"), str(said.get("ids") or "")
        if bool(file) == bool(ids.strip()):
            raise forms.ValidationError("Name the items in the field or in a file: one of the two.")
        if file and file.size > OutcomeUploadForm.MOST_BYTES:
            raise forms.ValidationError("The file is over 10 MB. Split it.")
        return said

    def listed(self) -> list[tuple[int, str]]:
        """(line, id) of the field; empty lines are passed over."""
        lines = enumerate(self.cleaned_data["ids"].splitlines(), 1)
        return [(number, line.strip()) for number, line in lines if line.strip()]
