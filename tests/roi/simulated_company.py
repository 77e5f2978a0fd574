"""A simulated company whose true value is known, because it is made up; the ledger only sees what a company sees."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import numpy as np
from scipy import stats

from roi import operations
from roi.models import TimeBaseline, ValueTerms, ValueToDate
from tests.factories import make_workload
from workloads import operations as workload_operations
from workloads.calc.outcome_rows import OutcomeRow
from workloads.models import Workload

OCTOBER = date(2026, 10, 1)
# After October is closed, and after what came late is in.
CLOSED, LATER = datetime(2026, 11, 10, 9, tzinfo=UTC), datetime(2026, 11, 12, 9, tzinfo=UTC)
TRUE_MINUTES, SPREAD = 12.0, 3.0


@dataclass(frozen=True)
class Simulated:
    """One workload in October: its true hours freed, and the rows that are sent in time and late."""

    workload: Workload
    hours: float
    in_time: list[OutcomeRow]
    late: list[OutcomeRow]


def make_company(cast: SimpleNamespace, count: int, seed: int, *, by_choice: bool = False) -> list[Simulated]:
    """Workloads with their time studies. Verdicts are missing at random; `by_choice`, mostly those of wrong items."""
    rng = np.random.default_rng(seed)
    return [_one(cast, n, rng, by_choice) for n in range(count)]


def _one(cast: SimpleNamespace, number: int, rng: np.random.Generator, by_choice: bool) -> Simulated:
    workload = make_workload(cast, f"Simulated {number}", go_live=OCTOBER, simulated=True)
    _study(cast, workload, rng)
    verdicts = "chosen" if by_choice else "random"
    ValueTerms.objects.create(workload=workload, verdicts=verdicts, by=cast.lead, at=CLOSED)
    n, share = int(rng.integers(80, 300)), rng.uniform(0.6, 0.95)
    right, minutes = rng.random(n) < share, np.round(rng.lognormal(np.log(2.0), 0.5, n), 4)
    told = rng.random(n) < rng.uniform(0.3, 0.9) * (np.where(right, 1.0, 0.4) if by_choice else 1.0)
    timed, late = rng.random(n) < rng.uniform(0.3, 0.9), rng.random(n) < 0.06
    rows = [_row(i, right[i] if told[i] else None, minutes[i] if timed[i] else None, rng) for i in range(n)]
    hours = float(right.sum() * (TRUE_MINUTES - minutes.mean()) / 60)
    in_time = [row for row, is_late in zip(rows, late, strict=True) if not is_late]
    return Simulated(workload, hours, in_time, [row for row, is_late in zip(rows, late, strict=True) if is_late])


def _study(cast: SimpleNamespace, workload: Workload, rng: np.random.Generator) -> None:
    """Twenty to sixty items timed before go-live, as the phone timer would have it."""
    timed = rng.normal(TRUE_MINUTES, SPREAD, int(rng.integers(20, 60)))
    mean, half = timed.mean(), stats.t.ppf(0.9, len(timed) - 1) * timed.std(ddof=1) / len(timed) ** 0.5
    ends = [Decimal(f"{value:.3f}") for value in (mean - half, mean, mean + half)]
    TimeBaseline.objects.create(
        workload=workload, low=ends[0], minutes=ends[1], high=ends[2], n=len(timed), how="study",
        measured_from=date(2026, 9, 1), measured_to=date(2026, 9, 20), before_go_live=True, by=cast.owner, at=CLOSED,
    )  # fmt: skip


def _row(number: int, accepted: Any, minutes: Any, rng: np.random.Generator) -> OutcomeRow:
    moment = datetime(2026, 10, 1, 8, tzinfo=UTC) + timedelta(minutes=int(rng.integers(0, 60 * 24 * 30)))
    told = None if accepted is None else bool(accepted)
    return OutcomeRow(f"item-{number}", moment, told, None if minutes is None else Decimal(f"{minutes:.4f}"))


def run_month(cast: SimpleNamespace, company: list[Simulated]) -> None:
    """October is fed and closed; then what is late comes, and is booked in November."""
    for one in company:
        _feed(cast, one.workload, one.in_time, CLOSED)
    operations.refresh_open_months(at=CLOSED)
    operations.close_months(at=CLOSED)
    for one in company:
        _feed(cast, one.workload, one.late, LATER)
        operations.refresh_workload(workload=one.workload, at=LATER)


def _feed(cast: SimpleNamespace, workload: Workload, rows: list[OutcomeRow], at: datetime) -> None:
    if rows:
        workload_operations.record_outcomes(workload=workload, rows=rows, source="api", by=cast.system, at=at)


def held(company: list[Simulated]) -> float:
    """The share of workloads whose interval (or bounds) holds the true hours."""
    told = {row.workload_id: row for row in ValueToDate.objects.all()}
    inside = [_holds(told[one.workload.pk], one.hours) for one in company]
    return sum(inside) / len(inside)


def _holds(row: ValueToDate, hours: float) -> bool:
    assert row.hours_low is not None and row.hours_high is not None
    # Hours are kept to a tenth.
    return float(row.hours_low) - 0.05 <= hours <= float(row.hours_high) + 0.05
