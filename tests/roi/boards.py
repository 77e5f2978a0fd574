"""A board with made-up scores: rows are written as they are, nothing is simulated."""

from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from backlog.models import Candidate, Estimate
from roi.models import Assessment

# Figures of one row; `times` makes the next ones, so that every column has one order.
FIGURES = {
    "npv_p10": -10_000, "npv_p50": 20_000, "npv_p90": 60_000, "npv_mean": 25_000, "prob_positive": "0.1",
    "cvar": -15_000, "roi_p10": "-0.1", "roi_p50": "0.4", "roi_p90": "1.1", "payback_p10": 4, "payback_p50": 6,
    "payback_p90": 9, "discounted_payback_p10": 5, "discounted_payback_p50": 7, "discounted_payback_p90": 11,
    "cost_of_delay": 300, "evpi": 900, "build_p10": 8_000, "build_p50": 9_000, "build_p90": 12_000,
    "build_mean": 9_500, "cash_year_p10": 9_000, "cash_year_p50": 12_000, "cash_year_p90": 15_000,
    "capacity_p10": 90, "capacity_p50": 100, "capacity_p90": 130, "hours_p10": 180, "hours_p50": 200,
    "hours_p90": 260, "wsjf": 20, "rice": 30, "mirr": "0.2", "breakeven_build": 30_000,
}  # fmt: skip


def add_candidate(cast: SimpleNamespace, at: Any, title: str, **fields: Any) -> Candidate:
    number = Candidate.objects.next_number()
    base = {
        "owner": cast.owner,
        "unit": cast.unit,
        "state": "in_review",
        "created_at": at,
        "submitted_at": at,
    }
    return Candidate.objects.create(**(base | {"number": number, "title": title} | fields))


def add_score(candidate: Candidate, at: Any, times: int = 1, **figures: Any) -> Assessment:
    made = {name: Decimal(str(value)) * times for name, value in FIGURES.items()} | figures
    made["prob_positive"] = min(made["prob_positive"], Decimal(1))
    frame = {
        "inputs": [],
        "inputs_hash": "x",
        "seed": 1,
        "calc_version": "2",
        "draws": 8,
        "horizon_months": 36,
    }
    frame |= {"discount_rate": Decimal("0.08"), "ramp_months": 3, "currency": "USD", "sentence": "Worth it."}
    return Assessment.objects.create(candidate=candidate, at=at, by=candidate.owner, **(frame | made))


def add_estimate(candidate: Candidate, quantity: str, *ends: Any, note: str = "", **fields: Any) -> Estimate:
    low, likely, high = (Decimal(str(end)) for end in ends)
    base = {"by": candidate.owner, "as_of": candidate.created_at.date(), "evidence": "expert", "note": note}
    return Estimate.objects.create(
        candidate=candidate, quantity=quantity, low=low, likely=likely, high=high, **(base | fields)
    )


def make_board(cast: SimpleNamespace, at: Any) -> list[Candidate]:
    """A, B, C, scored once, twice and three times as high; older, in other states; and D without any score."""
    states = ("received", "sizing", "in_review", "deferred")
    rows = []
    for n, (title, state) in enumerate(zip("ABCD", states, strict=True), 1):
        when = at - timedelta(days=n)
        until = {"deferred_until": at.date()} if state == "deferred" else {}
        rows.append(add_candidate(cast, at, title, state=state, submitted_at=when, **until))
        if n < 4:
            add_score(rows[-1], at, n)
    return rows
