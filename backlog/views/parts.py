"""Sections of a candidate's page: each is drawn with the page, and alone when something in it changed."""

from collections.abc import Callable
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest
from django.utils import timezone

from aiops.models import User
from backlog import queries
from backlog.forms.talk import AskForm, CommentForm, EvidenceForm, MergeForm
from backlog.models import OPEN, Candidate, Policy, State
from backlog.operations.merging import may_merge
from backlog.queries import around
from backlog.queries.activity import PER_PAGE, activity, happened

COMMENTS_A_PAGE = 30


def user_of(request: HttpRequest) -> User:
    return request.user  # type: ignore[return-value]


def comments(request: HttpRequest, found: Candidate) -> dict[str, Any]:
    """The newest page of comments unless another is asked for, oldest first within it."""
    pages = Paginator(queries.comments_of(found), COMMENTS_A_PAGE)
    page = pages.get_page(request.GET.get("comments") or pages.num_pages)
    rows = around.comment_rows(list(page.object_list), found, user_of(request), timezone.now())
    may = around.may_talk(user_of(request), found)
    return {"comments": rows, "comments_page": page, "may_talk": may, "comment_form": CommentForm()}


def questions(request: HttpRequest, found: Candidate) -> dict[str, Any]:
    user = user_of(request)
    may = around.may_talk(user, found) and found.submitted_at is not None
    other = found.owner if found.owner_id != user.pk else None
    form = AskForm(found, initial={"of": other.name if other else ""}, prefix="ask")
    return {"questions": around.question_rows(found, user), "may_ask": may, "ask_form": form}


def evidence(request: HttpRequest, found: Candidate) -> dict[str, Any]:
    user = user_of(request)
    form = EvidenceForm(prefix="evidence")
    return {
        "evidence": around.evidence_rows(found, user),
        "may_add": around.may_talk(user, found),
        "evidence_form": form,
        "largest_file_mb": Policy.load().largest_file_mb,
    }


def people(request: HttpRequest, found: Candidate) -> dict[str, Any]:
    user = user_of(request)
    may_vote = found.owner_id != user.pk and around.may_talk(user, found) and found.state != State.DRAFT
    is_mine = found.owner_id == user.pk
    return {"voices": around.voices(found, user), "may_vote": may_vote, "is_mine": is_mine}


def merging(request: HttpRequest, found: Candidate) -> dict[str, Any]:
    user = user_of(request)
    may = may_merge(found, user)
    context: dict[str, Any] = {"may_unmerge": may and found.merged_into_id is not None}
    if found.merged_into_id:
        seen = Candidate.objects.visible_to(user).filter(pk=found.merged_into_id)
        context["merged_into_visible"] = seen.exists()
    if may and found.state in OPEN:
        context |= {"merge_form": MergeForm(user), "merge_choices": around.merge_choices(user, found)}
    return context


def feed(request: HttpRequest, found: Candidate) -> dict[str, Any]:
    page = Paginator(activity(found), PER_PAGE).get_page(request.GET.get("activity"))
    return {"activity": [happened(row) for row in page.object_list], "activity_page": page}


Part = Callable[[HttpRequest, Candidate], dict[str, Any]]
PARTS: dict[str, Part] = {
    "comments": comments,
    "questions": questions,
    "evidence": evidence,
    "people": people,
    "merging": merging,
    "activity": feed,
}


def context_of(request: HttpRequest, found: Candidate) -> dict[str, Any]:
    """All sections together."""
    made: dict[str, Any] = {}
    for part in PARTS.values():
        made |= part(request, found)
    return made
