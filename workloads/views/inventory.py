"""The list of workloads, one workload, and the small forms on its page."""

from collections.abc import Callable
from datetime import UTC, timedelta
from typing import Any

from django import forms as django_forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from aiops import permissions
from aiops.errors import DomainError
from aiops.models import Company
from aiops.permissions import Permission
from workloads import operations, queries
from workloads.filters import WorkloadFilter
from workloads.forms import BudgetForm, ChangeForm, CostCheckForm, GoLiveForm, SpendForm, StageForm
from workloads.models import Change, Check, Workload
from workloads.models.inventory import STAGE_MOVES
from workloads.operations.inventory import require_operator
from workloads.queries.change_log import changes_between, mark_changes
from workloads.views.checks import checks_context
from workloads.views.telemetry import SignedIn, visible_workload


@require_safe
def workloads(request: SignedIn) -> HttpResponse:
    """All workloads this person may see; filters live in the address."""
    found = WorkloadFilter(request.GET, queryset=queries.workloads(request.user))
    page = Paginator(found.qs, 50).get_page(request.GET.get("page"))
    return render(request, "workloads/workloads.html", {"filter": found, "page": page})


FORMS: dict[str, type[django_forms.Form]] = {
    "stage": StageForm,
    "go_live": GoLiveForm,
    "spend": SpendForm,
    "budget": BudgetForm,
    "change": ChangeForm,
    "cost_check": CostCheckForm,
}


@require_http_methods(["GET", "HEAD", "POST"])
def workload(request: SignedIn, number: int) -> HttpResponse:
    """One workload; a POST names which of its forms was sent."""
    found = visible_workload(request, number)
    forms, status = _forms(found), 200
    if request.method == "POST":
        name = request.POST.get("form", "")
        if name not in FORMS:
            raise PermissionDenied("There is no such form on this page.")
        forms[name] = form = _bound(name, request, found)
        if form.is_valid() and _done(request, found, name, form):
            return redirect("workloads:workload", number)
        status = 422
    return render(request, "workloads/workload.html", _context(request, found, forms), status=status)


def _bound(name: str, request: HttpRequest, workload: Workload) -> django_forms.Form:
    if name == "stage":
        return StageForm(request.POST, moves=STAGE_MOVES[workload.stage])
    return FORMS[name](request.POST)


def _forms(workload: Workload) -> dict[str, django_forms.Form]:
    today = timezone.now().date()
    first = workload.first_call_at.date() if workload.first_call_at else today
    return {
        "stage": StageForm(moves=STAGE_MOVES[workload.stage], initial={"on": today}, auto_id="stage_%s"),
        "go_live": GoLiveForm(initial={"on": first}, auto_id="go_live_%s"),
        "spend": SpendForm(initial={"spent": workload.spent}, auto_id="spend_%s"),
        "budget": BudgetForm(initial={"monthly_budget": workload.monthly_budget}, auto_id="budget_%s"),
        "change": ChangeForm(initial={"kind": "prompt"}, auto_id="change_%s"),
        "cost_check": CostCheckForm(auto_id="cost_check_%s"),
    }


def _add_cost_check(*, workload: Workload, name: str, every_minutes: int, by: Any, at: Any) -> Check:
    return operations.add_check(
        workload=workload, kind=Check.Kind.COST, name=name, every_minutes=every_minutes, by=by, at=at
    )


VERBS: dict[str, tuple[Callable[..., Any], str]] = {
    "stage": (operations.move_stage, "The stage is changed."),
    "go_live": (operations.confirm_go_live, "Confirmed. Ramp and forecast count from this date."),
    "spend": (operations.record_spend, "Noted."),
    "budget": (operations.set_budget, "The budget is set. It warns; it never stops a call."),
    "change": (operations.log_change, "Noted in the change log."),
    "cost_check": (_add_cost_check, "The check is added; it runs within a minute."),
}


def _done(request: SignedIn, workload: Workload, name: str, form: django_forms.Form) -> bool:
    verb, words = VERBS[name]
    try:
        verb(workload=workload, by=request.user, at=timezone.now(), **form.cleaned_data)
    except DomainError as error:
        form.add_error(error.field if error.field in form.fields else None, error.message)
        return False
    messages.success(request, words)
    return True


def _context(request: SignedIn, workload: Workload, forms: dict[str, Any]) -> dict[str, Any]:
    now = timezone.now()
    month = now.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    usage = queries.usage(workload, month, now)
    days = queries.usage_by_day(workload, now - timedelta(days=30), now)
    rate = Company.load().usd_rate
    return checks_context(workload) | {
        "forms": forms,
        "sentence": queries.sentence(workload, now),
        "strip": queries.stage_strip(workload),
        "incidents": queries.open_incidents(request.user).filter(workload=workload)[:10],
        "changes": list(queries.changes(workload)),
        "usage": usage,
        "month": month.date(),
        "cost": usage.cost_usd * rate,
        "days": [(day, totals, totals.cost_usd * rate) for day, totals in reversed(days)],
        "chart": _chart(days, rate, changes_between(workload, now - timedelta(days=30), now)),
        "may_operate": _may_operate(request, workload),
        "may_connect": permissions.has(request.user, Permission.CONNECT, unit=workload.unit),
        "is_owner": workload.answers(request.user),
    }


def _may_operate(request: SignedIn, workload: Workload) -> bool:
    try:
        require_operator(workload, request.user)
    except PermissionDenied:
        return False
    return True


def _chart(days: list[Any], rate: Any, changed: list[Change]) -> dict[str, Any]:
    """Calls a day as bars and cost as a line, with the changes of these days, as an ECharts option."""
    labels = [f"{day:%-d %b}" for day, _ in days]
    option = {
        "grid": {"left": 48, "right": 56, "top": 32, "bottom": 28},
        "tooltip": {"trigger": "axis", "renderMode": "richText"},
        "legend": {"data": ["Calls", "Cost"], "top": 0},
        "xAxis": {"type": "category", "data": labels},
        "yAxis": [{"type": "value"}, {"type": "value", "splitLine": {"show": False}}],
        "series": [
            {
                "name": "Calls",
                "type": "bar",
                "data": [t.calls for _, t in days],
                "itemStyle": {"color": "$band"},
            },
            {
                "name": "Cost",
                "type": "line",
                "yAxisIndex": 1,
                "symbol": "none",
                "data": [round(float(t.cost_usd * rate), 4) for _, t in days],
                "itemStyle": {"color": "$accent"},
            },
        ],
    }
    mark_changes(option, changed, labels, "%-d %b")
    return option


@require_safe
def candidate_workload(request: SignedIn, number: int) -> HttpResponse:
    """The part of a candidate's page that says what became of it; empty while nothing did."""
    found = Workload.objects.visible_to(request.user).filter(candidate__number=number)
    row = found.select_related("business_owner", "builder", "it_steward").first()
    return render(request, "workloads/_candidate_workload.html", {"workload": row})
