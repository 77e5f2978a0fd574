"""What moves the result: the tornado of Howard and Clemen, one input at a time from its P10 to its P90."""

from dataclasses import dataclass

import numpy as np

from roi.calc.simulation import Inputs, hours_a_year, net_present, sample


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
    names = [name for name in sample(inputs, _at({})) if _counts(name, measure)]
    drivers = [_driver(inputs, name, measure) for name in names]
    return sorted((d for d in drivers if d.swing > 0), key=lambda d: -d.swing)


def _measure(inputs: Inputs) -> str | None:
    if not inputs.has("volume", "minutes", "automation_share"):
        return None
    return "npv" if inputs.has("loaded_rate", "cashable_share", "build_cost") else "hours"


def _counts(name: str, measure: str) -> bool:
    return measure == "npv" or name in ("volume", "minutes", "automation_share", "review_minutes")


def _driver(inputs: Inputs, name: str, measure: str) -> Driver:
    low, high = (_result(inputs, {name: p}, measure) for p in (0.1, 0.9))
    return Driver(name, float(f"{low:.7g}"), float(f"{high:.7g}"), measure)


def _result(inputs: Inputs, moved: dict[str, float], measure: str) -> float:
    x = sample(inputs, _at(moved))
    return float((net_present(x, inputs) if measure == "npv" else hours_a_year(x))[0])


class _at(dict):  # type: ignore[type-arg]
    """Every quantity at P50 but for those that are moved."""

    def __missing__(self, name: str) -> np.ndarray:
        return np.array([0.5])

    def __init__(self, moved: dict[str, float]) -> None:
        super().__init__({name: np.array([p]) for name, p in moved.items()})
