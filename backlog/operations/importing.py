"""Candidates from a file, all or nothing; and one from another system, by the id that it has there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from aiops import audit, permissions
from aiops.errors import DomainError
from aiops.models import User
from aiops.permissions import Permission
from backlog.calc.columns import head_hash
from backlog.models import Candidate, ColumnMap, State
from backlog.operations.import_changes import store_changed, store_new
from backlog.queries.import_plan import CHANGED, NEW, SAME, Plan, Step, plan
from backlog.queries.sheet_rows import Problem, SheetRow
from integrations.operations import tell


@dataclass(frozen=True)
class Done:
    """What became of one row: "new", "changed" or "same", and its candidate."""

    row: int
    what: str
    candidate: Candidate


@dataclass(frozen=True)
class Imported:
    """Every row in the order of the file; with problems nothing was written."""

    done: list[Done]
    problems: list[Problem]

    def count(self, what: str) -> int:
        return sum(one.what == what for one in self.done)


def remember_columns(*, head: list[str], mapping: dict[str, str], by: User, at: datetime) -> ColumnMap:
    """For the next file with the same header."""
    said = {"head": [name[:200] for name in head], "mapping": mapping, "used_at": at}
    kept, _ = ColumnMap.objects.update_or_create(
        purpose=ColumnMap.Purpose.CANDIDATES, by=by, head_hash=head_hash(head), defaults=said
    )
    return kept


def import_candidates(
    *,
    rows: Sequence[SheetRow],
    mapping: dict[str, str],
    hand_in: bool,
    token: str,
    by: User,
    at: datetime,
) -> Imported:
    """Make and change what the rows say, in one transaction; one problem and nothing is written.

    `hand_in` submits the new ones, else they are drafts of their owners. `token` names the file: a row that was
    imported with it before is there already. Several people's candidates need triage of their unit.
    """
    permissions.require(by, Permission.FILE)
    with transaction.atomic():
        # The lock of the counter of numbers: filing and imports follow each other.
        User.objects.select_for_update().get(pk=User.objects.system().pk)
        todo = plan(rows, mapping, by, hand_in, lock=True)
        if todo.problems:
            return Imported([], todo.problems)
        done = _carry_out(todo, hand_in, token, by, at)
        audit.record(by=by, at=at, action="candidates.imported", changes=_counts(done))
    return Imported(done, [])


def _counts(done: list[Done]) -> dict[str, int]:
    return {what: sum(one.what == what for one in done) for what in (NEW, CHANGED, SAME)}


def _carry_out(todo: Plan, hand_in: bool, token: str, by: User, at: datetime) -> list[Done]:
    made = _make(todo, hand_in, token, by, at)
    store_changed([step for step in todo.steps if step.what == CHANGED], by, at)
    return [
        made[step.row.number] if step.candidate is None else Done(step.row.number, step.what, step.candidate)
        for step in todo.steps
    ]


def _make(todo: Plan, hand_in: bool, token: str, by: User, at: datetime) -> dict[int, Done]:
    """New candidates with their stages, estimates and history, in bulk; by the row of the file."""
    steps = [step for step in todo.steps if step.what == NEW]
    keys = {step.row.number: f"{token[:24]}-{step.row.number}" if token else "" for step in steps}
    there = Candidate.objects.filter(client_token__in=set(keys.values()) - {""})
    before = {(row.owner_id, row.client_token): row for row in there}
    done: dict[int, Done] = {}
    fresh: list[Candidate] = []
    first = Candidate.objects.next_number()
    for step in steps:
        number, key = step.row.number, keys[step.row.number]
        same = before.get((step.owner.pk, key))
        one = same or _candidate(step, first + len(fresh), key, hand_in, by, at)
        done[number] = Done(number, SAME if same else NEW, one)
        fresh += [] if same else [one]
    store_new(fresh, by, at)
    if hand_in:
        _tell_owners(fresh, by, at)
    return done


def _candidate(step: Step, number: int, token: str, hand_in: bool, by: User, at: datetime) -> Candidate:
    return Candidate(
        number=number,
        owner=step.owner,
        unit=step.unit,
        filed_by=by if by.pk != step.owner.pk else None,
        client_token=token,
        state=State.RECEIVED if hand_in else State.DRAFT,
        created_at=at,
        submitted_at=at if hand_in else None,
        **step.changes,
    )


def _tell_owners(fresh: list[Candidate], by: User, at: datetime) -> None:
    """One receipt for each owner but whoever sent the file, however many rows are theirs."""
    of: dict[int, list[Candidate]] = {}
    for one in fresh:
        of.setdefault(one.owner_id, []).append(one)
    for mine in (rows for owner, rows in of.items() if owner != by.pk):
        keys = ", ".join(one.key for one in mine[:20]) + (" and more" if len(mine) > 20 else "")
        many = "1 candidate of yours" if len(mine) == 1 else f"{len(mine):,} candidates of yours"
        tell(
            user=mine[0].owner,
            topic="receipt",
            subject=f"Received: {many}",
            text=f"{by} filed {many} from a file: {keys}. You can edit or withdraw each on its page.",
            path="/candidates/?mine=true",
            dedup_key=f"imported-{mine[0].pk}",
            at=at,
        )


def sync_candidate(
    *, external_id: str, answers: dict[str, Any], hand_in: bool, by: User, at: datetime
) -> tuple[Candidate, bool]:
    """The candidate of that id in another system: made, changed or as it was; and whether it is new.

    Sent again it changes nothing. Refused with the field where a rule does not hold.
    """
    row = SheetRow(1, {"external_id": external_id, **answers})
    names = {name: name for name in row.said}
    made = import_candidates(rows=[row], mapping=names, hand_in=hand_in, token="", by=by, at=at)
    for problem in made.problems:
        raise DomainError("sync", problem.reason, problem.column or None)
    return made.done[0].candidate, made.done[0].what == NEW
