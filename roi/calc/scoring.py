"""What the draws say: percentiles, chances, ratios and the fan, each None where an input is missing."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from roi.calc import cashflow, finance, ratios
from roi.calc.distributions import Shape, draw
from roi.calc.finance import Irr
from roi.calc.ratios import Ratio
from roi.calc.simulation import (
    BESIDE,
    DRAWS,
    ROUND_DIGITS,
    WORTH,
    Array,
    Inputs,
    Year,
    a_year,
    automated,
    flow,
    median_flow,
    present_values,
    sample,
    uniforms,
)

# What runs over months takes the first points of the sequence only: such a part of a Sobol sequence is evenly spread
# itself, and a payback is told by the month.
MONTH_DRAWS = 4096
FAN_DRAWS = 1024
FAN_LEVELS = (0.1, 0.25, 0.5, 0.75, 0.9)
CURVE = 41
WEEKS_A_MONTH = 365.25 / 12 / 7
DAYS_A_MONTH = 20
Payback = tuple[float | None, float | None, float | None]


@dataclass(frozen=True)
class Percentiles:
    p10: float
    p50: float
    p90: float


@dataclass(frozen=True)
class FanMonth:
    """Percentiles of the cumulative cash flow at the end of a month, not discounted."""

    month: int
    p10: float
    p25: float
    p50: float
    p75: float
    p90: float


@dataclass(frozen=True)
class Result:
    """What a simulation says; None where an input is missing.

    Hours and money a year at full use; NPV, its mean, `cvar` (the mean of the worst tenth) and `benefit_mean` (present
    value of the benefits) in money; `roi` and `mirr` are ratios, mirr and irr a year; paybacks in months, None inside
    them where the horizon ends first; `npv_curve` are the NPV's quantiles at (k + 0.5)/CURVE.
    """

    hours: Percentiles | None = None
    capacity: Percentiles | None = None
    capacity_worth: Percentiles | None = None
    cash_year: Percentiles | None = None
    run_year: Percentiles | None = None
    build: Percentiles | None = None
    build_mean: float | None = None
    npv: Percentiles | None = None
    npv_mean: float | None = None
    prob_positive: float | None = None
    cvar: float | None = None
    roi: Percentiles | None = None
    payback: Payback | None = None
    discounted_payback: Payback | None = None
    mirr: float | None = None
    irr: Irr | None = None
    cost_of_delay: Ratio | None = None
    wsjf: Ratio | None = None
    rice: Ratio | None = None
    benefit_mean: float | None = None
    breakeven_build: float | None = None
    fan: tuple[FanMonth, ...] = ()
    npv_curve: tuple[float, ...] = ()
    beside: Mapping[str, Percentiles] = field(default_factory=dict)


def simulate(inputs: Inputs, seed: int, draws: int = DRAWS) -> Result:
    """Run the simulation with what is known. Same inputs, seed, draws and CALC_VERSION give the same result."""
    return summarise(inputs, sample(inputs, uniforms(seed, draws)), draws)


def summarise(inputs: Inputs, x: Mapping[str, Array], draws: int) -> Result:
    """The result of draws that are there already."""
    known: dict[str, object] = {
        "beside": {name: _of_shape(inputs.shapes[name]) for name in BESIDE if name in inputs.shapes}
    }
    year = a_year(x, inputs)
    if year.hours is not None:
        known |= _of_hours(inputs, x, year.hours)
    if inputs.knows_cash:
        known |= _of_money(inputs, x, year, draws)
    return Result(**known)  # type: ignore[arg-type]


def _of_hours(inputs: Inputs, x: Mapping[str, Array], hours: Array) -> dict[str, object]:
    if not inputs.has(*WORTH):
        return {"hours": _percentiles(hours)}
    free = hours * (1 - x["cashable_share"])
    worth = _percentiles(free * x["loaded_rate"])
    return {"hours": _percentiles(hours), "capacity": _percentiles(free), "capacity_worth": worth}


def _of_money(inputs: Inputs, x: Mapping[str, Array], year: Year, draws: int) -> dict[str, object]:
    gain, run = present_values(x, year, inputs)
    net = float(year.cash.mean() - year.run.mean())
    known: dict[str, object] = {
        "cash_year": _percentiles(year.cash),
        "run_year": _percentiles(year.run),
        "breakeven_build": rounded(float(np.median(gain - run))),
        "cost_of_delay": _ratio(ratios.cost_of_delay(net)),
    }
    if inputs.knows_npv:
        known |= _of_value(x, gain, run, draws) | _over_time(inputs, x, year, draws)
        known |= _rankings(inputs, x, year, float(known["prob_positive"]))  # type: ignore[arg-type]
    return known


def _of_value(x: Mapping[str, Array], gain: Array, run: Array, draws: int) -> dict[str, object]:
    build = x["build_cost"]
    value = np.sort(np.broadcast_to(gain - run - build, (draws,)))
    return {
        "build": _percentiles(build),
        "build_mean": rounded(float(build.mean())),
        "npv": _of_sorted(value),
        "npv_mean": rounded(float(value.mean())),
        "prob_positive": rounded(float((value > 0).mean())),
        "cvar": rounded(finance.cvar(value)),
        "roi": _return(gain, run + build),
        "benefit_mean": rounded(float(gain.mean())),
        "npv_curve": tuple(rounded(float(v)) for v in _quantiles(value, (np.arange(CURVE) + 0.5) / CURVE)),
    }


def _return(benefits: Array, costs: Array) -> Percentiles | None:
    """ROI as TEI defines it; none where nothing is paid, even in one future."""
    values = finance.roi(benefits, costs)
    return None if np.isnan(values).any() else _percentiles(values)


def _over_time(inputs: Inputs, x: Mapping[str, Array], year: Year, draws: int) -> dict[str, object]:
    every = flow(x, year, inputs, min(draws, MONTH_DRAWS))
    plain = cashflow.tables(0.0, inputs.horizon_months)
    middle, month = median_flow(inputs), finance.monthly_rate(inputs.discount_rate)
    mirr = finance.mirr(middle, month, month)
    rows = cashflow.fan(flow(x, year, inputs, min(draws, FAN_DRAWS)), plain, FAN_LEVELS)
    return {
        "payback": _months(cashflow.payback(every, plain)),
        "discounted_payback": _months(cashflow.payback(every, inputs.tables)),
        "mirr": None if mirr is None else rounded(finance.yearly_rate(mirr)),
        "irr": _irr(finance.irr(middle, 12)),
        "fan": tuple(FanMonth(month, *(rounded(v) for v in row)) for month, row in enumerate(rows.tolist())),
    }


def _irr(found: Irr) -> Irr:
    rate = None if found.rate is None else rounded(found.rate)
    return Irr(rate, tuple(rounded(root) for root in found.roots), found.words)


def _rankings(inputs: Inputs, x: Mapping[str, Array], year: Year, chance: float) -> dict[str, object]:
    weeks = float(np.median(x["start_months"])) * WEEKS_A_MONTH if "start_months" in x else None
    delay = ratios.cost_of_delay(float(year.cash.mean() - year.run.mean())).value
    return {"wsjf": _ratio(ratios.wsjf(delay, weeks)), "rice": _ratio(_rice(inputs, x, year, chance))}


def _rice(inputs: Inputs, x: Mapping[str, Array], year: Year, chance: float) -> Ratio:
    """Reach: automated items a quarter. Impact: hours that one sets free. Effort in months of twenty days."""
    months = None if inputs.effort_days is None else inputs.effort_days / DAYS_A_MONTH
    if year.hours is None:
        return ratios.rice(None, None, chance, months)
    items, hours = float(automated(x).mean()), float(year.hours.mean())
    return ratios.rice(items / 4, hours / items if items else None, chance, months)


def _ratio(found: Ratio) -> Ratio:
    return Ratio(None if found.value is None else rounded(found.value), found.words)


def _months(months: Array) -> Payback:
    """P10, P50, P90 as months that occur in a draw: between a month and never there is nothing to interpolate."""
    places = np.ceil(np.array([0.1, 0.5, 0.9]) * len(months)).astype(int) - 1
    told = [None if math.isinf(v) else rounded(v) for v in np.sort(months)[places].tolist()]
    return told[0], told[1], told[2]


def _of_shape(shape: Shape) -> Percentiles:
    low, middle, high = draw(shape, np.array([0.1, 0.5, 0.9]))
    return Percentiles(rounded(float(low)), rounded(float(middle)), rounded(float(high)))


def _percentiles(values: Array) -> Percentiles:
    return _of_sorted(np.sort(values))


def _of_sorted(values: Array) -> Percentiles:
    low, middle, high = _quantiles(values, np.array([0.1, 0.5, 0.9]))
    return Percentiles(rounded(float(low)), rounded(float(middle)), rounded(float(high)))


def _quantiles(values: Array, levels: Array) -> Array:
    """Linear between order statistics, of values that are sorted already (numpy's own default, without its search)."""
    return np.interp(levels * (len(values) - 1), np.arange(len(values)), values)


def rounded(value: float) -> float:
    return float(f"{value:.{ROUND_DIGITS}g}")
