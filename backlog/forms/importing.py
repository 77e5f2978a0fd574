"""A file of candidates, and which of its columns means what."""

from typing import Any

from django import forms

from aiops.spreadsheets import Table, Unreadable
from backlog.calc.columns import FIELDS
from backlog.queries.sheet_rows import table_of

MOST_BYTES = 10 * 1024 * 1024


class CandidatesFileForm(forms.Form):
    """A CSV, XLSX or JSON file; `table` is there once it is valid."""

    file = forms.FileField(
        label="CSV, XLSX or JSON file",
        help_text="At most 10 MB and 5,000 rows. Any column names: you say on the next page what they mean.",
        error_messages={"required": "Choose a file.", "empty": "The file is empty."},
        widget=forms.FileInput(attrs={"accept": ".csv,.xlsx,.json"}),
    )
    table: Table

    def clean_file(self) -> Any:
        sent = self.cleaned_data["file"]
        if sent.size > MOST_BYTES:
            raise forms.ValidationError(
                f"The file has {sent.size / 1048576:.0f} MB; at most 10 MB: split it."
            )
        try:
            self.table = table_of(sent.read())
        except Unreadable as error:
            raise forms.ValidationError(str(error)) from error
        return sent


class ColumnsForm(forms.Form):
    """One choice for each of our fields: a column of the file, or none."""

    def __init__(self, head: list[str], data: Any = None, initial: dict[str, str] | None = None) -> None:
        super().__init__(data, prefix="column", initial=initial)
        choices = [("", "not in the file"), *((name, name) for name in dict.fromkeys(head) if name)]
        for field, (label, _) in FIELDS.items():
            self.fields[field] = forms.ChoiceField(label=label, choices=choices, required=False)

    @property
    def mapping(self) -> dict[str, str]:
        return {name: column for name, column in self.cleaned_data.items() if column}
