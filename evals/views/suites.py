"""Suites: propose one, approve it, run it, watch it, and see its history."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from aiops.errors import DomainError
from evals import operations, queries
from evals.forms import ReviseForm, SuiteForm
from evals.models import Suite
from evals.operations import access
from evals.views.doors import SignedIn, attempt, workload_or_404

HISTORY = 20


@require_http_methods(["GET", "POST"])
def new(request: SignedIn, number: int) -> HttpResponse:
    """Make a suite; an evaluator's is approved at once, anybody else's is a proposal."""
    workload = workload_or_404(request, number)
    access.require_propose(request.user, workload)
    form = SuiteForm(
        workload, queries.endpoints(), request.POST or None, initial={"dataset": request.GET.get("dataset")}
    )
    if request.method == "POST" and form.is_valid():
        now = timezone.now()
        suite = attempt(
            form, lambda: operations.create_suite(workload=workload, by=request.user, at=now, **form.values())
        )
        if suite:
            return redirect("evals:suite", suite.pk)
    context = {
        "workload": workload,
        "form": form,
        "datasets": queries.datasets(request.user, workload),
        "approves": queries.may_approve(request.user, workload),
    }
    return render(request, "evals/suite_new.html", context, status=422 if request.method == "POST" else 200)


@require_GET
def show(request: SignedIn, pk: int) -> HttpResponse:
    """The suite's page; HTMX polls its part while a run is under way."""
    return _page(request, _suite(request, pk))


@require_POST
def run_now(request: SignedIn, pk: int) -> HttpResponse:
    """Start a run by hand."""
    suite = _suite(request, pk)
    try:
        operations.run_now(suite=suite, by=request.user, at=timezone.now())
    except DomainError as refusal:
        messages.error(request, refusal.message)
        return _page(request, suite, status=422)
    return _page(request, suite) if request.htmx else redirect("evals:suite", pk)


@require_POST
def approve(request: SignedIn, pk: int) -> HttpResponse:
    """Put a proposed suite on its schedule."""
    suite = _suite(request, pk)
    try:
        operations.approve_suite(suite=suite, by=request.user, at=timezone.now())
    except DomainError as refusal:
        messages.error(request, refusal.message)
        return _page(request, suite, status=422)
    messages.success(request, f"{suite.name} is approved and runs on its schedule.")
    return redirect("evals:suite", pk)


@require_http_methods(["GET", "POST"])
def revise(request: SignedIn, pk: int) -> HttpResponse:
    """Another version of the cases, or another bar."""
    suite = _suite(request, pk)
    access.require_propose(request.user, suite.workload)
    form = ReviseForm(suite, request.POST or None)
    if request.method == "POST" and form.is_valid():
        now = timezone.now()
        if attempt(
            form, lambda: operations.revise_suite(suite=suite, by=request.user, at=now, **form.values())
        ):
            return redirect("evals:suite", pk)
    context = {
        "suite": suite,
        "workload": suite.workload,
        "form": form,
        "approves": queries.may_approve(request.user, suite.workload),
    }
    return render(
        request, "evals/suite_revise.html", context, status=422 if request.method == "POST" else 200
    )


def _page(request: SignedIn, suite: Suite, status: int = 200) -> HttpResponse:
    # Asked first: a run that ends before the others are read is followed once more, instead of "not run yet" for good.
    under_way = queries.check_run_under_way(suite.check_of)
    history = list(queries.runs(request.user).filter(suite=suite)[:HISTORY])
    context = {
        "suite": suite,
        "workload": suite.workload,
        "scale_start": queries.scale_start(history),
        "under_way": under_way,
        "runs": history,
        "may_propose": queries.may_propose(request.user, suite.workload)
        and suite.workload.stage != "retired",
        "may_approve": queries.may_approve(request.user, suite.workload),
        "may_run": queries.may_run(request.user, suite.workload) and suite.workload.stage != "retired",
    }
    return render(
        request, "evals/_suite_state.html" if request.htmx else "evals/suite.html", context, status=status
    )


def _suite(request: SignedIn, pk: int) -> Suite:
    rows = Suite.objects.visible_to(request.user).select_related(
        "workload__unit", "dataset", "connection", "check_of", "created_by", "approved_by"
    )
    return get_object_or_404(rows, pk=pk)
