"""What moves the result: the tornado of Howard and Clemen, one input at a time from its P10 to its P90."""

from dataclasses import dataclass

import numpy as np

from roi.calc.simulation import QUANTITIES, ROUND_DIGITS, Array, Inputs, hours_a_year, net_present, sample


@dataclass(frozen=True)
class Driver:
    """One input's swing of the result (NPV, or hours a year where no NPV exists) with the others at P50."""

    quantity: str
    at_p10: float
    at_p90: float
    measure: str

    @property
    def swing(self) -> float:
        return abs(self.at_p90 - self.at_p10)


def tornado(inputs: Inputs) -> list[Driver]:
    """All drivers, the largest swing first; empty where not even hours are known."""
    measure = _measure(inputs)
    if measure is None:
        return []
    middle = sample(inputs, dict.fromkeys(QUANTITIES, np.array([0.5])))
    ends = sample(inputs, dict.fromkeys(QUANTITIES, np.array([0.1, 0.9])))
    drivers = [
        _driver(inputs, middle, name, ends[name], measure) for name in middle if _counts(name, measure)
    ]
    return sorted((d for d in drivers if d.swing > 0), key=lambda d: -d.swing)


def _measure(inputs: Inputs) -> str | None:
    if not inputs.has("volume", "minutes", "automation_share"):
        return None
    return "npv" if inputs.has("loaded_rate", "cashable_share", "build_cost") else "hours"


def _counts(name: str, measure: str) -> bool:
    return measure == "npv" or name in ("volume", "minutes", "automation_share", "review_minutes")


def _driver(inputs: Inputs, middle: dict[str, Array], name: str, ends: Array, measure: str) -> Driver:
    """Both ends of one input at once, the others in the middle."""
    x = middle | {name: ends}
    moved = net_present(x, inputs) if measure == "npv" else hours_a_year(x)
    low, high = (float(f"{value:.{ROUND_DIGITS}g}") for value in moved)
    return Driver(name, low, high, measure)
