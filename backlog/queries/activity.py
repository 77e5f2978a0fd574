"""What happened to a candidate, newest first: its history and what people said, from one query."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Case, CharField, F, QuerySet, TextField, Value, When
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce, Left, NullIf

from aiops.models import AuditEvent
from backlog.models import Candidate, Question

PER_PAGE = 20
LONGEST = 160
# Told by the rows themselves, with their words.
SAID_BY_ROWS = ("candidate.commented", "candidate.asked", "candidate.answered", "candidate.evidence_added")
# Of these the reason, or one of the changes, is for everybody who sees the candidate; others may speak of money.
WITH_DETAIL = (
    "candidate.withdrawn",
    "candidate.parked",
    "candidate.merged",
    "candidate.took_over",
    "candidate.unmerged",
    "candidate.gave_back",
    "candidate.assigned",
    "candidate.deferred",
    "candidate.evidence_removed",
)
DETAILS = ("into", "from", "to", "assessor", "until", "title")
WORDS = {
    "comment": "Comment",
    "question": "Question",
    "answer": "Answer",
    "link": "Link added",
    "file": "File added",
    "note": "Note added",
    "tickets": "Tickets added",
    "candidate.took_over": "Another candidate was merged into it",
    "candidate.gave_back": "A merge into it was taken back",
    "candidate.merged": "Merged into another candidate",
    "candidate.unmerged": "Merge taken back",
    "candidate.voted": "Vote",
    "candidate.vote_taken_back": "Vote taken back",
    "candidate.evidence_removed": "Evidence removed",
    "candidate.comment_edited": "Comment changed",
    "candidate.comment_removed": "Comment removed",
}


@dataclass(frozen=True)
class Happened:
    """One line of the feed: who, when, what in two words, and the beginning of what was said."""

    at: datetime
    who: str
    what: str
    detail: str

    @property
    def words(self) -> str:
        return WORDS.get(self.what) or self.what.partition(".")[2].replace("_", " ").capitalize()


def activity(candidate: Candidate) -> QuerySet[Any]:
    """Tuples (at, pk, what, who, detail) of everything, newest first; `happened` reads one."""
    parts = [
        _events(candidate),
        _rows(candidate.comments.filter(removed_at=None), Value("comment"), "text"),
        _rows(candidate.questions.filter(withdrawn_at=None), Value("question"), "text"),
        _answers(candidate.questions.exclude(answered_at=None)),
        _rows(candidate.evidences.filter(removed_at=None), Cast("kind", _text()), "title"),
    ]
    return parts[0].union(*parts[1:], all=True).order_by("-at", "-pk")


def happened(row: tuple[Any, ...]) -> Happened:
    at, _, what, who, detail = row
    return Happened(at, who, what, detail)


def _text() -> Any:
    return CharField(max_length=200)


def _events(candidate: Candidate) -> QuerySet[Any]:
    changed = [KeyTextTransform(key, "changes") for key in DETAILS]
    told = Coalesce(NullIf(F("reason"), Value("")), *changed, Value(""), output_field=TextField())
    rows = AuditEvent.objects.of(candidate).exclude(action__in=SAID_BY_ROWS).order_by()
    return rows.annotate(
        what=Cast("action", _text()),
        who=Cast("actor_label", _text()),
        detail=Left(
            Case(When(action__in=WITH_DETAIL, then=told), default=Value(""), output_field=TextField()),
            LONGEST,
        ),
    ).values_list("at", "pk", "what", "who", "detail")


def _rows(rows: QuerySet[Any], what: Any, said: str) -> QuerySet[Any]:
    named = rows.order_by().annotate(
        what=Cast(what, _text()),
        who=Cast("by__name", _text()),
        detail=Left(Cast(said, TextField()), LONGEST),
    )
    return named.values_list("at", "pk", "what", "who", "detail")


def _answers(rows: QuerySet[Question]) -> QuerySet[Any]:
    named = rows.order_by().annotate(
        what=Cast(Value("answer"), _text()),
        who=Cast("answered_by__name", _text()),
        detail=Left("answer", LONGEST),
    )
    return named.values_list("answered_at", "pk", "what", "who", "detail")
