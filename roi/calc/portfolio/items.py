"""What a portfolio is chosen from, and the rules it is chosen under. Plain values; checked when they are made.

Money in one currency, effort in days, hours a year. Quarters count from 0. A limit that is not given is no limit.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from math import isfinite

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Index = NDArray[np.int_]
Chosen = Mapping[str, int]
# The worst tenth of the futures.
TAIL = 0.1
# Limits hold to a millionth: what the solver itself promises, and far below a cent of any budget.
TOLERANCE = 1e-6


@dataclass(frozen=True)
class Item:
    """One candidate.

    value: expected NPV, money, build cost already taken off. cost: expected build cost, money, 0 or more.
    effort: days by role, all in the quarter it starts. delay_cost: money lost per quarter of later start.
    curve: NPV quantiles at the levels (k + 0.5)/len, money. benefit: present value of its benefits, money.
    hours: hours a year it sets free in `team`.
    """

    key: str
    value: float
    cost: float
    effort: Mapping[str, float] = field(default_factory=dict)
    delay_cost: float = 0.0
    high_risk: bool = False
    curve: tuple[float, ...] = ()
    benefit: float = 0.0
    team: str = ""
    hours: float = 0.0

    def __post_init__(self) -> None:
        numbers = (self.value, self.cost, self.delay_cost, self.benefit, self.hours)
        if not all(map(isfinite, (*numbers, *self.curve, *self.effort.values()))):
            raise ValueError(f"{self.key}: every number must be finite")
        if self.cost < 0 or any(days < 0 for days in self.effort.values()):
            raise ValueError(f"{self.key}: cost and effort are 0 or more")


@dataclass(frozen=True)
class Rule:
    """One limit by its name.

    kind: "budget", "effort" (role, quarter), "excludes" (two keys), "needs" (the first needs the second), "must",
    "never" (one key), "risk_count", "cvar", "team" (role holds the team's name). limit: its number, where it has one.
    """

    kind: str
    keys: tuple[str, ...] = ()
    role: str = ""
    quarter: int | None = None
    limit: float | None = None


@dataclass(frozen=True, eq=False)
class Problem:
    """Items with every limit of a scenario. Raises ValueError where it contradicts itself in form.

    capacity: days by (role, quarter). needs: (a, b) when a needs b, which then starts no later. overlaps: (a, b,
    share): with both in, that share of the smaller benefit is lost. cvar_floor: the mean of the worst tenth of
    `futures` (S x n NPVs, columns as `items`) must reach it. team_hours: hours a year that the posts of a team
    have; its chosen items cannot free more (an item that takes hours gives none to the others).
    """

    items: tuple[Item, ...]
    budget: float | None = None
    quarters: int = 1
    capacity: Mapping[tuple[str, int], float] = field(default_factory=dict)
    exclusive: tuple[tuple[str, str], ...] = ()
    needs: tuple[tuple[str, str], ...] = ()
    overlaps: tuple[tuple[str, str, float], ...] = ()
    must: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    max_high_risk: int | None = None
    cvar_floor: float | None = None
    team_hours: Mapping[str, float] = field(default_factory=dict)
    futures: Array | None = None

    def __post_init__(self) -> None:
        _check_keys(self)
        _check_numbers(self)
        _check_futures(self)

    @cached_property
    def by_key(self) -> dict[str, Item]:
        return {item.key: item for item in self.items}

    @cached_property
    def column(self) -> dict[str, int]:
        """Each key's column of `futures`."""
        return {item.key: i for i, item in enumerate(self.items)}

    @cached_property
    def roles(self) -> tuple[Rule, ...]:
        """The effort limits, by quarter and role."""
        ordered = sorted(self.capacity, key=lambda pair: (pair[1], pair[0]))
        return tuple(Rule("effort", (), role, q, self.capacity[role, q]) for role, q in ordered)

    @cached_property
    def teams(self) -> tuple[Rule, ...]:
        return tuple(Rule("team", (), name, None, self.team_hours[name]) for name in sorted(self.team_hours))

    def loss(self, pair: tuple[str, str, float]) -> float:
        """Money that two overlapping items lose when both are in; 0 or more."""
        first, second, share = pair
        return share * max(0.0, min(self.by_key[first].benefit, self.by_key[second].benefit))


@dataclass(frozen=True)
class Plan:
    """A choice and how good it is proven to be.

    status: "optimal" (within the gap that was asked for), "feasible" (time ran out before the proof), "infeasible"
    (no choice meets all limits) or "unknown" (time ran out before any choice was found). chosen: start quarter by
    key. effort: days used by (role, quarter). cvar: mean of the worst tenth of the futures, None without futures.
    bound: no choice is worth more. gap: (bound - value)/|value|, infinite where nothing is proven.
    """

    status: str
    chosen: dict[str, int] = field(default_factory=dict)
    value: float = 0.0
    cost: float = 0.0
    effort: dict[tuple[str, int], float] = field(default_factory=dict)
    cvar: float | None = None
    gap: float = float("inf")
    bound: float = float("inf")


def _check_keys(problem: Problem) -> None:
    keys = [item.key for item in problem.items]
    twice = sorted({key for key in keys if keys.count(key) > 1}) if len(set(keys)) < len(keys) else []
    if twice:
        raise ValueError(f"listed twice: {', '.join(twice)}")
    pairs = [*problem.exclusive, *problem.needs, *(pair[:2] for pair in problem.overlaps)]
    named = {key for pair in pairs for key in pair} | {*problem.must, *problem.never}
    _refuse("not among the items", named - set(keys))
    _refuse("related to itself", {a for a, b in pairs if a == b})


def _refuse(words: str, keys: Iterable[str]) -> None:
    if found := sorted(keys):
        raise ValueError(f"{words}: {', '.join(found)}")


def _check_numbers(problem: Problem) -> None:
    if problem.quarters < 1:
        raise ValueError("at least one quarter is planned")
    outside = {f"{role} in quarter {q}" for role, q in problem.capacity if not 0 <= q < problem.quarters}
    _refuse("capacity outside the planned quarters", outside)
    limits = {
        "budget": problem.budget,
        "max_high_risk": problem.max_high_risk,
        **{f"capacity of {role} in quarter {q}": days for (role, q), days in problem.capacity.items()},
        **{f"hours of team {name}": hours for name, hours in problem.team_hours.items()},
    }
    wrong = {name for name, limit in limits.items() if limit is not None and not 0 <= limit < float("inf")}
    _refuse("must be a number of 0 or more", wrong)
    _refuse(
        "the overlap is a share of 0..1 for", {f"{a}/{b}" for a, b, s in problem.overlaps if not 0 <= s <= 1}
    )


def _check_futures(problem: Problem) -> None:
    if problem.futures is None:
        if problem.cvar_floor is not None:
            raise ValueError("a floor for the worst tenth needs futures to look at")
        return
    shape = problem.futures.shape
    if len(shape) != 2 or shape[0] < 1 or shape[1] != len(problem.items):
        raise ValueError(f"futures have the shape {shape}, not (futures, {len(problem.items)} items)")
    if not np.isfinite(problem.futures).all():
        raise ValueError("every future must be finite")
