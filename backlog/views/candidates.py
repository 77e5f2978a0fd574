"""The list of candidates, and one candidate."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from aiops import permissions
from aiops.csv_files import csv_response
from aiops.errors import DomainError
from aiops.models import User
from aiops.permissions import Permission
from backlog import operations, queries
from backlog.filters import CandidateFilter
from backlog.forms import AssignForm, RateForm
from backlog.models import OPEN, Candidate, State
from backlog.views.filing import own_or_visible

COLUMNS = ("key", "title", "state", "unit", "owner", "class", "risk", "submitted")


@require_safe
def candidates(request: HttpRequest) -> HttpResponse:
    """All candidates this person may see; filters, sort and page live in the address."""
    found = CandidateFilter(request.GET, queryset=queries.candidates(_user(request)), request=request)
    if request.GET.get("format") == "csv":
        return csv_response("payback-candidates.csv", list(COLUMNS), (_row(c) for c in found.qs))
    page = Paginator(found.qs, 50).get_page(request.GET.get("page"))
    return render(request, "backlog/candidates.html", {"filter": found, "page": page})


def _row(row: Candidate) -> list[Any]:
    cells = [row.key, row.title, row.get_state_display(), str(row.unit), str(row.owner)]
    return [*cells, row.get_klass_display(), row.risk_tier, row.submitted_at]


def _user(request: HttpRequest) -> User:
    return request.user  # type: ignore[return-value]


@require_safe
def candidate(request: HttpRequest, number: int) -> HttpResponse:
    """One candidate: where it stands, what it is worth (from the app above), its ranges and history."""
    found = own_or_visible(request, number)
    user = _user(request)
    may_estimate = permissions.has(user, Permission.ESTIMATE, unit=found.unit)
    may_triage = permissions.has(user, Permission.TRIAGE, unit=found.unit)
    context = {
        "candidate": found,
        "strip": queries.strip(found),
        "stage": queries.current_stage(found),
        "estimates": queries.estimate_rows(user, found),
        "beside": queries.beside(user, found),
        "history": queries.history(found),
        "is_owner": found.owner_id == user.pk,
        "may_edit": found.is_open and (found.owner_id == user.pk or may_estimate),
        "may_estimate": may_estimate and found.is_open and found.state != State.DRAFT,
        "may_send": may_triage and found.may_move_to(State.IN_REVIEW),
        "may_assign": may_triage and found.state in (State.RECEIVED, State.SIZING),
        "money": queries.sees_money(user, found),
    }
    if found.state in OPEN and permissions.has(user, Permission.FINANCE, unit=found.unit):
        context["rate_form"] = RateForm.of(found)
    if context["may_assign"]:
        context["assign"] = AssignForm(
            people=queries.assessors(found.unit), initial={"assessor": found.assessor}
        )
    return render(request, "backlog/candidate.html", context)


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
