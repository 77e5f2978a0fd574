"""A candidate that is sized, and one that is frozen twice: where the stories about scores begin."""

from datetime import datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from aiops.models import RateCard
from backlog import operations as backlog
from backlog.calc.ranges import Range
from backlog.models import Candidate
from roi import operations
from roi.models import Assessment

SIZED = {
    "automation_share": Range(0.4, 0.55, 0.7),
    "cashable_share": Range(0.4, 0.5, 0.6),
    "review_minutes": Range(0.5, 1, 2),
    "build_cost": Range(10_000, 20_000, 45_000),
    "run_cost": Range(1_000, 2_000, 3_000),
}


def file(cast: SimpleNamespace, at: datetime, title: str = "Match invoices", **ranges: Any) -> Candidate:
    """In review, with everything that an NPV needs; finance's rate card says 40 an hour."""
    if not RateCard.objects.exists():
        RateCard.objects.create(
            unit=None, hourly_rate=Decimal(40), valid_from=at.date() - timedelta(days=900)
        )
    draft = backlog.save_draft(by=cast.owner, at=at, title=title, count=Decimal(1000), minutes=Decimal(8))
    made = backlog.submit(candidate=draft, by=cast.owner, at=at)
    made = size(made, cast, at, **(SIZED | ranges))
    return backlog.send_to_review(candidate=made, by=cast.lead, at=at)


def size(candidate: Candidate, cast: SimpleNamespace, at: datetime, **ranges: Any) -> Candidate:
    return backlog.set_estimates(candidate=candidate, ranges=ranges, by=cast.assessor, at=at)


def freeze(candidate: Candidate, cast: SimpleNamespace, at: datetime) -> Assessment:
    return operations.assess(candidate=candidate, by=cast.system, at=at)


def older(frozen: Assessment, **columns: Any) -> Assessment:
    """A copy as the first calculation stored it: no details, fewer settings."""
    kept = frozen.inputs
    inputs = {name: kept[name] for name in ("quantities", "horizon_months", "discount_rate", "currency")}
    values = {f.name: getattr(frozen, f.name) for f in Assessment._meta.concrete_fields if f.name != "id"}
    return Assessment.objects.create(
        **(values | {"inputs": inputs, "details": {}, "calc_version": "1", "seed": 7} | columns)
    )
