"""The ranked board under /api/v1/."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from roi import queries
from roi.filters import BoardFilter
from roi.queries.board import BY_KEY, FIGURES, MONEY_FIGURES

# The filters as the page has them; FilterSets of plain views are not found by the schema.
ASKED = ("q", "unit", "klass", "state", "risk_tier", "owner", "team", "min_npv", "ready")
PARAMETERS = [
    OpenApiParameter("sort", enum=list(BY_KEY), description="What to rank by: npv, or hours without money."),
    OpenApiParameter("dir", enum=["asc", "desc"], description="The best first, unless said otherwise."),
    *(OpenApiParameter(name) for name in ASKED),
]


class Board(APIView):
    """Open candidates, ranked; money only where the caller may see it."""

    @extend_schema(parameters=PARAMETERS, responses={200: {"type": "array", "items": {"type": "object"}}})
    def get(self, request: Request) -> Response:
        user: Any = request.user
        sort, direction = _order(request)
        found = BoardFilter(request.query_params, queryset=queries.open_candidates(user), request=request)
        if not found.is_valid():
            raise serializers.ValidationError(found.errors)
        now = timezone.now()
        rows = queries.board(user, found.qs.select_related("team"), sort, direction)
        return Response([_board_row(row, row.cell(BY_KEY["age"], now).value) for row in rows])


def _order(request: Request) -> tuple[str, str]:
    """Sort and direction, refused by name where there is no such one or it is money for others."""
    asked, wide = request.query_params, queries.may_sort_by_money(request.user)
    sort, direction = asked.get("sort") or ("npv" if wide else "hours"), asked.get("dir") or ""
    if sort not in BY_KEY:
        raise serializers.ValidationError({"sort": f"Choose one of {', '.join(BY_KEY)}."})
    if direction not in ("", "asc", "desc"):
        raise serializers.ValidationError({"dir": "Choose asc or desc."})
    if not wide and (BY_KEY[sort].money or asked.get("min_npv")):
        field = "min_npv" if asked.get("min_npv") else "sort"
        raise PermissionDenied(f"{field}: money is shown to the unit, the review and finance; sort by hours.")
    return sort, direction


def _board_row(row: queries.BoardRow, age: int | None) -> dict[str, Any]:
    """What it is, what it waits for, and every measure; money is null where the caller may not see it."""
    c, a = row.candidate, row.assessment
    made: dict[str, Any] = {"place": row.place, "key": c.key, "title": c.title, "state": c.state}
    made |= {"unit": str(c.unit), "owner": str(c.owner), "klass": c.klass, "risk_tier": c.risk_tier or None}
    made |= {"team": str(c.team) if c.team else None, "age_days": age, "waits_for": row.waits_for}
    made |= {"currency": a.currency if a else None, "assessed_at": a.at if a else None}
    made |= {"horizon_months": a.horizon_months if a else None, "sentence": row.figure("sentence", True)}
    return made | {name: row.figure(name, name in MONEY_FIGURES) for name in FIGURES}
