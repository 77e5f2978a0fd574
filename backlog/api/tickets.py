"""Ticket exports under /api/v1/: upload, confirm columns, read groups, file a draft."""

from decimal import Decimal
from typing import Any, cast

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.exceptions import APIException
from rest_framework.parsers import JSONParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from aiops.models import BusinessUnit, User
from backlog import queries
from backlog.api.candidates import CandidateOut
from backlog.models import TicketGroup, TicketLog
from backlog.operations import tickets as operations


class TicketLogOut(serializers.ModelSerializer):
    """An upload: `state` is mapping, reading, ready or failed; `summary` says what was read and left out, and why."""

    unit = serializers.CharField(source="unit.name")

    class Meta:
        model = TicketLog
        fields = ["id", "name", "unit", "at", "state", "progress", "problem", "head", "mapping", "summary"]


class TicketLogIn(serializers.Serializer):
    """The file, and the unit by its code or name (your own when left out); `confirm` reads it by the guess."""

    file = serializers.FileField(help_text="CSV, CSV.gz or XLSX, up to 25 MB")
    unit = serializers.CharField(max_length=120, required=False, default="")
    confirm = serializers.BooleanField(required=False, default=False)


class TicketColumnsIn(serializers.Serializer):
    """`mapping`: our names (case, at, opened, resolved, closed, state, group, ...) to columns of the file."""

    mapping = serializers.DictField(child=serializers.CharField(max_length=200))
    day_first = serializers.BooleanField(required=False, allow_null=True, default=None)
    done = serializers.ListField(child=serializers.CharField(max_length=200), required=False, default=list)
    covers_days = serializers.FloatField(
        required=False, allow_null=True, min_value=1, max_value=7300, default=None
    )


class TicketGroupOut(serializers.ModelSerializer):
    """Figures of closed tickets inside the window. A year is empty where the file has no dates (P10, middle, P90)."""

    waiting_hours = serializers.FloatField(
        allow_null=True, help_text="median, opened to resolved: never effort"
    )
    candidate = serializers.SerializerMethodField()

    class Meta:
        model = TicketGroup
        fields = ["id", "grouped_by", "name", "cases", "cases_year_low", "cases_year", "cases_year_high"]
        fields += ["touches", "reassignments", "waiting_hours", "rank", "candidate", "details"]

    def get_candidate(self, group: TicketGroup) -> str | None:
        seen = self.context.get("seen", set())
        return group.candidate.key if group.candidate is not None and group.candidate_id in seen else None

    def to_representation(self, instance: TicketGroup) -> dict[str, Any]:
        shown = super().to_representation(instance)
        if not operations.is_dated(instance):
            shown |= dict.fromkeys(("cases_year_low", "cases_year", "cases_year_high"))
        return shown


class DraftIn(serializers.Serializer):
    minutes_per_touch = serializers.DecimalField(
        7, 1, required=False, allow_null=True, default=None, min_value=Decimal("0.1")
    )


class TooLarge(APIException):
    status_code = 413
    default_detail = operations.TOO_LARGE
    default_code = "too_large"


def _log(request: Request, pk: int) -> TicketLog:
    return get_object_or_404(TicketLog.objects.visible_to(request.user).select_related("unit"), pk=pk)


class TicketLogs(generics.ListAPIView):
    """Ticket exports that the caller may see; POST takes one in."""

    serializer_class = TicketLogOut
    parser_classes = [MultiPartParser]

    def get_queryset(self) -> Any:
        return queries.ticket_logs(cast(User, self.request.user))

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuses a huge body by its header, before the parser reads it."""
        super().initial(request, *args, **kwargs)
        if int(request.META.get("CONTENT_LENGTH") or 0) > operations.MOST_BYTES + 100_000:
            raise TooLarge

    @extend_schema(request={"multipart/form-data": TicketLogIn}, responses={201: TicketLogOut})
    def post(self, request: Request) -> Response:
        """Answers with the guessed columns; with `confirm` it is read at once, and `state` tells how far it is."""
        body = TicketLogIn(data=request.data)
        body.is_valid(raise_exception=True)
        file, said = body.validated_data["file"], {"by": request.user, "at": timezone.now()}
        unit = _unit(cast(User, request.user), body.validated_data["unit"])
        log = operations.start_tickets(name=file.name, data=file.read(), unit=unit, **said)
        if body.validated_data["confirm"]:
            log = operations.confirm_mapping(log=log, mapping=log.mapping, options={}, **said)
        return Response(TicketLogOut(log).data, status=201)


def _unit(user: User, asked: str) -> BusinessUnit:
    units = queries.upload_units(user)
    if not asked and user.home_unit is not None:
        return user.home_unit
    found = units.filter(code=asked).first() or units.filter(name=asked).first()
    if found is None:
        raise serializers.ValidationError({"unit": ["Name a unit in which you look for work in tickets."]})
    return found


class OneTicketLog(APIView):
    """One upload: its state, its columns, and what was read."""

    @extend_schema(responses=TicketLogOut, operation_id="ticket_log_retrieve")
    def get(self, request: Request, pk: int) -> Response:
        return Response(TicketLogOut(_log(request, pk)).data)


class TicketColumns(APIView):
    """Say which column means what, and send the file to be read."""

    parser_classes = [JSONParser]

    @extend_schema(request=TicketColumnsIn, responses={202: TicketLogOut})
    def post(self, request: Request, pk: int) -> Response:
        log, body = _log(request, pk), TicketColumnsIn(data=request.data)
        body.is_valid(raise_exception=True)
        options = dict(body.validated_data)
        said: dict[str, Any] = {"by": request.user, "at": timezone.now()}
        log = operations.confirm_mapping(log=log, mapping=options.pop("mapping"), options=options, **said)
        return Response(TicketLogOut(log).data, status=202)


class TicketGroups(generics.ListAPIView):
    """The groups of an upload, by category and by words, each in its order of rank."""

    serializer_class = TicketGroupOut

    def get_queryset(self) -> Any:
        return queries.ticket_groups(_log(self.request, self.kwargs["pk"]))

    def get_serializer_context(self) -> dict[str, Any]:
        context = dict(super().get_serializer_context())
        if "pk" in self.kwargs and getattr(self, "request", None) is not None:
            context["seen"] = queries.drafts_seen(cast(User, self.request.user), list(self.get_queryset()))
        return context


class FileTicketGroup(APIView):
    """A draft of a group; asked again it answers with the same draft."""

    parser_classes = [JSONParser]

    @extend_schema(request=DraftIn, responses=CandidateOut)
    def post(self, request: Request, pk: int) -> Response:
        group = get_object_or_404(queries.visible_groups(cast(User, request.user)), pk=pk)
        body = DraftIn(data=request.data)
        body.is_valid(raise_exception=True)
        said: dict[str, Any] = {"by": request.user, "at": timezone.now()}
        made = operations.file_from_group(group=group, **said, **body.validated_data)
        if not queries.drafts_seen(cast(User, request.user), [TicketGroup(candidate_id=made.pk)]):
            words = f"{made.owner} has a draft of this group already: {made.key}."
            return Response({"code": "filed", "message": words, "field": None}, status=409)
        return Response(CandidateOut(made).data)
