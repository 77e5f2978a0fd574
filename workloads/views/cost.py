"""The Cost page of a workload."""

from decimal import Decimal
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from aiops.csv_files import csv_response
from aiops.models import Company
from aiops.templatetags.payback import money
from workloads.calc.cost_change import WORDS, in_words
from workloads.calc.months import later
from workloads.calc.unit_cost import UnitCost
from workloads.forms_cost import WorthForm
from workloads.models import Workload
from workloads.models.telemetry import CostSource
from workloads.operations import budgets as operations
from workloads.queries.budgets import budgets_of, standings
from workloads.queries.cost import BEHIND, DAY, MEASURES, Cause, CostView, cost_view, day_rows, may_read_cost
from workloads.queries.outcomes import outcome_totals
from workloads.queries.past_cost import past_months
from workloads.views.telemetry import SignedIn, visible_workload

COLOURS = ("$accent", "$warn", "$muted", "$good", "$band")
SOURCES = (
    ("client_cost_usd", CostSource.CLIENT),
    ("own_cost_usd", CostSource.OWN),
    ("list_cost_usd", CostSource.LIST),
    ("upper_bound_cost_usd", CostSource.UPPER_BOUND),
)


def require_cost(request: SignedIn, workload: Workload) -> None:
    if not may_read_cost(request.user, workload):
        raise PermissionDenied("Cost is for those who read money in this unit.")


@require_safe
def cost(request: SignedIn, number: int) -> HttpResponse:
    """What the workload costs, where it is heading, what stood out and why. CSV of the days by ?format=csv."""
    workload = visible_workload(request, number)
    require_cost(request, workload)
    at = timezone.now()
    if request.GET.get("format") == "csv":
        return _csv(workload, at)
    view = cost_view(workload, at)
    rows = standings(budgets_of(workload, at.date()), at)
    context = {
        "workload": workload,
        "view": view,
        "sources": _sources(view),
        "chart": _chart(view),
        "table": _table(view),
        "stories": [(story.episode, story.cause, _words(story.cause)) for story in view.stories],
        "burn_words": _words(view.burn_cause) if view.burn_cause else "",
        "moved": [(WORDS[name], part) for name, part in view.moved.parts.items()] if view.moved else [],
        "budgets": rows,
        "past": past_months(workload, view.month, view.costs),
        "monthly": next((r for r in rows if r.budget.workload_id and r.budget.period == "month"), None),
        "may_budget": operations.may_set(workload, None, request.user),
        **_unit_cost(request, workload, view),
    }
    return render(request, "workloads/cost.html", context)


def _unit_cost(request: SignedIn, workload: Workload, view: CostView) -> dict[str, Any]:
    """Cost of an accepted item this month, against what the reader says that one is worth."""
    form = WorthForm(request.GET)
    worth = form.cleaned_data["worth"] if form.is_valid() else None
    done = outcome_totals(workload, view.month, later(view.month))
    return {
        "worth_form": form,
        "outcomes": done,
        "unit_cost": UnitCost(view.this.money(), view.fixed, done.accepted, worth),
    }


def _words(cause: Cause) -> str:
    return in_words(cause.parts, lambda amount: money(amount, 2))


def _sources(view: CostView) -> list[tuple[str, Decimal]]:
    found = ((source.label, view.this.money(column)) for column, source in SOURCES)
    return [(label, amount) for label, amount in found if amount]


def _top(view: CostView) -> list[str]:
    """The dearest models of the chart's days; the others are drawn together."""
    sums: dict[str, Decimal] = {}
    for costs in view.by_day.values():
        for name, amount in costs.items():
            sums[name] = sums.get(name, Decimal(0)) + amount
    return sorted(sums, key=lambda name: -sums[name])[: len(COLOURS) - 1]


def _table(view: CostView) -> list[tuple[Any, Decimal, list[tuple[str, Decimal]]]]:
    """Each day, the newest first, with its models, the dearest first."""
    return [
        (day, sum(costs.values(), Decimal(0)), sorted(costs.items(), key=lambda pair: -pair[1]))
        for day, costs in sorted(view.by_day.items(), reverse=True)
    ]


def _chart(view: CostView) -> dict[str, Any]:
    """Cost a day, stacked by model, with changes as lines."""
    days = sorted(view.by_day)
    if not days:
        return {}
    days = [days[0] + DAY * n for n in range((view.today - days[0]).days + 1)]
    top = _top(view)
    series = [
        _bars(name, [view.by_day.get(day, {}).get(name, Decimal(0)) for day in days], i)
        for i, name in enumerate(top)
    ]
    rest = [sum((a for n, a in view.by_day.get(day, {}).items() if n not in top), Decimal(0)) for day in days]
    if any(rest):
        series.append(_bars("other models", rest, len(COLOURS) - 1))
    labels = {day: f"{day:%-d %b}" for day in days}
    series[0]["markLine"] = _marks(view, labels)
    return {
        "legend": {"data": [one["name"] for one in series], "top": 0, "type": "scroll"},
        "xAxis": {"type": "category", "data": list(labels.values())},
        "yAxis": {"type": "value"},
        "series": series,
    }


def _bars(name: str, amounts: list[Decimal], index: int) -> dict[str, Any]:
    return {
        "name": name,
        "type": "bar",
        "stack": "cost",
        "data": [round(float(amount), 4) for amount in amounts],
        "itemStyle": {"color": COLOURS[index]},
    }


def _marks(view: CostView, labels: dict[Any, str]) -> dict[str, Any]:
    """One line for each day on which something changed; its words are in the list below the chart."""
    kinds: dict[str, set[str]] = {}
    for change in view.changes:
        if (label := labels.get(change.at.date())) is not None:
            kinds.setdefault(label, set()).add(str(change.get_kind_display()))
    return {
        "symbol": "none",
        "silent": True,
        "lineStyle": {"color": "$ink", "type": "dashed"},
        "label": {"formatter": "{b}", "color": "$muted", "fontSize": 11},
        "data": [{"xAxis": label, "name": ", ".join(sorted(found))} for label, found in kinds.items()],
    }


def _csv(workload: Workload, at: Any) -> HttpResponse:
    rate = Company.load().usd_rate
    rows = day_rows(workload, at.date() - DAY * BEHIND, at.date() + DAY)
    head = ["day", "provider", "model", *MEASURES, "cost"]
    lines = (
        [row["day"], row["provider"], row["model"], *(row[name] for name in MEASURES), row["cost_usd"] * rate]
        for row in rows
    )
    return csv_response(f"payback-cost-{workload.slug}.csv", head, lines)
