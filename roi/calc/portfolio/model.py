"""A portfolio problem as a mixed-integer linear programme (capital rationing: Lorie, Savage 1955; Weingartner 1963).

Columns: x[i, q] is 1 when item i starts in quarter q; y of each overlap; t, the worst tenth, where it has a floor.
Items stand in the order of their keys, so that the order in which they were given changes nothing, not even ties.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from scipy import sparse

from roi.calc.portfolio.items import Array, Index, Item, Problem, Rule
from roi.calc.portfolio.measure import tail_weights

INFINITE = float("inf")
# A floor is met when it is missed by less, as a share of the largest outcome; the solver's own tolerance is larger.
SLACK = 1e-8


@dataclass(eq=False)
class Tail:
    """The worst tenth of a choice as its smallest mean over weightings of the futures (the dual of Rockafellar,
    Uryasev 2000): t <= weights @ outcomes @ x for each weighting met so far, and t >= the floor.

    outcomes: (S, columns), in `unit`, the money of the largest. t is the last column, `row` its rule's row.
    """

    outcomes: Array
    row: int
    unit: float
    cuts: list[Array] = field(default_factory=list)

    def cut(self, x: Array, lower: Array, objective: Array) -> bool:
        """Adds the weighting under which x falls short of the floor (of its own t, where t is sought)."""
        values = self.outcomes @ x
        weights = tail_weights(values)
        wanted = x[-1] if objective[-1] else lower[self.row]
        if weights @ values >= wanted - SLACK:
            return False
        row = weights @ self.outcomes
        row[-1] = -1.0
        self.cuts.append(row)
        return True


@dataclass(frozen=True, eq=False)
class Model:
    """Maximise objective @ x with lower <= rows @ x <= upper; `rules` names the limit behind each row (None: part of
    the construction). The first items x quarters columns are binary and lie in 0..1, `top` bounds the others."""

    problem: Problem
    items: tuple[Item, ...]
    rows: sparse.csc_array
    lower: Array
    upper: Array
    rules: tuple[Rule | None, ...]
    objective: Array
    bottom: Array
    top: Array
    tail: Tail | None = None

    @property
    def binaries(self) -> int:
        return len(self.items) * self.problem.quarters

    def once(self, key: str) -> int:
        """The row that counts how often an item starts; the rows of all items come first."""
        return next(i for i, item in enumerate(self.items) if item.key == key)

    def with_cuts(self, lower: Array, upper: Array) -> tuple[sparse.csc_array, Array, Array]:
        """All rows and their limits, the cuts found so far among them."""
        if self.tail is None or not self.tail.cuts:
            return self.rows, lower, upper
        cuts = sparse.csc_array(np.array(self.tail.cuts))
        more = np.zeros(len(self.tail.cuts))
        rows = sparse.vstack([self.rows, cuts], format="csc")
        return rows, np.append(lower, more), np.append(upper, more + INFINITE)

    def rows_of(self, rules: Iterable[Rule]) -> Array:
        wanted = set(rules)
        return np.array([rule in wanted for rule in self.rules], dtype=bool)


@dataclass
class _Rows:
    """Rows as they are written, one after the other."""

    columns: list[Index] = field(default_factory=list)
    factors: list[Array] = field(default_factory=list)
    lower: list[float] = field(default_factory=list)
    upper: list[float] = field(default_factory=list)
    rules: list[Rule | None] = field(default_factory=list)

    def add(self, rule: Rule | None, columns: Index, factors: Array | float, low: float, high: float) -> None:
        self.columns.append(np.asarray(columns))
        self.factors.append(np.broadcast_to(np.asarray(factors, dtype=np.float64), self.columns[-1].shape))
        self.lower.append(low)
        self.upper.append(high)
        self.rules.append(rule)

    def matrix(self, width: int) -> sparse.csc_array:
        lengths = [len(columns) for columns in self.columns]
        place = (np.repeat(np.arange(len(lengths)), lengths), np.concatenate(self.columns))
        return sparse.csc_array((np.concatenate(self.factors), place), shape=(len(lengths), width))


def build(problem: Problem) -> Model:
    """The programme of a problem with at least one item."""
    items = tuple(sorted(problem.items, key=lambda item: item.key))
    rows, binaries = _Rows(), len(items) * problem.quarters
    cells = np.arange(binaries).reshape(len(items), problem.quarters)
    for starts in cells:
        rows.add(None, starts, 1.0, -INFINITE, 1.0)
    place = {item.key: cells[i] for i, item in enumerate(items)}
    _limits(problem, items, cells, rows)
    _ties(problem, place, rows)
    _overlap_rows(problem, place, rows, binaries)
    width = binaries + len(problem.overlaps)
    tail = None if problem.cvar_floor is None else _tail(problem, items, width, rows)
    width += tail is not None
    bottom, top = np.zeros(width), np.ones(width)
    if tail is not None:
        # Beyond any sum of outcomes; bounded all the same, so that no programme is.
        top[-1] = 1 + float(np.abs(tail.outcomes).sum(axis=1).max())
        bottom[-1] = -top[-1]
    objective = np.zeros(width)
    objective[:binaries] = worth(items, problem.quarters, np.array([item.value for item in items]))
    objective[binaries : binaries + len(problem.overlaps)] = [
        -problem.loss(pair) for pair in problem.overlaps
    ]
    low, high = np.array(rows.lower), np.array(rows.upper)
    matrix, rules = rows.matrix(width), tuple(rows.rules)
    return Model(problem, items, matrix, low, high, rules, objective, bottom, top, tail)


def worth(items: tuple[Item, ...], quarters: int, values: Array) -> Array:
    """Value of each x[i, q], flat: an item's value less what each quarter of later start costs."""
    delay = np.array([item.delay_cost for item in items])
    return np.asarray(values[:, None] - delay[:, None] * np.arange(quarters)).ravel()


def _limits(problem: Problem, items: tuple[Item, ...], cells: Index, rows: _Rows) -> None:
    def sum_to(rule: Rule, columns: Index, each: Iterable[float]) -> None:
        factors = np.fromiter(each, dtype=np.float64)
        spread = np.broadcast_to(factors[:, None], columns.shape).ravel()
        used = spread != 0
        rows.add(rule, columns.ravel()[used], spread[used], -INFINITE, float(rule.limit or 0))

    if problem.budget is not None:
        sum_to(Rule("budget", limit=problem.budget), cells, (item.cost for item in items))
    for rule in problem.roles:
        q = rule.quarter or 0
        sum_to(rule, cells[:, q : q + 1], (item.effort.get(rule.role, 0.0) for item in items))
    if problem.max_high_risk is not None:
        rule = Rule("risk_count", limit=problem.max_high_risk)
        sum_to(rule, cells, (float(item.high_risk) for item in items))
    for rule in problem.teams:
        sum_to(rule, cells, (max(item.hours, 0.0) * (item.team == rule.role) for item in items))


def _ties(problem: Problem, place: dict[str, Index], rows: _Rows) -> None:
    for pair in problem.exclusive:
        rows.add(Rule("excludes", pair), np.concatenate([place[key] for key in pair]), 1.0, -INFINITE, 1.0)
    for key, needed in problem.needs:
        for q in range(1, problem.quarters + 1):
            columns = np.concatenate([place[key][:q], place[needed][:q]])
            rows.add(Rule("needs", (key, needed)), columns, np.repeat([1.0, -1.0], q), -INFINITE, 0.0)
    for key in problem.must:
        rows.add(Rule("must", (key,)), place[key], 1.0, 1.0, INFINITE)
    for key in problem.never:
        rows.add(Rule("never", (key,)), place[key], 1.0, -INFINITE, 0.0)


def _overlap_rows(problem: Problem, place: dict[str, Index], rows: _Rows, first: int) -> None:
    """y >= x_a + x_b - 1; y costs money, so it is never larger than it must be and needs no integrality."""
    for i, (a, b, _) in enumerate(problem.overlaps):
        columns = np.concatenate([place[a], place[b], [first + i]])
        rows.add(None, columns, np.append(np.ones(len(columns) - 1), -1.0), -INFINITE, 1.0)


def _tail(problem: Problem, items: tuple[Item, ...], width: int, rows: _Rows) -> Tail:
    """The column t with its rule t >= floor, and what each future makes of the columns before it."""
    assert problem.futures is not None and problem.cvar_floor is not None
    unit = max(1.0, float(np.abs(problem.futures).max()))
    values = problem.futures[:, [problem.column[item.key] for item in items]]
    losses = [-problem.loss(pair) for pair in problem.overlaps]
    outcomes = [np.append(worth(items, problem.quarters, future), [*losses, 0.0]) / unit for future in values]
    rule = Rule("cvar", limit=problem.cvar_floor)
    rows.add(rule, np.array([width]), 1.0, problem.cvar_floor / unit, INFINITE)
    return Tail(np.array(outcomes), row=len(rows.rules) - 1, unit=unit)
