"""A year of simulated calls and finished work, in the rhythm of days and weeks, through the same doors."""

import hashlib
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import numpy as np

from aiops.models import User
from roi.demo.data import LIVES, SEED, Live
from roi.demo.portfolio import Company, rows
from workloads import operations as workload_operations
from workloads.calc.dialects import NormalisedCall
from workloads.calc.outcome_rows import OutcomeRow
from workloads.models import Workload

BATCH = 5_000
# The story is a year long, and all of it can be looked at.
KEPT_DAYS = 400
ERRORS = 0.014
RAMP_DAYS = 75
DRIFT = 1.6
Say = Callable[[str], None]


def key_of(*parts: object) -> str:
    """32 hexadecimal digits that are the same on every machine."""
    return hashlib.md5("|".join(map(str, parts)).encode(), usedforsecurity=False).hexdigest()


def day_weights(live: Live, days: list[date]) -> np.ndarray:
    """How busy each day is: use ramps up, grows a little over the year, and rests at weekends."""
    age = np.arange(len(days))
    ramp = np.minimum(1.0, (age + 8) / RAMP_DAYS)
    week = np.array(
        [live.weekend if day.weekday() > 4 else 1.0 - 0.06 * (day.weekday() == 4) for day in days]
    )
    return ramp * (1 + 0.15 * age / 365) * week


def hour_weights(live: Live) -> np.ndarray:
    """How busy each hour of a day is (UTC): a morning and an afternoon hump within opening hours."""
    hours = np.arange(24)
    open_ = (hours >= live.hours[0]) & (hours < live.hours[1])
    humps = np.exp(-(((hours - 10) / 2.6) ** 2)) + 0.8 * np.exp(-(((hours - 15) / 2.4) ** 2))
    flat = 0.5 if live.hours == (0, 24) else 0.06
    return np.where(open_, humps + flat, 0.01)


def moments(live: Live, count: int, at: datetime, rng: np.random.Generator) -> list[datetime]:
    """`count` moments between the go-live and `at`, in order."""
    first = (
        (at - timedelta(days=live.go_live_days))
        .astimezone(UTC)
        .replace(hour=0, minute=0, second=0, microsecond=0)
    )
    days = [first.date() + timedelta(days=n) for n in range(live.go_live_days + 1)]
    weights = day_weights(live, days) * rng.uniform(0.85, 1.15, len(days))
    which = rng.choice(len(days), count, p=weights / weights.sum())
    hourly = hour_weights(live)
    hours = rng.choice(24, count, p=hourly / hourly.sum())
    seconds = which * 86_400 + hours * 3_600 + rng.integers(0, 3_600, count)
    # What would lie ahead of now today is moved into the days before.
    limit = int((at - first).total_seconds()) - 60
    seconds = np.where(seconds > limit, seconds - 86_400 * 7, seconds)
    return [first + timedelta(seconds=int(s)) for s in np.sort(seconds)]


def make_call(live: Live, when: datetime, at: datetime, key: str, rng: np.random.Generator) -> NormalisedCall:
    """One call as it would have been at `when`, in a story that ends at `at`."""
    age = (at - when).total_seconds() / 86_400
    provider, model = live.models[1 if len(live.models) > 1 and age <= live.switch_days else 0]
    grown = DRIFT if live.drift_days and age <= live.drift_days else 1.0
    tokens_in = int(live.tokens[0] * grown * rng.lognormal(0, 0.35)) + 20
    tokens_out = int(live.tokens[1] * rng.lognormal(0, 0.4)) + 3
    failed = rng.random() < ERRORS
    return NormalisedCall(
        trace_id=key,
        span_id=key[:16],
        started_at=when,
        model=model,
        provider=provider,
        environment="production",
        input_tokens=tokens_in,
        output_tokens=0 if failed else tokens_out,
        cached_tokens=int(tokens_in * 0.55) if live.cached_days and age <= live.cached_days else 0,
        latency_ms=30_000 if failed else int((400 + tokens_out * 9) * rng.lognormal(0, 0.25)),
        is_error=failed,
        error_type="timeout" if failed else "",
    )


def store_year(company: Company, scale: float, say: Say) -> int:
    """All calls and outcomes of all live workloads; gives how many calls are stored."""
    total = sum(max(int(live.calls * scale), 30) for live in LIVES)
    stored = 0
    Workload.objects.filter(pk__in=[w.pk for w in company.workloads.values()]).update(calls_days=KEPT_DAYS)
    for number, live in enumerate(LIVES):
        rng = np.random.default_rng([SEED, number])
        workload = company.workloads[live.key]
        workload.refresh_from_db()
        when = moments(live, max(int(live.calls * scale), 30), company.at, rng)
        calls = [make_call(live, w, company.at, key_of(live.key, i), rng) for i, w in enumerate(when)]
        for start in range(0, len(calls), BATCH):
            batch = calls[start : start + BATCH]
            stored += workload_operations.store_calls(workload=workload, calls=batch, at=company.at).accepted
            say(f"Calls {stored:,} of {total:,}")
        workload.refresh_from_db()
    say(
        f"One call stored of about {_volume() / max(stored, 1):.0f} that such a company would make in a year."
    )
    return stored


def _volume() -> float:
    live = {known.key for known in LIVES}
    return sum(float(row["volume_likely"]) for row in rows() if row["id"] in live)


def done_a_day(live: Live) -> float:
    """Finished items a day at full use that give `ratio` of the forecast hours."""
    row = next(row for row in rows() if row["id"] == live.key)
    volume, minutes, share = (float(row[f"{c}_likely"]) for c in ("volume", "minutes", "automation"))
    return live.ratio * volume * share * minutes / ((minutes - live.handling) * live.accepted * 365)


def store_outcomes(company: Company, scale: float, say: Say) -> int:
    """What the workloads finished: rows from a feed for four of them, monthly answers of the owner for two."""
    stored = 0
    for number, live in enumerate(LIVES):
        rng = np.random.default_rng([SEED, 100 + number])
        if live.self_reported:
            _self_report(company, live, rng)
            continue
        count = max(int(done_a_day(live) * (live.go_live_days - RAMP_DAYS / 2) * scale), 20)
        made = [
            make_outcome(live, when, f"{live.noun}-{i:06d}".replace(" ", "-"), rng)
            for i, when in enumerate(moments(live, count, company.at, rng))
        ]
        stored += workload_operations.record_outcomes(
            workload=company.workloads[live.key],
            rows=made,
            source="api",
            by=User.objects.system(),
            at=company.at,
        ).created
        say(f"Outcomes {stored:,}")
    return stored


def make_outcome(live: Live, when: datetime, external_id: str, rng: np.random.Generator) -> OutcomeRow:
    """One finished item with the minutes that a person still spent on it."""
    accepted = bool(rng.random() < live.accepted)
    minutes = live.handling * rng.lognormal(-0.08, 0.4) * (1.0 if accepted else 1.6)
    place = live.places[int(key_of(external_id)[:8], 16) % len(live.places)] if live.places else ""
    return OutcomeRow(external_id, when, accepted, Decimal(f"{minutes:.2f}"), place=place)


def _self_report(company: Company, live: Live, rng: np.random.Generator) -> None:
    workload = company.workloads[live.key]
    start = company.before(live.go_live_days).date()
    month, age = start.replace(day=1), 0
    while month < company.at.date().replace(day=1):
        after = (month + timedelta(days=32)).replace(day=1)
        days = (after - max(month, start)).days
        done = int(done_a_day(live) * days * min(1.0, (age + 1) / 3) * rng.uniform(0.9, 1.08))
        workload_operations.self_report(
            workload=workload,
            month=month,
            done=done,
            accepted=int(done * live.accepted),
            minutes=Decimal(f"{live.handling:.2f}"),
            by=workload.business_owner,
            at=datetime(after.year, after.month, 3, 9, tzinfo=UTC)
            if after < company.at.date()
            else company.at,
        )
        month, age = after, age + 1
