"""Drift checks: a reference window frozen once, the last seven days compared with it on a schedule."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction

from aiops import audit
from aiops.errors import DomainError
from aiops.models import User
from evals import queries
from evals.calc.drift import MIN_CALLS, FeatureDrift, Profile, compare, profile
from evals.calc.drift_verdict import DriftVerdict, judge, not_enough, period_words
from evals.models import Reference, ReferenceFeature
from evals.operations.access import require_propose
from evals.operations.approval import approval_of, refuse_unapproved, schedule
from workloads import operations as workload_operations
from workloads.models import Check, CheckRun, Finding, Workload

WINDOW = timedelta(days=7)
LONGEST_REFERENCE = timedelta(days=92)
DAILY = 24 * 60


def create_drift_check(
    *,
    workload: Workload,
    start: datetime,
    end: datetime,
    name: str = "Drift",
    every_minutes: int = DAILY,
    by: User,
    at: datetime,
) -> Check:
    """Make the drift check of a workload with its reference window [start, end)."""
    require_propose(by, workload)
    if queries.drift_checks(workload).exists():
        raise DomainError(
            "drift_exists", f"{workload.name} has a drift check already: set a new reference instead."
        )
    profiles = _profiles(workload, start, end, at)
    with transaction.atomic():
        check = workload_operations.add_check(
            workload=workload, kind="drift", name=name, every_minutes=every_minutes, by=by, at=at
        )
        _freeze(check, workload, start, end, profiles, by, at)
    return check


def set_reference(*, check: Check, start: datetime, end: datetime, by: User, at: datetime) -> Reference:
    """Freeze another window as the reference; the old one stays in the history."""
    require_propose(by, check.workload)
    profiles = _profiles(check.workload, start, end, at)
    with transaction.atomic():
        Check.objects.select_for_update(of=("self",)).get(pk=check.pk)
        Reference.objects.current().filter(check_of=check).update(replaced_at=at)
        return _freeze(check, check.workload, start, end, profiles, by, at)


def run_drift_now(*, check: Check, by: User, at: datetime) -> CheckRun:
    """Compare by hand; a proposed reference may be tried this way too."""
    return workload_operations.run_now(check=check, by=by, at=at)


def _profiles(workload: Workload, start: datetime, end: datetime, at: datetime) -> dict[str, Profile]:
    if not start < end <= at:
        raise DomainError("window_order", "The reference ends after it starts and not in the future.", "end")
    if end - start > LONGEST_REFERENCE:
        raise DomainError("window_too_long", "A reference window is at most 92 days long.", "start")
    days = queries.feature_days(workload, start, end)
    calls = sum(map(len, days["input_tokens"]))
    if calls < MIN_CALLS:
        message = f"Only {calls:,} calls in this window: a reference needs {MIN_CALLS}. Choose a longer one."
        raise DomainError("not_enough_calls", message, "start")
    return {name: profile(blocks) for name, blocks in days.items()}


def _freeze(
    check: Check,
    workload: Workload,
    start: datetime,
    end: datetime,
    profiles: dict[str, Profile],
    by: User,
    at: datetime,
) -> Reference:
    approved = queries.may_approve(by, workload)
    reference = Reference.objects.create(
        workload=workload,
        check_of=check,
        start=start,
        end=end,
        n=profiles["input_tokens"].n,
        created_by=by,
        created_at=at,
        **approval_of(approved, by, at),
    )
    ReferenceFeature.objects.bulk_create([_feature(reference, name, p) for name, p in profiles.items()])
    schedule(check, approved, by, at)
    changes = {"start": start, "end": end, "calls": reference.n, "state": reference.state}
    audit.record(by=by, at=at, action="reference.set", obj=reference, changes=changes)
    return reference


def _feature(reference: Reference, name: str, found: Profile) -> ReferenceFeature:
    return ReferenceFeature(
        reference=reference,
        feature=name,
        edges=list(found.edges),
        counts=list(found.counts),
        day_medians=list(found.day_medians),
        median=found.median,
    )


def run_drift(*, check_run_id: int, worker: str, clock: Callable[[], datetime]) -> Finding | None:
    """Do one comparison from claim to finding; None when another worker has it or it is done."""
    check_run = workload_operations.claim_run(run_id=check_run_id, worker=worker, at=clock())
    if check_run is None:
        return None
    check = check_run.check_of
    reference = queries.current_reference(check)
    if reference and refuse_unapproved(check_run, reference, clock()):
        return None
    if reference is None:
        missing = DriftVerdict("unknown", "no reference", "No reference window is set: choose one.")
        return _leave(check_run, missing, [], clock())
    # Sunday's slot that runs on Monday is still about Sunday.
    verdict, found = compare_with(reference, check_run.slot)
    return _leave(check_run, verdict, found, clock())


def compare_with(reference: Reference, until: datetime) -> tuple[DriftVerdict, list[FeatureDrift]]:
    """The verdict on the seven days before `until`, without days that are part of the reference itself."""
    start = max(until - WINDOW, reference.end)
    days = queries.feature_days(reference.workload, start, until)
    words = "in the last 7 days" if start == until - WINDOW else "since the reference ended"
    refusal = not_enough(sum(map(len, days["input_tokens"])), words)
    if refusal:
        return refusal, []
    frozen = queries.reference_profiles(reference)
    current = {name: profile(days[name], frozen[name].edges) for name in frozen}
    found = compare(frozen, current)
    return judge(found, period_words(reference.start, reference.end, until)), found


def _leave(check_run: CheckRun, verdict: DriftVerdict, found: list[FeatureDrift], at: datetime) -> Finding:
    details: dict[str, Any] = {"state": verdict.state, "features": [asdict(f) for f in found]}
    return workload_operations.finish_run(
        run=check_run,
        severity=verdict.severity,
        sentence=verdict.sentence[:500],
        metric="psi",
        value=Decimal(f"{found[0].psi:.6f}") if found else None,
        details=details,
        at=at,
    )
