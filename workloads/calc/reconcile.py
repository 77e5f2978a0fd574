"""Bills against calls: what rules a month, how billed money is spread, and where the two differ.

All money here is in one currency. Nothing is rounded: parts are whole units of the 32nd decimal (or of the amount's
own last one, if that is finer) and add up to the amount exactly.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TypeVar

from workloads.calc.fair_shares import EXACT as EXACT
from workloads.calc.fair_shares import whole_parts
from workloads.calc.model_names import Key, Match, provider_fits

K = TypeVar("K", bound=Hashable)
FINEST = -32
BILLED, TRACED, FIXED = "billed", "traced", "fixed"


def exact_sum(amounts: Iterable[Decimal]) -> Decimal:
    """The sum with every digit; Python's own would keep 28."""
    total = Decimal(0)
    for amount in amounts:
        total = EXACT.add(total, amount)
    return total


def converted(amount: Decimal, rate: Decimal) -> Decimal:
    return EXACT.multiply(amount, rate)


def spread(amount: Decimal, weights: Mapping[K, Decimal]) -> dict[K, Decimal]:
    """`amount` by share of the weights, which are not negative and not all zero; adds up exactly (ValueError else)."""
    total, exponent = exact_sum(weights.values()), amount.as_tuple().exponent
    if total <= 0 or any(weight < 0 for weight in weights.values()):
        raise ValueError("weights must not be negative, nor all zero")
    assert isinstance(exponent, int)
    exact = {key: EXACT.divide(EXACT.multiply(amount, weight), total) for key, weight in weights.items()}
    return whole_parts(exact, amount, Decimal(1).scaleb(min(FINEST, exponent)))


@dataclass(frozen=True, slots=True)
class Traced:
    """A month's calls of one workload, model and cost centre."""

    workload: int
    provider: str
    model: str
    cost_centre: str
    cost: Decimal
    calls: int = 0
    unpriced_calls: int = 0
    upper_bound_calls: int = 0
    upper_bound_cost: Decimal = Decimal(0)

    @property
    def key(self) -> Key:
        return self.provider, self.model


@dataclass(frozen=True, slots=True)
class Billed:
    """A month's money on bills of one provider, model and owner. `model` is empty on spend that is no AI."""

    provider: str
    model: str
    workload: int | None
    amount: Decimal

    @property
    def key(self) -> Key:
        return self.provider, self.model


@dataclass(frozen=True, slots=True)
class Share:
    """What a workload costs in a month: one model, one cost centre, and where the figure comes from."""

    workload: int
    provider: str
    model: str
    cost_centre: str
    source: str
    amount: Decimal
    calls: int = 0

    @property
    def provisional(self) -> bool:
        """Traced money waits for the bill; billed and fixed money does not."""
        return self.source == TRACED


@dataclass(frozen=True)
class Ruled:
    """The month's shares, billed money that nobody owns and no call explains, and the calls themselves."""

    shares: list[Share]
    unowned: list[Billed]
    traced: list[Traced] = field(default_factory=list)


def rule(traced: Iterable[Traced], billed: Iterable[Billed], matches: Mapping[Key, Match]) -> Ruled:
    """Final bills rule what they cover; the rest of the calls keep their traced cost.

    A line with an owner is the owner's. One without is spread over the workloads that called its model, by traced
    cost (by calls where none has a price), leaving out those whose own lines name that model: they have paid.
    A call is covered, and its traced cost left out, where a line of its provider's bill is its workload's own or is
    spread over it.
    """
    rows, lines = list(traced), list(billed)
    by_workload: dict[int, list[Traced]] = defaultdict(list)
    for row in rows:
        by_workload[row.workload].append(row)
    money: dict[tuple[int, str, str, str], Decimal] = defaultdict(Decimal)
    covered: set[tuple[int, str, str]] = set()
    unowned: list[Billed] = []
    own = _own_keys(lines, matches)
    for line in lines:
        over = _over(line, by_workload, rows, matches, own)
        if over is None:
            unowned.append(line)
            continue
        for place, part in over.items():
            money[place] = EXACT.add(money[place], part)
        covered |= _covered(line, over, by_workload)
    return Ruled(_shares(rows, money, covered), unowned, rows)


def _own_keys(lines: list[Billed], matches: Mapping[Key, Match]) -> dict[Key, set[int]]:
    """Which workloads have lines of their own for a traced model."""
    own: dict[Key, set[int]] = defaultdict(set)
    for line in lines:
        if line.workload is not None and line.model:
            for key in matches.get(line.key, Match()).keys:
                own[key].add(line.workload)
    return own


Place = tuple[int, str, str, str]


def _over(
    line: Billed,
    by_workload: Mapping[int, list[Traced]],
    rows: list[Traced],
    matches: Mapping[Key, Match],
    own: Mapping[Key, set[int]],
) -> dict[Place, Decimal] | None:
    """Where a line's money goes; None when it has neither owner nor traced calls."""
    keys = set(matches.get(line.key, Match()).keys) if line.model else set()
    if line.workload is not None:
        return _to_owner(line, by_workload.get(line.workload, []), keys)
    callers = [row for row in rows if row.key in keys]
    others = [row for row in callers if row.workload not in own.get(row.key, set())]
    return _by_cost(line.amount, others or callers) or None


def _to_owner(line: Billed, mine: list[Traced], keys: set[Key]) -> dict[Place, Decimal]:
    assert line.workload is not None
    fitting = [row for row in mine if row.key in keys] if keys else []
    if line.model and not fitting:
        fitting = [row for row in mine if provider_fits(line.provider, row.provider)]
    if line.model and fitting:
        return _by_cost(line.amount, fitting)
    parts = _by_cost(line.amount, [replace(row, provider=line.provider, model=line.model) for row in mine])
    return parts or {(line.workload, line.provider, line.model, ""): line.amount}


def _by_cost(amount: Decimal, rows: list[Traced]) -> dict[Place, Decimal]:
    """By traced cost; by calls where no call has a price; {} without rows."""
    for measure in (lambda row: row.cost, lambda row: Decimal(row.calls)):
        weights: dict[Place, Decimal] = defaultdict(Decimal)
        for row in rows:
            place = (row.workload, row.provider, row.model, row.cost_centre)
            weights[place] = EXACT.add(weights[place], measure(row))
        if any(weights.values()):
            return spread(amount, weights)
    return {}


def _covered(
    line: Billed, over: Mapping[Place, Decimal], by_workload: Mapping[int, list[Traced]]
) -> set[tuple[int, str, str]]:
    """Traced models whose cost this line replaces."""
    if not line.model:
        return set()
    if line.workload is None:
        return {place[:3] for place in over}
    mine = by_workload.get(line.workload, [])
    return {(row.workload, *row.key) for row in mine if provider_fits(line.provider, row.provider)} | {
        place[:3] for place in over
    }


def _shares(
    rows: list[Traced], money: Mapping[Place, Decimal], covered: set[tuple[int, str, str]]
) -> list[Share]:
    calls: dict[Place, int] = defaultdict(int)
    left: dict[Place, Decimal] = defaultdict(Decimal)
    for row in rows:
        place = (row.workload, row.provider, row.model, row.cost_centre)
        calls[place] += row.calls
        if (row.workload, *row.key) not in covered:
            left[place] = EXACT.add(left[place], row.cost)
    made = [Share(*place, BILLED, amount, calls.get(place, 0)) for place, amount in money.items()]
    made += [Share(*place, TRACED, amount, calls[place]) for place, amount in left.items()]
    return sorted(made, key=lambda share: (share.workload, share.provider, share.model, share.cost_centre))
