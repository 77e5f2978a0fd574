"""Realised against forecast: the portfolio page, one workload's part, and the CSV of both."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from aiops import permissions
from aiops.csv_files import csv_response
from aiops.models import User
from aiops.permissions import Permission
from roi import queries
from workloads.models import Workload
from workloads.queries import provisional_outcomes


def value(request: HttpRequest) -> HttpResponse:
    """Each workload this month and to date; cash and hours in columns of their own."""
    user: User = request.user  # type: ignore[assignment]
    rows, today = queries.to_date(user), timezone.now().date()
    if request.GET.get("format") == "csv":
        return _csv(user, rows)
    context = {"rows": rows, "month_rows": queries.this_month(user, today), "today": today}
    context |= {
        "totals": queries.portfolio_totals(rows),
        "money": permissions.has(user, Permission.READ_MONEY),
    }
    return render(request, "roi/value.html", context)


def _csv(user: User, rows: list[queries.ValueRow]) -> HttpResponse:
    permissions.require(user, Permission.READ_MONEY)
    head = ["workload", "name", "through", "done", "accepted", "self_reported", "hours_freed", "hours_signed"]
    head += ["cash_signed", "other_signed", "model_cost", "forecast_hours_p50", "forecast_cash_p50", "provisional"]
    return csv_response("payback-value.csv", head, (_cells(row) for row in rows))


def _cells(row: queries.ValueRow) -> list[object]:
    cells: list[object] = [row.workload.key, row.workload.name, row.through, row.done, row.accepted]
    cells += [row.self_reported, row.hours_freed, row.hours_signed, row.cash_signed, row.other_signed]
    cells += [row.model_cost, row.forecast_hours and row.forecast_hours[1]]
    return [*cells, row.forecast_cash and row.forecast_cash[1], row.provisional]


def workload_value(request: HttpRequest, number: int) -> HttpResponse:
    """The value part of a workload's page: the sentence, capacity and cash apart, months against forecast."""
    user: User = request.user  # type: ignore[assignment]
    workload = get_object_or_404(Workload.objects.visible_to(user), number=number)
    months = queries.months_of(user, workload)
    context = {
        "workload": workload,
        "row": queries.value_row(workload, months, provisional_outcomes([workload]).get(workload.pk, 0)),
        "now": queries.value_row(workload, months[-1:]),
        "months": list(reversed(months)),
        "chart": queries.value_chart(months),
        "claims": queries.claims_of(user, workload),
        "money": permissions.has(user, Permission.READ_MONEY, unit=workload.unit)
        or user.pk in (workload.business_owner_id, workload.deputy_id),
    }
    return render(request, "roi/_workload_value.html", context)
