"""Questions that a candidate waits for: asked of a person, told the same day, answered on its page."""

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction

from aiops import audit, permissions
from aiops.errors import DomainError
from aiops.models import User
from aiops.permissions import Permission
from backlog import queries
from backlog.models import Candidate, Question
from backlog.operations.following import (
    follow_along,
    require_submitted,
    require_talk,
    tell_followers,
    tell_one,
)
from backlog.operations.talk import cleaned

MOST_ASKED, MOST_ANSWERED = 1000, 4000


def ask(*, candidate: Candidate, of: User, text: str, by: User, at: datetime) -> Question:
    """Ask a person who sees the candidate; they are told the same day and find it on their home."""
    require_talk(candidate, by)
    require_submitted(candidate)
    text = cleaned(text, MOST_ASKED)
    _require_answerer(candidate, of, by)
    with transaction.atomic():
        made = Question.objects.create(candidate=candidate, of=of, text=text, by=by, at=at)
        audit.record(by=by, at=at, action="candidate.asked", obj=candidate, changes={"of": of})
        follow_along(candidate, by, at)
        _tell(made, of, f"A question on {candidate}", f"{by} asks:\n\n{text}", "asked", at)
        sentence = f"{by} asked {of} about {candidate}."
        key = f"question-{made.pk}-asked"
        tell_followers(candidate=candidate, sentence=sentence, key=key, at=at, but=[by.pk, of.pk])
    return made


def _require_answerer(candidate: Candidate, of: User, by: User) -> None:
    if of.pk == by.pk:
        raise DomainError("of", "Ask somebody else: this is you.", "of")
    if not queries.people_who_see(candidate).filter(pk=of.pk).exists():
        raise DomainError("of", f"{of} cannot see {candidate.key} and so cannot answer.", "of")


def answer_question(*, question: Question, answer: str, by: User, at: datetime) -> Question:
    """The person asked answers, or for them the owner or somebody who triages the unit; the asker is told."""
    answer = cleaned(answer, MOST_ANSWERED, "answer")
    with transaction.atomic():
        kept = _locked(question)
        _require_may_answer(kept, by)
        _require_open(kept)
        kept.answer, kept.answered_by, kept.answered_at = answer, by, at
        kept.save(update_fields=["answer", "answered_by", "answered_at"])
        audit.record(by=by, at=at, action="candidate.answered", obj=kept.candidate)
        _tell_answered(kept, by, at)
    return kept


def _tell_answered(question: Question, by: User, at: datetime) -> None:
    candidate, words = (
        question.candidate,
        f"You asked:\n\n{question.text}\n\n{by} answers:\n\n{question.answer}",
    )
    if question.by_id != by.pk:
        _tell(question, question.by, f"{by} answered on {candidate}", words, "answered", at)
    sentence, key = f"{by} answered a question about {candidate}.", f"question-{question.pk}-answered"
    tell_followers(candidate=candidate, sentence=sentence, key=key, at=at, but=[by.pk, question.by_id])


def may_answer(question: Question, by: User) -> bool:
    """Whose answer counts: the person asked, the owner of the candidate, whoever triages its unit."""
    if by.pk in (question.of_id, question.candidate.owner_id):
        return True
    return permissions.has(by, Permission.TRIAGE, unit=question.candidate.unit)


def _require_may_answer(question: Question, by: User) -> None:
    if not may_answer(question, by):
        raise PermissionDenied(f"{question.of} was asked: only they, the owner or the unit's triage answer.")
    # Who was asked and moved to another unit since sees it no more.
    if not Candidate.objects.visible_to(by).filter(pk=question.candidate_id).exists():
        raise PermissionDenied("You do not see this candidate any more.")


def withdraw_question(*, question: Question, by: User, at: datetime) -> Question:
    """Whoever asked, or whoever triages the unit, takes an open question back."""
    with transaction.atomic():
        kept = _locked(question)
        triages = permissions.has(by, Permission.TRIAGE, unit=kept.candidate.unit)
        if by.pk != kept.by_id and not triages:
            raise PermissionDenied("Only whoever asked takes a question back.")
        _require_open(kept)
        kept.withdrawn_at = at
        kept.save(update_fields=["withdrawn_at"])
        audit.record(by=by, at=at, action="candidate.question_withdrawn", obj=kept.candidate)
    return kept


def _locked(question: Question) -> Question:
    rows = Question.objects.select_for_update(of=("self",))
    return rows.select_related("candidate__unit", "candidate__owner", "of", "by").get(pk=question.pk)


def _require_open(question: Question) -> None:
    if question.answered_at is not None:
        raise DomainError("answered", f"{question.answered_by} has answered this already.")
    if question.withdrawn_at is not None:
        raise DomainError("withdrawn", "This question was taken back.")


def _tell(question: Question, person: User, subject: str, text: str, what: str, at: datetime) -> None:
    tell_one(
        person=person,
        topic="question",
        candidate=question.candidate,
        subject=subject,
        text=text,
        key=f"question-{question.pk}-{what}",
        at=at,
    )
