"""Scoring: the same computation previews a form and freezes an assessment."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import OuterRef, Subquery

from aiops import audit, permissions
from aiops.models import BusinessUnit, Company, RateCard, User, currency_symbol
from aiops.permissions import Permission
from backlog.calc.ranges import Range
from backlog.models import OPEN, Candidate
from backlog.queries import estimate_ranges
from roi.calc.distributions import Shape
from roi.calc.sensitivity import Driver, tornado
from roi.calc.simulation import (
    BESIDE,
    CALC_VERSION,
    DRAWS,
    QUANTITIES,
    RAMP_MONTHS,
    Inputs,
    Percentiles,
    Result,
)
from roi.calc.simulation import simulate as run
from roi.calc.words import sentence
from roi.models import Assessment

# Stated wherever they are used. Share: time saved by RPA is typically 30-70 % (UiPath). Cash: half of the hours, wide.
ASSUMED = {
    "automation_share": (Range(0.30, 0.50, 0.70), "30 to 70 % is typical until somebody measures it"),
    "cashable_share": (Range(0.20, 0.50, 0.80), "20 to 80 % of the hours, until finance plans it"),
}
SEED_BITS = 62


@dataclass(frozen=True)
class Input:
    """One quantity as it was used: the range, where it comes from, and a note where it was assumed."""

    quantity: str
    range: Range
    source: str
    note: str = ""


@dataclass(frozen=True)
class Score:
    """A computed, unstored assessment; `frame` are the company's settings it was made under."""

    inputs: tuple[Input, ...]
    frame: Inputs
    result: Result
    drivers: tuple[Driver, ...]
    sentence: str
    seed: int
    inputs_hash: str
    currency: str
    missing: tuple[str, ...]


def score(
    *, ranges: Mapping[str, Range], unit: BusinessUnit | None, day: date, company: Company | None = None
) -> Score:
    """Score ranges without storing anything: the live preview, the API's preview and `assess` all end here."""
    company = company or Company.load()
    inputs = _inputs(ranges, unit, day)
    frame = _frame(inputs, company)
    digest = _hash(inputs, company)
    seed = int(digest[:16], 16) >> (64 - SEED_BITS)
    result, drivers = run(frame, seed), tuple(tornado(frame))
    words = sentence(
        result, money_words(company.currency), frame.horizon_months, drivers[0].quantity if drivers else None
    )
    used = {item.quantity for item in inputs}
    missing = tuple(
        name for name in QUANTITIES if name not in used and name not in ("other_cash", "review_minutes")
    )
    return Score(inputs, frame, result, drivers, words, seed, digest, company.currency, missing)


def fingerprint(
    *, ranges: Mapping[str, Range], unit: BusinessUnit | None, day: date, company: Company
) -> str:
    """The hash that `score` would give, without simulating: tells cheaply whether anything changed."""
    return _hash(_inputs(ranges, unit, day), company)


def _inputs(ranges: Mapping[str, Range], unit: BusinessUnit | None, day: date) -> tuple[Input, ...]:
    found = [
        Input(name, known, known.evidence) for name, known in ranges.items() if name in (*QUANTITIES, *BESIDE)
    ]
    names = {item.quantity for item in found}
    if "loaded_rate" not in names and (rate := _rate(unit, day)) is not None:
        found.append(rate)
    found += [
        Input(name, made, "assumed", note) for name, (made, note) in ASSUMED.items() if name not in names
    ]
    return tuple(sorted(found, key=lambda item: [*QUANTITIES, *BESIDE].index(item.quantity)))


def _rate(unit: BusinessUnit | None, day: date) -> Input | None:
    card = RateCard.objects.for_unit(unit, day)  # type: ignore[attr-defined]
    if card is None:
        return None
    rate = float(card.hourly_rate)
    return Input("loaded_rate", Range(rate, rate, rate), "rate card", f"finance's rate card: {card}")


def _frame(inputs: tuple[Input, ...], company: Company) -> Inputs:
    shapes = {item.quantity: _shape(item.quantity, item.range) for item in inputs}
    return Inputs(shapes, company.horizon_months, float(company.discount_rate), RAMP_MONTHS)


def _shape(quantity: str, known: Range) -> Shape:
    support = QUANTITIES.get(quantity, "real")
    return Shape(known.low, known.likely, known.high, known.meaning, support)


def _plain(inputs: tuple[Input, ...], company: Company) -> dict[str, Any]:
    quantities = [
        {"quantity": i.quantity, **{k: v for k, v in asdict(i.range).items() if k != "as_of"}}
        | {"source": i.source, "note": i.note, "as_of": i.range.as_of.isoformat() if i.range.as_of else None}
        for i in inputs
    ]
    frame = {"horizon_months": company.horizon_months, "discount_rate": str(company.discount_rate)}
    return {"quantities": quantities, **frame, "ramp_months": RAMP_MONTHS, "currency": company.currency}


def _hash(inputs: tuple[Input, ...], company: Company) -> str:
    """Equal inputs hash alike on every machine: sorted keys, floats by repr, dates and notes left out."""
    numbers = [(i.quantity, i.range.low, i.range.likely, i.range.high, i.range.meaning) for i in inputs]
    frame = (company.horizon_months, str(company.discount_rate.normalize()), RAMP_MONTHS, company.currency)
    return hashlib.sha256(json.dumps([numbers, frame, CALC_VERSION]).encode()).hexdigest()


def money_words(currency: str) -> Callable[[float], str]:
    """How a sentence says an amount: rounded to what a person keeps in mind, the sign in front."""
    symbol = currency_symbol(currency)

    def shown(amount: float) -> str:
        size = abs(amount)
        step = 1000 if size >= 10_000 else 100 if size >= 1000 else 1
        return f"{'−' if amount < 0 else ''}{symbol}{round(size / step) * step:,}"

    return shown


def assess(*, candidate: Candidate, by: User, at: datetime) -> Assessment:
    """Freeze a score of the candidate as it stands; unchanged inputs give the assessment that is there."""
    _require_assess(candidate, by)
    company = Company.load()
    with transaction.atomic():
        # The lock keeps a second scorer out; estimates are read behind it, so the newest row is the newest truth.
        Candidate.objects.select_for_update().get(pk=candidate.pk)
        ranges = estimate_ranges(candidate)
        newest = candidate.assessments.order_by("-pk").first()
        known = (newest.inputs_hash, newest.calc_version) if newest else None
        asked: dict[str, Any] = {
            "ranges": ranges,
            "unit": candidate.unit,
            "day": at.date(),
            "company": company,
        }
        if newest and known == (fingerprint(**asked), CALC_VERSION):
            return newest
        made = score(**asked)
        assessment = Assessment.objects.create(candidate=candidate, by=by, at=at, **_columns(made, company))
        changes = {"inputs_hash": made.inputs_hash, "seed": made.seed, "npv_p50": assessment.npv_p50}
        audit.record(by=by, at=at, action="candidate.assessed", obj=candidate, changes=changes)
    return assessment


def _require_assess(candidate: Candidate, by: User) -> None:
    """Its owner, an assessor of the unit, whoever decides, and the system: readers do not freeze figures."""
    may = (
        by.is_system
        or by.pk == candidate.owner_id
        or permissions.has(by, Permission.ESTIMATE, unit=candidate.unit)
        or permissions.has(by, Permission.DECIDE, unit=candidate.unit)
    )
    if not may:
        raise PermissionDenied("Scoring needs the owner, an assessor or the lead.")


def _columns(made: Score, company: Company) -> dict[str, Any]:
    result = made.result
    columns: dict[str, Any] = {
        "inputs": _plain(made.inputs, company),
        "inputs_hash": made.inputs_hash,
        "seed": made.seed,
        "calc_version": CALC_VERSION,
        "draws": DRAWS,
        "horizon_months": company.horizon_months,
        "discount_rate": company.discount_rate,
        "ramp_months": RAMP_MONTHS,
        "currency": company.currency,
        "npv_mean": _decimal(result.npv_mean),
        "prob_positive": _decimal(result.prob_positive),
        "breakeven_build": _decimal(result.breakeven_build),
        "capacity_worth_p50": _decimal(result.capacity_worth.p50 if result.capacity_worth else None),
        "drivers": [{**asdict(d), "swing": d.swing} for d in made.drivers],
        "sentence": made.sentence,
    }
    for name in ("hours", "capacity", "cash_year", "npv"):
        columns |= _three(name, getattr(result, name))
    months = result.payback or (None, None, None)
    return columns | {f"payback_{p}": _decimal(m) for p, m in zip(("p10", "p50", "p90"), months, strict=True)}


def _three(name: str, known: Percentiles | None) -> dict[str, Decimal | None]:
    return {f"{name}_{p}": _decimal(getattr(known, p) if known else None) for p in ("p10", "p50", "p90")}


def _decimal(value: float | None) -> Decimal | None:
    return None if value is None else Decimal(repr(value))


def assess_open(*, at: datetime) -> int:
    """Score every open candidate whose inputs changed since its newest assessment; gives how many were new."""
    system, company, new = User.objects.system(), Company.load(), 0
    newest = Assessment.objects.filter(candidate=OuterRef("pk")).order_by("-pk")
    rows = Candidate.objects.filter(state__in=OPEN).select_related("unit").prefetch_related("estimates")
    rows = rows.annotate(scored=Subquery(newest.values("inputs_hash")[:1]))
    for candidate in rows.order_by("pk"):
        ranges = estimate_ranges(candidate)
        if candidate.scored != fingerprint(
            ranges=ranges, unit=candidate.unit, day=at.date(), company=company
        ):
            assess(candidate=Candidate.objects.select_related("unit").get(pk=candidate.pk), by=system, at=at)
            new += 1
    return new
