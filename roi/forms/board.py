"""Input of the board: which columns, the name of a view, a sheet that comes back."""

from typing import Any

from django import forms

from aiops.spreadsheets import Table, Unreadable, read_table
from roi.models import BoardView
from roi.operations.board import LONGEST_NAME
from roi.queries.board import Column

MOST_BYTES, MOST_ROWS = 5 * 1024 * 1024, 1000


class ColumnsForm(forms.Form):
    """Tick boxes in the order of the table."""

    columns = forms.MultipleChoiceField(
        label="Columns to show",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": "There is no column «%(value)s»."},
    )

    def __init__(self, *args: Any, allowed: list[Column], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["columns"]
        field.choices = [(column.key, f"{column.label}: {column.words}") for column in allowed]

    def clean_columns(self) -> list[str]:
        chosen: list[str] = self.cleaned_data["columns"]
        if not chosen and "usual" not in self.data:
            raise forms.ValidationError("Choose at least one column.")
        return [] if "usual" in self.data else chosen


class BoardViewForm(forms.Form):
    """A name for the filters, the order and the columns as they are."""

    name = forms.CharField(label="Name", max_length=LONGEST_NAME)
    is_shared = forms.BooleanField(
        label="Everybody who sees the board may open it",
        required=False,
        help_text="Each person sees only the candidates and the money that are theirs to see.",
    )
    view = forms.ModelChoiceField(queryset=BoardView.objects.none(), required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, own: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["view"]
        field.queryset = own


class SheetForm(forms.Form):
    """A CSV or XLSX file; `table` is there once it is valid."""

    file = forms.FileField(
        label="CSV or XLSX file",
        help_text="Start from an export. At most 5 MB and 1,000 candidates; columns in any order.",
        error_messages={"required": "Choose a file."},
        widget=forms.FileInput(attrs={"accept": ".csv,.xlsx"}),
    )
    table: Table

    def clean_file(self) -> Any:
        sent = self.cleaned_data["file"]
        if sent.size > MOST_BYTES:
            raise forms.ValidationError("The file is larger than 5 MB: split it, or take columns away.")
        try:
            self.table = read_table(sent.read(), MOST_ROWS)
        except Unreadable as error:
            raise forms.ValidationError(str(error)) from error
        return sent
