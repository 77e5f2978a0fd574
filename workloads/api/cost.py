"""Cost by day, own prices and budgets under /api/v1/: the same operations and queries as the pages."""

from datetime import date, timedelta
from typing import Any, cast

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from aiops.models import BusinessUnit, Company, User
from aiops.operations.whole_company import require_everywhere
from aiops.permissions import Permission
from workloads.models import Budget, OwnPrice, Workload
from workloads.models.telemetry import plain_usd
from workloads.operations import budgets as budget_operations
from workloads.operations import prices as price_operations
from workloads.operations.prices import CHANGEABLE
from workloads.queries import budgets as budget_queries
from workloads.queries import prices as price_queries
from workloads.queries.budgets import BudgetStanding
from workloads.queries.cost import COSTS, MEASURES, day_rows, may_read_cost

MOST_DAYS = 400


class CostIn(serializers.Serializer):
    first = serializers.DateField(required=False)
    last = serializers.DateField(required=False)


class CostDayOut(serializers.Serializer):
    """One day (UTC) of one model. Money is text with every digit: US dollars by source, and company currency."""

    day = serializers.DateField()
    provider = serializers.CharField()
    model = serializers.CharField()
    calls = serializers.IntegerField()
    errors = serializers.IntegerField()  # type: ignore[assignment]
    retries = serializers.IntegerField()
    input_tokens = serializers.IntegerField()
    output_tokens = serializers.IntegerField()
    cached_tokens = serializers.IntegerField()
    cache_write_tokens = serializers.IntegerField()
    reasoning_tokens = serializers.IntegerField()
    cost_usd = serializers.CharField()
    client_cost_usd = serializers.CharField()
    own_cost_usd = serializers.CharField()
    list_cost_usd = serializers.CharField()
    upper_bound_cost_usd = serializers.CharField()
    unpriced_calls = serializers.IntegerField()
    upper_bound_calls = serializers.IntegerField()
    cost = serializers.CharField(help_text="company currency")


class CostByDay(APIView):
    """What a workload's calls cost, day by day and model by model."""

    @extend_schema(
        parameters=[OpenApiParameter("first", date), OpenApiParameter("last", date)],
        responses=CostDayOut(many=True),
        operation_id="workload_cost_by_day",
    )
    def get(self, request: Request, number: int) -> Response:
        """The days from first to last, both of them in; without them the last 30."""
        user = cast(User, request.user)
        workload = get_object_or_404(Workload.objects.visible_to(user).select_related("unit"), number=number)
        if not may_read_cost(user, workload):
            raise PermissionDenied("Cost is for those who read money in this unit.")
        asked = CostIn(data=request.query_params)
        asked.is_valid(raise_exception=True)
        last = asked.validated_data.get("last") or timezone.now().date()
        first = asked.validated_data.get("first") or last - timedelta(days=29)
        if not 0 <= (last - first).days < MOST_DAYS:
            raise serializers.ValidationError({"last": f"From 1 to {MOST_DAYS} days, in order."})
        rate = Company.load().usd_rate
        rows = [_day(row, rate) for row in day_rows(workload, first, last + timedelta(days=1))]
        return Response(CostDayOut(rows, many=True).data)


def _day(row: dict[str, Any], rate: Any) -> dict[str, Any]:
    money = {name: plain_usd(row[name]) for name in COSTS}
    kept = {name: row[name] for name in ("day", "provider", "model", *MEASURES)}
    return kept | money | {"cost": plain_usd(row["cost_usd"] * rate)}


class PriceOut(serializers.ModelSerializer):
    """An own price. Tokens by the million, in the price's currency."""

    workload = serializers.CharField(source="workload.key", allow_null=True, default=None)

    class Meta:
        model = OwnPrice
        fields = ["id", "provider", "model", "workload", *CHANGEABLE, "at"]


def _amount() -> serializers.DecimalField:
    return serializers.DecimalField(max_digits=24, decimal_places=12, required=False, allow_null=True)


class PriceChange(serializers.Serializer):
    """What may be corrected; a field that is left out stays as it is."""

    currency = serializers.CharField(max_length=3, required=False)
    usd_rate = serializers.DecimalField(max_digits=14, decimal_places=8, required=False)
    input_mtok = _amount()
    output_mtok = _amount()
    cached_mtok = _amount()
    cache_write_mtok = _amount()
    per_call = _amount()
    batch_share = serializers.DecimalField(max_digits=5, decimal_places=4, required=False, allow_null=True)
    valid_from = serializers.DateField(required=False)
    valid_to = serializers.DateField(required=False, allow_null=True)
    note = serializers.CharField(max_length=300, required=False)


class PriceIn(PriceChange):
    """A new price."""

    model = serializers.CharField(max_length=200)
    provider = serializers.CharField(max_length=200, required=False, allow_blank=True)
    workload = serializers.SlugRelatedField(
        slug_field="number", queryset=Workload.objects.all(), required=False, allow_null=True
    )
    valid_from = serializers.DateField()
    note = serializers.CharField(max_length=300)


class Prices(generics.ListAPIView):
    """The own price book: read by those who read all money, kept by finance."""

    serializer_class = PriceOut

    def get_queryset(self) -> Any:
        require_everywhere(cast(User, self.request.user), Permission.READ_MONEY)
        return price_queries.prices(cast(User, self.request.user))

    @extend_schema(request=PriceIn, responses={201: PriceOut})
    def post(self, request: Request) -> Response:
        require_everywhere(cast(User, request.user), Permission.FINANCE)
        body = PriceIn(data=request.data)
        body.is_valid(raise_exception=True)
        said: dict[str, Any] = {"by": request.user, "at": timezone.now()}
        made = price_operations.add_price(**body.validated_data, **said)
        return Response(PriceOut(made).data, status=201)


class OnePrice(APIView):
    """One own price."""

    @extend_schema(responses=PriceOut)
    def get(self, request: Request, pk: int) -> Response:
        return Response(PriceOut(_price(request, pk)).data)

    @extend_schema(request=PriceChange, responses=PriceOut)
    def patch(self, request: Request, pk: int) -> Response:
        """Correct it, or let it end by valid_to. Calls that are stored keep what they cost."""
        user, found = cast(User, request.user), _price(request, pk)
        body = PriceChange(data=request.data)
        body.is_valid(raise_exception=True)
        said: dict[str, Any] = {"by": user, "at": timezone.now()}
        changed = price_operations.change_price(price=found, changes=body.validated_data, **said)
        return Response(PriceOut(changed).data)


def _price(request: Request, pk: int) -> OwnPrice:
    user = cast(User, request.user)
    require_everywhere(user, Permission.READ_MONEY)
    return get_object_or_404(price_queries.prices(user), pk=pk)


class BudgetOut(serializers.Serializer):
    """A budget and where it stands; money is text in company currency."""

    id = serializers.IntegerField()
    of = serializers.CharField()
    workload = serializers.IntegerField(allow_null=True, help_text="its number")
    unit = serializers.CharField(allow_null=True)
    cost_centre = serializers.CharField()
    period = serializers.CharField()
    start = serializers.DateField()
    last = serializers.DateField()
    amount = serializers.CharField()
    spent = serializers.CharField()
    low = serializers.CharField(allow_null=True)
    likely = serializers.CharField(allow_null=True)
    high = serializers.CharField(allow_null=True)
    runs_out = serializers.DateField(allow_null=True)
    provisional = serializers.BooleanField()
    levels = serializers.ListField(child=serializers.IntegerField())
    warns_on_pace = serializers.BooleanField()
    told = serializers.ListField(child=serializers.CharField())


class BudgetChange(serializers.Serializer):
    """What may change; a field that is left out stays as it is."""

    amount = serializers.DecimalField(max_digits=16, decimal_places=2, required=False)
    levels = serializers.ListField(child=serializers.IntegerField(), required=False)
    warns_on_pace = serializers.BooleanField(required=False)
    valid_to = serializers.DateField(required=False)


class BudgetIn(serializers.Serializer):
    """A new budget of exactly one of a workload (its number), a unit (its code) or a cost centre."""

    workload = serializers.SlugRelatedField(
        slug_field="number", queryset=Workload.objects.none(), required=False, allow_null=True
    )
    unit = serializers.SlugRelatedField(
        slug_field="code", queryset=BusinessUnit.objects.all(), required=False, allow_null=True
    )
    cost_centre = serializers.CharField(max_length=80, required=False, allow_blank=True)
    period = serializers.ChoiceField(choices=Budget.Period.choices, required=False)
    amount = serializers.DecimalField(max_digits=16, decimal_places=2)
    levels = serializers.ListField(child=serializers.IntegerField(), required=False)
    warns_on_pace = serializers.BooleanField(required=False)
    valid_from = serializers.DateField()
    valid_to = serializers.DateField(required=False, allow_null=True)

    def __init__(self, *args: Any, user: User | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = cast(serializers.SlugRelatedField, self.fields["workload"])
        field.queryset = Workload.objects.visible_to(user).select_related("unit")


def _told(row: BudgetStanding) -> dict[str, Any]:
    budget, standing, ahead = row.budget, row.standing, row.standing.ahead
    out = standing.runs_out
    sides = {side: plain_usd(getattr(ahead, side)) if ahead else None for side in ("low", "likely", "high")}
    return sides | {
        "id": budget.pk,
        "of": budget.of,
        "workload": budget.workload.number if budget.workload else None,
        "unit": budget.unit.code if budget.unit else None,
        "cost_centre": budget.cost_centre,
        "period": budget.period,
        "start": row.period.start,
        "last": row.period.last,
        "amount": plain_usd(budget.amount),
        "spent": plain_usd(standing.spent),
        "runs_out": out.likely if out else None,
        "provisional": row.is_provisional,
        "levels": budget.levels,
        "warns_on_pace": budget.warns_on_pace,
        "told": [alert.sentence for alert in row.alerts],
    }


class Budgets(APIView):
    """Budgets that the caller may see, where they stand, and new ones."""

    @extend_schema(responses=BudgetOut(many=True), operation_id="budgets_list")
    def get(self, request: Request) -> Response:
        at = timezone.now()
        rows = budget_queries.standings(budget_queries.budgets(cast(User, request.user), at.date()), at)
        return Response(BudgetOut([_told(row) for row in rows], many=True).data)

    @extend_schema(request=BudgetIn, responses={201: BudgetOut})
    def post(self, request: Request) -> Response:
        at, user = timezone.now(), cast(User, request.user)
        body = BudgetIn(data=request.data, user=user)
        body.is_valid(raise_exception=True)
        made = budget_operations.add_budget(**body.validated_data, by=user, at=at)
        return Response(BudgetOut(_told(budget_queries.standings([made], at)[0])).data, status=201)


class OneBudget(APIView):
    """One budget."""

    @extend_schema(responses=BudgetOut)
    def get(self, request: Request, pk: int) -> Response:
        """Where it stands in the period of today."""
        found = _budget(request, pk)
        return Response(BudgetOut(_told(budget_queries.standings([found], timezone.now())[0])).data)

    @extend_schema(request=BudgetChange, responses=BudgetOut)
    def patch(self, request: Request, pk: int) -> Response:
        """Another amount or other levels; valid_to lets it end."""
        at, user = timezone.now(), cast(User, request.user)
        found = _budget(request, pk)
        body = BudgetChange(data=request.data)
        body.is_valid(raise_exception=True)
        changes, said = dict(body.validated_data), {"by": user, "at": at}
        valid_to = changes.pop("valid_to", None)
        if changes or valid_to is None:
            found = budget_operations.change_budget(budget=found, changes=changes, **said)  # type: ignore[arg-type]
        if valid_to is not None:
            found = budget_operations.end_budget(budget=found, valid_to=valid_to, **said)  # type: ignore[arg-type]
        return Response(BudgetOut(_told(budget_queries.standings([found], at)[0])).data)


def _budget(request: Request, pk: int) -> Budget:
    seen = Budget.objects.visible_to(cast(User, request.user))
    return get_object_or_404(seen.select_related("workload__unit", "unit").distinct(), pk=pk)
