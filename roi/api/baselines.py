"""How a workload's value is counted, under /api/v1/workloads/<number>/: time baselines and terms."""

from math import isfinite
from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from roi.calc.timestamps import LONGEST, Touch
from roi.models import TimeBaseline, ValueTerms
from roi.operations.baselines import baseline_from_touches, set_baseline
from roi.operations.terms import LOSSES, set_terms
from roi.queries.actual_costs import may_read_costs
from roi.queries.baselines import baselines_of
from workloads.models import Workload

MOST_TOUCHES = 20_000


class BaselineOut(serializers.ModelSerializer):
    """A baseline; the one without `replaced_by` counts now. low and high are P10 and P90 of the mean."""

    by = serializers.CharField(source="by.name")

    class Meta:
        model = TimeBaseline
        exclude = ["workload"]


class FiniteField(serializers.FloatField):
    """A number; no infinity, and not «nan»."""

    def to_internal_value(self, data: Any) -> float:
        made = super().to_internal_value(data)
        if not isfinite(made):
            raise serializers.ValidationError("A valid number is required.")
        return made


class TouchIn(serializers.Serializer):
    """A stretch of work on an item: start and end, or minutes with a start."""

    item = serializers.CharField(max_length=200)
    start = serializers.DateTimeField()
    end = serializers.DateTimeField(required=False, allow_null=True)
    minutes = FiniteField(required=False, allow_null=True, min_value=0, max_value=1e6)


class BaselineIn(serializers.Serializer):
    """Figures (minutes, low, high), or `touches` to compute them from."""

    how = serializers.ChoiceField(TimeBaseline.How.choices)
    minutes = serializers.DecimalField(10, 3, required=False)
    low = serializers.DecimalField(10, 3, required=False)
    high = serializers.DecimalField(10, 3, required=False)
    n = serializers.IntegerField(required=False, default=0, min_value=0, max_value=10_000_000)
    measured_from = serializers.DateField(required=False, allow_null=True, default=None)
    measured_to = serializers.DateField(required=False, allow_null=True, default=None)
    note = serializers.CharField(max_length=300, required=False, default="", allow_blank=True)
    touches = serializers.ListField(child=TouchIn(), required=False, max_length=MOST_TOUCHES)
    longest = FiniteField(
        required=False, default=LONGEST, min_value=1, max_value=1e6, help_text="minutes at once"
    )

    def validate(self, said: dict[str, Any]) -> dict[str, Any]:
        missing = [name for name in ("minutes", "low", "high") if name not in said]
        if missing and "touches" not in said:
            raise serializers.ValidationError({missing[0]: "Give minutes, low and high, or touches."})
        return said


def _workload(request: Request, number: int) -> Workload:
    rows = Workload.objects.visible_to(request.user).select_related("unit")
    return get_object_or_404(rows, number=number)


class Baselines(APIView):
    """The time baselines of a workload, the newest first; POST sets one."""

    @extend_schema(responses=BaselineOut(many=True))
    def get(self, request: Request, number: int) -> Response:
        rows = baselines_of(_workload(request, number))
        return Response(BaselineOut(rows, many=True).data)

    @extend_schema(request=BaselineIn, responses={201: BaselineOut})
    def post(self, request: Request, number: int) -> Response:
        workload, body = _workload(request, number), BaselineIn(data=request.data)
        body.is_valid(raise_exception=True)
        said: dict[str, Any] = dict(body.validated_data)
        who: dict[str, Any] = {"workload": workload, "by": request.user, "at": timezone.now()}
        sent, longest = said.pop("touches", None), said.pop("longest")
        if sent is None:
            return Response(BaselineOut(set_baseline(**who, **said)).data, status=201)
        touches = [Touch(t["item"], t["start"], t.get("end"), t.get("minutes")) for t in sent]
        made = baseline_from_touches(
            touches=touches, how=said["how"], longest=longest, note=said["note"], **who
        )
        return Response(BaselineOut(made).data, status=201)


class TermsOut(serializers.ModelSerializer):
    """The terms; losses are null for those who do not read money."""

    class Meta:
        model = ValueTerms
        fields = ["verdicts", "volume_month", "loss_per_error", "loss_per_leak", "note", "at"]


class TermsIn(serializers.Serializer):
    """What is given changes, the rest stays. Losses are finance's."""

    verdicts = serializers.ChoiceField(ValueTerms.Verdicts.choices, required=False)
    volume_month = serializers.IntegerField(required=False, allow_null=True, min_value=1)
    loss_per_error = serializers.DecimalField(14, 2, required=False, allow_null=True)
    loss_per_leak = serializers.DecimalField(14, 2, required=False, allow_null=True)
    note = serializers.CharField(max_length=300, required=False, allow_blank=True)


class Terms(APIView):
    """How a workload's value is counted; PATCH changes what is given."""

    @extend_schema(responses=TermsOut)
    def get(self, request: Request, number: int) -> Response:
        workload = _workload(request, number)
        return _told(request, workload, ValueTerms.objects.filter(workload=workload).first())

    @extend_schema(request=TermsIn, responses=TermsOut)
    def patch(self, request: Request, number: int) -> Response:
        workload, body = _workload(request, number), TermsIn(data=request.data)
        body.is_valid(raise_exception=True)
        made = set_terms(workload=workload, by=request.user, at=timezone.now(), **body.validated_data)  # type: ignore[arg-type]
        return _told(request, workload, made)


def _told(request: Request, workload: Workload, terms: ValueTerms | None) -> Response:
    data = dict(TermsOut(terms or ValueTerms(workload=workload)).data)
    money = may_read_costs(workload, request.user)  # type: ignore[arg-type]
    return Response(data if money else data | dict.fromkeys(LOSSES))
