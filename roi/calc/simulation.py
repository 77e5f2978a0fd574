"""Seeded Monte Carlo of one candidate: cash and capacity as two results that are never added.

Cash flow: build cost at t = 0; then each month the planned cash share of the hours freed at the loaded rate, plus
other cash benefits, less run cost, ramped linearly over the first months (benefits only), discounted monthly.
Capacity: the hours freed that are not planned to become cash. Cost avoidance, revenue and risk reduction are kinds of
their own and in neither. Money in the caller's currency, hours a year, months.

Rounding: percentiles leave this module with ROUND_DIGITS significant digits, which makes stored results equal on every
Python and processor; nothing else is rounded.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.stats import qmc

from roi.calc import finance
from roi.calc.distributions import Shape, Support, draw, lognormal_cost

Array = NDArray[np.float64]
CALC_VERSION = "1"
DRAWS = 4096
RAMP_MONTHS = 3
ROUND_DIGITS = 7

# Every quantity has its own column of the Sobol sequence, whether it is known or not: common random numbers, so that
# two estimates of one candidate differ by their inputs alone.
QUANTITIES: dict[str, Support] = {
    "volume": "positive",
    "minutes": "positive",
    "automation_share": "share",
    "review_minutes": "positive",
    "loaded_rate": "positive",
    "cashable_share": "share",
    "build_cost": "positive",
    "run_cost": "positive",
    "other_cash": "real",
}
BESIDE = ("cost_avoided", "revenue", "risk_reduction")


@dataclass(frozen=True)
class Inputs:
    """Ranges by quantity, with the frame of the calculation. Missing quantities are absent, not zero."""

    shapes: Mapping[str, Shape]
    horizon_months: int = 36
    discount_rate: float = 0.10
    ramp_months: int = RAMP_MONTHS

    def has(self, *names: str) -> bool:
        return all(name in self.shapes for name in names)


@dataclass(frozen=True)
class Percentiles:
    p10: float
    p50: float
    p90: float


@dataclass(frozen=True)
class Result:
    """What a simulation says; None where an input is missing.

    `payback` is in months, infinite percentiles (never pays back) are None inside `payback_p*`.
    """

    hours: Percentiles | None = None
    capacity: Percentiles | None = None
    capacity_worth: Percentiles | None = None
    cash_year: Percentiles | None = None
    npv: Percentiles | None = None
    npv_mean: float | None = None
    prob_positive: float | None = None
    payback: tuple[float | None, float | None, float | None] | None = None
    breakeven_build: float | None = None
    beside: Mapping[str, Percentiles] = field(default_factory=dict)


def uniforms(seed: int, draws: int = DRAWS) -> dict[str, Array]:
    """Scrambled Sobol points, one column a quantity; draws must be a power of two."""
    points = qmc.Sobol(len(QUANTITIES), scramble=True, rng=np.random.default_rng(seed)).random(draws)
    points = np.clip(points, 1e-6, 1 - 1e-6)
    return {name: points[:, i] for i, name in enumerate(QUANTITIES)}


def sample(inputs: Inputs, u: Mapping[str, Array]) -> dict[str, Array]:
    """Draws of each known quantity; the build cost is fat-tailed."""
    return {name: _column(name, inputs.shapes[name], u[name]) for name in QUANTITIES if name in inputs.shapes}


def _column(name: str, shape: Shape, u: Array) -> Array:
    if name == "build_cost" and shape.meaning == "percentiles":
        return lognormal_cost(shape.low, shape.likely, shape.high, u)
    return draw(shape, u)


def hours_a_year(x: Mapping[str, Array]) -> Array:
    """Hours freed a year at full use: automated items times minutes less the minutes their review takes."""
    saved = np.maximum(x["minutes"] - x.get("review_minutes", np.float64(0)), 0)
    return np.asarray(x["volume"] * x["automation_share"] * saved / 60)


def cash_a_year(x: Mapping[str, Array]) -> Array:
    """Gross cash a year at full use: the planned share of the hours at the loaded rate, plus other cash."""
    hours = hours_a_year(x) * x["loaded_rate"] * x["cashable_share"]
    return np.asarray(hours + x.get("other_cash", np.float64(0)))


def net_present(x: Mapping[str, Array], inputs: Inputs, build: Array | None = None) -> Array:
    """NPV of each draw; `build` replaces the build cost (zero for the break-even)."""
    rate = finance.monthly_rate(inputs.discount_rate)
    ramp = finance.ramp(inputs.horizon_months, inputs.ramp_months)
    gain = cash_a_year(x) / 12 * finance.annuity(rate, ramp)
    run = x.get("run_cost", np.float64(0)) / 12 * finance.annuity(rate, np.ones(inputs.horizon_months))
    return np.asarray(gain - run - (x["build_cost"] if build is None else build))


def simulate(inputs: Inputs, seed: int, draws: int = DRAWS) -> Result:
    """Run the simulation with what is known. Same inputs, seed and CALC_VERSION give the same result."""
    x = sample(inputs, uniforms(seed, draws))
    beside = {name: _of_shape(inputs.shapes[name]) for name in BESIDE if name in inputs.shapes}
    if not inputs.has("volume", "minutes", "automation_share"):
        return Result(beside=beside)
    hours = hours_a_year(x)
    if not inputs.has("loaded_rate", "cashable_share"):
        return Result(hours=_percentiles(hours), beside=beside)
    return _with_money(inputs, x, hours, beside)


def _with_money(inputs: Inputs, x: dict[str, Array], hours: Array, beside: dict[str, Percentiles]) -> Result:
    free = hours * (1 - x["cashable_share"])
    known = {
        "hours": _percentiles(hours),
        "capacity": _percentiles(free),
        "capacity_worth": _percentiles(free * x["loaded_rate"]),
        "cash_year": _percentiles(cash_a_year(x)),
        "beside": beside,
        "breakeven_build": _rounded(float(np.median(net_present(x, inputs, build=np.zeros_like(hours))))),
    }
    if "build_cost" not in x:
        return Result(**known)  # type: ignore[arg-type]
    value = net_present(x, inputs)
    return Result(
        npv=_percentiles(value),
        npv_mean=_rounded(float(value.mean())),
        prob_positive=_rounded(float((value > 0).mean())),
        payback=_payback(x, inputs),
        **known,  # type: ignore[arg-type]
    )


def flows(x: Mapping[str, Array], inputs: Inputs) -> Array:
    """Monthly cash flows, shape (draws, horizon + 1)."""
    ramp = finance.ramp(inputs.horizon_months, inputs.ramp_months)
    run = np.asarray(x.get("run_cost", np.zeros_like(x["build_cost"])))
    later = cash_a_year(x)[:, None] / 12 * ramp[None, :] - run[:, None] / 12
    return np.concatenate([-x["build_cost"][:, None], later], axis=1)


def _payback(x: Mapping[str, Array], inputs: Inputs) -> tuple[float | None, float | None, float | None]:
    months = np.where(np.isnan(m := finance.payback(flows(x, inputs))), np.inf, m)
    low, middle, high = np.quantile(months, [0.1, 0.5, 0.9], method="inverted_cdf")
    return tuple(None if math.isinf(v) else _rounded(float(v)) for v in (low, middle, high))  # type: ignore[return-value]


def _of_shape(shape: Shape) -> Percentiles:
    u = np.array([0.1, 0.5, 0.9])
    low, middle, high = draw(Shape(shape.low, shape.likely, shape.high, shape.meaning, "real"), u)
    return Percentiles(_rounded(float(low)), _rounded(float(middle)), _rounded(float(high)))


def _percentiles(values: Array) -> Percentiles:
    low, middle, high = np.quantile(values, [0.1, 0.5, 0.9])
    return Percentiles(_rounded(float(low)), _rounded(float(middle)), _rounded(float(high)))


def _rounded(value: float) -> float:
    return float(f"{value:.{ROUND_DIGITS}g}")
