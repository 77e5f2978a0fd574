"""What the review starts from for one item: the proposed verdict with its rule, tripwires, what to measure first."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from aiops.models import Company, currency_symbol
from backlog.models import Candidate
from roi.calc import proposal, tripwires
from roi.calc.findings import Finding, findings
from roi.calc.measured import kind_of
from roi.calc.proposal import Figures, Proposal, Running
from roi.calc.realised import first_of
from roi.models import Assessment, Measurement, Outlook, ValueMonth
from roi.queries.assessment import latest_assessment
from workloads.models import Workload

SAMPLES = 20
MONTHS = 3
# An outlook rests on whole months: its own, the one that runs, and a few days until it is computed.
STALE_DAYS = 75


def propose(
    of: Candidate | Workload, at: datetime, *, assessment: Assessment | None = None, reason: str = ""
) -> Proposal:
    """The rule applied: to a candidate's newest (or the given) assessment, to a workload's last months."""
    if isinstance(of, Workload):
        return _of_workload(of, at, reason)
    assessment = assessment or latest_assessment(of)
    if assessment is None:
        return proposal.propose(Figures(None, None, None), money_of("USD"))
    return proposal.propose(figures_of(assessment), money_of(assessment.currency))


def money_of(currency: str) -> Callable[[float], str]:
    """An amount as a sentence says it, to the thousand from ten thousand on."""
    symbol = currency_symbol(currency)

    def shown(amount: float) -> str:
        size = abs(amount)
        step = 1000 if size >= 10_000 else 100 if size >= 1000 else 1
        return f"{'−' if round(amount) < 0 else ''}{symbol}{round(size / step) * step:,}"

    return shown


def figures_of(assessment: Assessment) -> Figures:
    """What the rule looks at. What was measured once is not measured again."""
    rows = assessment.inputs.get("quantities", [])
    measured = frozenset(r["quantity"] for r in rows if r.get("source") in ("measured", "rate card"))
    done = Measurement.objects.filter(candidate=assessment.candidate_id, state=Measurement.State.DONE)
    return Figures(
        npv_p50=_float(assessment.npv_p50),
        npv_mean=_float(assessment.npv_mean),
        prob=_float(assessment.prob_positive),
        hurdle=float(Company.load().hurdle_npv),
        hours_p50=_float(assessment.hours_p50),
        findings=_findings(assessment),
        measured=measured,
        measured_before=frozenset(done.values_list("quantity", flat=True)),
    )


def _float(value: Any) -> float | None:
    return None if value is None else float(value)


def _findings(assessment: Assessment) -> list[Finding]:
    rows = (assessment.details.get("analysis") or {}).get("information") or []
    return findings(rows, _hourly(assessment))


def _hourly(assessment: Assessment) -> float | None:
    rows = assessment.inputs.get("quantities", [])
    return next((float(r["likely"]) for r in rows if r["quantity"] == "loaded_rate"), None)


def measure_first(assessment: Assessment) -> dict[str, Any] | None:
    """The input most worth measuring: {quantity, words, worth, cost, samples}; None where measuring pays nothing."""
    found = proposal.to_measure(figures_of(assessment))
    if found is None:
        return None
    counted = re.search(r"\d+", found.how)
    # What is looked up (a quote, a count in a system) is one thing to find, not twenty.
    samples = 1 if kind_of(found.quantity) == "looked_up" else int(counted.group()) if counted else SAMPLES
    return {
        "quantity": found.quantity,
        "words": f"{found.how[:1].upper()}{found.how[1:]}, {found.effort}",
        "worth": round(found.worth),
        "cost": None if found.cost is None else round(found.cost),
        "samples": samples,
    }


def tripwires_of(assessment: Assessment) -> list[dict[str, Any]]:
    """Two suggestions from the break-evens of an assessment; see roi.calc.tripwires.suggest."""
    analysis: Mapping[str, Any] = assessment.details.get("analysis") or {}
    rows = assessment.inputs.get("quantities", [])
    ranges = {r["quantity"]: (float(r["low"]), float(r["likely"]), float(r["high"])) for r in rows}
    drivers = [row for row in assessment.drivers if row["quantity"] in ranges]
    return tripwires.suggest(analysis.get("breakevens") or [], drivers, ranges, money_of(assessment.currency))


def _of_workload(workload: Workload, at: datetime, reason: str) -> Proposal:
    """By its last whole months; the one that runs is not whole."""
    rows = ValueMonth.objects.filter(workload=workload, month__lt=first_of(at.date())).order_by("-month")[
        :MONTHS
    ]
    known = [row for row in rows if row.hours_freed is not None]
    figures = Running(
        ahead=_ahead(workload, at),
        reason=reason,
        hours=[float(row.hours_freed or 0) for row in known],
        forecast=_forecast(known[0]) if known else None,
        cash=[float(row.cash_net) for row in known],
    )
    return proposal.propose_running(figures, money_of(Company.load().currency))


def _ahead(workload: Workload, at: datetime) -> Proposal | None:
    """What the rule says of the newest outlook; nothing where it is older than two months or could not say."""
    row = Outlook.objects.filter(workload=workload).order_by("-month").first()
    if row is None or not row.verdict or (at.date() - row.month).days > STALE_DAYS:
        return None
    return Proposal(row.verdict, row.why)


def _forecast(row: ValueMonth) -> tuple[float, float, float] | None:
    ends = (row.forecast_hours_p10, row.forecast_hours_p50, row.forecast_hours_p90)
    if any(end is None for end in ends):
        return None
    low, middle, high = (float(end or 0) for end in ends)
    return low, middle, high
