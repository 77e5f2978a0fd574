"""What the parts of a score show to this reader: figures, inputs as they may be seen, the formula, the analysis."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from aiops.models import User, currency_symbol
from backlog.models import Candidate, Estimate
from roi import operations, queries
from roi.calc import findings, reference_class, words
from roi.calc.sensitivity import Driver, tornado
from roi.operations.telling import exact_money, formula_lines, plain_inputs
from roi.queries import score_charts, sight
from roi.queries.learning import once
from roi.queries.proposals import money_of

OPEN_TO_ALL = Estimate.OPEN_TO_ALL
SHOWN_DRIVERS = 3


@dataclass(frozen=True)
class InputRow:
    """An input as this reader may see it, each figure in its unit; `band` replaces the three figures of a rate."""

    item: operations.Input
    low: str
    likely: str
    high: str
    band: str
    became: str

    @property
    def is_open(self) -> bool:
        """Whether those who read no money see it."""
        return self.item.quantity in OPEN_TO_ALL


def reader(request: HttpRequest) -> User:
    return request.user  # type: ignore[return-value]


def sees_money(request: HttpRequest, candidate: Candidate | None) -> bool:
    """Whoever files sees what comes of the own numbers; a filed candidate's money is the unit's."""
    return candidate is None or queries.may_read_money(reader(request), candidate)


def lead_part(request: HttpRequest, made: operations.Score, candidate: Candidate | None) -> dict[str, Any]:
    """What is shown at once: the sentence, its range, the top drivers, the cost of waiting, and the plain tables."""
    told, money = operations.core(made), money_of(made.currency)
    rows, result, seen = input_rows(request, made), made.result, sees_money(request, candidate)
    used = {item.quantity for item in made.inputs}
    return {
        "score": made,
        "core": told,
        "candidate": candidate,
        "money": seen,
        "hours_sentence": words.hours_sentence(result.hours.p50) if result.hours else "",
        "drivers": (made.drivers if seen else _of_work(made))[:SHOWN_DRIVERS],
        "waiting": words.waiting(told, money),
        "capacity": words.capacity(told, money),
        "payback": words.payback(told["payback"], made.frame.horizon_months),
        "not_in": words.not_in(made.frame.horizon_months),
        "rows": rows,
        "offers": [o for o in once(operations.offers(made, reader(request))) if o.question] if seen else [],
        "assumptions": [item for item in made.inputs if item.source == "assumed" and item.note],
        "absent": words.absent(used, "token_price" in made.missing)
        if result.hours or result.cash_year
        else [],
        "formula": formula_lines(made, reader(request), timezone.localdate()),
        "correlations": words.correlation_words(made.frame.correlations),
    }


def input_rows(request: HttpRequest, made: operations.Score) -> list[InputRow]:
    return [_row(reader(request), item, made.currency) for item in made.inputs]


def _row(user: User, item: operations.Input, currency: str) -> InputRow:
    money = exact_money(currency)
    low, likely, high = (
        words.amount(item.quantity, v, money) for v in (item.range.low, item.range.likely, item.range.high)
    )
    hidden = sight.is_hidden(user, item.quantity, item.source)
    band = sight.rate_band(item.range.likely, currency) if hidden else ""
    return InputRow(item, low, likely, high, band, words.drawn_as(item.became))


def heavy_part(
    request: HttpRequest,
    made: operations.Score,
    analysis: Mapping[str, Any],
    candidate: Candidate | None,
) -> dict[str, Any]:
    """What comes after: charts, break-evens, indices, the worth of knowing more, the reference class."""
    user, money = reader(request), money_of(made.currency)
    told = operations.core(made)
    inputs = plain_inputs(made)
    opened = sight.open_analysis(user, analysis, {row["quantity"]: row["source"] for row in inputs})
    seen = sees_money(request, candidate)
    base = {"money": seen, "score": made, "core": told, "candidate": candidate, "unusual": _unusual(made)}
    if not seen or made.result.npv is None:
        return base | {"tornado": _hours_tornado(made)}
    return base | _of_money(opened, made, money, sight.hourly_cost(user, inputs)) | _corrected(made, user)


def _unusual(made: operations.Score) -> str | None:
    """A share automated outside of what such work usually reaches deserves a second look."""
    share = made.case.ranges.get("automation_share")
    return reference_class.unusual("automation_share", share.likely) if share else None


def _of_work(made: operations.Score) -> list[Driver]:
    """What moves the hours: nothing in it is money, nor ordered by money."""
    shapes = {name: shape for name, shape in made.frame.shapes.items() if name in words.OF_THE_WORK}
    return tornado(replace(made.frame, shapes=shapes))


def _hours_tornado(made: operations.Score) -> dict[str, Any] | None:
    rows = [asdict(driver) for driver in _of_work(made)]
    if not rows or made.result.hours is None:
        return None
    return score_charts.tornado_chart(rows, made.result.hours.p50, "hours a year")


def _of_money(
    opened: Mapping[str, Any], made: operations.Score, money: words.Money, hourly: float | None
) -> dict[str, Any]:
    assert made.result.npv is not None
    middle, exact = made.result.npv.p50, exact_money(made.currency)
    found = findings.findings(opened["information"], hourly)

    def shown(quantity: str, value: float) -> str:
        return words.amount(quantity, words.three_digits(value), exact)

    return {
        "fan": score_charts.fan_chart(operations.core(made)["fan"], currency_symbol(made.currency).strip()),
        "tornado": score_charts.tornado_chart(
            opened["tornado"], middle, f"NPV in {currency_symbol(made.currency).strip()}"
        ),
        "drivers": opened["tornado"],
        "breakevens": findings.breakeven_sentences(opened["breakevens"], shown, middle),
        "tipping": findings.tipping_note(opened["breakevens"], middle),
        "sobol": opened["sobol"],
        "findings": found,
        "measuring": findings.measuring_sentence(found, money),
        "evpi": findings.evpi_sentence(opened["evpi"], money),
    }


def _corrected(made: operations.Score, user: User) -> dict[str, Any]:
    """The same case as its reference class went, on one scale with the case as estimated."""
    offered = operations.corrected(made, user)
    if offered is None or offered[1].result.npv is None or made.result.npv is None:
        return {"uplifts": []}
    uplifts, other = offered
    raw, new = made.result.npv, other.result.npv
    assert new is not None
    scale = (min(raw.p10, new.p10, 0.0), max(raw.p90, new.p90, 0.0))
    return {"uplifts": once(uplifts), "corrected": other, "scale": scale}
