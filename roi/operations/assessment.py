"""Freezing a score of a candidate, with everything that it says."""

import logging
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import OuterRef, Subquery

from aiops import audit, permissions
from aiops.errors import DomainError
from aiops.models import Company, User
from aiops.permissions import Permission
from backlog.models import OPEN, Candidate
from roi import queries
from roi.calc.scoring import Percentiles, Result
from roi.calc.simulation import CALC_VERSION
from roi.models import Assessment
from roi.operations.scoring import Score, analyse, case_of, core, fingerprint, framed, plain, score

logger = logging.getLogger(__name__)
THREES = ("hours", "capacity", "cash_year", "npv", "build", "roi")
MONTHS = ("payback", "discounted_payback")
SINGLE = ("npv_mean", "prob_positive", "breakeven_build", "build_mean", "cvar", "mirr")
RATIOS = ("cost_of_delay", "wsjf", "rice")


def assess(*, candidate: Candidate, by: User, at: datetime) -> Assessment:
    """Freeze a score of the candidate as it stands; unchanged inputs give the assessment that is there."""
    _require_assess(candidate, by)
    company, rates = Company.load(), queries.Rates(at.date())
    with transaction.atomic():
        # The lock keeps a second scorer out; all is read behind it, so the newest row is the newest truth.
        rows = Candidate.objects.select_for_update(of=("self",)).select_related("unit", "team")
        candidate = rows.get(pk=candidate.pk)
        case = case_of(candidate)
        newest = candidate.assessments.order_by("-pk").first()
        now = fingerprint(*framed(case, at.date(), company, rates), company)
        if newest and (newest.inputs_hash, newest.calc_version) == (now, CALC_VERSION):
            return newest
        made = score(case=case, day=at.date(), company=company, rates=rates)
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
    analysis = analyse(made)
    frame = plain(made, company)
    columns: dict[str, Any] = {
        "inputs": frame,
        "inputs_hash": made.inputs_hash,
        "seed": made.seed,
        "calc_version": CALC_VERSION,
        "draws": made.draws,
        "horizon_months": made.frame.horizon_months,
        "discount_rate": Decimal(frame["discount_rate"]),
        "ramp_months": round(_likely_ramp(made)),
        "currency": company.currency,
        "drivers": [{**asdict(d), "swing": d.swing} for d in made.drivers],
        "sentence": made.sentence,
        "details": {
            "core": core(made),
            "analysis": analysis,
            "became": {i.quantity: i.became for i in made.inputs},
        },
        "evpi": _stored("evpi", analysis["evpi"]),
    }
    return columns | _figures(made.result)


def _likely_ramp(made: Score) -> float:
    known = made.case.ranges.get("ramp_months")
    return made.frame.ramp_months if known is None else known.likely


def _figures(result: Result) -> dict[str, Decimal | None]:
    columns = {name: _stored(name, getattr(result, name)) for name in SINGLE}
    worth = result.capacity_worth
    columns["capacity_worth_p50"] = _stored("capacity_worth_p50", worth.p50 if worth else None)
    for name in THREES:
        columns |= _three(name, getattr(result, name))
    for name in MONTHS:
        months = getattr(result, name) or (None, None, None)
        columns |= {f"{name}_{p}": _stored(f"{name}_{p}", m) for p, m in zip(_PLACES, months, strict=True)}
    for name in RATIOS:
        ratio = getattr(result, name)
        columns[name] = _stored(name, ratio.value if ratio else None)
    return columns


_PLACES = ("p10", "p50", "p90")


def _three(name: str, known: Percentiles | None) -> dict[str, Decimal | None]:
    return {
        f"{name}_{p}": _stored(f"{name}_{p}", getattr(known, p) if known else None) for p in _PLACES
    }


def _stored(name: str, value: float | None) -> Decimal | None:
    """The one rounding on the way into the database: to the column's places. What no column holds is refused."""
    if value is None:
        return None
    column = Assessment._meta.get_field(name)
    made = Decimal(repr(value)).quantize(Decimal(1).scaleb(-column.decimal_places))  # type: ignore[union-attr]
    if made.adjusted() >= column.max_digits - column.decimal_places:  # type: ignore[union-attr]
        raise DomainError("too_large", "These figures are larger than any company: check the units.", None)
    return made


def assess_open(*, at: datetime) -> int:
    """Score every open candidate whose inputs changed since its newest assessment; gives how many were new."""
    system, company, rates, new = User.objects.system(), Company.load(), queries.Rates(at.date()), 0
    newest = Assessment.objects.filter(candidate=OuterRef("pk")).order_by("-pk")
    rows = Candidate.objects.filter(state__in=OPEN).select_related("unit", "team")
    rows = rows.prefetch_related("estimates", "correlations", "efforts")
    rows = rows.annotate(scored=Subquery(newest.values("inputs_hash")[:1]))
    for candidate in rows.order_by("pk"):
        now = fingerprint(*framed(case_of(candidate), at.date(), company, rates), company)
        if candidate.scored != now:
            new += _assessed(candidate, system, at)
    return new


def _assessed(candidate: Candidate, by: User, at: datetime) -> bool:
    """One that cannot be scored does not keep the others waiting."""
    try:
        assess(candidate=Candidate.objects.select_related("unit", "team").get(pk=candidate.pk), by=by, at=at)
    except DomainError as error:
        logger.warning("candidate %s is not scored: %s", candidate.key, error.code)
        return False
    return True
