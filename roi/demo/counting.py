"""How the simulated company counts: measured baselines, terms, what was paid, and what asks if it is real."""

from datetime import date, timedelta
from decimal import Decimal

import numpy as np

from aiops.errors import DomainError
from backlog.queries import estimate_ranges
from roi.calc.cost_rows import CostRow
from roi.calc.effect_rows import Item
from roi.calc.effects import Point
from roi.demo.data import LIVES, SEED, Live
from roi.demo.items import DAYS as HELD_DAYS
from roi.demo.items import HELD_OUT
from roi.demo.portfolio import Company
from roi.operations.actual_costs import write_costs
from roi.operations.baselines import round3, set_baseline
from roi.operations.comparisons import Asked, compare_outcomes, compare_series
from roi.operations.terms import set_terms

# workload: how, items timed, days from go-live to the last one (negative: before), half width of the range as a share
BASELINES = {
    "C01": ("study", 42, -12, 0.07),
    "C02": ("tickets", 640, -20, 0.03),
    "C07": ("timestamps", 118, -9, 0.05),
    "C13": ("study", 24, 35, 0.12),
}
# workload: verdicts, share of the volume's year that is in scope, loss of a wrong item, loss of a leaked one
TERMS = {"C01": ("random", 40, None), "C05": ("chosen", None, 2_500), "C07": ("random", 25, None)}
# workload: a month's line of each kind, in each month since go-live
PAID = {
    "C01": {"people": 1_400, "eval": 180},
    "C05": {"licence": 900, "people": 2_100},
    "C07": {"platform": 350},
}
BUILT = ("C01", "C02")
BUILD_SHARES = (0.15, 0.3, 0.3, 0.25)
DAYS = 70


def make_counting(company: Company) -> None:
    """Baselines and terms by the owners, losses and lines by finance, comparisons by the assessor."""
    for live in LIVES:
        _baseline(company, live)
        _terms(company, live)
    _costs(company)
    _compare_invoices(company)
    _compare_tickets(company)
    _compare_reports(company)


def _go_live(company: Company, live: Live) -> date:
    workload = company.workloads[live.key]
    return workload.go_live or company.before(live.go_live_days).date()


def _baseline(company: Company, live: Live) -> None:
    if live.key not in BASELINES:
        return
    how, n, days, half = BASELINES[live.key]
    workload, last = company.workloads[live.key], _go_live(company, live) + timedelta(days=days)
    assert workload.candidate is not None
    likely = estimate_ranges(workload.candidate)["minutes"].likely
    ends = {
        name: round3(likely * share)
        for name, share in (("low", 1 - half), ("minutes", 1), ("high", 1 + half))
    }
    set_baseline(
        workload=workload, how=how, n=n, measured_from=last - timedelta(days=13), measured_to=last,
        note="simulated", by=workload.business_owner, at=company.before(2), **ends,
    )  # fmt: skip


def _terms(company: Company, live: Live) -> None:
    if live.key not in TERMS:
        return
    verdicts, error, leak = TERMS[live.key]
    workload, at = company.workloads[live.key], company.before(2)
    assert workload.candidate is not None
    year = estimate_ranges(workload.candidate)["volume"].likely
    facts = {"verdicts": verdicts, "volume_month": round(year / 12), "note": "simulated"}
    set_terms(workload=workload, by=workload.business_owner, at=at, **facts)
    losses = {"loss_per_error": error and Decimal(error), "loss_per_leak": leak and Decimal(leak)}
    set_terms(workload=workload, by=company.people["finance"], at=at, **losses)


def _costs(company: Company) -> None:
    rows: list[CostRow] = []
    for live in LIVES:
        number, start = company.workloads[live.key].number, _go_live(company, live).replace(day=1)
        if live.key in BUILT:
            parts = [round(live.spent * share) for share in BUILD_SHARES]
            months = [_later(start, n - len(parts)) for n in range(len(parts))]
            rows += [CostRow(0, number, m, "build", Decimal(p)) for m, p in zip(months, parts, strict=True)]
        last = company.at.date().replace(day=1)
        month = start
        while month < last:
            rows += [CostRow(0, number, month, k, Decimal(a)) for k, a in PAID.get(live.key, {}).items()]
            month = _later(month, 1)
    write_costs(rows=rows, source="import", by=company.people["finance"], at=company.before(2))


def _later(month: date, months: int) -> date:
    index = month.year * 12 + month.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)


def _compare_invoices(company: Company) -> None:
    """Minutes an invoice before and after, with a team that went on without: both got a little faster."""
    live, rng = LIVES[0], np.random.default_rng([SEED, 400])
    cut = _go_live(company, live)
    points = []
    for day in (cut + timedelta(days=n) for n in range(-DAYS, DAYS)):
        if day.weekday() < 5:
            moved = -0.3 if day >= cut else 0.0
            noise = rng.normal(0, 0.35, 2)
            saved = -3.1 if day >= cut else 0.0
            points.append(Point(day, round(8.0 + moved + saved + noise[0], 2), 90, True))
            points.append(Point(day, round(8.2 + moved + noise[1], 2), 60, False))
    words = "Minutes an invoice, against the team in Graz that went on by hand (simulated)"
    _compare(company, live, Asked("its", "minutes", words, cut), points=points)


def _compare_tickets(company: Company) -> None:
    """One ticket in ten was held out for two weeks."""
    live, rng = LIVES[1], np.random.default_rng([SEED, 401])
    items = [Item(float(m), True, "") for m in rng.gamma(2.0, 0.9, 400).round(2)]
    items += [Item(float(m), False, "") for m in rng.gamma(4.0, 1.3, 45).round(2)]
    words = "Minutes a ticket, one in ten held out for two weeks (simulated)"
    _compare(company, live, Asked("holdout", "minutes", words), items=items)


def _compare_reports(company: Company) -> None:
    """From the outcomes themselves: some reports of each site are still done by hand."""
    words, at = "Minutes a report, some still done by hand in Leeds and Porto (simulated)", company.before(1)
    asked = Asked("holdout", "minutes", words, first=(at - timedelta(days=HELD_DAYS)).date())
    workload, by = company.workloads[HELD_OUT], company.people["assessor"]
    try:
        compare_outcomes(workload=workload, asked=asked, by=by, at=at)
    except DomainError as error:
        # A company that is loaded at a small scale has too few items to say.
        if error.code != "not_enough":
            raise


def _compare(company: Company, live: Live, asked: Asked, **figures: list[Point] | list[Item]) -> None:
    workload = company.workloads[live.key]
    at = company.before(30)
    compare_series(workload=workload, asked=asked, by=company.people["assessor"], at=at, **figures)  # type: ignore[arg-type]
