"""Seeded Monte Carlo of one candidate: cash and capacity as two results that are never added.

Cash flow: build cost at t = 0, not discounted (as in Forrester TEI); then each month of the horizon the planned cash
share of the hours set free at the loaded rate plus other cash, as use grows (roi.calc.cashflow), less run cost,
discounted monthly. Capacity: the hours that are not planned to become cash. Cost avoidance, revenue and risk reduction
are kinds of their own and in neither. Money in the caller's currency, hours a year, months.

Rounding: figures leave this module with ROUND_DIGITS significant digits, which makes stored results equal on every
Python and processor; nothing else is rounded.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.stats import qmc

from roi.calc import cashflow, finance
from roi.calc.cashflow import Flow, Tables, Timing
from roi.calc.correlation import correlated
from roi.calc.distributions import Shape, Support, as_percentiles, draw, lognormal_cost

Array = NDArray[np.float64]
CALC_VERSION = "2"
DRAWS = 4096
PREVIEW_DRAWS = 2048
# One seed for every assessment: two of them differ by their inputs and never by their luck (common random numbers).
SEED = 20_261
RAMP_MONTHS = 3.0
ROUND_DIGITS = 7
ZERO = np.zeros(1)

# Every quantity has its own column of the Sobol sequence, whether it is known or not: an input more leaves the draws
# of the others alone. New quantities go to the end.
QUANTITIES: dict[str, Support] = {
    "volume": "positive",
    "minutes": "positive",
    "automation_share": "share",
    "review_minutes": "positive",
    "error_share_before": "share",
    "rework_minutes_before": "positive",
    "error_share_after": "share",
    "rework_minutes_after": "positive",
    "loaded_rate": "positive",
    "cashable_share": "share",
    "build_cost": "positive",
    "run_cost": "positive",
    "run_cost_item": "positive",
    "tokens_in": "positive",
    "tokens_out": "positive",
    "start_months": "positive",
    "ramp_months": "positive",
    "other_cash": "real",
    "cost_avoided": "real",
    "revenue": "real",
    "risk_reduction": "real",
}
BESIDE = ("cost_avoided", "revenue", "risk_reduction")
WORK = ("volume", "minutes", "automation_share")
WORTH = (*WORK, "loaded_rate", "cashable_share")
MOVE_HOURS = tuple(QUANTITIES)[:8]


@dataclass(frozen=True)
class Inputs:
    """Ranges by quantity, with the frame of the calculation. Missing quantities are absent, not zero.

    `hours_cap`: hours a year that the people who do the work have, at most. `price_in`, `price_out`: money a token.
    `correlations`: (quantity, quantity, rank correlation). `effort_days`: person-days to build, for RICE only.
    """

    shapes: Mapping[str, Shape]
    horizon_months: int = 36
    discount_rate: float = 0.10
    ramp_months: float = RAMP_MONTHS
    start_months: float = 0.0
    hours_cap: float | None = None
    price_in: float = 0.0
    price_out: float = 0.0
    correlations: tuple[tuple[str, str, float], ...] = ()
    effort_days: float | None = None

    def has(self, *names: str) -> bool:
        return all(name in self.shapes for name in names)

    @property
    def knows_cash(self) -> bool:
        """Whether a year's cash can be told: the hours with rate and share, or other cash where no hours count."""
        only_other = not self.has(*WORK[:2]) and self.has("other_cash")
        return self.has(*WORTH) or only_other

    @property
    def knows_npv(self) -> bool:
        return self.knows_cash and self.has("build_cost")

    @property
    def tables(self) -> Tables:
        return cashflow.tables(finance.monthly_rate(self.discount_rate), self.horizon_months)


@lru_cache(maxsize=8)
def uniforms(seed: int, draws: int = DRAWS) -> Mapping[str, Array]:
    """Scrambled Sobol points, one read-only column (draws,) a quantity; any number of draws, a power of two is best."""
    sequence = qmc.Sobol(len(QUANTITIES), scramble=True, rng=np.random.default_rng(seed))
    points = sequence.random_base2(max(draws - 1, 1).bit_length())[:draws].T
    columns = np.ascontiguousarray(np.clip(points, 1e-6, 1 - 1e-6))
    columns.setflags(write=False)
    return dict(zip(QUANTITIES, columns, strict=True))


def sample(inputs: Inputs, u: Mapping[str, Array]) -> dict[str, Array]:
    """Draws of each known quantity, shape of `u`; correlated where that is stated; the build cost is fat-tailed."""
    if inputs.correlations:
        u = correlated(u, inputs.correlations)
    return {name: column(name, inputs.shapes[name], u[name]) for name in QUANTITIES if name in inputs.shapes}


def column(name: str, shape: Shape, u: Array) -> Array:
    """Draws of one quantity; a single one where the range has no width, which broadcasts."""
    if shape.low == shape.high:
        return np.full(1, shape.likely)
    if name == "build_cost":
        known = as_percentiles(shape)
        return lognormal_cost(known.low, known.likely, known.high, u)
    return draw(shape, u)


def hours_a_year(x: Mapping[str, Array], cap: float | None = None) -> Array:
    """Hours set free a year at full use, never more than the people have.

    Items that are automated, times the minutes they took less their review, plus the rework of errors that no longer
    happen less that of new ones. Negative where checking costs more than it saves: shown, not hidden.
    """
    saved = x["minutes"] - x.get("review_minutes", ZERO)
    saved = saved + x.get("error_share_before", ZERO) * x.get("rework_minutes_before", ZERO)
    saved = saved - x.get("error_share_after", ZERO) * x.get("rework_minutes_after", ZERO)
    hours = automated(x) * saved / 60
    return hours if cap is None else np.minimum(hours, cap)


def automated(x: Mapping[str, Array]) -> Array:
    """Items a year that no person starts any more."""
    return np.asarray(x["volume"] * x["automation_share"])


def run_a_year(x: Mapping[str, Array], inputs: Inputs) -> Array:
    """Run cost a year: what is fixed, and what each automated item costs in tokens and otherwise."""
    fixed = x.get("run_cost", ZERO)
    if not {"run_cost_item", "tokens_in", "tokens_out"} & set(x) or not {"volume", "automation_share"} <= set(x):
        return np.asarray(fixed)
    tokens = x.get("tokens_in", ZERO) * inputs.price_in + x.get("tokens_out", ZERO) * inputs.price_out
    return fixed + automated(x) * (x.get("run_cost_item", ZERO) + tokens)


def timing(x: Mapping[str, Array], inputs: Inputs) -> Timing:
    start = x.get("start_months", np.full(1, float(inputs.start_months)))
    return Timing(start, x.get("ramp_months", np.full(1, float(inputs.ramp_months))))


@dataclass(frozen=True)
class Year:
    """A year at full use, as draws (draws,) or (1,): hours set free (None where not known), cash, cost of running."""

    hours: Array | None
    cash: Array
    run: Array


def a_year(x: Mapping[str, Array], inputs: Inputs) -> Year:
    hours = hours_a_year(x, inputs.hours_cap) if all(name in x for name in WORK) else None
    other = x.get("other_cash", ZERO)
    cash = np.asarray(other)
    if hours is not None and all(name in x for name in WORTH):
        cash = hours * x["loaded_rate"] * x["cashable_share"] + other
    return Year(hours, cash, run_a_year(x, inputs))


def present_values(x: Mapping[str, Array], year: Year, inputs: Inputs) -> tuple[Array, Array]:
    """Present value of the benefits and of the run costs over the horizon, each (draws,) or (1,)."""
    when, known = timing(x, inputs), inputs.tables
    gain = year.cash * (cashflow.use_weight(when, known) / 12)
    return gain, year.run * (cashflow.run_weight(when, known) / 12)


def net_present(x: Mapping[str, Array], inputs: Inputs) -> Array:
    """NPV of each draw, (draws,) or (1,)."""
    gain, run = present_values(x, a_year(x, inputs), inputs)
    return np.asarray(gain - run - x["build_cost"])


def flow(x: Mapping[str, Array], year: Year, inputs: Inputs, draws: int) -> Flow:
    """The cash flow as draws, shape (draws,) each; `draws` may take the first of them only."""
    when = timing(x, inputs)
    # One start for all draws stays one number: half of the arithmetic falls away.
    start, ramp = (v if len(v) == 1 else v[:draws] for v in (when.start, when.ramp))
    paid = (x["build_cost"], year.cash / 12, year.run / 12)
    full = [np.broadcast_to(v, (max(draws, len(v)),))[:draws] for v in paid]
    return Flow(full[0], full[1], full[2], Timing(start, ramp))


def median_flow(inputs: Inputs) -> Array:
    """Monthly cash flows (horizon + 1,) with every input at its P50, not discounted."""
    x = sample(inputs, dict.fromkeys(QUANTITIES, np.array([0.5])))
    middle = flow(x, a_year(x, inputs), inputs, 1)
    undiscounted = cashflow.tables(0.0, inputs.horizon_months)
    months = np.arange(inputs.horizon_months + 1)
    return np.diff(middle.cumulative(months, cashflow.accrual(middle.timing, undiscounted)), prepend=0.0)
