"""What stands around a candidate on its page, as rows with what their reader may do."""

from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Q

from aiops import permissions
from aiops.models import User
from aiops.permissions import Permission
from backlog.calc.files import PICTURES
from backlog.calc.plain_text import Piece, pieces
from backlog.models import Candidate, Comment, Evidence, Question
from backlog.queries.talk import is_within_edit, questions_of

MOST_NAMED = 12


@dataclass(frozen=True)
class CommentRow:
    """A comment with its links, and whether this reader may change or remove it."""

    comment: Comment
    pieces: list[Piece]
    may_edit: bool
    may_remove: bool


@dataclass(frozen=True)
class QuestionRow:
    """A question, and whether this reader may answer it or take it back."""

    question: Question
    pieces: list[Piece]
    answer: list[Piece]
    may_answer: bool
    may_withdraw: bool


@dataclass(frozen=True)
class EvidenceRow:
    """A piece of evidence, and how it is shown."""

    evidence: Evidence
    pieces: list[Piece]
    is_picture: bool
    may_remove: bool


@dataclass(frozen=True)
class Voices:
    """Who has this work too, and how this reader stands to the candidate."""

    votes: int
    voters: list[User]
    units: list[tuple[str, int]]
    followers: int
    has_voted: bool
    follows: bool
    merged: list[Candidate] = field(default_factory=list)


def may_talk(user: User, candidate: Candidate) -> bool:
    """Of somebody who sees it: those who may file say something, and its owner; of a merged one nobody."""
    if candidate.merged_into_id is not None:
        return False
    return user.pk == candidate.owner_id or permissions.has(user, Permission.FILE)


def comment_rows(comments: list[Comment], candidate: Candidate, user: User, at: datetime) -> list[CommentRow]:
    leads = permissions.has(user, Permission.DECIDE, unit=candidate.unit)
    return [
        CommentRow(
            row,
            pieces(row.text),
            row.by_id == user.pk and is_within_edit(row, at),
            row.removed_at is None and (leads or row.by_id == user.pk),
        )
        for row in comments
    ]


def question_rows(candidate: Candidate, user: User) -> list[QuestionRow]:
    triages = permissions.has(user, Permission.TRIAGE, unit=candidate.unit)
    owns = candidate.owner_id == user.pk
    return [
        QuestionRow(
            row,
            pieces(row.text),
            pieces(row.answer),
            row.is_open and (owns or triages or row.of_id == user.pk),
            row.is_open and (triages or row.by_id == user.pk),
        )
        for row in questions_of(candidate)
    ]


def evidence_rows(candidate: Candidate, user: User) -> list[EvidenceRow]:
    """What is there, oldest first; removed ones are only in the history."""
    removes = user.pk == candidate.owner_id or permissions.has(user, Permission.TRIAGE, unit=candidate.unit)
    rows = candidate.evidences.filter(removed_at=None).select_related("by", "origin")
    return [
        EvidenceRow(row, pieces(row.text), row.content_type in PICTURES, removes or row.by_id == user.pk)
        for row in rows
    ]


def voices(candidate: Candidate, user: User) -> Voices:
    voters = [row.by for row in candidate.votes.select_related("by__home_unit")]
    units: dict[str, int] = {}
    for voter in voters:
        name = str(voter.home_unit) if voter.home_unit else "no unit"
        units[name] = units.get(name, 0) + 1
    following = set(candidate.followers.filter(left_at=None).values_list("by", flat=True))
    following.add(candidate.owner_id)
    merged = Candidate.objects.filter(merged_into=candidate.pk).select_related("owner", "unit")
    return Voices(
        votes=len(voters),
        voters=voters[:MOST_NAMED],
        units=sorted(units.items(), key=lambda item: (-item[1], item[0])),
        followers=len(following),
        has_voted=any(voter.pk == user.pk for voter in voters),
        follows=user.pk in following,
        merged=list(merged[:MOST_NAMED]),
    )


def merge_target(user: User, words: str) -> Candidate | None:
    """The candidate meant by "C-7" or "7", if this person sees it."""
    digits = words.strip().upper().removeprefix("C-")
    if not digits.isdecimal() or len(digits) > 9:
        return None
    return Candidate.objects.visible_to(user).filter(Q(number=int(digits))).first()


def merge_choices(user: User, candidate: Candidate, most: int = 20) -> list[Candidate]:
    """Newest candidates of the unit that it could be merged into; others are found by their key."""
    rows = Candidate.objects.visible_to(user).filter(unit=candidate.unit_id, merged_into=None)
    return list(rows.open().exclude(pk=candidate.pk).order_by("-number")[:most])
