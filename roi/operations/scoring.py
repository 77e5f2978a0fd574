"""Scoring without storing: the live preview, the API's preview and a frozen assessment all end here."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from aiops.errors import DomainError
from aiops.models import BusinessUnit, Company, User
from backlog.calc.ranges import Range
from backlog.models import Candidate
from roi import queries
from roi.calc import correlation, reference_class
from roi.calc.distributions import Shape, as_percentiles, became
from roi.calc.information import evpi, information
from roi.calc.measuring import measuring
from roi.calc.reference_class import Uplift
from roi.calc.scoring import Result, rounded, simulate
from roi.calc.sensitivity import Driver, breakevens, sobol, tornado, varying
from roi.calc.simulation import (
    CALC_VERSION,
    DRAWS,
    QUANTITIES,
    RAMP_MONTHS,
    SEED,
    Inputs,
    net_present,
    sample,
    uniforms,
)
from roi.calc.words import sentence
from roi.queries.learning import fitting, histories
from roi.queries.proposals import money_of

# Stated wherever they are used. Share: time saved by RPA is typically 30-70 % (UiPath). Cash: half of the hours, wide.
ASSUMED = {
    "automation_share": (Range(0.30, 0.50, 0.70), "30 to 70 % is typical until somebody measures it"),
    "cashable_share": (Range(0.20, 0.50, 0.80), "20 to 80 % of the hours, until finance plans it"),
}
# What a score can do without and still be whole; absent ones are told in words of their own.
OPTIONAL = frozenset(QUANTITIES) - {
    "volume",
    "minutes",
    "automation_share",
    "loaded_rate",
    "cashable_share",
    "build_cost",
    "run_cost",
}


@dataclass(frozen=True)
class Case:
    """What is asked: ranges with their frame. None takes the company's setting; `hours_cap` in hours a year."""

    ranges: Mapping[str, Range]
    unit: BusinessUnit | None = None
    rate_job: str = ""
    token_model: str = ""
    horizon_months: int | None = None
    discount_rate: Decimal | None = None
    hours_cap: float | None = None
    cap_note: str = ""
    correlations: tuple[tuple[str, str, float], ...] = ()
    effort_days: float | None = None
    owner_id: int | None = None
    klass: str = ""


@dataclass(frozen=True)
class Input:
    """One quantity as it was used: the range, where it comes from, what it became, and a note."""

    quantity: str
    range: Range
    source: str
    note: str = ""
    became: str = ""


@dataclass(frozen=True)
class Score:
    """A computed, unstored assessment of a case, under the company's settings of a day."""

    case: Case
    inputs: tuple[Input, ...]
    frame: Inputs
    result: Result
    drivers: tuple[Driver, ...]
    sentence: str
    seed: int
    draws: int
    inputs_hash: str
    currency: str
    missing: tuple[str, ...]


def case_of(candidate: Candidate) -> Case:
    """The case as the candidate's rows stand."""
    return Case(**queries.case_of(candidate))


def score(
    *,
    case: Case,
    day: date,
    company: Company | None = None,
    seed: int = SEED,
    draws: int = DRAWS,
    rates: queries.Rates | None = None,
) -> Score:
    """Score a case as of a day. Same case, day's rates and prices, seed and draws give the same answer."""
    company = company or Company.load()
    inputs, frame = framed(case, day, company, rates or queries.Rates(day))
    result, drivers = simulate(frame, seed, draws), tuple(tornado(frame))
    top = drivers[0].quantity if drivers else None
    words = sentence(result, money_of(company.currency), frame.horizon_months, top)
    digest = fingerprint(inputs, frame, company)
    missing = _missing(case, frame)
    return Score(case, inputs, frame, result, drivers, words, seed, draws, digest, company.currency, missing)


def framed(case: Case, day: date, company: Company, rates: queries.Rates) -> tuple[tuple[Input, ...], Inputs]:
    """The inputs as they are used, and the frame that the calculation takes; nothing is computed yet."""
    inputs = _inputs(case, rates)
    likely = {item.quantity: item.range.likely for item in inputs}
    prices = _prices(case, day, likely, company)
    frame = Inputs(
        {item.quantity: _shape(item.quantity, item.range) for item in inputs},
        case.horizon_months or company.horizon_months,
        float(company.discount_rate if case.discount_rate is None else case.discount_rate),
        hours_cap=case.hours_cap,
        price_in=prices[0],
        price_out=prices[1],
        correlations=tuple(p for p in case.correlations if p[0] in likely and p[1] in likely),
        effort_days=case.effort_days,
    )
    return inputs, frame


def _inputs(case: Case, rates: queries.Rates) -> tuple[Input, ...]:
    found = [_input(name, known, known.evidence) for name, known in case.ranges.items() if name in QUANTITIES]
    names = {item.quantity for item in found}
    if "loaded_rate" not in names and (card := rates.of(case.unit, case.rate_job)) is not None:
        rate = float(card.hourly_rate)
        note = f"finance's rate card: {card}"
        found.append(_input("loaded_rate", Range(rate, rate, rate), "rate card", note))
    found += [
        _input(name, made, "assumed", note) for name, (made, note) in ASSUMED.items() if name not in names
    ]
    order = list(QUANTITIES)
    return tuple(sorted(found, key=lambda item: order.index(item.quantity)))


def _input(name: str, known: Range, source: str, note: str = "") -> Input:
    shape, is_cost = _shape(name, known), name == "build_cost"
    return Input(name, known, source, note, became(as_percentiles(shape) if is_cost else shape, is_cost))


def _shape(quantity: str, known: Range) -> Shape:
    return Shape(known.low, known.likely, known.high, known.meaning, QUANTITIES[quantity])


def _prices(case: Case, day: date, likely: Mapping[str, float], company: Company) -> tuple[float, float]:
    if not case.token_model or not {"tokens_in", "tokens_out"} & set(likely):
        return 0.0, 0.0
    found = queries.prices_of(case.token_model, day, likely.get("tokens_in", 1000.0), company)
    return found or (0.0, 0.0)


def _missing(case: Case, frame: Inputs) -> tuple[str, ...]:
    """What a whole score lacks; tokens without a price are no price of zero."""
    lacking = [name for name in QUANTITIES if name not in frame.shapes and name not in OPTIONAL]
    tokens = {"tokens_in", "tokens_out"} & set(frame.shapes)
    if tokens and not (frame.price_in or frame.price_out):
        lacking.append("token_price")
    return tuple(lacking)


def require_possible(case: Case, day: date, company: Company) -> None:
    """Refuses, naming the field, correlations that contradict each other and a model that no price book knows."""
    try:
        correlation.check(case.correlations)
    except ValueError as error:
        raise DomainError("correlations", str(error), "correlations") from error
    if case.token_model and queries.prices_of(case.token_model, day, 1000, company) is None:
        words = f"The price book has no model «{case.token_model}»: write it as provider/model."
        raise DomainError("token_model", words, "token_model")


def plain(made: Score, company: Company) -> dict[str, Any]:
    """The inputs as they are frozen; `roi.queries.frame_of` reads them back."""
    quantities = [
        {"quantity": i.quantity, **{k: v for k, v in asdict(i.range).items() if k != "as_of"}}
        | {"source": i.source, "note": i.note, "as_of": i.range.as_of.isoformat() if i.range.as_of else None}
        for i in made.inputs
    ]
    frame = {k: v for k, v in asdict(made.frame).items() if k not in ("shapes", "discount_rate")}
    rate = company.discount_rate if made.case.discount_rate is None else made.case.discount_rate
    rest = {"token_model": made.case.token_model, "cap_note": made.case.cap_note}
    return {"quantities": quantities, "discount_rate": str(rate), "currency": made.currency} | frame | rest


def fingerprint(inputs: tuple[Input, ...], frame: Inputs, company: Company) -> str:
    """Equal inputs hash alike on every machine: one order, floats by repr, dates and notes left out."""
    numbers = [(i.quantity, i.range.low, i.range.likely, i.range.high, i.range.meaning) for i in inputs]
    rest = [v for k, v in asdict(frame).items() if k != "shapes"]
    told = json.dumps([numbers, rest, company.currency, RAMP_MONTHS, CALC_VERSION])
    return hashlib.sha256(told.encode()).hexdigest()


def core(made: Score) -> dict[str, Any]:
    """What is told first, as plain values; None where an input is missing."""
    told = asdict(made.result)
    return told | {
        name: told[name] and told[name]._asdict() for name in ("irr", "cost_of_delay", "wsjf", "rice")
    }


def analyse(made: Score) -> dict[str, Any]:
    """The heavy parts, as plain values: tornado, break-evens, Sobol indices, and what knowing more is worth."""
    indices = sobol(made.frame)
    return {
        "tornado": [{**asdict(d), "swing": d.swing} for d in made.drivers],
        "breakevens": [asdict(found) for found in breakevens(made.frame)],
        "sobol": None if indices is None else [asdict(index) for index in indices],
        **_worth_knowing(made),
    }


def _worth_knowing(made: Score) -> dict[str, Any]:
    if not made.frame.knows_npv:
        return {"evpi": None, "information": []}
    u = uniforms(made.seed, made.draws)
    if made.frame.correlations:
        u = correlation.correlated(u, made.frame.correlations)
    values = net_present(sample(replace(made.frame, correlations=()), u), made.frame)
    wide = {name: u[name] for name in varying(made.frame)}
    likely = {i.quantity: i.range.likely for i in made.inputs}
    rows = [_row(found, likely) for found in information(values, wide)] if len(values) > 1 else []
    return {"evpi": rounded(evpi(values)), "information": rows}


def _row(found: Any, likely: Mapping[str, float]) -> dict[str, Any]:
    """What knowing one input is worth beside what measuring it takes: hours, and their cost at the loaded rate."""
    how = measuring(found.quantity, likely, "item")
    cost = None if "loaded_rate" not in likely else rounded(how.hours * likely["loaded_rate"])
    told = {"value": rounded(found.value), "standard_error": rounded(found.standard_error)}
    return {"quantity": found.quantity, **told, "words": how.words, "hours": how.hours, "cost": cost}


def offers(made: Score, reader: User | None = None) -> list[Uplift]:
    """What finished cases, or else published ones, would correct in a score; nothing is simulated for it."""
    case = made.case
    known = histories(owner_id=case.owner_id, unit=case.unit, klass=case.klass, reader=reader)
    measured = {i.quantity for i in made.inputs if i.range.evidence == "measured" or i.source == "rate card"}
    return fitting(reference_class.offered(known), made.frame, measured)


def corrected(made: Score, reader: User | None = None) -> tuple[list[Uplift], Score] | None:
    """A score as finished cases of its owner, unit, class and company went; None where nothing speaks of its inputs.

    What was measured is left as it is. Same seed and draws: the two differ by the correction alone.
    """
    uplifts = offers(made, reader)
    if not uplifts or not made.frame.knows_npv:
        return None
    frame = replace(made.frame, shapes=reference_class.corrected(made.frame.shapes, uplifts))
    result = simulate(frame, made.seed, made.draws)
    words = sentence(result, money_of(made.currency), frame.horizon_months, None)
    return uplifts, replace(made, frame=frame, result=result, sentence=words)
