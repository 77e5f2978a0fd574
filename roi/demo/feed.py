"""Keeps the simulated company alive: a few calls and finished items for every minute that has passed."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import numpy as np
from django.db import transaction

from aiops.models import Company, User
from roi.demo.data import LIVES, SEED, Live
from roi.demo.telemetry import done_a_day, hour_weights, key_of, make_call, make_outcome
from workloads import operations as workload_operations
from workloads.calc.dialects import NormalisedCall
from workloads.calc.outcome_rows import OutcomeRow
from workloads.models import Call, Workload

LONGEST = timedelta(days=1)
MINUTE = timedelta(minutes=1)
# Calls a minute of the whole company that there are at least, so that somebody who looks in at night sees some.
FLOOR = 0.2
EVERYTHING = sum(known.calls for known in LIVES)


@transaction.atomic
def tick(*, at: datetime) -> int:
    """Add what happened since the newest call, at most a day of it; the same minute twice adds once."""
    # Leaving the demo holds this row too: nothing is fed into what is being removed.
    if Company.objects.select_for_update().filter(pk=1, demo=True).first() is None:
        return 0
    live = {known.key: known for known in LIVES}
    running = Workload.objects.filter(simulated=True, stage="live", candidate__simulated=True)
    added = 0
    for workload in running.select_related("candidate", "unit").order_by("number"):
        # Candidates of the simulated company are numbered in the order of its file.
        known = live.get(f"C{workload.candidate.number:02d}") if workload.candidate else None
        if known is not None:
            added += _feed(workload, known, at)
    return added


def _feed(workload: Workload, live: Live, at: datetime) -> int:
    newest = Call.objects.filter(workload=workload).order_by("-started_at").first()
    start = max(newest.started_at if newest else at - LONGEST, at - LONGEST)
    minutes = list(_minutes(start, at))
    calls = [call for minute in minutes for call in _calls(live, minute)]
    added = workload_operations.store_calls(workload=workload, calls=calls, at=at).accepted if calls else 0
    finished = [] if live.self_reported else [row for minute in minutes for row in _outcomes(live, minute)]
    if finished:
        workload_operations.record_outcomes(
            workload=workload, rows=finished, source="api", by=User.objects.system(), at=at
        )
    return added


def _minutes(start: datetime, at: datetime) -> Iterator[datetime]:
    """Every full minute from that of `start` to the last one before `at`."""
    minute = start.astimezone(UTC).replace(second=0, microsecond=0)
    while minute + MINUTE <= at:
        yield minute
        minute += MINUTE


def _rhythm(live: Live, minute: datetime) -> float:
    """This minute's share of a day's work."""
    weights = hour_weights(live)
    week = live.weekend if minute.weekday() > 4 else 1.0
    return float(weights[minute.hour] / weights.sum() / 60 * week * 7 / (5 + 2 * live.weekend))


def _rng(live: Live, minute: datetime, kind: int) -> np.random.Generator:
    return np.random.default_rng([SEED, int(live.key[1:]), int(minute.timestamp()) // 60, kind])


def _calls(live: Live, minute: datetime) -> list[NormalisedCall]:
    rng = _rng(live, minute, 0)
    rate = live.calls / live.go_live_days * _rhythm(live, minute)
    count = int(rng.poisson(max(rate, FLOOR * live.calls / EVERYTHING)))
    moments = [minute + timedelta(seconds=int(s)) for s in sorted(rng.integers(0, 60, count))]
    return [make_call(live, w, minute, key_of(live.key, minute, n), rng) for n, w in enumerate(moments)]


def _outcomes(live: Live, minute: datetime) -> list[OutcomeRow]:
    rng = _rng(live, minute, 1)
    count = int(rng.poisson(done_a_day(live) * _rhythm(live, minute)))
    stamp = int(minute.timestamp()) // 60
    return [
        make_outcome(live, minute, f"{live.noun}-{stamp}-{n}".replace(" ", "-"), rng) for n in range(count)
    ]
