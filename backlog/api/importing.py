"""One candidate by the id that it has in another system: made or changed by the same call."""

from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backlog import operations
from backlog.api.candidates import CandidateIn, CandidateOut
from backlog.models import Candidate


class SyncIn(CandidateIn):
    """The short form, and whose it is where that is not the caller; `submit` hands a new one in."""

    klass = serializers.ChoiceField(Candidate.Klass.choices, required=False)
    systems = serializers.CharField(max_length=300, required=False, allow_blank=True)
    risk_tier = serializers.ChoiceField(Candidate.Risk.choices, required=False, allow_blank=True)
    owner = serializers.EmailField(required=False)
    unit = serializers.CharField(max_length=120, required=False)
    submit = serializers.BooleanField(required=False, default=False)


class SyncOut(CandidateOut):
    """A candidate as it stands, with its external id."""

    class Meta(CandidateOut.Meta):
        fields = [*CandidateOut.Meta.fields, "external_id"]


class CandidateByExternalId(APIView):
    """GET reads it. PUT makes it (201) or changes what is named (200); sent again it changes nothing.

    400 names a field of a wrong shape, 409 the field and the rule that it breaks.
    """

    @extend_schema(responses=SyncOut)
    def get(self, request: Request, external_id: str) -> Response:
        rows = Candidate.objects.visible_to(request.user).exclude(external_id="")
        return Response(SyncOut(get_object_or_404(rows, external_id=external_id)).data)

    @extend_schema(request=SyncIn, responses={200: SyncOut, 201: SyncOut})
    def put(self, request: Request, external_id: str) -> Response:
        body = SyncIn(data=request.data)
        body.is_valid(raise_exception=True)
        if len(external_id) > 80 or external_id != external_id.strip():
            raise serializers.ValidationError({"external_id": "At most 80 characters, no blanks around."})
        answers: dict[str, Any] = dict(body.validated_data)
        hand_in = answers.pop("submit")
        said = {"external_id": external_id, "hand_in": hand_in, "by": request.user, "at": timezone.now()}
        kept, is_new = operations.sync_candidate(answers=answers, **said)  # type: ignore[arg-type]
        return Response(SyncOut(kept).data, status=201 if is_new else 200)
