"""Candidates under /api/v1/: the same operations as the pages."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backlog import operations, queries
from backlog.calc.ranges import Range
from backlog.filters import CandidateFilter
from backlog.models import Candidate, State
from backlog.operations.sizing import FRAME
from backlog.serializers import EstimateIO, SizingIO


@extend_schema_field({"oneOf": [{"type": "string"}, {"type": "boolean"}, {"type": "number"}]})
class Answer(serializers.Field):
    """One answer to a question of the class: text, a number or yes and no; kept as text or as true and false."""

    def to_internal_value(self, data: Any) -> str | bool:
        if isinstance(data, bool):
            return data
        if not isinstance(data, str | int | float) or len(str(data)) > 4000 or "\0" in str(data):
            raise serializers.ValidationError(
                "Give text of at most 4,000 characters, a number, true or false."
            )
        return str(data)

    def to_representation(self, value: Any) -> Any:
        return value


class CandidateIn(serializers.Serializer):
    """The short form; everything may be left out of a draft. `answers` are those that the form of its class asks."""

    title = serializers.CharField(max_length=120, required=False, allow_blank=True)
    description = serializers.CharField(max_length=4000, required=False, allow_blank=True)
    count = serializers.DecimalField(14, 2, required=False, allow_null=True, min_value=Decimal("0.01"))  # type: ignore[arg-type]
    period = serializers.ChoiceField(Candidate.Period.choices, required=False)
    minutes = serializers.DecimalField(10, 2, required=False, allow_null=True, min_value=Decimal("0.01"))  # type: ignore[arg-type]
    people = serializers.DecimalField(8, 1, required=False, allow_null=True, min_value=Decimal("0.1"))  # type: ignore[arg-type]
    share = serializers.ChoiceField(Candidate.Share.choices, required=False, allow_blank=True)
    sureness = serializers.ChoiceField(Candidate.Sureness.choices, required=False)
    who_does_it = serializers.CharField(max_length=120, required=False, allow_blank=True)
    systems = serializers.CharField(max_length=300, required=False, allow_blank=True)
    klass = serializers.ChoiceField(Candidate.Klass.choices, required=False)
    answers = serializers.DictField(child=Answer(), required=False)


class NewCandidateIn(CandidateIn):
    """`client_token` makes a retried request the same draft; `submit` hands it in at once."""

    client_token = serializers.CharField(max_length=40, required=False, default="")
    submit = serializers.BooleanField(required=False, default=False)


class CandidateOut(serializers.ModelSerializer):
    """A candidate as it stands."""

    unit = serializers.CharField(source="unit.name")
    owner = serializers.CharField(source="owner.email")

    class Meta:
        model = Candidate
        fields = [
            "number",
            "key",
            "title",
            "description",
            "unit",
            "owner",
            "klass",
            "risk_tier",
            "systems",
            "state",
        ]
        fields += ["count", "period", "minutes", "people", "share", "sureness", "who_does_it", "answers"]
        fields += ["submitted_at", "deferred_until", "simulated"]


class Candidates(generics.ListAPIView):
    """Candidates that the caller may see; POST files one."""

    serializer_class = CandidateOut
    filterset_class = CandidateFilter

    def get_queryset(self) -> Any:
        return queries.candidates(self.request.user)  # type: ignore[arg-type]

    @extend_schema(request=NewCandidateIn, responses={201: CandidateOut})
    def post(self, request: Request) -> Response:
        body = NewCandidateIn(data=request.data)
        body.is_valid(raise_exception=True)
        answers = dict(body.validated_data)
        hand_in, now = answers.pop("submit"), timezone.now()
        made = operations.save_draft(by=request.user, at=now, **answers)  # type: ignore[arg-type]
        if hand_in and made.state == State.DRAFT:
            made = operations.submit(candidate=made, by=request.user, at=now)  # type: ignore[arg-type]
        return Response(CandidateOut(made).data, status=201)


def _one(request: Request, number: int) -> Candidate:
    rows = Candidate.objects.visible_to(request.user).select_related("owner", "unit")
    return get_object_or_404(rows, number=number)


class OneCandidate(APIView):
    """Read one, or change its answers while it is open."""

    @extend_schema(responses=CandidateOut)
    def get(self, request: Request, number: int) -> Response:
        return Response(CandidateOut(_one(request, number)).data)

    @extend_schema(request=CandidateIn, responses=CandidateOut)
    def patch(self, request: Request, number: int) -> Response:
        found, body = _one(request, number), CandidateIn(data=request.data)
        body.is_valid(raise_exception=True)
        said: Any = {"candidate": found, "by": request.user, "at": timezone.now(), **body.validated_data}
        changed = operations.save_draft(**said) if found.state == State.DRAFT else operations.edit(**said)
        return Response(CandidateOut(changed).data)


class MoveCandidate(APIView):
    """submit, withdraw or send_to_review."""

    verb: Any = None

    @extend_schema(request=None, responses=CandidateOut)
    def post(self, request: Request, number: int) -> Response:
        verb = getattr(operations, self.verb)
        moved = verb(candidate=_one(request, number), by=request.user, at=timezone.now())
        return Response(CandidateOut(moved).data)


class Estimates(APIView):
    """The ranges of a candidate; PUT replaces those that it names, all or nothing."""

    @extend_schema(responses=EstimateIO(many=True))
    def get(self, request: Request, number: int) -> Response:
        rows = queries.estimates_for(request.user, _one(request, number))  # type: ignore[arg-type]
        return Response(EstimateIO(rows, many=True).data)

    @extend_schema(request=EstimateIO(many=True), responses=EstimateIO(many=True))
    def put(self, request: Request, number: int) -> Response:
        found, body = _one(request, number), EstimateIO(data=request.data, many=True)
        body.is_valid(raise_exception=True)
        today = timezone.now().date()
        if len({row["quantity"] for row in body.validated_data}) < len(body.validated_data):
            raise serializers.ValidationError("A quantity is named twice.")
        ranges = {row["quantity"]: _range(row, today) for row in body.validated_data}
        notes = {row["quantity"]: row["note"] for row in body.validated_data}
        operations.set_estimates(
            candidate=found,
            ranges=ranges,
            notes=notes,
            by=request.user,
            at=timezone.now(),  # type: ignore[arg-type]
        )
        return self.get(request, number)


def _range(row: dict[str, Any], today: date) -> Range:
    ends = row["low"], row["likely"], row["high"]
    return Range(*ends, row["meaning"], row["evidence"], row["as_of"] or today)


class Sizing(APIView):
    """Team, rate job, token model, horizon, correlations, effort and relations; PUT is all or nothing."""

    @extend_schema(responses=SizingIO)
    def get(self, request: Request, number: int) -> Response:
        return Response(SizingIO(_sizing(request.user, _one(request, number))).data)

    @extend_schema(request=SizingIO, responses=SizingIO)
    def put(self, request: Request, number: int) -> Response:
        found, body = _one(request, number), SizingIO(data=request.data)
        body.is_valid(raise_exception=True)
        parts = _parts(body.validated_data)
        operations.size(candidate=found, by=request.user, at=timezone.now(), **parts)  # type: ignore[arg-type]
        return self.get(request, number)


def _parts(said: dict[str, Any]) -> dict[str, Any]:
    """The arguments of `operations.size`, for what was named."""
    parts: dict[str, Any] = {"frame": {name: said[name] for name in FRAME if name in said}}
    if "team" in said:
        team = said["team"]
        parts["team"] = (team["name"], team["people"]) if team else ("", None)
    if "correlations" in said:
        parts["correlations"] = [
            (row["first"], row["second"], row["rho"], row["note"]) for row in said["correlations"]
        ]
    if "efforts" in said:
        parts["efforts"] = {row["role"]: row["days"] for row in said["efforts"]}
    if "relations" in said:
        parts["relations"] = [(row["number"], row["kind"], row["overlap"]) for row in said["relations"]]
    return parts


def _sizing(user: Any, candidate: Candidate) -> dict[str, Any]:
    cap, words = queries.hours_cap(candidate)
    related = queries.relations_of(user, candidate)
    shown = {name: getattr(candidate, name) for name in FRAME}
    if not queries.sees_money(user, candidate):
        shown["discount_rate"] = None
    return shown | {
        "team": candidate.team,
        "correlations": candidate.correlations.all(),
        "efforts": candidate.efforts.all(),
        "relations": [_relation(row) for row in related if row.here],
        "related_by": [_relation(row) for row in related if not row.here],
        "hours_cap": cap,
        "hours_cap_words": words,
    }


def _relation(row: queries.Related) -> dict[str, Any]:
    """Title, unit and owner: all that is said of another candidate here."""
    other = row.candidate
    known = {"title": other.title, "unit": str(other.unit), "owner": str(other.owner)}
    return {"number": other.number, "kind": row.kind, "overlap": row.overlap, **known}
