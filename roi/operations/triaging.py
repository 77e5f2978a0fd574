"""Triage in one step, for one candidate or many: all or none, and taken back within a minute."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction

from aiops import permissions
from aiops.errors import DomainError
from aiops.models import User
from aiops.permissions import Permission
from backlog import operations as backlog
from backlog.models import Candidate, Question, TriageStep
from roi.models import Measurement
from roi.operations.measurements import cancel_measurement, start_measurement

UNDO = timedelta(minutes=1)
MOST = 200
Verb = TriageStep.Verb
Made = dict[str, Any]


def triage(*, verb: str, candidates: Sequence[Candidate], by: User, at: datetime, **about: Any) -> TriageStep:
    """Do one verb to each; the first refusal undoes all of them and names its candidate.

    about: ask(of or None for the owner, text), size(assessor), measure(quantity, what, person or None for the owner,
    samples_wanted, due_on), merge(into), park(until, why), send().
    """
    if verb not in DOING:
        raise DomainError("verb", "Choose ask, size, measure, merge, park or send.", "verb")
    if not 0 < len(candidates) <= MOST:
        raise DomainError("candidates", f"Choose 1 to {MOST} candidates.", "candidates")
    with transaction.atomic():
        before = {str(c.pk): _done(verb, c, by, at, about) for c in sorted(candidates, key=lambda c: c.pk)}
        return TriageStep.objects.create(verb=verb, by=by, at=at, before=before)


def _done(verb: str, candidate: Candidate, by: User, at: datetime, about: Mapping[str, Any]) -> Made:
    permissions.require(by, Permission.TRIAGE, unit=candidate.unit)
    before = backlog.standing(candidate)
    try:
        made = DOING[verb](candidate, by, at, dict(about))
    except DomainError as error:
        words = error.message if candidate.key in error.message else f"{candidate.key}: {error.message}"
        raise DomainError(error.code, words, error.field) from error
    candidate.refresh_from_db()
    return {"before": before, "after": backlog.standing(candidate), **made}


def _ask(candidate: Candidate, by: User, at: datetime, about: Made) -> Made:
    of = about.pop("of", None) or candidate.owner
    return {"question": backlog.ask(candidate=candidate, of=of, by=by, at=at, **about).pk}


def _size(candidate: Candidate, by: User, at: datetime, about: Made) -> Made:
    backlog.assign_assessor(candidate=candidate, by=by, at=at, **about)
    return {}


def _measure(candidate: Candidate, by: User, at: datetime, about: Made) -> Made:
    person = about.pop("person", None) or candidate.owner
    made, _ = start_measurement(candidate=candidate, person=person, by=by, at=at, **about)
    return {"measurement": made.pk}


def _merge(candidate: Candidate, by: User, at: datetime, about: Made) -> Made:
    backlog.merge(candidate=candidate, by=by, at=at, **about)
    return {}


def _park(candidate: Candidate, by: User, at: datetime, about: Made) -> Made:
    backlog.park(candidate=candidate, by=by, at=at, **about)
    return {}


def _send(candidate: Candidate, by: User, at: datetime, about: Made) -> Made:
    backlog.send_to_review(candidate=candidate, by=by, at=at)
    return {}


DOING: dict[str, Callable[[Candidate, User, datetime, Made], Made]] = {
    Verb.ASK: _ask,
    Verb.SIZE: _size,
    Verb.MEASURE: _measure,
    Verb.MERGE: _merge,
    Verb.PARK: _park,
    Verb.SEND: _send,
}


def undo_triage(*, step: TriageStep, by: User, at: datetime) -> TriageStep:
    """Take one's own step back within a minute; refused where somebody went on with a candidate since."""
    if step.by_id != by.pk:
        raise PermissionDenied("Only whoever did it takes it back.")
    with transaction.atomic():
        step = TriageStep.objects.select_for_update().get(pk=step.pk)
        if step.undone_at is not None:
            return step
        if at > step.at + UNDO:
            raise DomainError("too_late", "A step is taken back within a minute; this one stands.")
        rows = {str(c.pk): c for c in Candidate.objects.filter(pk__in=step.before).select_related("unit")}
        for pk, made in step.before.items():
            _undone(step.verb, rows[pk], made, by, at)
        step.undone_at = at
        step.save(update_fields=["undone_at"])
    return step


def _undone(verb: str, candidate: Candidate, made: Mapping[str, Any], by: User, at: datetime) -> None:
    """What only its own operation takes back, then where the candidate stood."""
    if verb == Verb.ASK:
        backlog.withdraw_question(question=Question.objects.get(pk=made["question"]), by=by, at=at)
    if verb == Verb.MEASURE:
        row = Measurement.objects.get(pk=made["measurement"])
        cancel_measurement(measurement=row, reason="taken back at once", by=by, at=at)
    if verb == Verb.MERGE:
        backlog.unmerge(candidate=candidate, by=by, at=at)
    elif made["before"] != made["after"]:
        backlog.put_back(candidate=candidate, before=made["before"], after=made["after"], by=by, at=at)
