"""The checks part of a workload's page: run now, and progress while it runs."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from aiops.errors import DomainError
from workloads import operations, queries
from workloads.models import Check, Workload
from workloads.views.telemetry import SignedIn, visible_workload


def _part(request: SignedIn, workload: Workload) -> HttpResponse:
    return render(request, "workloads/_checks.html", checks_context(workload))


def checks_context(workload: Workload) -> dict[str, Any]:
    """The rows, and whether one is under way: then the part asks again every two seconds."""
    rows = queries.check_rows(workload)
    return {"workload": workload, "checks": rows, "under_way": any(row.run for row in rows)}


@require_safe
def checks(request: SignedIn, number: int) -> HttpResponse:
    """The table of checks."""
    return _part(request, visible_workload(request, number))


@require_POST
def run_check(request: SignedIn, number: int, pk: int) -> HttpResponse:
    """Run one check outside its calendar."""
    workload = visible_workload(request, number)
    check = get_object_or_404(Check.objects.filter(workload=workload).select_related("workload__unit"), pk=pk)
    try:
        operations.run_now(check=check, by=request.user, at=timezone.now())
    except DomainError as error:
        messages.error(request, error.message)
    return _part(request, workload) if request.htmx else redirect("workloads:workload", number)
