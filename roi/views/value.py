"""Realised against forecast: the portfolio page, one workload's part, and the files of both."""

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from aiops import permissions
from aiops.csv_files import csv_response
from aiops.models import Company, User
from aiops.permissions import Permission
from aiops.spreadsheets import xlsx_bytes
from roi import queries
from roi.calc.closing import local_day
from roi.queries import ledger
from roi.queries import value as reads
from workloads.models import Workload
from workloads.queries import provisional_outcomes

A_PAGE = 50
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
HEAD = [
    "workload", "name", "through", "done", "judged", "accepted", "self_reported", "hours_freed", "hours_low",
    "hours_high", "bounds", "hours_signed", "cash_signed", "cash_claimed", "avoided_signed", "revenue_signed",
    "risk_signed", "model_cost", "run_cost", "forecast_hours_p50", "forecast_cash_p50", "currency", "provisional",
]  # fmt: skip


@require_safe
def value(request: HttpRequest) -> HttpResponse:
    """Each workload to date, fifty a page; cash and hours in columns of their own."""
    user: User = request.user  # type: ignore[assignment]
    order = request.GET.get("sort", "name")
    order = order if order in reads.ORDERS else "name"
    found = reads.running(user).order_by(*reads.ORDERS[order][1])
    if request.GET.get("format") in ("csv", "xlsx"):
        return _file(user, request.GET["format"], reads.rows_of(found))
    page = Paginator(found, A_PAGE).get_page(request.GET.get("page"))
    where = permissions.scope(user, Permission.READ_MONEY)
    rows = [
        (row, where.covers(row.workload.unit_id) or row.workload.answers(user))
        for row in reads.rows_of(page.object_list)
    ]
    context = {
        "rows": rows,
        "page": page,
        "today": timezone.localdate(),
        "order": order,
        "orders": reads.ORDERS,
    }
    context |= {"money": bool(where), "totals": queries.portfolio_totals(reads.running(user).values("pk"))}
    if not where.everything and where:
        context["totals"] = queries.portfolio_totals(reads.money_workloads(user).values("pk"))
    return render(request, "roi/value.html", context)


def _file(user: User, kind: str, rows: list[queries.ValueRow]) -> HttpResponse:
    permissions.require(user, Permission.READ_MONEY)
    where = permissions.scope(user, Permission.READ_MONEY)
    cells = [_cells(row) for row in rows if where.covers(row.workload.unit_id)]
    if kind == "csv":
        return csv_response("payback-value.csv", HEAD, cells)
    answer = HttpResponse(xlsx_bytes("Value", HEAD, cells), content_type=XLSX)
    answer["Content-Disposition"] = 'attachment; filename="payback-value.xlsx"'
    return answer


def _cells(row: queries.ValueRow) -> list[Any]:
    named = [row.last_day, *(getattr(row, name) for name in HEAD[3:-1])]
    return [row.workload.key, row.workload.name, *named, row.provisional]


@require_safe
def workload_value(request: HttpRequest, number: int) -> HttpResponse:
    """The value part of a workload's page: the sentence, capacity and cash apart, months against forecast."""
    user: User = request.user  # type: ignore[assignment]
    workload = get_object_or_404(Workload.objects.visible_to(user).select_related("unit"), number=number)
    known = ledger.ledger_of(workload)
    rows = [month.row for month in reversed(known.months)]
    today = local_day(timezone.now(), Company.load().time_zone)
    context = {
        "workload": workload,
        "row": queries.value_row(workload, known.total, provisional_outcomes([workload]).get(workload.pk, 0)),
        "months": known.months[:12],
        "more": max(len(known.months) - 12, 0),
        "weeks": ledger.weeks_of(workload, today, rows[-1] if rows else None),
        "chart": queries.value_chart(rows, known.late_hours),
        "claims": queries.claims_of(user, workload),
        "money": may_read_money(user, workload),
    }
    return render(request, "roi/_workload_value.html", context)


def may_read_money(user: User, workload: Workload) -> bool:
    """Readers of the unit's money and the people who answer for the workload."""
    return workload.answers(user) or permissions.has(user, Permission.READ_MONEY, unit=workload.unit)
