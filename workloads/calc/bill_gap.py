"""A month's calls beside its bills, by day and model: the difference, and parts of it that add up to it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from workloads.calc.model_names import Key, Match
from workloads.calc.reconcile import EXACT, exact_sum


@dataclass(frozen=True, slots=True)
class TracedDay:
    """Calls of one model on one day."""

    day: date
    provider: str
    model: str
    cost: Decimal
    calls: int = 0
    unpriced_calls: int = 0
    upper_bound_calls: int = 0
    upper_bound_cost: Decimal = Decimal(0)

    @property
    def key(self) -> Key:
        return self.provider, self.model


@dataclass(frozen=True, slots=True)
class BilledDay:
    """Billed money of one model on one day; final where the bill is."""

    day: date
    provider: str
    model: str
    amount: Decimal
    final: bool = False

    @property
    def key(self) -> Key:
        return self.provider, self.model


@dataclass(frozen=True)
class ModelGap:
    """Models that share a line of a bill stand together. `gap` = billed less traced; percent of the traced cost."""

    models: tuple[Key, ...]
    names: tuple[Key, ...]
    how: str
    traced: Decimal
    billed: Decimal
    calls: int
    unpriced_calls: int
    upper_bound_calls: int
    upper_bound_cost: Decimal
    final: bool
    days: tuple[tuple[date, Decimal, Decimal], ...]

    @property
    def gap(self) -> Decimal:
        return EXACT.subtract(self.billed, self.traced)

    @property
    def share(self) -> float | None:
        return float(self.gap / self.traced) if self.traced else None

    @property
    def label(self) -> str:
        return ", ".join(model or "no model named" for _, model in self.models) or self.names[0][1]


@dataclass(frozen=True)
class Gap:
    """matched: on both sides. untraced: billed, no call known by that name. unbilled: calls on no bill."""

    matched: tuple[ModelGap, ...]
    untraced: tuple[ModelGap, ...]
    unbilled: tuple[ModelGap, ...]
    suggestions: Mapping[Key, str]
    days: tuple[tuple[date, Decimal, Decimal], ...]

    @property
    def rows(self) -> tuple[ModelGap, ...]:
        return self.matched + self.untraced + self.unbilled

    @property
    def traced(self) -> Decimal:
        return exact_sum(row.traced for row in self.rows)

    @property
    def billed(self) -> Decimal:
        return exact_sum(row.billed for row in self.rows)

    @property
    def total(self) -> Decimal:
        return EXACT.subtract(self.billed, self.traced)

    @property
    def share(self) -> float | None:
        return float(self.total / self.traced) if self.traced else None

    def parts(self) -> list[tuple[str, Decimal]]:
        """What the difference is made of; adds up to `total`. Parts of nothing are left out."""
        bounded = [row for row in self.matched if row.upper_bound_calls and row.gap < 0]
        unpriced = [row for row in self.matched if row.unpriced_calls and row.gap > 0]
        rest = [row for row in self.matched if row not in bounded and row not in unpriced]
        parts = [
            ("billed under names that no call has", exact_sum(row.gap for row in self.untraced)),
            ("calls that stand on no bill", exact_sum(row.gap for row in self.unbilled)),
            ("models with calls that have no price", exact_sum(row.gap for row in unpriced)),
            ("models whose traced cost is an upper bound", exact_sum(row.gap for row in bounded)),
            ("another price or another count on the bill", exact_sum(row.gap for row in rest)),
        ]
        return [(words, amount) for words, amount in parts if amount]


def gap(traced: Iterable[TracedDay], billed: Iterable[BilledDay], matches: Mapping[Key, Match]) -> Gap:
    """Groups names and models that belong together, and sets their days side by side."""
    calls, lines = list(traced), list(billed)
    groups = _groups({row.key for row in calls}, {line.key for line in lines}, matches)
    rows = [_row(models, names, calls, lines, matches) for models, names in groups]
    rows.sort(key=lambda row: (-abs(row.gap), row.label))
    return Gap(
        matched=tuple(row for row in rows if row.models and row.names),
        untraced=tuple(row for row in rows if not row.models),
        unbilled=tuple(row for row in rows if not row.names),
        suggestions={key: found.suggestion for key, found in matches.items() if found.suggestion},
        days=_days(calls, lines),
    )


def _groups(
    models: set[Key], names: set[Key], matches: Mapping[Key, Match]
) -> list[tuple[tuple[Key, ...], tuple[Key, ...]]]:
    """Connected models and names: two meters of one model, or one meter of two editions, are one group."""
    leader: dict[Key, Key] = {model: model for model in models}

    def top(model: Key) -> Key:
        while leader[model] != model:
            model = leader[model]
        return model

    for name in names:
        paid = [key for key in matches.get(name, Match()).keys if key in models]
        for other in paid[1:]:
            leader[top(other)] = top(paid[0])
    groups: dict[Key, tuple[set[Key], set[Key]]] = defaultdict(lambda: (set(), set()))
    for model in models:
        groups[top(model)][0].add(model)
    alone = []
    for name in sorted(names):
        paid = [key for key in matches.get(name, Match()).keys if key in models]
        if paid:
            groups[top(paid[0])][1].add(name)
        else:
            alone.append(((), (name,)))
    return [(tuple(sorted(a)), tuple(sorted(b))) for a, b in groups.values()] + alone


def _row(
    models: tuple[Key, ...],
    names: tuple[Key, ...],
    calls: list[TracedDay],
    lines: list[BilledDay],
    matches: Mapping[Key, Match],
) -> ModelGap:
    mine = [row for row in calls if row.key in models]
    paid = [line for line in lines if line.key in names]
    return ModelGap(
        models=models,
        names=names,
        how=", ".join(sorted({matches[name].how for name in names if name in matches} - {""})),
        traced=exact_sum(row.cost for row in mine),
        billed=exact_sum(line.amount for line in paid),
        calls=sum(row.calls for row in mine),
        unpriced_calls=sum(row.unpriced_calls for row in mine),
        upper_bound_calls=sum(row.upper_bound_calls for row in mine),
        upper_bound_cost=exact_sum(row.upper_bound_cost for row in mine),
        final=bool(paid) and all(line.final for line in paid),
        days=_days(mine, paid),
    )


def _days(calls: list[TracedDay], lines: list[BilledDay]) -> tuple[tuple[date, Decimal, Decimal], ...]:
    traced: dict[date, Decimal] = defaultdict(Decimal)
    billed: dict[date, Decimal] = defaultdict(Decimal)
    for row in calls:
        traced[row.day] = EXACT.add(traced[row.day], row.cost)
    for line in lines:
        billed[line.day] = EXACT.add(billed[line.day], line.amount)
    return tuple((day, traced[day], billed[day]) for day in sorted({*traced, *billed}))
