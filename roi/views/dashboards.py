"""The dashboard of each role, its tables as files, and the executive's page to print."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.http import require_safe

from aiops.csv_files import csv_response
from aiops.models import Company, User
from aiops.spreadsheets import xlsx_bytes
from roi.queries.dashboards import ROLES, Dashboard, Table, dashboard, first_role, roles_of
from roi.views.minutes_pdf import NoBrowser, pdf_of

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
KINDS = ("csv", "xlsx", "json")


@require_safe
def own_dashboard(request: HttpRequest) -> HttpResponse:
    """To the dashboard that is this person's own."""
    role = first_role(_user(request))
    return redirect("roi:dashboard", role) if role else redirect("roi:home")


@require_safe
def role_dashboard(request: HttpRequest, role: str) -> HttpResponse:
    """One role's page; with ?table=…&format=csv, xlsx or json one of its tables as a file."""
    user = _user(request)
    allowed = _required(user, role)
    shown = dashboard(role, user, timezone.now())
    if "table" in request.GET:
        return table_file(shown, request.GET["table"], request.GET.get("format", "csv"))
    tabs = [(key, ROLES[key][0]) for key in ROLES if key in allowed]
    context = {"board": shown, "tabs": tabs, "role": role}
    return render(request, "roi/dashboard.html", context)


@require_safe
def executive(request: HttpRequest) -> HttpResponse:
    """The executive's page, ready to print on one sheet."""
    return role_dashboard(request, "executive")


@require_safe
def executive_pdf(request: HttpRequest) -> HttpResponse:
    """The same sheet as PDF; where no browser is installed, the page itself can be printed."""
    user = _user(request)
    _required(user, "executive")
    shown = dashboard("executive", user, timezone.now())
    html = render_to_string("roi/executive_print.html", {"board": shown, "company": Company.load()})
    try:
        made = pdf_of(html)
    except NoBrowser:
        return HttpResponse(html)
    response = HttpResponse(made, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="payback-executive-{shown.as_of:%Y-%m-%d}.pdf"'
    return response


def _required(user: User, role: str) -> list[str]:
    """The dashboards that this person may open, this one among them; 404 where there is none of the name."""
    if role not in ROLES:
        raise Http404
    allowed = roles_of(user)
    if role not in allowed:
        raise PermissionDenied(f"The page «{ROLES[role][0]}» belongs to a role that you do not hold.")
    return allowed


def table_file(shown: Dashboard, key: str, kind: str) -> HttpResponse:
    """A table as a file; 404 for one that is not on the page, or a kind that there is not."""
    table = shown.table(key)
    if table is None or kind not in KINDS:
        raise Http404
    name = f"payback-{shown.role}-{table.key}-{shown.as_of:%Y-%m-%d}"
    if kind == "csv":
        return csv_response(f"{name}.csv", table.head, table.cells())
    if kind == "json":
        return JsonResponse(as_json(shown, table))
    response = HttpResponse(xlsx_bytes(table.title, table.head, table.cells()), content_type=XLSX)
    response["Content-Disposition"] = f'attachment; filename="{name}.xlsx"'
    return response


def as_json(shown: Dashboard, table: Table) -> dict[str, Any]:
    """The table with its date, currency and what its figures are."""
    rows = [{column.key: row.get(column.key) for column in table.columns} for row in table.rows]
    said = {"as_of": shown.as_of, "currency": shown.currency, "table": table.key, "note": table.note}
    return said | {"rows": rows}


def _user(request: HttpRequest) -> User:
    user: User = request.user  # type: ignore[assignment]
    return user
