"""The ranked board of all open candidates."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from aiops import permissions
from aiops.csv_files import csv_response
from aiops.models import User
from aiops.permissions import Permission
from roi import operations, queries
from roi.filters import BoardFilter

HEAD = ["place", "key", "title", "unit", "owner", "state", "npv_p10", "npv_p50", "npv_p90", "prob_positive"]
HEAD += ["hours_p50", "payback_p50_months", "waits_for", "scored_at"]


@require_safe
def board(request: HttpRequest) -> HttpResponse:
    """Ranked by ?sort=; by money only for those who read money, by hours for the others."""
    user: User = request.user  # type: ignore[assignment]
    wide = queries.may_sort_by_money(user)
    sort = request.GET.get("sort") or ("npv" if wide else "hours")
    refused = sort in queries.MONEY_SORTS and not wide
    sort = "hours" if refused or sort not in queries.SORTS else sort
    found = BoardFilter(request.GET, queryset=queries.open_candidates(user))
    rows = queries.board(user, found.qs, sort)
    if request.GET.get("format") == "csv":
        return csv_response("payback-board.csv", HEAD, (_cells(row) for row in rows))
    scale = _scale(rows)
    context = {"rows": rows, "filter": found, "sort": sort, "refused": refused, "scale": scale}
    sorts = {k: v for k, v in queries.SORTS.items() if wide or k not in queries.MONEY_SORTS}
    context |= {"sorts": sorts, "may_decide": permissions.has(user, Permission.DECIDE)}
    context["decidable"] = operations.DECIDABLE
    return render(request, "roi/board.html", context)


def _cells(row: queries.BoardRow) -> list[Any]:
    c, a = row.candidate, row.assessment
    cells: list[Any] = [row.place, c.key, c.title, str(c.unit), str(c.owner), c.get_state_display()]
    money = [a.npv_p10, a.npv_p50, a.npv_p90, a.prob_positive] if a and row.shows_money else [None] * 4
    rest = [a.hours_p50, a.payback_p50 if row.shows_money else None] if a else [None, None]
    return [*cells, *money, *rest, row.waits_for, a.at if a else None]


def _scale(rows: list[queries.BoardRow]) -> tuple[float, float] | None:
    """One scale for all bars, so that their lengths compare."""
    known = [
        r.assessment for r in rows if r.assessment and r.assessment.npv_p10 is not None and r.shows_money
    ]
    if not known:
        return None
    return float(min(0, *(a.npv_p10 for a in known))), float(max(0, *(a.npv_p90 for a in known)))
