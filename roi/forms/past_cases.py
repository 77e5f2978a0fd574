"""A file of finished projects."""

from typing import Any

from django import forms

from aiops.spreadsheets import Table, Unreadable, read_table

MOST_BYTES, MOST_ROWS = 5 * 1024 * 1024, 5000


class PastCasesForm(forms.Form):
    """A CSV or XLSX file; `table` is there once it is valid."""

    file = forms.FileField(
        label="CSV or XLSX file",
        help_text="At most 5 MB and 5,000 rows; columns in any order.",
        error_messages={"required": "Choose a file."},
        widget=forms.FileInput(attrs={"accept": ".csv,.xlsx"}),
    )
    table: Table

    def clean_file(self) -> Any:
        sent = self.cleaned_data["file"]
        if sent.size > MOST_BYTES:
            raise forms.ValidationError("The file is larger than 5 MB: split it.")
        try:
            self.table = read_table(sent.read(), MOST_ROWS)
        except Unreadable as error:
            raise forms.ValidationError(str(error)) from error
        return sent
