"""The cost of the portfolio, and what each unit and cost centre is shown for a month."""

import csv
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from aiops import permissions
from aiops.csv_files import csv_response
from aiops.permissions import Permission
from aiops.spreadsheets import cell
from workloads.calc.focus import COLUMNS, focus_rows
from workloads.calc.focus.columns import NAMES, NUMBER
from workloads.forms_bills import MonthForm, chosen_month
from workloads.models import Workload
from workloads.queries.portfolio_cost import BY, PortfolioCost, portfolio_cost
from workloads.queries.showback import Showback, focus_charges, reads_all_money, showback
from workloads.views.telemetry import SignedIn

WORDS = {"workload": "Workload", "unit": "Unit", "model": "Model", "cost_centre": "Cost centre"}


def require_some_money(request: SignedIn) -> None:
    """Readers of money anywhere, and those who answer for a workload."""
    if permissions.has(request.user, Permission.READ_MONEY):
        return
    if not Workload.objects.answered_by(request.user).exists():
        raise PermissionDenied(
            "Cost is for those who read money: your unit's lead or finance can say what it was."
        )


@require_safe
def cost(request: SignedIn) -> HttpResponse:
    """What AI costs this month, by what, where it is heading and what is unclear."""
    require_some_money(request)
    at = timezone.now()
    month = chosen_month(request.GET.get("month", ""), at.date())
    by = request.GET.get("by", "workload")
    by = by if by in BY else "workload"
    found = portfolio_cost(request.user, month, by, at)
    if request.GET.get("format") == "csv":
        return _cost_csv(found)
    context = {
        "cost": found,
        "month_form": MonthForm(today=at.date(), month=month),
        "by_words": WORDS,
        "by_label": WORDS[by],
        "chart": _trend_chart(found),
        "links": _links(request),
    }
    return render(request, "workloads/portfolio_cost.html", context)


LINKS = (
    ("workloads:showback", "Showback", False),
    ("workloads:budgets", "Budgets", False),
    ("workloads:reconciliation", "Reconciliation", True),
    ("workloads:bills", "Bills", True),
    ("workloads:prices", "Prices", True),
)


def _links(request: SignedIn) -> list[tuple[str, str]]:
    """Pages beside this one that this person may open and that are there."""
    found = []
    for name, words, needs_all in LINKS:
        try:
            address = reverse(name)
        except NoReverseMatch:
            continue
        if not needs_all or reads_all_money(request.user):
            found.append((address, words))
    return found


def _cost_csv(found: PortfolioCost) -> HttpResponse:
    head = [found.by, "month", "amount", "month_before", "calls", "provisional"]
    rows = (
        [row.label, found.month, row.amount, row.before, row.calls, row.provisional] for row in found.rows
    )
    return csv_response(f"payback-cost-{found.month:%Y-%m}-by-{found.by}.csv", head, rows)


def _trend_chart(found: PortfolioCost) -> dict[str, Any]:
    parts = (
        ("As billed", "billed", "$accent"),
        ("As traced", "traced", "$band"),
        ("Fixed", "fixed", "$muted"),
    )
    return {
        "legend": {"data": [name for name, _, _ in parts], "top": 0},
        "xAxis": {"type": "category", "data": [f"{one.month:%b %Y}" for one in found.trend]},
        "yAxis": {"type": "value"},
        "series": [
            {
                "name": name,
                "type": "bar",
                "stack": "cost",
                "data": [round(float(getattr(one, part)), 4) for one in found.trend],
                "itemStyle": {"color": colour},
            }
            for name, part, colour in parts
        ],
    }


@require_safe
def showback_page(request: SignedIn) -> HttpResponseBase:
    """Units and cost centres in a month; the same as CSV, and as FOCUS 1.2."""
    require_some_money(request)
    today = timezone.now().date()
    month = chosen_month(request.GET.get("month", ""), today)
    shown = showback(request.user, month)
    wanted = request.GET.get("format")
    if wanted == "csv":
        return _showback_csv(shown)
    if wanted == "focus":
        return focus_download(shown)
    context = {"shown": shown, "month": month, "month_form": MonthForm(today=today, month=month)}
    return render(request, "workloads/showback.html", context)


HEAD = [
    "month", "unit", "unit_code", "cost_centre", "workload", "name", "provider", "model", "source", "provisional",
    "calls", "currency", "amount",
]  # fmt: skip


def showback_cells(shown: Showback) -> list[list[Any]]:
    """Each row of the month as plain values, in the order of HEAD."""
    return [
        [
            shown.month,
            row.unit.name,
            row.unit.code,
            row.share.cost_centre,
            row.workload.key,
            row.workload.name,
            row.share.provider,
            row.share.model,
            row.share.source,
            row.share.provisional,
            row.share.calls,
            shown.company.currency,
            row.share.amount,
        ]
        for row in shown.rows
    ]


def _showback_csv(shown: Showback) -> HttpResponse:
    return csv_response(f"payback-showback-{shown.month:%Y-%m}.csv", HEAD, showback_cells(shown))


NUMBERS = frozenset(column.name for column in COLUMNS if column.type == NUMBER)


class _Echo:
    """A file that gives back what is written, for the csv module."""

    def write(self, line: str) -> str:
        return line


def focus_download(shown: Showback) -> StreamingHttpResponse:
    """Plain CSV as the specification wants it: no mark at the front, NULL is empty. Text cannot start a formula."""
    writer = csv.writer(_Echo())
    rows = (
        writer.writerow(
            [value if name in NUMBERS else cell(value) for name, value in zip(NAMES, row, strict=True)]
        )
        for row in focus_rows(focus_charges(shown))
    )
    response = StreamingHttpResponse(rows, content_type="text/csv; charset=utf-8")
    name = f"payback-focus-1.2-{shown.month:%Y-%m}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
