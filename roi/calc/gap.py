"""Why a month gave more or less than was approved: Shapley parts over every factor of the value formula.

 hours freed = volume x coverage x acceptance x use x (minutes - review) / 60
 cash net = hours freed x signed share x rate + other benefits - items x price - fixed costs

A sum's Shapley values are the sums of those of its terms, and a product of independent factors has them in closed
form, so that all thirteen factors are exact in a millisecond (Shapley 1953, additivity). `use` is the planned share of
full use: delay moves its start, ramp is how fast it really came. In the months of the planned ramp a share of the work
other than planned is put down to the ramp, up to full use; afterwards, and beyond it, to coverage.

Money in one currency, hours, shares 0 to 1. Everything is Decimal; parts are rounded once, to whole cents (or tenths of
an hour) that add up to the gap.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal, localcontext
from functools import cache
from math import factorial

from workloads.calc.fair_shares import CENT, whole_parts

ZERO, ONE, SIXTY = Decimal(0), Decimal(1), Decimal(60)
TENTH = Decimal("0.1")
DIGITS = Context(prec=40)
FACTORS = (
    "volume", "coverage", "acceptance", "minutes", "review", "rate", "signed_share", "other_benefits",
    "price", "run_cost", "eval_cost", "licence_cost", "people_cost", "ramp", "delay",
)  # fmt: skip
OF_HOURS = ("volume", "coverage", "acceptance", "minutes", "review", "signed_share", "ramp", "delay")
Parts = dict[str, Decimal]
Pair = tuple[Decimal, Decimal]


@dataclass(frozen=True)
class Planned:
    """A month as it was approved, every input at its likely value.

    `volume`: items in scope, by the days counted. `fixed`: running cost that no item causes. `use` and `running` count
    from the planned start, `use_live` from the go-live that was; `late` is the cash net, and `late_hours` the hours,
    that the plan gave before the workload ran at all. `item_cost` None: the plan named none.
    """

    volume: Decimal
    coverage: Decimal
    minutes: Decimal
    review: Decimal
    signed_share: Decimal
    rate: Decimal
    other: Decimal = ZERO
    item_cost: Decimal | None = None
    fixed: Decimal = ZERO
    use: Decimal = ONE
    use_live: Decimal = ONE
    running: Decimal = ONE
    acceptance: Decimal = ONE
    late: Decimal = ZERO
    late_hours: Decimal = ZERO

    @property
    def items(self) -> Decimal:
        return self.volume * self.coverage * self.use

    @property
    def hours(self) -> Decimal:
        return self.items * self.acceptance * (self.minutes - self.review) / SIXTY

    @property
    def cash_net(self) -> Decimal:
        """What the plan gave in this month alone, less all its costs."""
        gross = self.hours * self.signed_share * self.rate + self.other * self.use
        return gross - self.items * (self.item_cost or ZERO) - self.fixed * self.running


@dataclass(frozen=True)
class Came:
    """The month as it came; None where nobody knows, and the planned value stands in (so that no gap is made up)."""

    done: Decimal
    volume: Decimal | None = None
    acceptance: Decimal | None = None
    minutes: Decimal | None = None
    review: Decimal | None = None
    hours: Decimal | None = None
    hours_signed: Decimal = ZERO
    rate: Decimal | None = None
    cash_hours: Decimal = ZERO
    cash_other: Decimal = ZERO
    model_cost: Decimal = ZERO
    eval_cost: Decimal = ZERO
    licence_cost: Decimal = ZERO
    people_cost: Decimal = ZERO

    @property
    def cash_net(self) -> Decimal:
        costs = self.model_cost + self.eval_cost + self.licence_cost + self.people_cost
        return self.cash_hours + self.cash_other - costs


def cash_gap(plan: Planned, came: Came) -> Parts:
    """Parts of (realised - planned) cash net in cents, without the zeros; they add up to the rounded gap."""
    with localcontext(DIGITS):
        parts = _added(
            _cash_of_hours(plan, came), _of_others(plan, came), _of_items(plan, came), _of_fixed(plan, came)
        )
        parts["delay"] -= plan.late
        return _whole(parts, came.cash_net, plan.cash_net + plan.late, CENT)


def hours_gap(plan: Planned, came: Came) -> Parts:
    """Parts of (realised - planned) capacity in tenths of an hour: hours that no claim turned into cash."""
    with localcontext(DIGITS):
        levels = _levels(plan, came)
        free = (ONE - plan.signed_share, ONE - levels["signed_share"][1])
        parts = _hours(plan, levels, {"signed_share": free})
        capacity = max((came.hours or ZERO) - came.hours_signed, ZERO)
        planned = plan.hours * free[0]
        parts["signed_share"] += capacity - planned - sum(parts.values())
        late = plan.late_hours * free[0]
        parts["delay"] -= late
        return _whole(parts, capacity, planned + late, TENTH)


def product_effects(factors: Mapping[str, Pair]) -> Parts:
    """Shapley values of a product whose factors go from the first to the second of their pair.

    The mean over all orders of the others' product is a weighted sum of the coefficients of prod(before + after z).
    """
    moving = {name: pair for name, pair in factors.items() if pair[0] != pair[1]}
    still = ONE
    for name, pair in factors.items():
        still *= ONE if name in moving else pair[0]
    if not still:
        return {}
    return {name: still * _effect(name, moving) for name in moving}


def _effect(name: str, moving: Mapping[str, Pair]) -> Decimal:
    rest = [ONE]
    for other, (before, after) in moving.items():
        if other != name:
            lower, upper = [c * before for c in rest], [c * after for c in rest]
            rest = [a + b for a, b in zip([*lower, ZERO], [ZERO, *upper], strict=True)]
    before, after = moving[name]
    weights = _weights(len(moving))
    return (after - before) * sum((c * w for c, w in zip(rest, weights, strict=True)), ZERO)


@cache
def _weights(n: int) -> tuple[Decimal, ...]:
    """k!(n - 1 - k)!/n!: how often exactly k of the others have changed before this one."""
    with localcontext(DIGITS):
        return tuple(Decimal(factorial(k) * factorial(n - 1 - k)) / factorial(n) for k in range(n))


def levels(plan: Planned, came: Came) -> dict[str, Pair]:
    """What each factor was planned at and came at; `ramp` as the share of full use."""
    with localcontext(DIGITS):
        return _levels(plan, came)


def _levels(plan: Planned, came: Came) -> dict[str, Pair]:
    volume = _or(came.volume, plan.volume)
    coverage, use = _coverage(plan, came.done / volume if volume else ZERO)
    known = came.hours if came.hours and came.hours > 0 else None
    return {
        "volume": (plan.volume, volume),
        "coverage": (plan.coverage, coverage),
        "acceptance": (plan.acceptance, _or(came.acceptance, plan.acceptance)),
        "minutes": (plan.minutes, _or(came.minutes, plan.minutes)),
        "review": (plan.review, _or(came.review, plan.review)),
        "signed_share": (plan.signed_share, came.hours_signed / known if known else plan.signed_share),
        "rate": (plan.rate, came.cash_hours / came.hours_signed if came.hours_signed else plan.rate),
        "ramp": (plan.use_live, use),
    }


def _or(known: Decimal | None, planned: Decimal) -> Decimal:
    return planned if known is None else known


def _coverage(plan: Planned, seen: Decimal) -> Pair:
    """The share of the work that was done, as (coverage at full use, share of full use)."""
    if plan.use_live >= 1 or not plan.coverage:
        return seen / (plan.use_live or ONE), plan.use_live
    use = min(ONE, seen / plan.coverage)
    return (seen / use if use else plan.coverage), use


def _uses(plan: Planned, ramp: Decimal) -> list[tuple[str, Pair]]:
    """The share of full use as terms: as planned, moved by the delay, and as the ramp really went."""
    return [
        ("", (plan.use, plan.use)),
        ("delay", (ZERO, plan.use_live - plan.use)),
        ("ramp", (ZERO, ramp - plan.use_live)),
    ]


def _hours(plan: Planned, level: Mapping[str, Pair], more: Mapping[str, Pair]) -> Parts:
    """Effects on hours freed times what `more` multiplies them by."""
    shared = {name: level[name] for name in ("volume", "coverage", "acceptance")} | dict(more)
    saved = [("minutes", ONE / SIXTY), ("review", -ONE / SIXTY)]
    found: Parts = defaultdict(Decimal)
    for name, use in _uses(plan, level["ramp"][1]):
        for minutes, sign in saved:
            factors = shared | {name: use, minutes: level[minutes]}
            _add(found, product_effects(factors), sign)
    return found


def _cash_of_hours(plan: Planned, came: Came) -> Parts:
    """Signed hours at the rate; what the chain cannot say (signed beyond what was freed) is the signed share's."""
    level = _levels(plan, came)
    parts = _hours(plan, level, {"signed_share": level["signed_share"], "rate": level["rate"]})
    gap = came.cash_hours - plan.hours * plan.signed_share * plan.rate
    parts["signed_share"] += gap - sum(parts.values())
    return parts


def _of_others(plan: Planned, came: Came) -> Parts:
    """Cash that is not hours: the plan's grows with use, what came is an amount."""
    late = product_effects({"delay": (plan.use, plan.use_live), "stays": (plan.other, plan.other)}).get(
        "delay", ZERO
    )
    # Before the amount is known, the delay moves the planned one; after it, nothing: half of it on average.
    return {"delay": late / 2, "other_benefits": came.cash_other - plan.other * plan.use - late / 2}


def _of_items(plan: Planned, came: Came) -> Parts:
    """What items cost; nothing where the plan named no cost an item (then it is part of the fixed cost)."""
    if plan.item_cost is None:
        return {}
    level = _levels(plan, came)
    parts: Parts = defaultdict(Decimal)
    paid = came.model_cost / came.done if came.done else plan.item_cost
    for name, use in _uses(plan, level["ramp"][1]):
        factors = {"volume": level["volume"], "coverage": level["coverage"], "price": (plan.item_cost, paid)}
        _add(parts, product_effects(factors | {name: use}), -ONE)
    parts["price"] += plan.items * plan.item_cost - came.model_cost - sum(parts.values())
    return parts


def _of_fixed(plan: Planned, came: Came) -> Parts:
    """The plan names one amount for running it; what came beyond or under it is shared by what each kind cost."""
    kinds = {name: getattr(came, name) for name in ("eval_cost", "licence_cost", "people_cost")}
    kinds["run_cost"] = came.model_cost if plan.item_cost is None else ZERO
    # As with other benefits: the delay moves the planned amount, and nothing once the amount is known.
    total, delay = sum(kinds.values(), ZERO), plan.fixed * (plan.running - ONE) / 2
    over = total - plan.fixed * (plan.running + ONE) / 2
    if not total:
        return {"run_cost": -over, "delay": delay}
    return {name: -over * amount / total for name, amount in kinds.items()} | {"delay": delay}


def _added(*every: Mapping[str, Decimal]) -> Parts:
    found: Parts = defaultdict(Decimal)
    for parts in every:
        _add(found, parts, ONE)
    return found


def _add(found: Parts, parts: Mapping[str, Decimal], times: Decimal) -> None:
    for name, part in parts.items():
        found[name] += part * times


def _whole(parts: Parts, came: Decimal, planned: Decimal, unit: Decimal) -> Parts:
    total = rounded(came, unit) - rounded(planned, unit)
    every = {name: parts.get(name, ZERO) for name in FACTORS}
    return {name: part for name, part in whole_parts(every, total, unit).items() if part}


def rounded(amount: Decimal, unit: Decimal = CENT) -> Decimal:
    return amount.quantize(unit, ROUND_HALF_UP)


def summed(every: Iterable[Mapping[str, Decimal | str]]) -> Parts:
    """Parts of many months (amounts, or amounts as text) added by factor."""
    found: Parts = defaultdict(Decimal)
    for parts in every:
        for name, part in parts.items():
            found[name] += Decimal(part)
    return dict(found)
