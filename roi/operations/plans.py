"""Plans: scenarios that are asked, solved by a worker, compared, and shown to owners.

A plan's revision counts what was asked of it. A worker holds a lease and answers one revision; the answer to an
older question is dropped, and a plan whose worker is lost is asked again.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import Q

from aiops import audit, jobs, permissions
from aiops.errors import DomainError
from aiops.models import Company, User
from aiops.permissions import Permission
from roi.models import Plan
from roi.operations.plan_settings import check_settings
from roi.operations.plan_solving import solved
from roi.operations.quiet import no_output

S = Plan.State
UNDER_WAY = (S.QUEUED, S.COMPUTING)
# One programme of branch and cut may take a while; progress between two of them renews the lease.
LEASE = timedelta(minutes=5)
# Asked again until then: an hour after the question a plan that kills its workers is given up.
GIVE_UP = timedelta(hours=1)
Clock = Callable[[], datetime]


def may_plan(user: Any) -> bool:
    """A plan spends the money of all units: for whoever decides or keeps the books of the whole company."""
    return any(permissions.scope(user, p).everything for p in (Permission.DECIDE, Permission.FINANCE))


def _require(by: User) -> None:
    if not may_plan(by):
        raise PermissionDenied("Plans are made by the lead and by finance of the whole company.")


def create_plan(*, name: str, settings: Mapping[str, Any], by: User, at: datetime) -> Plan:
    """A new scenario, sent to be solved. Refuses a name that exists and every setting that makes no sense."""
    _require(by)
    checked = check_settings(settings, by)
    made = Plan(name=_name(name), by=by, created_at=at, settings=checked, currency=Company.load().currency)
    with transaction.atomic():
        _ask(made, at)
        _save(made)
        audit.record(by=by, at=at, action="plan.created", obj=made, changes=checked)
        _enqueue(made)
    return made


def copy_plan(*, plan: Plan, name: str, by: User, at: datetime) -> Plan:
    """The same question under another name, as the start of a scenario."""
    _require(by)
    made = Plan(
        name=_name(name), by=by, created_at=at, settings=plan.settings, currency=Company.load().currency
    )
    with transaction.atomic():
        _ask(made, at)
        _save(made)
        audit.record(by=by, at=at, action="plan.copied", obj=made, changes={"from": plan.name})
        _enqueue(made)
    return made


def change_plan(
    *,
    plan: Plan,
    by: User,
    at: datetime,
    name: str | None = None,
    settings: Mapping[str, Any] | None = None,
    revision: int | None = None,
) -> Plan:
    """Rename it, ask another question, or both; settings that are not given stay.

    Another question takes the old answer and its publication back and is sent to be solved. `revision` is the one
    that was read: refused when somebody asked another question since.
    """
    _require(by)
    with transaction.atomic():
        locked = _lock(plan)
        if revision is not None and revision != locked.revision:
            raise DomainError("changed", "Somebody changed this plan meanwhile: reload it and try again.")
        before, locked.name = locked.name, locked.name if name is None else _name(name)
        checked = check_settings(settings or {}, by, locked.settings)
        asked = {k: [locked.settings.get(k), v] for k, v in checked.items() if locked.settings.get(k) != v}
        if asked:
            locked.settings, locked.is_published, locked.revision = checked, False, locked.revision + 1
            locked.currency = Company.load().currency
            _ask(locked, at)
        changes = asked | ({"name": [before, locked.name]} if before != locked.name else {})
        if changes:
            _save(locked)
            audit.record(by=by, at=at, action="plan.changed", obj=locked, changes=changes)
        if asked:
            _enqueue(locked)
    return locked


def request_solve(*, plan: Plan, by: User, at: datetime) -> Plan:
    """Ask the same question again, of the candidates as they are now; while it is being solved, nothing happens."""
    _require(by)
    with transaction.atomic():
        locked = _lock(plan)
        if locked.state in UNDER_WAY:
            return locked
        locked.revision += 1
        locked.currency = Company.load().currency
        _ask(locked, at)
        locked.save()
        audit.record(by=by, at=at, action="plan.solved_again", obj=locked)
        _enqueue(locked)
    return locked


def delete_plan(*, plan: Plan, by: User, at: datetime) -> None:
    """Gone, with its answer; refused while owners read it."""
    _require(by)
    with transaction.atomic():
        locked = _lock(plan)
        if locked.is_published:
            raise DomainError("published", "Owners read this plan: take it back before you delete it.")
        audit.record(by=by, at=at, action="plan.deleted", obj=locked)
        locked.delete()


def publish_plan(*, plan: Plan, by: User, at: datetime) -> Plan:
    """Owners now see why theirs is in or out; the plan that was published before is taken back."""
    _require(by)
    with transaction.atomic():
        locked = _lock(plan)
        if locked.state != S.DONE:
            raise DomainError("not_solved", "Only a solved plan can be published.")
        if locked.result.get("status") not in ("optimal", "feasible"):
            raise DomainError(
                "infeasible", "No choice meets all limits of this plan: there is nothing to publish."
            )
        if locked.is_published:
            raise DomainError("published", "This plan is published already.")
        for other in Plan.objects.select_for_update().filter(is_published=True):
            _set_published(other, False, "plan.taken_back", by, at)
        _set_published(locked, True, "plan.published", by, at)
    return locked


def unpublish_plan(*, plan: Plan, by: User, at: datetime) -> Plan:
    """Owners see it no more."""
    _require(by)
    with transaction.atomic():
        locked = _lock(plan)
        if not locked.is_published:
            raise DomainError("not_published", "This plan is not published.")
        _set_published(locked, False, "plan.taken_back", by, at)
    return locked


def _set_published(plan: Plan, published: bool, action: str, by: User, at: datetime) -> None:
    plan.is_published = published
    plan.save(update_fields=["is_published"])
    audit.record(by=by, at=at, action=action, obj=plan)


def solve_plan(*, plan_id: int, revision: int, clock: Clock) -> Plan | None:
    """Solve one revision from claim to answer; None when it is not the question any more or somebody else has it."""
    held = _Held(plan_id, revision, clock)
    if not held.claim():
        return None
    plan = Plan.objects.get(pk=plan_id)
    try:
        with no_output():
            result = solved(plan.settings, plan.currency, held.progress)
    except Lost:
        return None
    except Exception as error:
        held.finish(state=S.FAILED, error=_sentence(error))
        raise
    held.finish(state=S.DONE, result=result, solved_at=clock(), error="")
    plan.refresh_from_db()
    return plan


def _sentence(error: Exception) -> str:
    known = error.message if isinstance(error, DomainError) else f"{type(error).__name__}: {error}"
    return f"The plan could not be solved: {known}"[:400]


class Lost(Exception):
    """Somebody asked another question, or another worker took this one over: stop, and write nothing."""


class _Held:
    """A worker's hold on one revision: each write needs the lease that it wrote last, so that two never mix."""

    def __init__(self, plan_id: int, revision: int, clock: Clock) -> None:
        self.rows = Plan.objects.filter(pk=plan_id, revision=revision)
        self.clock, self.lease, self.written = clock, clock(), clock()

    def claim(self) -> bool:
        now = self.clock()
        free = Q(state=S.QUEUED) | Q(state=S.COMPUTING, lease_until__lt=now)
        self.lease, self.written = now + LEASE, now
        taken = self.rows.filter(free)
        return bool(taken.update(state=S.COMPUTING, lease_until=self.lease, done=0, total=0, error=""))

    def progress(self, done: int, total: int) -> None:
        """Once a second is enough for whoever watches. Raises Lost when the question changed or the lease is gone."""
        now = self.clock()
        if done and now - self.written < timedelta(seconds=1):
            return
        lease = now + LEASE
        if not self._mine().update(done=done, total=total, lease_until=lease):
            raise Lost
        self.lease, self.written = lease, now

    def finish(self, **fields: Any) -> bool:
        return bool(self._mine().update(lease_until=None, **fields))

    def _mine(self) -> Any:
        return self.rows.filter(state=S.COMPUTING, lease_until=self.lease)


def requeue_plans(*, at: datetime) -> int:
    """Ask again what the broker or a worker lost; an hour after the question it fails with that reason."""
    with transaction.atomic():
        rows = Plan.objects.select_for_update(skip_locked=True)
        lost = list(rows.filter(state__in=UNDER_WAY, lease_until__lt=at)[:100])
        for plan in lost:
            if plan.changed_at < at - GIVE_UP:
                plan.state, plan.lease_until = S.FAILED, None
                plan.error = "The plan could not be solved: its workers were lost for an hour."
            else:
                plan.state, plan.lease_until = S.QUEUED, at + LEASE
                _enqueue(plan)
            plan.save(update_fields=["state", "lease_until", "error"])
    return len(lost)


def _ask(plan: Plan, at: datetime) -> None:
    plan.state, plan.done, plan.total, plan.error, plan.result = S.QUEUED, 0, 0, "", {}
    plan.changed_at, plan.solved_at, plan.lease_until = at, None, at + LEASE


def _enqueue(plan: Plan) -> None:
    jobs.enqueue("roi.solve_plan", plan.pk, plan.revision)


def _name(name: str) -> str:
    cleaned = " ".join(name.split())
    if not cleaned:
        raise DomainError("name", "Give the plan a name.", "name")
    if len(cleaned) > 80:
        raise DomainError("name", "A name has at most 80 characters.", "name")
    return cleaned


def _save(plan: Plan) -> None:
    try:
        with transaction.atomic():
            plan.save()
    except IntegrityError as error:
        if "plan_name_once" not in str(error):
            raise
        raise DomainError("name_taken", f"There is a plan «{plan.name}» already.", "name") from error


def _lock(plan: Plan) -> Plan:
    locked = Plan.objects.select_for_update().filter(pk=plan.pk).first()
    if locked is None:
        raise DomainError("gone", "This plan was deleted meanwhile.")
    return locked
