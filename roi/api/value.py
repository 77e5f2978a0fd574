"""Realised value under /api/v1/."""

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from aiops import permissions
from aiops.permissions import Permission
from roi import queries
from roi.queries import ledger as reads
from workloads.models import Workload

MONEY = (
    "hours_signed", "cash_signed", "cash_claimed", "other_signed", "model_cost", "run_cost", "cash_net",
    "expected_loss", "cost_per_outcome", "currency",
)  # fmt: skip


class Value(APIView):
    """Realised value to date by workload: cash and hours in fields of their own; freed, claimed and signed apart."""

    @extend_schema(responses={200: {"type": "array", "items": {"type": "object"}}})
    def get(self, request: Request) -> Response:
        where = permissions.scope(request.user, Permission.READ_MONEY)
        rows = queries.to_date(request.user)  # type: ignore[arg-type]
        return Response([_value_row(row, where.covers(row.workload.unit_id)) for row in rows])


def _value_row(row: queries.ValueRow, money: bool) -> dict[str, Any]:
    made: dict[str, Any] = {
        "workload": row.workload.key,
        "sentence": row.sentence,
        "provisional": row.provisional,
        "through": row.last_day,
    }
    open_to_all = ("done", "judged", "accepted", "self_reported", "bounds", "baseline_measured")
    hours = ("hours_freed", "hours_low", "hours_high", "hours_capacity")
    made |= {name: getattr(row, name) for name in (*open_to_all, *hours)}
    return made | {name: getattr(row, name) if money else None for name in MONEY}


class Ledger(APIView):
    """The months and corrections of one workload, the oldest first; amounts for those who may read them."""

    @extend_schema(responses={200: {"type": "array", "items": {"type": "object"}}})
    def get(self, request: Request, number: int) -> Response:
        workload = get_object_or_404(Workload.objects.visible_to(request.user), number=number)
        unit = permissions.has(request.user, Permission.READ_MONEY, unit=workload.unit)
        head, rows = reads.exports(reads.ledger_of(workload), unit or workload.answers(request.user))  # type: ignore[arg-type]
        return Response([dict(zip(head, row, strict=True)) for row in rows])
