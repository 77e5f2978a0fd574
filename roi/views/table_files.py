"""A table of a page as a file: the same head and rows as CSV, XLSX or JSON."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.http import HttpResponse, JsonResponse

from aiops.csv_files import csv_response
from aiops.spreadsheets import xlsx_bytes

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
KINDS = ("csv", "xlsx", "json")


def table_file(kind: str, name: str, head: Sequence[str], rows: Iterable[Sequence[Any]]) -> HttpResponse:
    """`kind` is csv, xlsx or json; `name` is the file's, without its end."""
    if kind == "json":
        made = [dict(zip(head, row, strict=True)) for row in rows]
        return JsonResponse({"rows": made}, json_dumps_params={"ensure_ascii": False})
    if kind == "csv":
        return csv_response(f"{name}.csv", list(head), (list(row) for row in rows))
    response = HttpResponse(xlsx_bytes(name[:31], head, rows), content_type=XLSX)
    response["Content-Disposition"] = f'attachment; filename="{name}.xlsx"'
    return response
