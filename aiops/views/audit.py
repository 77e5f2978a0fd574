"""Reading the audit log, on a page or as CSV."""

import csv
from collections.abc import Iterator
from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from aiops import permissions, queries
from aiops.filters import AuditFilter
from aiops.models import AuditEvent, BusinessUnit
from aiops.permissions import Permission
from aiops.spreadsheets import cell

COLUMNS = (
    "at", "actor_id", "actor_label", "action", "object_type", "object_id", "object_label", "unit_id",
    "reason", "changes",
)  # fmt: skip


@require_safe
def audit(request: HttpRequest) -> HttpResponse:
    """Newest first, filters in the query string."""
    permissions.require(request.user, Permission.READ_AUDIT)
    found = AuditFilter(request.GET, queryset=queries.audit_events(request.user))
    page = Paginator(found.qs, 50).get_page(request.GET.get("page"))
    units = dict(BusinessUnit.objects.values_list("pk", "name"))
    rows = [(event, units.get(event.unit_id, "")) for event in page]
    status = 200 if found.is_valid() else 422
    return render(request, "aiops/audit.html", {"filter": found, "page": page, "rows": rows}, status=status)


@require_safe
def audit_csv(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """The same rows, all of them, as a file."""
    permissions.require(request.user, Permission.READ_AUDIT)
    found = AuditFilter(request.GET, queryset=queries.audit_events(request.user))
    if not found.is_valid():
        return HttpResponse("A filter is not valid.\n", status=422, content_type="text/plain")
    answer = StreamingHttpResponse(_lines(found.qs), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="audit.csv"'
    return answer


class _Echo:
    """A file whose write gives back the line."""

    def write(self, line: str) -> str:
        return line


def _lines(rows: QuerySet[AuditEvent]) -> Iterator[Any]:
    writer = csv.writer(_Echo())
    yield writer.writerow(COLUMNS)
    for event in rows.iterator(chunk_size=2000):
        yield writer.writerow([cell(getattr(event, column)) for column in COLUMNS])
