"""Reviews under /api/v1/: the meetings, an agenda, and what a member says of an item."""

from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from roi import operations
from roi.models import AgendaItem, Answer, Assessment, Review
from roi.queries.agenda import Row, agenda_of
from roi.queries.pre_reads import newest_of, pre_read_changes


class ReviewOut(serializers.ModelSerializer):
    """A meeting; times are UTC."""

    series = serializers.CharField(source="series.name", read_only=True)
    unit = serializers.CharField(source="series.unit.code", read_only=True, allow_null=True, default=None)
    chair = serializers.CharField(source="chair.email", read_only=True)

    class Meta:
        model = Review
        fields = [
            "number",
            "series",
            "unit",
            "starts_at",
            "freeze_at",
            "frozen_at",
            "minutes",
            "chair",
            "state",
        ]


class Reviews(generics.ListAPIView):
    """Meetings that one sees, the newest first."""

    serializer_class = ReviewOut

    def get_queryset(self) -> Any:
        rows = Review.objects.visible_to(self.request.user)
        return rows.select_related("series__unit", "chair").order_by("-starts_at")


class AnswerIn(serializers.Serializer):
    """fine, talk, or question (with its words)."""

    kind = serializers.ChoiceField(Answer.Kind.choices)
    text = serializers.CharField(max_length=500, required=False, default="", allow_blank=True)


class AnswerOut(serializers.ModelSerializer):
    """What somebody said of an item before the meeting."""

    by = serializers.CharField(source="by.email", read_only=True)

    class Meta:
        model = Answer
        fields = ["by", "kind", "text", "at"]


class AgendaItemOut(serializers.Serializer):
    """One item. `stake` is company money, null for who does not read it."""

    id = serializers.IntegerField()
    key = serializers.CharField()
    title = serializers.CharField()
    reason = serializers.CharField()
    why = serializers.CharField()
    section = serializers.CharField()
    section_why = serializers.CharField()
    position = serializers.IntegerField()
    minutes = serializers.IntegerField()
    stake = serializers.DecimalField(18, 2, allow_null=True)
    proposed = serializers.CharField()
    missing = serializers.ListField(child=serializers.CharField())
    hash = serializers.CharField(help_text="of the frozen pre-read; empty before")
    changes = serializers.ListField(child=serializers.CharField(), help_text="since the pre-read")
    answers = AnswerOut(many=True)


class AgendaOut(serializers.Serializer):
    """Sections of the agenda; long ones are cut, `counts` are of all."""

    review = ReviewOut()
    counts = serializers.DictField(child=serializers.IntegerField())
    items = AgendaItemOut(many=True)


def _visible(request: Request, number: int) -> Review:
    rows = Review.objects.visible_to(request.user).select_related("series__unit", "chair")
    return get_object_or_404(rows, number=number)


def _told(row: Row, request: Request, newest: dict[int, Assessment]) -> dict[str, Any]:
    item = row.item
    frozen = getattr(item, "pre_read", None)
    names = ("reason", "why", "section", "section_why", "position", "minutes", "proposed")
    return {name: getattr(item, name) for name in names} | {
        "id": item.pk,
        "key": row.key,
        "title": row.title,
        "stake": row.stake,
        "missing": [m["words"] for m in row.missing],
        "hash": frozen.content_hash if frozen else "",
        "changes": pre_read_changes(item, request.user, newest) if frozen else [],  # type: ignore[arg-type]
        "answers": list(row.answers),
    }


class ReviewAgenda(APIView):
    """The agenda of one meeting."""

    @extend_schema(responses=AgendaOut)
    def get(self, request: Request, number: int) -> Response:
        review = _visible(request, number)
        agenda = agenda_of(review, request.user)  # type: ignore[arg-type]
        rows = [*agenda.discuss, *agenda.consent, *agenda.carried, *agenda.not_ready, *agenda.dropped]
        newest = newest_of(row.item for row in rows)
        items = [_told(row, request, newest) for row in rows]
        told = {"review": review, "counts": agenda.counts, "items": items}
        return Response(AgendaOut(told).data)


class PreReadAnswer(APIView):
    """POST says what one thinks of an item before the meeting."""

    @extend_schema(request=AnswerIn, responses={201: AnswerOut})
    def post(self, request: Request, number: int, pk: int) -> Response:
        review = _visible(request, number)
        item = get_object_or_404(AgendaItem, pk=pk, review=review)
        item.review = review
        body = AnswerIn(data=request.data)
        body.is_valid(raise_exception=True)
        made = operations.answer_pre_read(
            item=item, by=request.user, at=timezone.now(), **body.validated_data
        )
        return Response(AnswerOut(made).data, status=201)
