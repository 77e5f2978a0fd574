"""Objectives of a workload, and the check that watches how fast their error budgets burn."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction

from aiops import audit, permissions
from aiops.errors import DomainError
from aiops.models import User
from aiops.permissions import Permission
from workloads.calc.burn_rate import PAGE, Burn, Judgement, budget_share
from workloads.models import Check, Finding, Objective, Probe, Severity, Workload
from workloads.operations.checks import add_check, claim_run, fail_run, finish_run
from workloads.operations.incidents import resolve_key
from workloads.queries.reliability import Day, buckets_of, by_day, judged

EVERY_MINUTES = 15
LOWEST, HIGHEST = Decimal("0.5"), Decimal("0.99999")
LONGEST_DAYS = 90
LONGEST_MS = 3_600_000
NAMES = {
    Objective.Kind.AVAILABILITY: "Availability",
    Objective.Kind.ERRORS: "Errors",
    Objective.Kind.LATENCY: "Latency",
}


def may_set_objective(workload: Workload, by: User) -> bool:
    """Owner, deputy, IT steward and the lead promise for a workload."""
    if workload.answers(by) or by.pk == workload.it_steward_id:
        return True
    return permissions.has(by, Permission.OPERATE_WORKLOAD, unit=workload.unit)


def require_promise(workload: Workload, by: User) -> None:
    if not may_set_objective(workload, by):
        raise PermissionDenied(
            "Only the owner, the deputy, the IT steward or the lead sets what a workload promises."
        )
    if workload.stage == "retired":
        raise DomainError("retired", "This workload is retired; it promises nothing any more.")


def set_objective(
    *,
    workload: Workload,
    kind: str,
    target: Decimal,
    window_days: int = 28,
    latency_ms: int | None = None,
    by: User,
    at: datetime,
) -> Objective:
    """A new objective of this kind, or another target for the one there is. Its check runs at once.

    target: a share, 0.995 is 99.5 %. latency_ms: for latency only. Availability needs a probe that is on.
    """
    require_promise(workload, by)
    _require_sound(workload, kind, target, window_days, latency_ms)
    figures = {"target": target, "window_days": window_days, "latency_ms": latency_ms}
    with transaction.atomic():
        # The workload's lock makes «is there one?» and «make one» a single step.
        Workload.objects.select_for_update().get(pk=workload.pk)
        before = Objective.objects.filter(workload=workload, kind=kind).select_related("check_of").first()
        if before is not None and all(getattr(before, name) == value for name, value in figures.items()):
            return before
        check = _check_of(workload, kind, by, at)
        objective, _ = Objective.objects.update_or_create(
            workload=workload,
            kind=kind,
            defaults={**figures, "standing": None, "check_of": check, "by": by, "at": at},
        )
        changes = {name: [getattr(before, name, None), value] for name, value in figures.items()}
        action = "objective.changed" if before else "objective.set"
        audit.record(by=by, at=at, action=action, obj=objective, unit=workload.unit, changes=changes)
    return objective


def _require_sound(
    workload: Workload, kind: str, target: Decimal, window_days: int, latency_ms: int | None
) -> None:
    if kind not in Objective.Kind.values:
        raise DomainError("kind", f"There is no objective of kind «{kind}».", "kind")
    if target >= 1:
        words = "100 % leaves no room for a single failure: every change would be a breach. Promise less."
        raise DomainError("target_all", words, "target")
    if not LOWEST <= target <= HIGHEST:
        raise DomainError("target", "Promise between 50 % and 99.999 %.", "target")
    if not 1 <= window_days <= LONGEST_DAYS:
        raise DomainError("window", f"Look back over 1 to {LONGEST_DAYS} days.", "window_days")
    is_latency = kind == Objective.Kind.LATENCY
    if is_latency and not (latency_ms and 0 < latency_ms <= LONGEST_MS):
        raise DomainError(
            "latency", "Say how many milliseconds are fast enough, up to an hour.", "latency_ms"
        )
    if not is_latency and latency_ms is not None:
        raise DomainError(
            "latency_other", "Only a latency objective has a limit in milliseconds.", "latency_ms"
        )
    if (
        kind == Objective.Kind.AVAILABILITY
        and not Probe.objects.filter(workload=workload, is_on=True).exists()
    ):
        words = "Nothing asks whether it answers yet: IT sets up a probe first."
        raise DomainError("no_probe", words, "kind")


def _check_of(workload: Workload, kind: str, by: User, at: datetime) -> Check:
    """The check of this kind of objective; one that was ended goes on."""
    name = NAMES[Objective.Kind(kind)]
    known = Check.objects.filter(workload=workload, kind=Check.Kind.RELIABILITY, name=name).first()
    if known is None:
        return add_check(
            workload=workload,
            kind=Check.Kind.RELIABILITY,
            name=name,
            every_minutes=EVERY_MINUTES,
            by=by,
            at=at,
        )
    known.enabled, known.next_due_at = True, at
    known.save(update_fields=["enabled", "next_due_at"])
    return known


def end_objective(*, objective: Objective, by: User, at: datetime) -> None:
    """Take a promise back: its check stops, an open incident of it is closed, its findings stay."""
    workload, check = objective.workload, objective.check_of
    require_promise(workload, by)
    with transaction.atomic():
        audit.record(
            by=by,
            at=at,
            action="objective.ended",
            obj=objective,
            unit=workload.unit,
            changes={"target": objective.target, "window_days": objective.window_days},
        )
        objective.delete()
        Check.objects.filter(pk=check.pk).update(enabled=False)
        words, system = f"{by} took the objective back.", User.objects.system()
        resolve_key(workload=workload, external_key=f"check-{check.pk}", resolution=words, by=system, at=at)


def run_reliability_check(*, run_id: int, worker: str, at: datetime) -> Finding | None:
    """Judge the objective of the run's check as it stands now; None when another worker has the run."""
    run = claim_run(run_id=run_id, worker=worker, at=at)
    if run is None:
        return None
    objective = Objective.objects.select_related("workload").filter(check_of=run.check_of).first()
    if objective is None:
        fail_run(run=run, reason="the objective was taken back.", at=at)
        return None
    buckets = buckets_of(objective, at)
    judgement = judged(objective, buckets, at)
    standing = _standing(objective, judgement, by_day(buckets, at - _period(objective), at), at)
    with transaction.atomic():
        Objective.objects.filter(pk=objective.pk, target=objective.target, at=objective.at).update(
            standing=standing
        )
        return finish_run(
            run=run,
            severity=standing["severity"],
            sentence=standing["sentence"],
            metric=metric(objective),
            value=_decimal(judgement.tally.good_share),
            low=_decimal(judgement.low),
            high=_decimal(judgement.high),
            target=objective.target,
            unit="share",
            details={"budget_left": standing["left"], "burns": standing["burns"], "total": standing["total"]},
            at=at,
        )


def _decimal(share: float | None) -> Decimal | None:
    return None if share is None else Decimal(repr(share)).quantize(Decimal("1e-10"))


def _period(objective: Objective) -> timedelta:
    return timedelta(days=objective.window_days)


def _standing(
    objective: Objective, judgement: Judgement, days: Sequence[Day], at: datetime
) -> dict[str, Any]:
    """What pages show until the next run: reading a month of latency sketches is no work for a page."""
    severity, sentence = in_words(objective, judgement)
    return {
        "at": at.isoformat(),
        "severity": str(severity),
        "sentence": sentence,
        "total": judgement.tally.total,
        "good_share": judgement.tally.good_share,
        "low": judgement.low,
        "high": judgement.high,
        "left": judgement.left if judgement.is_enough else None,
        "spent_at": judgement.spent_at.isoformat() if judgement.spent_at else None,
        "burns": [_burn(burn) for burn in judgement.burns],
        "days": [[day.day.isoformat(), day.total, day.bad] for day in days],
    }


def _burn(burn: Burn) -> dict[str, Any]:
    return {
        "window": _span(burn.rule.long),
        "kind": burn.rule.kind,
        "threshold": burn.threshold,
        "long": burn.long,
        "short": burn.short,
        "fires": burn.fires,
    }


def metric(objective: Objective) -> str:
    """What is counted as good, in a few words."""
    if objective.kind == Objective.Kind.LATENCY:
        return f"calls within {objective.latency_ms:,} ms"
    return "probes answered" if objective.kind == Objective.Kind.AVAILABILITY else "calls without an error"


def in_words(objective: Objective, judgement: Judgement) -> tuple[str, str]:
    """Severity and sentence: what is burning, else whether it can be told, else what is left."""
    severity, verdict = _verdict(objective, judgement)
    return severity, f"{_level(objective, judgement)} {verdict}".strip()


def _level(objective: Objective, judgement: Judgement) -> str:
    things, tally = _things(objective), judgement.tally
    if tally.good_share is None or judgement.low is None or judgement.high is None:
        return f"No {things} in the last {_days(objective.window_days)}."
    between = f"{shown(judgement.low)} to {shown(judgement.high)}"
    return (
        f"{shown(tally.good_share)} of {tally.total:,} {things} in {_days(objective.window_days)} were good "
        f"({between}); {shown(objective.target)} is promised."
    )


def _verdict(objective: Objective, judgement: Judgement) -> tuple[str, str]:
    if (burn := judgement.firing) is not None:
        return (Severity.BAD if burn.rule.kind == PAGE else Severity.WARNING), _burning(
            objective, burn, judgement
        )
    if not judgement.is_enough or judgement.left is None:
        return Severity.UNKNOWN, f"Not enough {_things(objective)} to tell: {judgement.fewest:,} are needed."
    if judgement.left <= 0:
        return Severity.WARNING, "The error budget is spent; nothing burns right now."
    return Severity.OK, _left(judgement)


def _burning(objective: Objective, burn: Burn, judgement: Judgement) -> str:
    window, rate = _span(burn.rule.long), burn.long or 0.0
    share = budget_share(rate, burn.rule.long, _period(objective))
    words = (
        f"The error budget burns {rate:,.1f} times too fast over the last {window} "
        f"({burn.tally.bad:,} of {burn.tally.total:,} bad, {min(share, 1) * 100:.0f} % of the budget)."
    )
    return f"{words} {_left(judgement)}"


def _left(judgement: Judgement) -> str:
    if judgement.left is None or judgement.left <= 0:
        return "The budget is spent."
    words = f"{judgement.left * 100:.0f} % of the error budget is left"
    if judgement.spent_at is None:
        return f"{words}."
    return f"{words}; at the pace of the last three days it is spent by {judgement.spent_at:%-d %b %Y}."


def _things(objective: Objective) -> str:
    return "probes" if objective.kind == Objective.Kind.AVAILABILITY else "calls"


def _days(days: int) -> str:
    return f"{days} days" if days > 1 else "one day"


def _span(window: timedelta) -> str:
    hours = int(window.total_seconds()) // 3600
    return f"{hours // 24} days" if hours >= 48 else "hour" if hours == 1 else f"{hours} hours"


def shown(share: float | Decimal) -> str:
    """0.995 -> "99.5 %", 0.99987 -> "99.987 %": as many places as tell it from all."""
    text = f"{Decimal(repr(share) if isinstance(share, float) else share) * 100:.3f}"
    return f"{text.rstrip('0').rstrip('.')} %"
