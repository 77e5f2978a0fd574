"""A review of the cast's company, and candidates that are ready for it: where the stories of reviews begin."""

from datetime import date, datetime, time
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from backlog.models import Candidate, Estimate, Feasibility, StageEntry
from roi import operations
from roi.models import Assessment, Review, Series

FIGURES = {"inputs": {"quantities": []}, "inputs_hash": "x", "seed": 1, "calc_version": "4", "draws": 1}
FIGURES |= {"horizon_months": 36, "discount_rate": Decimal("0.1"), "ramp_months": 3, "currency": "USD"}


def make_series(cast: SimpleNamespace, at: datetime, **values: Any) -> Series:
    """Every Thursday at 9:30 in Berlin, half an hour, six items; reviewer, finance and IT sit with the lead."""
    usual = {
        "name": "ROI review",
        "chair": cast.lead,
        "first_on": date(2026, 11, 26),
        "start_time": time(9, 30),
    }
    usual |= {"time_zone": "Europe/Berlin", "members": [cast.reviewer, cast.finance, cast.it]}
    return operations.create_series(**(usual | values), by=cast.lead, at=at)


def make_review(cast: SimpleNamespace, at: datetime, **values: Any) -> Review:
    """The first meeting of such a series."""
    return make_series(cast, at, **values).reviews.earliest("starts_at")


def make_ready(
    cast: SimpleNamespace, at: datetime, npv: int | None = 50_000, prob: float = 0.7, title: str = "Match invoices",
    ready: bool = True, **fields: Any,
) -> Candidate:  # fmt: skip
    """In review with the given figures, without the calculation: owner, cost, IT's line and a score are there."""
    number = Candidate.objects.next_number()
    base = {"number": number, "title": title, "owner": cast.owner, "unit": cast.unit, "state": "in_review"}
    made = Candidate.objects.create(**(base | {"created_at": at, "submitted_at": at} | fields))
    StageEntry.objects.create(candidate=made, state=made.state, holder_role="the ROI review", entered_at=at)
    scored(cast, made, at, npv, prob)
    if ready:
        Estimate.objects.create(
            candidate=made, quantity="build_cost", low=1, likely=2, high=3, as_of=at.date(), by=cast.assessor
        )
        Feasibility.objects.create(candidate=made, verdict="yes", line="Fits our stack.", by=cast.it, at=at)
    return made


def scored(
    cast: SimpleNamespace, candidate: Candidate, at: datetime, npv: int | None, prob: float
) -> Assessment:
    known = (
        {} if npv is None else {"npv_p10": npv - 1000, "npv_p50": npv, "npv_p90": npv + 1000, "npv_mean": npv}
    )
    if npv is not None:
        known |= {"prob_positive": Decimal(str(prob)), "build_p50": 20_000, "breakeven_build": 20_000 + npv}
    return Assessment.objects.create(
        candidate=candidate, at=at, by=cast.system, sentence="It pays.", hours_p50=100, **(FIGURES | known)
    )
