"""Comments, votes and evidence of a candidate under /api/v1/."""

from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.parsers import FormParser, JSONParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from backlog import operations, queries
from backlog.models import Candidate, Comment, Evidence, Vote
from backlog.operations.evidence import require_size


class WhoWhen(serializers.ModelSerializer):
    """Who and when, and the key of the merged candidate that it came from."""

    by = serializers.CharField(source="by.email", read_only=True)
    origin = serializers.CharField(source="origin.key", read_only=True, default=None)


class CommentIO(WhoWhen):
    """A comment; people named with an @ are told. A removed one has no words."""

    text = serializers.CharField(max_length=4000)

    class Meta:
        model = Comment
        fields = ("id", "by", "at", "text", "edited_at", "removed_at", "origin")
        read_only_fields = ("id", "at", "edited_at", "removed_at")


class VoteOut(WhoWhen):
    """Who has this work too."""

    class Meta:
        model = Vote
        fields = ("by", "at", "origin")


class EvidenceOut(WhoWhen):
    """A link, a note or a file with its size, type and hash."""

    class Meta:
        model = Evidence
        fields = (
            "id",
            "kind",
            "title",
            "url",
            "text",
            "file_name",
            "content_type",
            "size",
            "sha256",
            "by",
            "at",
        )
        fields += ("origin",)  # type: ignore[assignment]


class EvidenceIn(serializers.Serializer):
    """One of `file` (multipart), `url` and `text`."""

    title = serializers.CharField(max_length=200, required=False, default="", allow_blank=True)
    file = serializers.FileField(required=False, allow_empty_file=True)
    url = serializers.CharField(max_length=600, required=False)
    text = serializers.CharField(max_length=4000, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if len({"file", "url", "text"} & set(attrs)) != 1:
            raise serializers.ValidationError("Give one of file, url and text.")
        return attrs


class OfCandidate(generics.GenericAPIView):
    """Rows of one candidate, for those who see it."""

    def candidate(self) -> Candidate:
        rows = Candidate.objects.visible_to(self.request.user).select_related("owner", "unit")
        return get_object_or_404(rows, number=self.kwargs["number"])

    def said(self, request: Request) -> dict[str, Any]:
        return {"candidate": self.candidate(), "by": request.user, "at": timezone.now()}

    def listed(self, rows: Any) -> Response:
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(self.get_serializer(page, many=True).data)


class Comments(OfCandidate):
    """Read them, oldest first; add one."""

    serializer_class = CommentIO
    queryset = Comment.objects.none()

    def get(self, request: Request, number: int) -> Response:
        return self.listed(queries.comments_of(self.candidate()))

    def post(self, request: Request, number: int) -> Response:
        said, body = self.said(request), CommentIO(data=request.data)
        body.is_valid(raise_exception=True)
        made = operations.comment(text=body.validated_data["text"], **said)
        return Response(CommentIO(made).data, status=201)


class Votes(OfCandidate):
    """Who has this work too; POST is the caller's vote, DELETE takes it back. Both may be sent again."""

    serializer_class = VoteOut
    queryset = Vote.objects.none()

    def get(self, request: Request, number: int) -> Response:
        return self.listed(self.candidate().votes.select_related("by", "origin"))

    @extend_schema(request=None, responses={201: VoteOut})
    def post(self, request: Request, number: int) -> Response:
        return Response(VoteOut(operations.vote(**self.said(request))).data, status=201)

    @extend_schema(request=None, responses={204: None})
    def delete(self, request: Request, number: int) -> Response:
        operations.unvote(**self.said(request))
        return Response(status=204)


class EvidenceOf(OfCandidate):
    """What backs the numbers; POST adds a file, a link or a note."""

    serializer_class = EvidenceOut
    queryset = Evidence.objects.none()
    parser_classes = (JSONParser, MultiPartParser, FormParser)

    def get(self, request: Request, number: int) -> Response:
        rows = self.candidate().evidences.filter(removed_at=None).select_related("by", "origin")
        return self.listed(rows)

    @extend_schema(request=EvidenceIn, responses={201: EvidenceOut})
    def post(self, request: Request, number: int) -> Response:
        said, body = self.said(request), EvidenceIn(data=request.data)
        body.is_valid(raise_exception=True)
        return Response(EvidenceOut(_added(said, body.validated_data)).data, status=201)


def _added(said: dict[str, Any], sent: dict[str, Any]) -> Evidence:
    title = sent["title"]
    if "url" in sent:
        return operations.add_link(title=title, url=sent["url"], **said)
    if "text" in sent:
        return operations.add_note(title=title, text=sent["text"], **said)
    file = sent["file"]
    require_size(file.size)
    kind = {"name": file.name, "content_type": file.content_type or ""}
    return operations.add_file(title=title, data=file.read(), **kind, **said)
