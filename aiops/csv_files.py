"""A CSV download, the same for every list."""

import csv
from collections.abc import Iterable
from typing import Any

from django.http import HttpResponse

from aiops.spreadsheets import cell


def csv_response(filename: str, head: list[str], rows: Iterable[list[Any]]) -> HttpResponse:
    """One header row, safe cells, UTF-8 with a BOM so that spreadsheets read accents."""
    response = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{filename}"'
    writer = csv.writer(response)
    writer.writerow(head)
    writer.writerows([cell(value) for value in row] for row in rows)
    return response
