"""Checks on a schedule: unique slots, a claim by one worker, a lease with a heartbeat, one finding."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F, Q

from aiops import audit, jobs, permissions
from aiops.errors import DomainError
from aiops.models import User
from aiops.permissions import Permission
from workloads.models import Check, CheckRun, Finding, Incident, Severity, Workload
from workloads.operations.incidents import open_incident, resolve_key

# By name: two of these jobs belong to a package above this one.
CHECK_JOBS = {
    Check.Kind.COST: "workloads.run_cost_check",
    Check.Kind.EVAL: "evals.run_eval_check",
    Check.Kind.DRIFT: "evals.run_drift_check",
    Check.Kind.RELIABILITY: "workloads.run_reliability_check",
}
MOST_ATTEMPTS = 5
LOST_AFTER = timedelta(seconds=60)
State = CheckRun.State


def add_check(
    *, workload: Workload, kind: str, name: str, every_minutes: int, by: User, at: datetime
) -> Check:
    """A check that is first due at once; the same name twice for one workload is refused."""
    _require_run(workload, by)
    if every_minutes < 1:
        raise DomainError("cadence", "A check runs at most once a minute.", "every_minutes")
    with transaction.atomic():
        if Check.objects.filter(workload=workload, kind=kind, name=name).exists():
            raise DomainError("check_exists", f"There is a {kind} check named «{name}» already.", "name")
        check = Check.objects.create(
            workload=workload,
            kind=kind,
            name=name,
            every_minutes=every_minutes,
            next_due_at=at,
            created_by=by,
        )
        audit.record(
            by=by, at=at, action="check.added", obj=check, unit=workload.unit, changes={"kind": kind}
        )
    return check


def change_check(*, check: Check, every_minutes: int, enabled: bool, by: User, at: datetime) -> Check:
    """Another cadence, or a pause."""
    _require_run(check.workload, by)
    if every_minutes < 1:
        raise DomainError("cadence", "A check runs at most once a minute.", "every_minutes")
    with transaction.atomic():
        check.every_minutes, check.enabled, check.next_due_at = every_minutes, enabled, at
        check.save(update_fields=["every_minutes", "enabled", "next_due_at"])
        changes = {"every_minutes": every_minutes, "enabled": enabled}
        audit.record(
            by=by, at=at, action="check.changed", obj=check, unit=check.workload.unit, changes=changes
        )
    return check


def _require_run(workload: Workload, by: User) -> None:
    people = (workload.business_owner_id, workload.deputy_id, workload.builder_id, workload.it_steward_id)
    wanted = (Permission.OPERATE_WORKLOAD, Permission.EVALUATE)
    if by.pk not in people and not any(permissions.has(by, p, unit=workload.unit) for p in wanted):
        raise PermissionDenied("Only people on the workload, evaluators and the lead run checks.")


def dispatch_due(*, at: datetime) -> int:
    """Make the newest slot of every due check and enqueue it; slots missed in downtime are not piled up."""
    due = list(Check.objects.due(at))
    runs = [CheckRun(check_of=check, slot=check.slot_at(at), queued_at=at) for check in due]
    with transaction.atomic():
        CheckRun.objects.bulk_create(runs, ignore_conflicts=True)
        for check in due:
            Check.objects.filter(pk=check.pk).update(next_due_at=check.slot_after(at))
        slots = Q(pk=None)
        for check in due:
            slots |= Q(check_of=check, slot=check.slot_at(at))
        for run in CheckRun.objects.filter(slots, state=State.QUEUED).select_related("check_of"):
            _enqueue(run)
    return len(due)


def run_now(*, check: Check, by: User, at: datetime) -> CheckRun:
    """A run outside the calendar; while one is under way, that one."""
    _require_run(check.workload, by)
    if check.workload.stage == "retired":
        raise DomainError("retired", "This workload is retired; it is checked no more.")
    with transaction.atomic():
        Check.objects.select_for_update().get(pk=check.pk)
        under_way = check.runs.filter(state__in=[State.QUEUED, State.RUNNING]).order_by("-slot").first()
        if under_way is not None:
            return under_way
        run = CheckRun.objects.create(check_of=check, slot=at, queued_at=at, requested_by=by)
        audit.record(by=by, at=at, action="check.run_now", obj=check, unit=check.workload.unit)
        _enqueue(run)
    return run


def _enqueue(run: CheckRun) -> None:
    jobs.enqueue(CHECK_JOBS[Check.Kind(run.check_of.kind)], run.pk)


def claim_run(*, run_id: int, worker: str, at: datetime) -> CheckRun | None:
    """Take a queued run, or one whose worker is lost; None when somebody else has it or it is over."""
    free = Q(state=State.QUEUED) | Q(state=State.RUNNING, lease_until__lt=at)
    taken = CheckRun.objects.filter(free, pk=run_id).update(
        state=State.RUNNING, claimed_by=worker, lease_until=_lease(at), attempts=F("attempts") + 1
    )
    if not taken:
        return None
    CheckRun.objects.filter(pk=run_id, started_at=None).update(started_at=at)
    return CheckRun.objects.select_related("check_of__workload__unit").get(pk=run_id)


def _lease(at: datetime) -> datetime:
    return at + timedelta(seconds=settings.LEASE_SECONDS)


def heartbeat(*, run: CheckRun, done: int, total: int, at: datetime) -> bool:
    """Show progress and hold the lease; False when another worker took the run over: stop then."""
    mine = CheckRun.objects.filter(
        pk=run.pk, state=State.RUNNING, claimed_by=run.claimed_by, attempts=run.attempts
    )
    return bool(mine.update(done=done, total=total, lease_until=_lease(at)))


def finish_run(
    *,
    run: CheckRun,
    severity: str,
    sentence: str,
    metric: str = "",
    value: Decimal | None = None,
    low: Decimal | None = None,
    high: Decimal | None = None,
    target: Decimal | None = None,
    unit: str = "",
    details: Mapping[str, Any] | None = None,
    at: datetime,
) -> Finding:
    """Close a run with its finding, once. A bad finding opens an incident; a good one resolves it."""
    with transaction.atomic():
        locked = (
            CheckRun.objects.select_for_update(of=("self",))
            .select_related("check_of__workload")
            .get(pk=run.pk)
        )
        if (known := Finding.objects.filter(run=locked).first()) is not None:
            return known
        figures = {"value": value, "low": low, "high": high, "target": target, "unit": unit, "metric": metric}
        finding = Finding.objects.create(
            workload=locked.check_of.workload,
            check_of=locked.check_of,
            run=locked,
            at=at,
            severity=severity,
            sentence=sentence[:500],
            details=dict(details or {}),
            **figures,
        )
        _close(locked, State.DONE, "", at)
        _answer(finding, at)
    return finding


def fail_run(*, run: CheckRun, reason: str, at: datetime) -> None:
    """The check itself broke: said as a finding that cannot tell, never as a good one."""
    with transaction.atomic():
        locked = CheckRun.objects.select_for_update(of=("self",)).select_related("check_of").get(pk=run.pk)
        if locked.is_over:
            return
        _close(locked, State.FAILED, reason, at)
        Finding.objects.create(
            workload_id=locked.check_of.workload_id,
            check_of=locked.check_of,
            run=locked,
            at=at,
            severity=Severity.UNKNOWN,
            sentence=f"The check could not run: {reason}"[:500],
        )


def _close(run: CheckRun, state: str, error: str, at: datetime) -> None:
    run.state, run.error, run.finished_at, run.lease_until = state, error[:500], at, None
    run.save(update_fields=["state", "error", "finished_at", "lease_until"])


def _answer(finding: Finding, at: datetime) -> None:
    check, system = finding.check_of, User.objects.system()
    if check is None:
        return
    key = f"check-{check.pk}"
    if finding.severity == Severity.BAD:
        title = f"{check.get_kind_display().capitalize()}: {check.name}"
        open_incident(
            workload=finding.workload,
            title=title,
            sentence=finding.sentence,
            severity=Incident.Severity.BAD,
            source=Incident.Source.FINDING,
            external_key=key,
            finding=finding,
            by=system,
            at=at,
        )
    elif finding.severity == Severity.OK:
        words = f"The next run is fine: {finding.sentence}"
        resolve_key(workload=finding.workload, external_key=key, resolution=words, by=system, at=at)


def requeue_lost(*, at: datetime) -> int:
    """Enqueue again what the broker or a worker lost; after five attempts a run fails with that reason."""
    waiting = Q(state=State.QUEUED, queued_at__lt=at - LOST_AFTER)
    orphaned = Q(state=State.RUNNING, lease_until__lt=at)
    lost = CheckRun.objects.filter(waiting | orphaned).select_related("check_of").order_by("pk")[:500]
    for run in lost:
        if run.attempts >= MOST_ATTEMPTS:
            fail_run(run=run, reason=f"Its worker was lost {MOST_ATTEMPTS} times.", at=at)
            continue
        CheckRun.objects.filter(pk=run.pk, state=State.QUEUED).update(queued_at=at)
        with transaction.atomic():
            _enqueue(run)
    return len(lost)
