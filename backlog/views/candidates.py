"""The list of candidates, and one candidate."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from aiops.csv_files import csv_response
from aiops.errors import DomainError
from aiops.models import User
from backlog import operations, queries
from backlog.filters import CandidateFilter
from backlog.forms import AssignForm
from backlog.models import Candidate
from backlog.views.filing import own_or_visible
from backlog.views.page import page

COLUMNS = ("key", "title", "state", "unit", "owner", "class", "risk", "submitted")


@require_safe
def candidates(request: HttpRequest) -> HttpResponse:
    """All candidates this person may see; filters, sort and page live in the address."""
    found = CandidateFilter(request.GET, queryset=queries.candidates(_user(request)), request=request)
    if request.GET.get("format") == "csv":
        return csv_response("payback-candidates.csv", list(COLUMNS), (_row(c) for c in found.qs))
    shown = Paginator(found.qs, 50).get_page(request.GET.get("page"))
    return render(request, "backlog/candidates.html", {"filter": found, "page": shown})


def _row(row: Candidate) -> list[Any]:
    cells = [row.key, row.title, row.get_state_display(), str(row.unit), str(row.owner)]
    return [*cells, row.get_klass_display(), row.risk_tier, row.submitted_at]


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
