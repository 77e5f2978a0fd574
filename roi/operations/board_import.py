"""Estimates that come back from a sheet: read into changes, tried without a trace, and written all or nothing."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction

from aiops import permissions
from aiops.errors import DomainError
from aiops.models import User
from aiops.permissions import Permission
from backlog import operations as backlog_operations
from backlog.calc.ranges import Range
from backlog.models import Candidate, Estimate
from backlog.operations.estimates import FROM_FORM
from roi.queries.board.changes import Change, Problem, Stored, as_stored


@dataclass(frozen=True)
class Outcome:
    """What was (or would be) written, what was so already, and what stands in the way."""

    written: list[Change]
    already: list[Change]
    problems: list[Problem]


def import_estimates(*, changes: Sequence[Change], by: User, at: datetime, dry: bool = False) -> Outcome:
    """Write these changes in one transaction; with any problem, or `dry`, nothing is written.

    A change is refused when its candidate is closed or out of reach, when the estimate is no longer what it was
    when the file was compared, or when the rules of estimates refuse it.
    """
    permissions.require(by, Permission.ESTIMATE)
    outcome = Outcome([], [], [])
    with transaction.atomic():
        for candidate, mine in _by_candidate(changes, by):
            _one(candidate, mine, by, at, outcome)
        if dry or outcome.problems:
            transaction.set_rollback(True)
    return outcome


def _by_candidate(changes: Sequence[Change], by: User) -> Iterator[tuple[Candidate | None, list[Change]]]:
    numbers = {change.number for change in changes}
    visible = Candidate.objects.visible_to(by).filter(number__in=numbers)
    # Locked in one order, so that two imports wait for each other instead of failing.
    locked = Candidate.objects.filter(pk__in=visible).select_for_update(of=("self",)).select_related("unit")
    rows = {candidate.number: candidate for candidate in locked.order_by("pk")}
    for number in sorted(numbers):
        yield rows.get(number), [change for change in changes if change.number == number]


def _one(candidate: Candidate | None, mine: list[Change], by: User, at: datetime, outcome: Outcome) -> None:
    if candidate is None:
        outcome.problems.append(mine[0].problem("key", f"There is no {mine[0].key} that you see."))
        return
    known = {e.quantity: as_stored(e) for e in candidate.estimates.all()}
    done = [change for change in mine if known.get(change.quantity) == _written_as(change.after)]
    outcome.already.extend(done)
    due = [change for change in mine if change not in done]
    stale = [change for change in due if known.get(change.quantity) != change.before]
    words = "It was changed meanwhile: export again, or compare the file once more."
    outcome.problems.extend(change.problem(change.quantity, words) for change in stale)
    if due and not stale:
        _write(candidate, due, by, at, outcome)


def _written_as(after: Stored) -> Stored:
    """A range that somebody sharpened loses the mark of the owner's answer."""
    return replace(after, note="") if after.note == FROM_FORM else after


def _write(candidate: Candidate, due: list[Change], by: User, at: datetime, outcome: Outcome) -> None:
    notes = {change.quantity: change.after.note for change in due}
    ranges: dict[str, Range | None] = {change.quantity: change.after.range() for change in due}
    try:
        with transaction.atomic():
            backlog_operations.set_estimates(candidate=candidate, ranges=ranges, notes=notes, by=by, at=at)
    except DomainError as error:
        field = error.field if error.field in Estimate.Quantity.values else ""
        outcome.problems.append(due[0].problem(field or "key", error.message))
    except PermissionDenied:
        words = f"You do not size candidates of {candidate.unit}."
        outcome.problems.append(due[0].problem("key", words))
    else:
        outcome.written.extend(due)
