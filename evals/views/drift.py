"""Drift of a workload: choose a reference window, compare, and see which feature moved."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from aiops.errors import DomainError
from evals import operations, queries
from evals.forms import DriftForm, WindowForm
from evals.operations import access
from evals.views.doors import SignedIn, attempt, workload_or_404
from workloads.models import Check, Workload


@require_http_methods(["GET", "POST"])
def workload_drift(request: SignedIn, number: int) -> HttpResponse:
    """The drift page; posting a window makes the check or replaces its reference."""
    workload = workload_or_404(request, number)
    check = queries.drift_checks(workload).first()
    form = (WindowForm if check else DriftForm)(request.POST or None)
    if request.method == "POST":
        access.require_propose(request.user, workload)
        if form.is_valid() and _store(request, workload, check, form):
            messages.success(request, "The reference window is frozen.")
            return redirect("evals:drift", number)
    return _page(request, workload, form, status=422 if request.method == "POST" else 200)


def _store(request: SignedIn, workload: Workload, check: Check | None, form: WindowForm) -> Any:
    start, end = form.window()
    who: dict[str, Any] = {"start": start, "end": end, "by": request.user, "at": timezone.now()}
    if check:
        return attempt(form, lambda: operations.set_reference(check=check, **who))
    every = form.cleaned_data["every_minutes"]
    return attempt(form, lambda: operations.create_drift_check(workload=workload, every_minutes=every, **who))


@require_POST
def run_now(request: SignedIn, number: int) -> HttpResponse:
    """Compare now."""
    workload, check = _checked(request, number)
    return _act(request, workload, lambda at: operations.run_drift_now(check=check, by=request.user, at=at))


@require_POST
def approve(request: SignedIn, number: int) -> HttpResponse:
    """Let the check run on its schedule against the proposed reference."""
    workload, check = _checked(request, number)
    reference = queries.current_reference(check)
    if reference is None:
        raise Http404("No reference is set.")
    return _act(
        request,
        workload,
        lambda at: operations.approve_reference(reference=reference, by=request.user, at=at),
    )


def _act(request: SignedIn, workload: Workload, act: Any) -> HttpResponse:
    try:
        act(timezone.now())
    except DomainError as refusal:
        messages.error(request, refusal.message)
        return _page(request, workload, WindowForm(), status=422)
    return (
        _page(request, workload, WindowForm()) if request.htmx else redirect("evals:drift", workload.number)
    )


def _checked(request: SignedIn, number: int) -> tuple[Workload, Check]:
    workload = workload_or_404(request, number)
    check = queries.drift_checks(workload).first()
    if check is None:
        raise Http404("This workload has no drift check.")
    return workload, check


def _page(request: SignedIn, workload: Workload, form: forms.Form, status: int = 200) -> HttpResponse:
    context = {
        "workload": workload,
        "form": form,
        "drift": queries.workload_drift(workload),
        "may_propose": queries.may_propose(request.user, workload) and workload.stage != "retired",
        "may_approve": queries.may_approve(request.user, workload),
        "may_run": queries.may_run(request.user, workload) and workload.stage != "retired",
    }
    return render(
        request, "evals/_drift_state.html" if request.htmx else "evals/drift.html", context, status=status
    )
