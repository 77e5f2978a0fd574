"""Budgets: where each stands, and the forms that set them."""

from typing import Any

from django import forms as django_forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from aiops import permissions
from aiops.csv_files import csv_response
from aiops.models import BusinessUnit, User
from aiops.permissions import Permission
from workloads.forms_cost import BudgetForm, ChangeBudgetForm, EndForm
from workloads.models import Budget, Workload
from workloads.operations import budgets as operations
from workloads.queries import budgets as queries
from workloads.queries.budgets import BudgetStanding
from workloads.queries.showback import money_workloads
from workloads.views.prices import attempt
from workloads.views.telemetry import SignedIn

CSV_HEAD = [
    "of",
    "period",
    "from",
    "to",
    "budget",
    "spent",
    "low",
    "likely",
    "high",
    "runs_out",
    "provisional",
]


def settable(user: User) -> list[Workload]:
    """Workloads whose budget this person may set."""
    rows = Workload.objects.visible_to(user).exclude(stage="retired").select_related("unit")
    return [workload for workload in rows if operations.may_set(workload, None, user)]


def _form(user: User, data: Any = None, **more: Any) -> BudgetForm:
    everywhere = permissions.scope(user, Permission.FINANCE)
    units = (
        BusinessUnit.objects.all()
        if everywhere.everything
        else BusinessUnit.objects.filter(pk__in=everywhere.unit_ids)
    )
    mine = Workload.objects.filter(pk__in=[workload.pk for workload in settable(user)])
    return BudgetForm(data, workloads=mine, units=units, centres=bool(everywhere), **more)


@require_http_methods(["GET", "HEAD", "POST"])
def budgets(request: SignedIn) -> HttpResponse:
    """Every budget that this person may see, and where it stands. CSV by ?format=csv."""
    at, user = timezone.now(), request.user
    mine = settable(user)
    if not mine and not permissions.has(user, Permission.READ_MONEY) and not money_workloads(user).exists():
        raise PermissionDenied("Budgets are for those who read money, or who run a workload.")
    start = {"valid_from": at.date().replace(day=1), "workload": request.GET.get("workload")}
    form, status = _form(user, initial=start), 200
    if request.method == "POST":
        form, status = _form(user, request.POST), 422
        if form.is_valid() and attempt(form, operations.add_budget, **form.cleaned_data, by=user, at=at):
            messages.success(request, "The budget is set. It warns; it never stops a call.")
            return redirect("workloads:budgets")
    rows = queries.standings(queries.budgets(user, at.date()), at)
    if request.GET.get("format") == "csv":
        return csv_response("payback-budgets.csv", CSV_HEAD, map(_line, rows))
    context = {
        "rows": sorted(rows, key=lambda row: -row.standing.share),
        "form": form,
        "may_add": bool(mine) or permissions.has(user, Permission.FINANCE),
        "over": sum(row.standing.is_over for row in rows),
        "heading": sum(row.standing.heads_over for row in rows),
    }
    return render(request, "workloads/budgets.html", context, status=status)


def _line(row: BudgetStanding) -> list[Any]:
    standing, ahead, out = row.standing, row.standing.ahead, row.standing.runs_out
    sides = [ahead.low, ahead.likely, ahead.high] if ahead else ["", "", ""]
    days = [row.period.start, row.period.last]
    figures = [standing.amount, standing.spent, *sides]
    return [row.budget.of, row.budget.period, *days, *figures, out.likely if out else "", row.is_provisional]


@require_http_methods(["GET", "HEAD", "POST"])
def budget(request: SignedIn, pk: int) -> HttpResponse:
    """One budget with what it told; those who may, change or end it."""
    at, user = timezone.now(), request.user
    seen = Budget.objects.visible_to(user).select_related("workload__unit", "unit", "by").distinct()
    found = get_object_or_404(seen, pk=pk)
    forms: dict[str, django_forms.Form] = {
        "change": ChangeBudgetForm(initial={name: getattr(found, name) for name in operations.CHANGEABLE}),
        "end": EndForm(initial={"valid_to": at.date()}, auto_id="end_%s"),
    }
    status = 200
    if request.method == "POST":
        name = "end" if request.POST.get("form") == "end" else "change"
        form = EndForm(request.POST, auto_id="end_%s") if name == "end" else ChangeBudgetForm(request.POST)
        forms[name], status = form, 422
        if form.is_valid() and _changed(request, found, name, form):
            messages.success(request, "Noted.")
            return redirect("workloads:budgets")
    holds = found.valid_from <= at.date() and (found.valid_to is None or found.valid_to > at.date())
    context = {
        "budget": found,
        "row": queries.standings([found], at)[0] if holds else None,
        "alerts": list(found.alerts.all()[:50]),
        "forms": forms,
        "may_change": operations.may_set(found.workload, found.unit, user),
    }
    return render(request, "workloads/budget.html", context, status=status)


def _changed(request: SignedIn, found: Budget, name: str, form: django_forms.Form) -> Any:
    said = {"budget": found, "by": request.user, "at": timezone.now()}
    if name == "end":
        return attempt(form, operations.end_budget, **form.cleaned_data, **said)
    return attempt(form, operations.change_budget, changes=form.cleaned_data, **said)
