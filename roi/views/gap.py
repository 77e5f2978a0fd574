"""Why a workload gave more or less than approved, what lies ahead of it, and both over the portfolio."""

from datetime import date
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from aiops import permissions
from aiops.models import Company, User
from aiops.permissions import Permission
from roi.calc.recommendation import RULE
from roi.queries import gap_page, gap_portfolio
from roi.queries.outlook import outlooks_of, record_of_rule
from roi.queries.outlook_page import ahead_rows, breakevens, by_verdict, fan_chart, moved, record_figures
from roi.queries.watching import watched
from roi.views.table_files import KINDS, table_file
from workloads.models import Stage, Workload

PARTS = ["part_of", "factor", "name", "amount", "unit", "words"]
GAPS = [
    "workload",
    "name",
    "unit",
    "through",
    "currency",
    "approved",
    "came",
    "gap",
    "corrections",
    "largest",
    "part",
]
AHEAD = ["workload", "name", "unit", "as_of_month", "verdict", "why", "currency", "forward_p10", "forward_p50",
         "forward_p90", "prob_positive", "prob_reach", "months_seen"]  # fmt: skip
RECORD = ["decided_on", "workload", "name", "rule_said", "decided", "followed", "cash_net_before", "cash_net_after",
          "months_after"]  # fmt: skip

PAGE, ALL = 50, 5000


def _user(request: HttpRequest) -> User:
    return request.user  # type: ignore[return-value]


def _workload(request: HttpRequest, number: int) -> Workload:
    rows = Workload.objects.visible_to(_user(request)).select_related("unit", "candidate")
    return get_object_or_404(rows, number=number)


@require_safe
def gap(request: HttpRequest, number: int) -> HttpResponse:
    """To date, or ?month=yyyy-mm; ?format=csv, xlsx or json. Without the money of the unit, the hours alone."""
    workload = _workload(request, number)
    money = gap_page.may_see_money(_user(request), workload)
    months = gap_page.months_with_gap(workload)
    month = _chosen(request.GET.get("month", ""), months)
    made = gap_page.explained(workload, month)
    if made is not None and (kind := request.GET.get("format", "")) in KINDS:
        return table_file(kind, f"gap-{workload.key}", PARTS, _part_cells(made, money))
    charts = {"cash": _chart(made)} if made is not None and money else {}
    context = {"workload": workload, "made": made, "money": money, "months": months, "month": month}
    return render(request, "roi/gap.html", context | charts)


def _chosen(text: str, months: list[date]) -> date | None:
    """One of the months that there are; anything else is all of them."""
    return next((month for month in months if f"{month:%Y-%m}" == text), None)


def _chart(made: gap_page.Explained) -> dict[str, Any]:
    return gap_page.waterfall(made.planned, made.parts, made.came, ("Approved", "Came"))


def _part_cells(made: gap_page.Explained, money: bool) -> list[list[Any]]:
    cash = [["cash", p.factor, p.name, p.amount, made.currency, p.words] for p in made.parts] if money else []
    hours = [["capacity", p.factor, p.name, p.amount, "hours", p.words] for p in made.hours]
    return cash + hours


@require_safe
def gaps(request: HttpRequest) -> HttpResponse:
    """Where forecasts go wrong: each factor over all workloads whose money one reads, and the workloads behind it."""
    shown = _readable(_user(request))
    rows = gap_portfolio.gap_rows(shown)
    if (kind := request.GET.get("format", "")) in KINDS:
        return table_file(kind, "gaps", GAPS, map(_gap_cells, gap_portfolio.gap_lines(rows)))
    factors, total = gap_portfolio.portfolio_gap(shown), gap_portfolio.gap_totals(rows)
    parts = [gap_page.Part(f.factor, f.name, f.amount, "") for f in factors]
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": gap_portfolio.gap_lines(page.object_list),
        "factors": factors,
        "total": total,
    }
    context |= {"chart": gap_page.waterfall(total["planned"], parts, total["came"], ("Approved", "Came"))}
    return render(request, "roi/gaps.html", context | {"company": Company.load()})


def _readable(user: User) -> Any:
    """Workloads whose money this person reads."""
    where = permissions.scope(user, Permission.READ_MONEY)
    rows = Workload.objects.visible_to(user)
    if where.everything:
        return rows
    return rows.filter(Q(unit__in=where.unit_ids) | Q(business_owner=user) | Q(deputy=user))


def _gap_cells(one: dict[str, Any]) -> list[Any]:
    workload, row = one["workload"], one["row"]
    cells = [
        workload.key,
        workload.name,
        workload.unit.name,
        row.last_day,
        row.currency,
        one["planned"],
        one["came"],
    ]
    return [*cells, one["gap"], one["corrections"], one["first"], one["part"]]


@require_safe
def outlook(request: HttpRequest, number: int) -> HttpResponse:
    """What lies ahead: the fan from today, the chances, what moved, break-evens, tripwires and what the rule says."""
    workload = _workload(request, number)
    money = gap_page.may_see_money(_user(request), workload)
    kept = outlooks_of(_user(request), workload) if money else []
    newest = kept[0] if kept else None
    if money and (kind := request.GET.get("format", "")) in KINDS:
        return table_file(
            kind, f"outlook-{workload.key}", AHEAD, (_ahead_cells(row, workload) for row in kept)
        )
    context = {"workload": workload, "money": money, "newest": newest, "earlier": kept[1:25], "rule": RULE}
    if newest is not None:
        context |= {"moved": moved(newest), "breakevens": breakevens(newest), "fan": fan_chart(newest)}
    context |= {"watched": watched(_user(request), workload) if money else []}
    return render(request, "roi/outlook.html", context)


def _ahead_cells(row: Any, workload: Workload) -> list[Any]:
    cells = [
        workload.key,
        workload.name,
        workload.unit.name,
        row.month,
        row.verdict or "not enough data",
        row.why,
    ]
    cells += [
        row.currency,
        row.forward_p10,
        row.forward_p50,
        row.forward_p90,
        row.prob_positive,
        row.prob_reach,
    ]
    return [*cells, row.months_seen]


@require_safe
def recommendations(request: HttpRequest) -> HttpResponse:
    """What the rule says of every running workload, the rule itself, and its record; ?table=record for that one."""
    user = _user(request)
    readable = _readable(user)
    running = by_verdict(readable.filter(stage__in=[Stage.PILOT, Stage.LIVE]).select_related("unit"))
    if (kind := request.GET.get("format", "")) in KINDS:
        if request.GET.get("table") == "record":
            return table_file(
                kind, "rule-record", RECORD, map(_record_cells, record_of_rule(user, readable, ALL))
            )
        cells = (_ahead_cells(row, workload) for workload, row in ahead_rows(running) if row is not None)
        return table_file(kind, "recommendations", AHEAD, cells)
    record = record_of_rule(user, readable)
    page = Paginator(running, PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": ahead_rows(page.object_list),
        "record": record[:PAGE],
        "rule": RULE,
        "figures": record_figures(record),
    }
    return render(request, "roi/recommendations.html", context)


def _record_cells(one: Any) -> list[Any]:
    workload = one.decision.workload
    cells = [one.decision.at.date(), workload.key, workload.name, one.said, one.decision.verdict]
    return [*cells, one.agreed, one.before, one.after, one.months_after]
