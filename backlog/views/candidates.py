"""The list of candidates, and one candidate."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from aiops.csv_files import csv_response
from aiops.errors import DomainError
from aiops.models import User
from aiops.spreadsheets import xlsx_bytes
from backlog import operations, queries
from backlog.filters import CandidateFilter
from backlog.forms import AssignForm
from backlog.queries import export
from backlog.views.filing import own_or_visible
from backlog.views.page import page

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_safe
def candidates(request: HttpRequest) -> HttpResponse:
    """All candidates this person may see; filters, sort and page live in the address, and so does an export."""
    found = CandidateFilter(request.GET, queryset=queries.candidates(_user(request)), request=request)
    if request.GET.get("format") in FORMATS:
        return FORMATS[request.GET["format"]](_user(request), found.qs)
    shown = Paginator(found.qs, 50).get_page(request.GET.get("page"))
    return render(request, "backlog/candidates.html", {"filter": found, "page": shown})


def _csv(user: User, rows: Any) -> HttpResponse:
    return csv_response("payback-candidates.csv", export.head(), export.sheet(user, rows))


def _xlsx(user: User, rows: Any) -> HttpResponse:
    made = xlsx_bytes("Candidates", export.head(), export.sheet(user, rows))
    response = HttpResponse(made, content_type=XLSX)
    response["Content-Disposition"] = 'attachment; filename="payback-candidates.xlsx"'
    return response


def _json(user: User, rows: Any) -> HttpResponse:
    response = JsonResponse({"candidates": list(export.records(user, rows))})
    response["Content-Disposition"] = 'attachment; filename="payback-candidates.json"'
    return response


FORMATS = {"csv": _csv, "xlsx": _xlsx, "json": _json}


def _user(request: HttpRequest) -> User:
    return request.user  # type: ignore[return-value]


@require_safe
def candidate(request: HttpRequest, number: int) -> HttpResponse:
    """One candidate."""
    return page(request, own_or_visible(request, number))


@require_POST
def assign(request: HttpRequest, number: int) -> HttpResponse:
    """Name who sizes it."""
    found = own_or_visible(request, number)
    form = AssignForm(request.POST, people=queries.assessors(found.unit))
    if not form.is_valid():
        messages.error(request, "Choose an assessor from the list.")
        return redirect("backlog:candidate", number)
    try:
        operations.assign_assessor(candidate=found, by=_user(request), at=timezone.now(), **form.cleaned_data)
    except DomainError as error:
        messages.error(request, error.message)
    return redirect("backlog:candidate", number)
