"""A table that is sent as a file or pasted: `table` is there once the form is valid."""

from typing import Any

from django import forms

from aiops.spreadsheets import Table, Unreadable, read_table

MOST_BYTES, MOST_ROWS = 5 * 1024 * 1024, 20_000
MEGABYTE = 1024 * 1024
# Below what a form may hold in all: more comes as a file.
MOST_PASTED = 1_000_000


class TableForm(forms.Form):
    """A CSV or XLSX file, or the same pasted from a spreadsheet."""

    file = forms.FileField(
        label="CSV or XLSX file",
        required=False,
        widget=forms.FileInput(attrs={"accept": ".csv,.xlsx"}),
    )
    pasted = forms.CharField(
        label="Or paste the rows with their header",
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}),
        max_length=MOST_PASTED,
    )
    table: Table
    most_rows = MOST_ROWS

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        words = f"At most {MOST_BYTES // MEGABYTE} MB and {self.most_rows:,} rows."
        self.fields["file"].help_text = words

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        sent, pasted = said.get("file"), said.get("pasted") or ""
        if self.errors:
            return said
        if not sent and not pasted.strip():
            self.add_error("file", "Send a file, or paste the rows.")
            return said
        if sent and sent.size > MOST_BYTES:
            self.add_error("file", f"The file is larger than {MOST_BYTES // MEGABYTE} MB: split it.")
            return said
        self._read(sent.read() if sent else pasted.strip().encode(), "file" if sent else "pasted")
        return said

    def _read(self, data: bytes, field: str) -> None:
        try:
            self.table = read_table(data, self.most_rows)
        except Unreadable as error:
            self.add_error(field, str(error))
