"""Realised value under /api/v1/."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from aiops import permissions
from aiops.permissions import Permission
from roi import queries


class Value(APIView):
    """Realised value to date by workload: cash and hours in fields of their own."""

    @extend_schema(responses={200: {"type": "array", "items": {"type": "object"}}})
    def get(self, request: Request) -> Response:
        where = permissions.scope(request.user, Permission.READ_MONEY)
        rows = queries.to_date(request.user)  # type: ignore[arg-type]
        return Response([_value_row(row, where.covers(row.workload.unit_id)) for row in rows])


def _value_row(row: queries.ValueRow, money: bool) -> dict[str, Any]:
    made: dict[str, Any] = {
        "workload": row.workload.key,
        "through": row.through,
        "done": row.done,
        "accepted": row.accepted,
        "provisional": row.provisional,
    }
    made |= {"self_reported": row.self_reported, "hours_freed": row.hours_freed, "sentence": row.sentence}
    names = ("hours_signed", "cash_signed", "other_signed", "model_cost", "cost_per_outcome")
    return made | {name: getattr(row, name) if money else None for name in names}
