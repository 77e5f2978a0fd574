"""The ranked board under /api/v1/."""

from typing import Any

from django.core.exceptions import PermissionDenied
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from roi import queries


class Board(APIView):
    """Open candidates, ranked; money only where the caller may see it."""

    @extend_schema(responses={200: {"type": "array", "items": {"type": "object"}}})
    def get(self, request: Request) -> Response:
        user: Any = request.user
        sort = request.query_params.get("sort") or ("npv" if queries.may_sort_by_money(user) else "hours")
        if sort not in queries.SORTS:
            raise serializers.ValidationError({"sort": f"Choose one of {', '.join(queries.SORTS)}."})
        if sort in queries.MONEY_SORTS and not queries.may_sort_by_money(user):
            raise PermissionDenied("Money is shown to the unit, the review and finance: sort by hours.")
        return Response([_board_row(row) for row in queries.board(user, queries.open_candidates(user), sort)])


def _board_row(row: queries.BoardRow) -> dict[str, Any]:
    a = row.assessment
    made: dict[str, Any] = {"place": row.place, "key": row.candidate.key, "title": row.candidate.title}
    made |= {
        "state": row.candidate.state,
        "waits_for": row.waits_for,
        "hours_p50": a.hours_p50 if a else None,
    }
    names = ("npv_p10", "npv_p50", "npv_p90", "prob_positive", "payback_p50", "sentence")
    return made | {name: getattr(a, name) if a and row.shows_money else None for name in names}
