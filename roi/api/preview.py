"""Scoring an estimate under /api/v1/ without storing anything: the same operation as the pages."""

import math
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from aiops import permissions
from aiops.errors import DomainError
from aiops.models import BusinessUnit, Company, User
from aiops.permissions import Permission
from backlog.calc.ranges import Range, refusal
from backlog.models import Estimate
from backlog.serializers import EstimateIO
from roi import operations
from roi.calc import words
from roi.calc.simulation import CALC_VERSION, DRAWS, SEED
from roi.operations.telling import formula_lines, plain_inputs
from roi.queries import sight
from roi.queries.proposals import money_of

FEWEST, MOST = 128, 16_384
PARTS = ("core", "analysis")
LARGEST = 1e13


class Number(serializers.FloatField):
    """A number that is one: neither NaN nor infinite, however it is spelt."""

    def to_internal_value(self, data: Any) -> float:
        value = super().to_internal_value(data)
        if not math.isfinite(value):
            raise serializers.ValidationError("A valid number is required.")
        return value


class PairIn(serializers.Serializer):
    """Two quantities that move together: a rank correlation."""

    first = serializers.ChoiceField(Estimate.Quantity.choices)
    second = serializers.ChoiceField(Estimate.Quantity.choices)
    rho = Number(min_value=-0.95, max_value=0.95)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["first"] == attrs["second"]:
            raise serializers.ValidationError({"second": "A quantity always moves with itself."})
        return attrs


class PreviewIn(serializers.Serializer):
    """Ranges to score without storing anything, and the settings that replace the company's."""

    estimates = EstimateIO(many=True)
    unit = serializers.SlugRelatedField(
        slug_field="code",
        queryset=BusinessUnit.objects.all(),
        required=False,
        help_text="code of the unit whose rate counts; the caller's own when left out",
    )
    rate_job = serializers.CharField(max_length=80, required=False, allow_blank=True, default="")
    token_model = serializers.CharField(max_length=160, required=False, allow_blank=True, default="")
    horizon_months = serializers.IntegerField(min_value=1, max_value=120, required=False, allow_null=True)
    discount_rate = serializers.DecimalField(
        5, 4, min_value=0, max_value=1, required=False, allow_null=True, help_text="a share a year"
    )
    hours_cap = Number(min_value=0, max_value=LARGEST, required=False, allow_null=True)
    correlations = PairIn(many=True, required=False)
    effort_days = Number(min_value=0, max_value=1e6, required=False, allow_null=True)
    draws = serializers.IntegerField(min_value=FEWEST, max_value=MOST, default=DRAWS)
    seed = serializers.IntegerField(min_value=0, max_value=2**63 - 1, default=SEED)
    parts = serializers.MultipleChoiceField(choices=PARTS, default=PARTS)
    currency = serializers.CharField(max_length=3, required=False)

    def validate_estimates(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        # By index, as errors of single rows are told.
        problems = {str(n): _problem(row) for n, row in enumerate(rows)}
        named: set[str] = set()
        for row, problem in zip(rows, problems.values(), strict=True):
            if row["quantity"] in named:
                problem["quantity"] = [f"{row['quantity']} is named twice."]
            named.add(row["quantity"])
        if any(problems.values()):
            raise serializers.ValidationError({n: problem for n, problem in problems.items() if problem})
        return rows

    def validate_correlations(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        pairs = [frozenset((row["first"], row["second"])) for row in rows]
        if len(set(pairs)) < len(pairs):
            raise serializers.ValidationError("A pair of quantities is named twice.")
        return rows

    def validate_currency(self, currency: str) -> str:
        ours = Company.load().currency
        if currency != ours:
            raise serializers.ValidationError(
                f"{currency} is not {ours}, in which the company counts: convert first."
            )
        return currency

    def validate_unit(self, unit: BusinessUnit) -> BusinessUnit:
        user = self.context["request"].user
        known = unit.pk == user.home_unit_id or any(
            permissions.has(user, needed, unit=unit) for needed in (Permission.FILE, Permission.READ_MONEY)
        )
        if not known:
            raise serializers.ValidationError(f"Object with code={unit.code} does not exist.")
        return unit


def _problem(row: dict[str, Any]) -> dict[str, list[str]]:
    """What is impossible for this quantity, by field."""
    wrong = refusal(row["quantity"], row["low"], row["high"])
    if wrong is None:
        return {}
    field = "low" if wrong[0] == "negative" or row["low"] < 0 else "high"
    return {field: [f"{row['quantity']}: {wrong[1]}"]}


class CorrectedOut(serializers.Serializer):
    """The estimate as its reference class went; offered, never applied."""

    uplifts = serializers.ListField()
    sentence = serializers.CharField()
    core = serializers.DictField()


class PreviewOut(serializers.Serializer):
    """What a score says. Money in `currency`, hours a year, paybacks in months; null where something is missing."""

    sentence = serializers.CharField()
    waiting = serializers.CharField()
    currency = serializers.CharField()
    seed = serializers.IntegerField()
    draws = serializers.IntegerField()
    calc_version = serializers.CharField()
    inputs_hash = serializers.CharField()
    horizon_months = serializers.IntegerField()
    discount_rate = serializers.FloatField()
    inputs = serializers.ListField()
    missing = serializers.ListField()
    formula = serializers.ListField()
    core = serializers.DictField(required=False)
    analysis = serializers.DictField(required=False)
    corrected = CorrectedOut(required=False, allow_null=True)


class Preview(APIView):
    """Score estimates without storing anything. Same inputs, seed, draws and calc version: the same answer."""

    @extend_schema(request=PreviewIn, responses=PreviewOut)
    def post(self, request: Request) -> Response:
        permissions.require(request.user, Permission.FILE)
        body = PreviewIn(data=request.data, context={"request": request})
        body.is_valid(raise_exception=True)
        asked = body.validated_data
        try:
            return Response(_answer(request.user, asked, _case(request.user, asked)))  # type: ignore[arg-type]
        except DomainError as error:
            raise serializers.ValidationError({error.field or "estimates": [error.message]}) from error


def _case(user: User, asked: dict[str, Any]) -> operations.Case:
    pairs = tuple((p["first"], p["second"], p["rho"]) for p in asked.get("correlations", ()))
    return operations.Case(
        {row["quantity"]: _range(row) for row in asked["estimates"]},
        unit=asked.get("unit") or user.home_unit,
        rate_job=asked["rate_job"],
        token_model=asked["token_model"],
        horizon_months=asked.get("horizon_months"),
        discount_rate=asked.get("discount_rate"),
        hours_cap=asked.get("hours_cap"),
        correlations=pairs,
        effort_days=asked.get("effort_days"),
        owner_id=user.pk,
    )


def _range(row: dict[str, Any]) -> Range:
    return Range(row["low"], row["likely"], row["high"], row["meaning"], row["evidence"], row["as_of"])


def _answer(user: User, asked: dict[str, Any], case: operations.Case) -> dict[str, Any]:
    day, company = timezone.localdate(), Company.load()
    operations.require_possible(case, day, company)
    made = operations.score(case=case, day=day, company=company, seed=asked["seed"], draws=asked["draws"])
    told = operations.core(made)
    answer = _head(user, made, told)
    if "core" in asked["parts"]:
        answer["core"] = told
    if "analysis" in asked["parts"]:
        sources = {item.quantity: item.source for item in made.inputs}
        answer["analysis"] = sight.open_analysis(user, operations.analyse(made), sources)
        answer["corrected"] = _corrected(operations.corrected(made, user))
    return answer


def _head(user: User, made: operations.Score, told: dict[str, Any]) -> dict[str, Any]:
    return {
        "sentence": made.sentence,
        "waiting": words.waiting(told, money_of(made.currency)),
        "currency": made.currency,
        "seed": made.seed,
        "draws": made.draws,
        "calc_version": CALC_VERSION,
        "inputs_hash": made.inputs_hash,
        "horizon_months": made.frame.horizon_months,
        "discount_rate": made.frame.discount_rate,
        "inputs": sight.open_inputs(user, plain_inputs(made), made.currency),
        "missing": list(made.missing),
        "formula": formula_lines(made, user, timezone.localdate()),
    }


def _corrected(offered: Any) -> dict[str, Any] | None:
    if offered is None:
        return None
    uplifts, other = offered
    told = [
        {
            "quantity": u.quantity,
            "factor": u.factor,
            "words": u.words,
            "question": u.question,
            "source": u.source,
            "own_projects": u.n,
        }
        for u in uplifts
    ]
    return {"uplifts": told, "sentence": other.sentence, "core": operations.core(other)}
