"""Items of the simulated company that are not plain: held out to compare with, double entries taken back, unjudged."""

from datetime import timedelta
from decimal import Decimal

import numpy as np

from aiops.models import User
from backlog.queries import estimate_ranges
from roi.demo.data import LIVES, SEED
from roi.demo.portfolio import Company
from workloads.calc.outcome_rows import OutcomeRow
from workloads.operations.outcomes import record_outcomes, strike_outcomes

HELD_OUT, DAYS, HELD = "C07", 84, 240
DOUBLED, DOUBLES = "C01", 6


def make_items(company: Company) -> None:
    """One expense report in some is still done by hand; an import that ran twice was taken back; new invoices wait."""
    rng = np.random.default_rng([SEED, 600])
    _hold_out(company, rng)
    _doubles(company, rng)


def _hold_out(company: Company, rng: np.random.Generator) -> None:
    workload = company.workloads[HELD_OUT]
    assert workload.candidate is not None
    likely = float(estimate_ranges(workload.candidate)["minutes"].likely)
    places = next(live.places for live in LIVES if live.key == HELD_OUT)
    rows = []
    for n, back in enumerate(sorted(rng.uniform(0.5, DAYS, HELD), reverse=True)):
        minutes = Decimal(f"{likely * rng.lognormal(-0.06, 0.35):.2f}")
        when = company.at - timedelta(days=float(back))
        place = places[n % len(places)]
        rows.append(
            OutcomeRow(f"by-hand-{n:04d}", when, bool(rng.random() < 0.94), minutes, "control", place)
        )
    record_outcomes(workload=workload, rows=rows, source="api", by=User.objects.system(), at=company.at)


def _doubles(company: Company, rng: np.random.Generator) -> None:
    workload, system = company.workloads[DOUBLED], User.objects.system()
    when = company.at - timedelta(days=20)
    twice = [OutcomeRow(f"invoice-again-{n}", when - timedelta(minutes=n), True) for n in range(DOUBLES)]
    record_outcomes(workload=workload, rows=twice, source="csv", by=system, at=company.at)
    ids = [(n, row.external_id) for n, row in enumerate(twice, 1)]
    reason = "An import ran twice: these are in it under other ids."
    strike_outcomes(workload=workload, external_ids=ids, reason=reason, by=system, at=company.at)
    fresh = [
        OutcomeRow(f"invoice-fresh-{n}", company.at - timedelta(minutes=float(m)))
        for n, m in enumerate(rng.uniform(1, 600, 12))
    ]
    record_outcomes(workload=workload, rows=fresh, source="api", by=system, at=company.at)
