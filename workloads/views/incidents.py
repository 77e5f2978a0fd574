"""Incidents: the list, and one incident with its answers."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from aiops import permissions
from aiops.errors import DomainError
from aiops.permissions import Permission
from workloads import operations, queries
from workloads.filters import IncidentFilter
from workloads.forms import CommentForm, ResolveForm
from workloads.models import Incident
from workloads.views.telemetry import SignedIn


@require_safe
def incidents(request: SignedIn) -> HttpResponse:
    """Those that wait for an answer, unless another state is asked for."""
    found = IncidentFilter(request.GET, queryset=queries.incidents(request.user))
    page = Paginator(found.qs, 50).get_page(request.GET.get("page"))
    return render(request, "workloads/incidents.html", {"filter": found, "page": page})


@require_http_methods(["GET", "HEAD", "POST"])
def incident(request: SignedIn, number: int) -> HttpResponse:
    """What happened, what was said, and the answers: acknowledge, comment, resolve."""
    found = get_object_or_404(queries.incidents(request.user), number=number)
    forms: dict[str, Any] = {"resolve": ResolveForm(), "comment": CommentForm()}
    status = 200
    if request.method == "POST":
        if _answered(request, found, forms):
            return redirect("workloads:incident", number)
        status = 422
    context = {
        "incident": found,
        "forms": forms,
        "entries": found.entries.select_related("by"),
        "may_answer": found.may_be_answered_by(request.user)
        or permissions.has(request.user, Permission.ANSWER, unit=found.workload.unit),
    }
    return render(request, "workloads/incident.html", context, status=status)


def _answered(request: SignedIn, found: Incident, forms: dict[str, Any]) -> bool:
    answer, at = request.POST.get("answer", ""), timezone.now()
    try:
        if answer == "acknowledge":
            operations.acknowledge_incident(incident=found, by=request.user, at=at)
            return True
        name = "resolve" if answer == "resolve" else "comment"
        form = forms[name] = (ResolveForm if name == "resolve" else CommentForm)(request.POST)
        if not form.is_valid():
            return False
        verb = operations.resolve_incident if name == "resolve" else operations.comment_incident
        verb(incident=found, by=request.user, at=at, **form.cleaned_data)
    except DomainError as error:
        messages.error(request, error.message)
    return True
