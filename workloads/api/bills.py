"""Bills and showback under /api/v1/: the same operations and queries as the pages."""

from dataclasses import asdict
from datetime import date
from typing import Any, cast

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, serializers
from rest_framework.exceptions import APIException, PermissionDenied
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from aiops import permissions
from aiops.api import NamingJSONParser
from aiops.models import User
from aiops.permissions import Permission
from workloads.calc.focus.reading import MOST_BYTES
from workloads.calc.focus.writing import plain
from workloads.forms_bills import read_rates
from workloads.models import Bill, BillLine, Workload
from workloads.operations.bills import import_bills, set_final
from workloads.operations.outcomes import RowsRefused
from workloads.queries import bills as queries
from workloads.queries.showback import reads_all_money, showback

SHOWN_ERRORS = 100


class BillOut(serializers.ModelSerializer):
    """A bill; money is text with every digit. The two totals are two views of the same money: never add them."""

    billed_total = serializers.SerializerMethodField()
    effective_total = serializers.SerializerMethodField()

    class Meta:
        model = Bill
        fields = ["id", "provider", "billing_account", "source", "focus_version", "currency", "usd_rate"]
        fields += ["period_start", "period_end", "lines_count", "billed_total", "effective_total", "is_final"]
        fields += ["replaced_by", "at"]

    def get_billed_total(self, bill: Bill) -> str:
        return plain(bill.billed_total)

    def get_effective_total(self, bill: Bill) -> str:
        return plain(bill.effective_total)


class LineOut(serializers.ModelSerializer):
    """A day, account and meter of a bill."""

    workload = serializers.CharField(source="workload.key", allow_null=True, default=None)
    billed_cost = serializers.SerializerMethodField()
    effective_cost = serializers.SerializerMethodField()

    class Meta:
        model = BillLine
        fields = ["day", "account", "account_name", "service", "model", "category", "quantity", "unit"]
        fields += ["billed_cost", "effective_cost", "tags", "workload"]

    def get_billed_cost(self, line: BillLine) -> str:
        return plain(line.billed_cost)

    def get_effective_cost(self, line: BillLine) -> str | None:
        return None if line.effective_cost is None else plain(line.effective_cost)


class BillIn(serializers.Serializer):
    file = serializers.FileField(help_text="FOCUS 1.0 to 1.2, CSV or CSV.gz")
    rates = serializers.CharField(
        required=False, default="", max_length=300, help_text="units per US dollar: GBP 0.79"
    )
    final = serializers.BooleanField(required=False, default=False)


class ImportOut(serializers.Serializer):
    is_new = serializers.BooleanField(
        help_text="false: the same file was here before; nothing is counted twice"
    )
    rows = serializers.IntegerField()
    bills = BillOut(many=True)
    replaced = serializers.ListField(
        child=serializers.IntegerField(), help_text="ids of bills kept and marked"
    )
    missing = serializers.ListField(
        child=serializers.CharField(), help_text="FOCUS demands, nothing here needs"
    )


class FinalIn(serializers.Serializer):
    is_final = serializers.BooleanField()


class TooLarge(APIException):
    status_code = 413
    default_detail = f"The body is over {MOST_BYTES // 1_000_000} MB. Pack the file with gzip, or split it."
    default_code = "too_large"


def _require_all_money(request: Request) -> None:
    if not reads_all_money(request.user):
        raise PermissionDenied("Bills hold the money of all units.")


class Bills(generics.ListAPIView):
    """Bills of the company, for readers of all money; finance takes them in."""

    serializer_class = BillOut
    parser_classes = [MultiPartParser]

    def get_queryset(self) -> Any:
        _require_all_money(self.request)
        return queries.bills(cast(User, self.request.user))

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuses a huge body by its header, before the parser reads it."""
        super().initial(request, *args, **kwargs)
        if int(request.META.get("CONTENT_LENGTH") or 0) > MOST_BYTES + 100_000:
            raise TooLarge

    @extend_schema(request={"multipart/form-data": BillIn}, responses={201: ImportOut, 200: ImportOut})
    def post(self, request: Request) -> Response:
        """All rows of the file or none. The same file again answers 200 with the bills that are there."""
        _require_all_money(request)
        body = BillIn(data=request.data)
        body.is_valid(raise_exception=True)
        try:
            rates = read_rates(body.validated_data["rates"])
        except ValueError as error:
            raise serializers.ValidationError({"rates": str(error)}) from error
        return self._import(request, body.validated_data, rates)

    def _import(self, request: Request, given: dict[str, Any], rates: dict[str, Any]) -> Response:
        file = given["file"]
        try:
            report = import_bills(
                file=file.file,
                name=file.name,
                rates=rates,
                final=given["final"],
                by=cast(User, request.user),
                at=timezone.now(),
            )
        except RowsRefused as error:
            rows = [asdict(row) for row in error.rows[:SHOWN_ERRORS]]
            told = {"code": error.code, "message": error.message, "field": error.field, "rows": rows}
            return Response(told, status=422)
        body = {
            "is_new": report.is_new,
            "rows": report.rows,
            "bills": BillOut(report.bills, many=True).data,
            "replaced": [bill.pk for bill in report.replaced],
            "missing": report.missing,
        }
        return Response(body, status=201 if report.is_new else 200)


class OneBill(APIView):
    """One bill; finance makes it final or opens it again."""

    parser_classes = [NamingJSONParser]

    @extend_schema(responses=BillOut, operation_id="bill_retrieve")
    def get(self, request: Request, pk: int) -> Response:
        return Response(BillOut(self._bill(request, pk)).data)

    @extend_schema(request=FinalIn, responses=BillOut, operation_id="bill_final")
    def patch(self, request: Request, pk: int) -> Response:
        found = self._bill(request, pk)
        body = FinalIn(data=request.data)
        body.is_valid(raise_exception=True)
        final, by = body.validated_data["is_final"], cast(User, request.user)
        return Response(BillOut(set_final(bill=found, final=final, by=by, at=timezone.now())).data)

    def _bill(self, request: Request, pk: int) -> Bill:
        _require_all_money(request)
        return get_object_or_404(queries.bills(cast(User, request.user)), pk=pk)


class BillLines(generics.ListAPIView):
    """The lines of a bill in the order of their days."""

    serializer_class = LineOut

    def get_queryset(self) -> Any:
        _require_all_money(self.request)
        found = get_object_or_404(queries.bills(cast(User, self.request.user)), pk=self.kwargs.get("pk"))
        return queries.bill_lines(found)


class ShowbackRowOut(serializers.Serializer):
    unit = serializers.CharField()
    cost_centre = serializers.CharField()
    workload = serializers.CharField()
    provider = serializers.CharField()
    model = serializers.CharField()
    source = serializers.CharField(help_text="billed, traced or fixed")  # type: ignore[assignment]
    provisional = serializers.BooleanField()
    calls = serializers.IntegerField()
    amount = serializers.CharField(help_text="company currency, unrounded")


class ShowbackOut(serializers.Serializer):
    month = serializers.DateField()
    currency = serializers.CharField()
    usd_rate = serializers.CharField()
    usd_rate_on = serializers.DateField(allow_null=True)
    total = serializers.CharField()
    without_owner = serializers.CharField(help_text="billed AI of no unit; 0 for readers of one unit")
    rows = ShowbackRowOut(many=True)


class MonthIn(serializers.Serializer):
    month = serializers.RegexField(r"^\d{4}-(0[1-9]|1[0-2])$", help_text="2026-10")


class ShowbackRows(APIView):
    """What each unit and cost centre is shown for a month, as far as the caller reads its money."""

    @extend_schema(
        parameters=[OpenApiParameter("month", str, required=True)],
        responses=ShowbackOut,
        operation_id="showback",
    )
    def get(self, request: Request) -> Response:
        user = cast(User, request.user)
        answers = Workload.objects.answered_by(user).exists()
        if not (permissions.has(user, Permission.READ_MONEY) or answers):
            raise PermissionDenied("Showback is for those who read money.")
        asked = MonthIn(data=request.query_params)
        asked.is_valid(raise_exception=True)
        month = date.fromisoformat(f"{asked.validated_data['month']}-01")
        return Response(_showback(user, month))


def _showback(user: User, month: date) -> dict[str, Any]:
    shown = showback(user, month)
    rows = [
        {
            "unit": row.unit.name,
            "cost_centre": row.share.cost_centre,
            "workload": row.workload.key,
            "provider": row.share.provider,
            "model": row.share.model,
            "source": row.share.source,
            "provisional": row.share.provisional,
            "calls": row.share.calls,
            "amount": plain(row.share.amount),
        }
        for row in shown.rows
    ]
    head = {"month": month, "currency": shown.company.currency, "usd_rate": plain(shown.company.usd_rate)}
    sums = {"total": plain(shown.total), "without_owner": plain(shown.nobody_total)}
    return head | {"usd_rate_on": shown.company.usd_rate_on} | sums | {"rows": rows}
