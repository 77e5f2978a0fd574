"""Pages that settle bills: whose spend it is, and calls beside bills."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from aiops.csv_files import csv_response
from aiops.errors import DomainError
from workloads.calc.bill_gap import Gap
from workloads.calc.months import later
from workloads.calc.reconcile import exact_sum
from workloads.forms_bills import ModelNameForm, MonthForm, RuleForm, chosen_month
from workloads.models import BillRule
from workloads.operations.bill_owners import (
    add_bill_rule,
    name_billed_model,
    remove_bill_rule,
    require_ownership,
)
from workloads.queries import bills as queries
from workloads.queries.showback import reads_all_money
from workloads.views.bills import require_all_money
from workloads.views.telemetry import SignedIn

SHOWN_SPEND = 200


def may_rule(request: SignedIn) -> bool:
    try:
        require_ownership(request.user)
    except PermissionDenied:
        return False
    return True


@require_http_methods(["GET", "HEAD", "POST"])
def owners(request: SignedIn) -> HttpResponse:
    """Spend that nobody owns, by name, and the rules that say whose the rest is. IT sees names, not money."""
    if not (may_rule(request) or reads_all_money(request.user)):
        raise PermissionDenied("Finance and IT say whose spend it is.")
    form, status = RuleForm(user=request.user), 200
    if request.method == "POST":
        require_ownership(request.user)
        if "remove" in request.POST:
            return _remove(request)
        form = RuleForm(request.POST, user=request.user)
        if form.is_valid() and _add(request, form):
            return redirect(request.get_full_path())
        status = 422
    return _owners_page(request, form, status)


def _add(request: SignedIn, form: RuleForm) -> bool:
    try:
        rule, changed = add_bill_rule(by=request.user, at=timezone.now(), **form.cleaned_data)
    except DomainError as error:
        form.add_error(error.field, error.message)
        return False
    lines = "line is" if changed == 1 else "lines are"
    messages.success(request, f"Noted. {changed:,} {lines} of {rule.workload.name} now, and those to come.")
    return True


def _remove(request: SignedIn) -> HttpResponse:
    key = request.POST["remove"]
    rule = get_object_or_404(
        BillRule.objects.select_related("workload__unit"), pk=int(key) if key.isdigit() else 0
    )
    changed = remove_bill_rule(rule=rule, by=request.user, at=timezone.now())
    messages.success(request, f"The rule is gone; {changed:,} lines changed hands.")
    return redirect(request.get_full_path())


def _owners_page(request: SignedIn, form: RuleForm, status: int) -> HttpResponse:
    today = timezone.now().date()
    month = asked_month(request, today)
    spend = queries.unowned_spend(month, later(month))
    shared = [row for row in spend if row.match.keys]
    alone = [row for row in spend if not row.match.keys]
    money = reads_all_money(request.user)
    if request.GET.get("format") == "csv":
        return _owners_csv(spend, money, month)
    context = {
        "month": month,
        "month_form": MonthForm(today=today, month=month),
        "shared": shared[:SHOWN_SPEND],
        "alone": alone[:SHOWN_SPEND],
        "alone_count": len(alone),
        "alone_total": exact_sum(row.amount for row in alone),
        "form": form,
        "workloads": form.fields["workload"].queryset,  # type: ignore[attr-defined]
        "rules": queries.bill_rules(),
        "money": money,
        "may_rule": may_rule(request),
    }
    return render(request, "workloads/bill_owners.html", context, status=status)


def _owners_csv(spend: list[queries.UnownedSpend], money: bool, month: date) -> HttpResponse:
    head = ["provider", "account", "account_name", "service", "model", "lines", "shared_by_calls"]
    rows = (
        [row.provider, row.account, row.account_name, row.service, row.model, row.lines, bool(row.match.keys)]
        + ([row.amount] if money else [])
        for row in spend
    )
    return csv_response(f"payback-no-owner-{month:%Y-%m}.csv", head + (["amount"] if money else []), rows)


def asked_month(request: SignedIn, today: date) -> date:
    """The month in the address; else the latest with a bill, since that is the one to work on."""
    if asked := request.GET.get("month"):
        return chosen_month(asked, today)
    with_bills = queries.months_with_bills()
    return min(with_bills[0], today.replace(day=1)) if with_bills else today.replace(day=1)


@require_http_methods(["GET", "HEAD", "POST"])
def reconciliation(request: SignedIn) -> HttpResponse:
    """Calls beside bills by day and model; a POST says which model a bill's name means."""
    require_all_money(request)
    if request.method == "POST":
        form = ModelNameForm(request.POST)
        require_ownership(request.user)
        if form.is_valid():
            name_billed_model(by=request.user, at=timezone.now(), **form.cleaned_data)
            messages.success(request, "Noted, for every bill of this provider.")
            return redirect(request.get_full_path())
        messages.error(request, "That name cannot be kept: it is empty or too long.")
    return _reconciliation_page(request, 422 if request.method == "POST" else 200)


def _reconciliation_page(request: SignedIn, status: int) -> HttpResponse:
    today = timezone.now().date()
    month = asked_month(request, today)
    found = queries.month_gap(month)
    if request.GET.get("format") == "csv":
        return _gap_csv(found, month)
    context = {
        "month": month,
        "month_form": MonthForm(today=today, month=month),
        "gap": found,
        "sentence": gap_sentence(found, month),
        "parts": found.parts(),
        "chart": _gap_chart(found),
        "names": queries.billed_models(),
        "models": sorted({model for row in found.rows for _, model in row.models if model}),
        "may_name": may_rule(request),
        "suggestions": found.suggestions,
    }
    return render(request, "workloads/reconcile.html", context, status=status)


def gap_sentence(found: Gap, month: date) -> str:
    """Where calls and bills stand, in a sentence without figures: those stand beside it."""
    if not found.rows:
        return f"Neither calls nor bills of AI in {month:%B %Y}."
    if not found.billed:
        return f"No bill of AI is in for {month:%B %Y}: all of it is as traced, and provisional."
    if not found.traced:
        return f"{month:%B %Y} is billed, and no call explains it: nothing was traced."
    if not found.total:
        return f"The bills of {month:%B %Y} say what the calls say."
    share = abs(found.share or 0) * 100
    return f"The bills of {month:%B %Y} say {share:.1f} % {'more' if found.total > 0 else 'less'} than the calls."


def _gap_csv(found: Gap, month: date) -> HttpResponse:
    head = ["day", "models", "billed_as", "matched_by", "traced", "billed", "gap"]
    rows = (
        [day, row.label, "; ".join(name for _, name in row.names), row.how, traced, billed, billed - traced]
        for row in found.rows
        for day, traced, billed in row.days
    )
    return csv_response(f"payback-reconciliation-{month:%Y-%m}.csv", head, rows)


def _gap_chart(found: Gap) -> dict[str, Any]:
    return {
        "legend": {"data": ["Traced", "Billed"], "top": 0},
        "xAxis": {"type": "category", "data": [f"{day:%-d %b}" for day, _, _ in found.days]},
        "yAxis": {"type": "value"},
        "series": [
            {
                "name": name,
                "type": "bar",
                "data": [round(float(day[index]), 4) for day in found.days],
                "itemStyle": {"color": colour},
            }
            for index, name, colour in ((1, "Traced", "$band"), (2, "Billed", "$accent"))
        ],
    }
