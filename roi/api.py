"""Scores, decisions, claims and value under /api/v1/: the same operations as the pages."""

from dataclasses import asdict
from typing import Any

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from aiops import permissions
from aiops.models import User
from aiops.permissions import Permission
from backlog.calc.ranges import Range
from backlog.models import Candidate
from backlog.serializers import EstimateIO
from roi import operations, queries
from roi.filters import ClaimFilter
from roi.models import Assessment, Claim, Decision
from workloads.models import Workload

PEOPLE = ("business_owner", "deputy", "builder", "it_steward")
MONEY = ("npv_p10", "npv_p50", "npv_p90", "npv_mean", "cash_year_p10", "cash_year_p50", "cash_year_p90")


class AssessmentOut(serializers.ModelSerializer):
    """A frozen assessment with inputs, hash, seed and calc version."""

    class Meta:
        model = Assessment
        exclude = ["by"]


class DecisionOut(serializers.ModelSerializer):
    """A decision with the assessment as seen."""

    by = serializers.CharField(source="by.email")
    candidate = serializers.IntegerField(source="candidate.number", read_only=True)

    class Meta:
        model = Decision
        fields = ["id", "candidate", "verdict", "reason", "until", "measure", "by", "at", "assessment"]


class DecisionIn(serializers.Serializer):
    """A verdict with its reason; a date for defer, what for measure."""

    verdict = serializers.ChoiceField(Decision.Verdict.choices)
    reason = serializers.CharField(max_length=2000)
    until = serializers.DateField(required=False, allow_null=True, default=None)
    measure = serializers.CharField(max_length=200, required=False, default="", allow_blank=True)


class DecisionOnIn(DecisionIn):
    """A verdict on a candidate by its number; people by e-mail, for an approval."""

    candidate = serializers.IntegerField(help_text="number of the candidate")
    business_owner = serializers.EmailField(required=False, help_text="the candidate's owner when left out")
    deputy = serializers.EmailField(required=False)
    builder = serializers.EmailField(required=False)
    it_steward = serializers.EmailField(required=False)
    planned_go_live = serializers.DateField(required=False, allow_null=True, default=None)
    item_noun = serializers.CharField(max_length=40, required=False, default="item")


class PreviewIn(serializers.Serializer):
    """Ranges to score without storing anything."""

    estimates = EstimateIO(many=True)


class ScoreOut(serializers.Serializer):
    """What a score says; money in `currency`, hours a year, payback in months."""

    sentence = serializers.CharField()
    currency = serializers.CharField()
    seed = serializers.IntegerField()
    inputs_hash = serializers.CharField()
    result = serializers.DictField()
    drivers = serializers.ListField()
    inputs = serializers.ListField()
    missing = serializers.ListField()


class ClaimOut(serializers.ModelSerializer):
    """A claim and where it stands."""

    workload = serializers.CharField(source="workload.key")

    class Meta:
        model = Claim
        exclude = ["filed_by", "signed_by"]


class ClaimIn(serializers.Serializer):
    """A claim to file for a workload."""

    workload = serializers.IntegerField(help_text="number of the workload")
    kind = serializers.ChoiceField(Claim.Kind.choices)
    amount_month = serializers.DecimalField(14, 2)
    hours_month = serializers.DecimalField(10, 1, required=False, allow_null=True, default=None)
    valid_from = serializers.DateField()
    valid_to = serializers.DateField(required=False, allow_null=True, default=None)
    act = serializers.CharField(max_length=1000)
    post = serializers.CharField(max_length=80, required=False, default="", allow_blank=True)
    cost_centre = serializers.CharField(max_length=40, required=False, default="", allow_blank=True)
    evidence = serializers.CharField(max_length=1000, required=False, default="", allow_blank=True)


class AnswerClaimIn(serializers.Serializer):
    """sign takes amount_month, send_back a reason, end a day."""

    amount_month = serializers.DecimalField(14, 2, required=False)
    reason = serializers.CharField(max_length=1000, required=False)
    on = serializers.DateField(required=False)


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


class Preview(APIView):
    """Score estimates without storing anything."""

    @extend_schema(request=PreviewIn, responses=ScoreOut)
    def post(self, request: Request) -> Response:
        permissions.require(request.user, Permission.FILE)
        body = PreviewIn(data=request.data)
        body.is_valid(raise_exception=True)
        ranges = {r["quantity"]: _range(r) for r in body.validated_data["estimates"]}
        today = timezone.now().date()
        made = operations.score(ranges=ranges, unit=request.user.home_unit, day=today)  # type: ignore[union-attr]
        return Response(_score(made))


def _range(row: dict[str, Any]) -> Range:
    return Range(row["low"], row["likely"], row["high"], row["meaning"], row["evidence"], row["as_of"])


def _score(made: operations.Score) -> dict[str, Any]:
    return {
        "sentence": made.sentence,
        "currency": made.currency,
        "seed": made.seed,
        "inputs_hash": made.inputs_hash,
        "result": asdict(made.result),
        "drivers": [{**asdict(d), "swing": d.swing} for d in made.drivers],
        "inputs": [
            {**asdict(i.range), "quantity": i.quantity, "source": i.source, "note": i.note}
            for i in made.inputs
        ],
        "missing": list(made.missing),
    }


def _candidate(request: Request, number: int) -> Candidate:
    rows = Candidate.objects.visible_to(request.user).select_related("owner", "unit")
    return get_object_or_404(rows, number=number)


def _require_money(request: Request, candidate: Candidate) -> None:
    if candidate.owner_id != request.user.pk:
        permissions.require(request.user, Permission.READ_MONEY, unit=candidate.unit)


class Assess(APIView):
    """Freeze an assessment of a candidate as it stands; unchanged inputs give the one that is there."""

    @extend_schema(request=None, responses=AssessmentOut)
    def post(self, request: Request, number: int) -> Response:
        candidate = _candidate(request, number)
        _require_money(request, candidate)
        made = operations.assess(candidate=candidate, by=request.user, at=timezone.now())  # type: ignore[arg-type]
        return Response(AssessmentOut(made).data)


class Decisions(APIView):
    """Decisions on a candidate; POST decides."""

    @extend_schema(responses=DecisionOut(many=True))
    def get(self, request: Request, number: int) -> Response:
        rows = queries.decisions(request.user, _candidate(request, number))  # type: ignore[arg-type]
        return Response(DecisionOut(rows, many=True).data)

    @extend_schema(request=DecisionIn, responses={201: DecisionOut})
    def post(self, request: Request, number: int) -> Response:
        candidate, body = _candidate(request, number), DecisionIn(data=request.data)
        body.is_valid(raise_exception=True)
        made = operations.decide(
            candidate=candidate,
            by=request.user,
            at=timezone.now(),
            **body.validated_data,  # type: ignore[arg-type]
        )
        return Response(DecisionOut(made).data, status=201)


class AllDecisions(generics.ListAPIView):
    """Decisions that the caller may see, newest first; POST decides, with the people of the workload."""

    serializer_class = DecisionOut

    def get_queryset(self) -> Any:
        rows = Decision.objects.visible_to(self.request.user).select_related("by", "candidate")
        return rows.order_by("-at", "-pk")

    @extend_schema(request=DecisionOnIn, responses={201: DecisionOut})
    def post(self, request: Request) -> Response:
        body = DecisionOnIn(data=request.data)
        body.is_valid(raise_exception=True)
        data = dict(body.validated_data)
        candidate = _candidate(request, data.pop("candidate"))
        permissions.require(request.user, Permission.DECIDE)
        said = {name: data[name] for name in ("verdict", "reason", "until", "measure")}
        build = _build(data, candidate) if data["verdict"] == Decision.Verdict.APPROVE else None
        made = operations.decide(
            candidate=candidate,
            build=build,
            by=request.user,
            at=timezone.now(),
            **said,  # type: ignore[arg-type]
        )
        return Response(DecisionOut(made).data, status=201)


def _build(data: dict[str, Any], candidate: Candidate) -> operations.Build:
    people = {name: _person(name, data[name]) for name in PEOPLE if data.get(name)}
    rest = {"planned_go_live": data["planned_go_live"], "item_noun": data["item_noun"]}
    return operations.Build(**({"business_owner": candidate.owner} | people | rest))


def _person(name: str, email: str) -> User:
    found = User.objects.people().filter(is_active=True, email__iexact=email).first()
    if found is None:
        raise serializers.ValidationError({name: f"Nobody active has the address {email}."})
    return found


class Claims(generics.ListAPIView):
    """Claims that the caller may see; POST files one."""

    serializer_class = ClaimOut
    filterset_class = ClaimFilter

    def get_queryset(self) -> Any:
        return Claim.objects.visible_to(self.request.user).select_related("workload")

    @extend_schema(request=ClaimIn, responses={201: ClaimOut})
    def post(self, request: Request) -> Response:
        body = ClaimIn(data=request.data)
        body.is_valid(raise_exception=True)
        data = dict(body.validated_data)
        workload = get_object_or_404(Workload.objects.visible_to(request.user), number=data.pop("workload"))
        made = operations.file_claim(workload=workload, by=request.user, at=timezone.now(), **data)  # type: ignore[arg-type]
        return Response(ClaimOut(made).data, status=201)


class AnswerClaim(APIView):
    """sign, send_back or end."""

    VERBS = {
        "sign": (operations.sign_claim, "amount_month"),
        "send_back": (operations.send_back_claim, "reason"),
        "end": (operations.end_claim, "on"),
    }

    @extend_schema(request=AnswerClaimIn, responses=ClaimOut)
    def post(self, request: Request, pk: int, answer: str) -> Response:
        found = get_object_or_404(
            Claim.objects.visible_to(request.user).select_related("workload__unit"), pk=pk
        )
        body = AnswerClaimIn(data=request.data)
        body.is_valid(raise_exception=True)
        if answer not in self.VERBS:
            raise serializers.ValidationError({"answer": "Choose sign, send_back or end."})
        verb, field = self.VERBS[answer]
        if field not in body.validated_data and answer != "sign":
            raise serializers.ValidationError({field: "This is needed."})
        said = {field: body.validated_data[field]} if field in body.validated_data else {}
        made = verb(claim=found, by=request.user, at=timezone.now(), **said)  # type: ignore[operator]
        return Response(ClaimOut(made).data)


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
    }
    made |= {"self_reported": row.self_reported, "hours_freed": row.hours_freed, "sentence": row.sentence}
    names = ("hours_signed", "cash_signed", "other_signed", "model_cost", "cost_per_outcome")
    return made | {name: getattr(row, name) if money else None for name in names}
