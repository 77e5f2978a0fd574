"""The quality part of a workload: its suites with their last run, and drift."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from evals import queries
from evals.views.doors import SignedIn, workload_or_404


@require_GET
def workload_quality(request: SignedIn, number: int) -> HttpResponse:
    """The part inside the workload's page, or a page of its own."""
    workload = workload_or_404(request, number)
    context = {
        "workload": workload,
        "states": queries.suite_states(request.user, workload),
        "datasets": queries.datasets(request.user, workload),
        "drift": queries.workload_drift(workload),
        "may_propose": queries.may_propose(request.user, workload) and workload.stage != "retired",
    }
    return render(request, "evals/_quality.html" if request.htmx else "evals/quality.html", context)
