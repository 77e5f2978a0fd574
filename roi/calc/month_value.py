"""One workload's month as plain values: from what is known of it to the figures of the ledger.

Rounding: hours to one place and money to the cent, once, in the functions below; model and eval cost stay at the ten
places of their columns. Intervals are those of `roi.calc.freed`: 90 %, P5 to P95, or bounds.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from roi.calc import realised
from roi.calc.freed import Freed, Mean, Rate, Verdicts, freed
from roi.calc.realised import CENT, TENTH, ClaimLine, share_of_month

VERSION = "2"
ZERO = Decimal(0)
SHARE = Decimal("1e-8")
MINUTES = Decimal("0.001")
COST = Decimal("1e-10")
# More than nine times the stated volume says nothing of coverage, and the column holds no more.
MOST_COVERAGE = Decimal("9.99999999")
Triple = tuple[Decimal, Decimal, Decimal]


@dataclass(frozen=True)
class Counted:
    """Items of the month as the daily sums have them; minutes are people's, of the items that said any."""

    done: int = 0
    judged: int = 0
    accepted: int = 0
    minutes_n: int = 0
    minutes_sum: Decimal = ZERO
    minutes_squares: Decimal = ZERO

    @property
    def handling(self) -> Mean | None:
        sums = (float(self.minutes_sum), float(self.minutes_squares))
        return Mean.of_sums(self.minutes_n, *sums, of=self.done)


@dataclass(frozen=True)
class Reported:
    """The owner's answer: done, accepted, minutes that an item still took."""

    done: int
    accepted: int
    minutes: Decimal


@dataclass(frozen=True)
class Baseline:
    """Minutes before: the mean with its P10 and P90 over n items; `pk` is None for the candidate's estimate.

    `measured`: timed, and before go-live.
    """

    minutes: Decimal
    low: Decimal
    high: Decimal
    n: int
    measured: bool
    pk: int | None = None

    @property
    def mean(self) -> Mean:
        """Of an estimate too: how sure somebody was of the minutes is what is known, and no interval would be worse."""
        if self.high <= self.low:
            return Mean(float(self.minutes))
        return Mean.of_range(float(self.minutes), float(self.low), float(self.high), self.n)


@dataclass(frozen=True)
class Cost:
    """Money of one kind for the month: `column` of the ledger, and in words where it comes from."""

    column: str
    amount: Decimal
    source: str


@dataclass(frozen=True)
class Promise:
    """The approved forecast as it falls on this workload: yearly P10, P50, P90, and its share after splits.

    `age` counts months since the planned start; a month before it, or after the horizon, promises nothing.
    """

    assessment: int
    hours: Triple | None
    cash: Triple | None
    age: int
    ramp_months: int
    horizon: int
    share: Decimal = Decimal(1)


@dataclass(frozen=True)
class MonthInputs:
    """All that a month's figures are made of, in the currency of the month. Equal inputs give equal figures."""

    month: date
    through: date
    currency: str
    counted: Counted = Counted()
    control: int = 0
    reported: Reported | None = None
    feedback: tuple[int, int] | None = None
    evals: tuple[int, int, int] | None = None
    random: bool = False
    volume_month: Decimal | None = None
    volume_from: str = ""
    baseline: Baseline | None = None
    review: Decimal | None = None
    rate: Decimal | None = None
    rate_from: str = ""
    claims: tuple[ClaimLine, ...] = ()
    waiting: tuple[ClaimLine, ...] = ()
    usd_rate: Decimal = Decimal(1)
    billed: Decimal = ZERO
    traced: Decimal = ZERO
    eval_share: Decimal = ZERO
    calls: int = 0
    unpriced: int = 0
    costs: tuple[Cost, ...] = ()
    loss_per_error: Decimal | None = None
    loss_per_leak: Decimal | None = None
    leaks: int = 0
    wrong_share: Decimal | None = None
    wrong_from: str = ""
    promise: Promise | None = None

    @property
    def fingerprint(self) -> str:
        return hashlib.sha256(f"{VERSION} {self!r}".encode()).hexdigest()[:24]

    @property
    def tells(self) -> bool:
        """Whether the business system told of items; else the owner's answer counts, where there is one."""
        return self.counted.done > 0 or self.reported is None


@dataclass(frozen=True)
class Work:
    """What was done and how much of it was right."""

    done: int
    judged: int
    accepted: int
    source: str
    freed: Freed
    handling: Decimal | None
    handling_from: str


def work(inputs: MonthInputs) -> Work:
    """From the business system's verdicts, else users' feedback, else evals, else the owner's answer."""
    baseline = inputs.baseline.mean if inputs.baseline else None
    if not inputs.tells and (told := inputs.reported) is not None:
        found = freed(Verdicts(told.done, told.done, told.accepted), baseline, Mean(float(told.minutes)))
        return Work(told.done, told.done, told.accepted, "self", found, told.minutes, "self")
    counted = inputs.counted
    handling, said = _handling(inputs)
    evidence, source = _evidence(inputs)
    found = freed(evidence, baseline, handling)
    minutes = None if handling is None else Decimal(repr(handling.value)).quantize(MINUTES)
    return Work(counted.done, counted.judged, counted.accepted, source, found, minutes, said)


def _handling(inputs: MonthInputs) -> tuple[Mean | None, str]:
    if (timed := inputs.counted.handling) is not None:
        return timed, "feed"
    return (None, "") if inputs.review is None else (Mean(float(inputs.review)), "estimate")


def _evidence(inputs: MonthInputs) -> tuple[Verdicts | Rate, str]:
    counted = inputs.counted
    if counted.judged or not counted.done:
        source = "system" if counted.judged else ""
        return Verdicts(counted.done, counted.judged, counted.accepted, inputs.random), source
    if inputs.feedback is not None and inputs.feedback[1]:
        right, tried = inputs.feedback
        # Who answers has chosen to: bounds, unless the terms say that people were asked at random.
        scale = min(Decimal(1), Decimal(counted.done) / tried)
        return Verdicts(counted.done, int(tried * scale), int(right * scale), inputs.random), "feedback"
    if inputs.evals is not None and inputs.evals[2]:
        return Rate(counted.done, inputs.evals[1], inputs.evals[2]), "evals"
    return Verdicts(counted.done, 0, 0, inputs.random), ""


def figures(inputs: MonthInputs) -> dict[str, Any]:
    """The columns of the month by name, and `made_of`."""
    found = work(inputs)
    columns = _work(inputs, found) | _claims(inputs) | _costs(inputs) | _promised(inputs)
    columns |= {"currency": inputs.currency, "through": inputs.through, "hourly_rate": inputs.rate}
    columns["expected_loss"] = expected_loss(inputs, found)
    return columns | {"made_of": made_of(inputs, found)}


def _work(inputs: MonthInputs, found: Work) -> dict[str, Any]:
    volume, coverage = _volume(inputs, found.done)
    base, told = inputs.baseline, found.freed
    columns: dict[str, Any] = {"done": found.done, "judged": found.judged, "accepted": found.accepted}
    columns |= {"volume": volume, "coverage": coverage, "accepted_from": found.source, "bounds": told.bounds}
    columns |= {"self_reported": found.source == "self", "handling_minutes": found.handling}
    columns |= {
        "accepted_share": _placed(told.share, SHARE),
        "accepted_low": _placed(told.share_low, SHARE),
        "accepted_high": _placed(told.share_high, SHARE),
        "hours_freed": _placed(told.hours, TENTH),
        "hours_low": _placed(told.hours_low, TENTH),
        "hours_high": _placed(told.hours_high, TENTH),
        "baseline_minutes": base.minutes if base else None,
        "baseline_measured": bool(base and base.measured),
    }
    return columns


def _placed(value: float | None, place: Decimal) -> Decimal | None:
    return None if value is None else Decimal(repr(value)).quantize(place, ROUND_HALF_UP)


def _volume(inputs: MonthInputs, done: int) -> tuple[int | None, Decimal | None]:
    """Items in scope up to `through`, at least those that were finished; and the share that the workload did."""
    if inputs.volume_month is None and not inputs.control:
        return None, None
    part = share_of_month(inputs.month, None, inputs.month, inputs.through)
    stated = int((inputs.volume_month or ZERO) * part)
    volume = max(stated, done + inputs.control)
    if not volume:
        return 0, None
    return volume, min(Decimal(done) / volume, MOST_COVERAGE).quantize(SHARE)


def _claims(inputs: MonthInputs) -> dict[str, Any]:
    totals = realised.signed(inputs.claims, inputs.month, inputs.through)
    waiting = realised.signed(inputs.waiting, inputs.month, inputs.through)
    return {
        "cash_signed": totals.cash,
        "hours_signed": totals.hours,
        "avoided_signed": totals.avoided,
        "revenue_signed": totals.revenue,
        "risk_signed": totals.risk,
        "cash_claimed": waiting.cash,
    }


def calls_cost(inputs: MonthInputs) -> tuple[Decimal, Decimal]:
    """Cost of the calls and bills of the workload's own work, and of those that were made to evaluate it."""
    whole = (inputs.billed + inputs.traced).quantize(COST)
    evals = (whole * inputs.eval_share).quantize(COST)
    return whole - evals, evals


def summed(costs: Iterable[Cost]) -> dict[str, Decimal]:
    """To the cent by column."""
    sums: dict[str, Decimal] = {}
    for cost in costs:
        sums[cost.column] = sums.get(cost.column, ZERO) + cost.amount
    return {column: amount.quantize(CENT, ROUND_HALF_UP) for column, amount in sums.items()}


def _costs(inputs: MonthInputs) -> dict[str, Any]:
    model, evals = calls_cost(inputs)
    sums = summed(inputs.costs)
    kinds = ("licence_cost", "platform_cost", "people_cost", "build_cost")
    columns: dict[str, Any] = {name: sums.get(name, ZERO) for name in kinds}
    told = [name for name, amount in (("billed", inputs.billed), ("traced", inputs.traced)) if amount]
    columns |= {"model_cost": model, "eval_cost": evals + sums.get("eval_cost", ZERO)}
    columns |= {"cost_source": "both" if len(told) == 2 else (told or ["none"])[0]}
    return columns | {"cost_provisional": bool(inputs.traced), "unpriced_calls": inputs.unpriced}


def _promised(inputs: MonthInputs) -> dict[str, Any]:
    columns: dict[str, Any] = {}
    for name, places in (("hours", TENTH), ("cash", CENT)):
        yearly = getattr(inputs.promise, name) if inputs.promise else None
        for index, end in enumerate(("p10", "p50", "p90")):
            value = None if yearly is None else promised(inputs, yearly[index])
            columns[f"forecast_{name}_{end}"] = (
                None if value is None else value.quantize(places, ROUND_HALF_UP)
            )
    return columns


def promised(inputs: MonthInputs, yearly: Decimal) -> Decimal | None:
    """A yearly figure as it falls on the month, by ramp, days and share; None after the horizon."""
    known = inputs.promise
    if known is None or known.age >= known.horizon:
        return None
    whole = realised.forecast_in(yearly, known.age, inputs.month, inputs.through, max(known.ramp_months, 1))
    return whole * known.share


def expected_loss(inputs: MonthInputs, found: Work) -> Decimal:
    """Wrong items that pass as right and leaked ones, each at what one is said to cost; never in cash."""
    loss = ZERO
    if inputs.loss_per_error and inputs.wrong_share is not None and found.done:
        share = found.freed.share if found.freed.share is not None else 1.0
        loss += inputs.loss_per_error * inputs.wrong_share * Decimal(repr(found.done * share))
    if inputs.loss_per_leak:
        loss += inputs.loss_per_leak * inputs.leaks
    return loss.quantize(CENT, ROUND_HALF_UP)


def made_of(inputs: MonthInputs, found: Work) -> dict[str, Any]:
    """What each figure rests on, for the page that tells it and for later corrections. Amounts are text."""
    base = inputs.baseline
    told: dict[str, Any] = {"print": inputs.fingerprint, "random": inputs.random, "work": work_facts(inputs)}
    told["handling"] = found.handling_from
    told["volume"] = inputs.volume_from
    told["rate"] = inputs.rate_from
    told["share"] = {"feedback": inputs.feedback, "evals": inputs.evals}
    if base is not None:
        ends = {"low": str(base.low), "high": str(base.high), "n": base.n}
        told["baseline"] = {"id": base.pk, "minutes": str(base.minutes), **ends, "measured": base.measured}
    told["claims"] = claim_facts(inputs)
    told["calls"] = {"billed": str(inputs.billed), "traced": str(inputs.traced), "calls": inputs.calls}
    told["calls"] |= {"eval_share": str(inputs.eval_share), "usd_rate": str(inputs.usd_rate)}
    told["costs"] = [[cost.column, str(cost.amount), cost.source] for cost in inputs.costs]
    told["losses"] = {"leaks": inputs.leaks, "from": inputs.wrong_from}
    if inputs.wrong_share is not None:
        told["losses"]["wrong"] = str(inputs.wrong_share)
    if inputs.promise:
        known = inputs.promise
        told["promise"] = {"assessment": known.assessment, "share": str(known.share), "age": known.age}
    return told


def work_facts(inputs: MonthInputs) -> list[Any]:
    """The items as they were known: what a closed month is compared with later."""
    counted, told = inputs.counted, inputs.reported
    facts: list[Any] = [counted.done, counted.judged, counted.accepted, counted.minutes_n]
    facts += [format(counted.minutes_sum.normalize(), "f")]
    if not inputs.tells and told is not None:
        facts += [told.done, told.accepted, format(told.minutes.normalize(), "f")]
    return facts


def claim_facts(inputs: MonthInputs) -> list[list[Any]]:
    """Signed claims that count in the month: id, amount and hours as they fall on it, column."""
    found = []
    for claim in inputs.claims:
        part = share_of_month(claim.start, claim.end, inputs.month, inputs.through)
        if part:
            amount = (claim.amount_month * part).quantize(CENT, ROUND_HALF_UP)
            hours = (claim.hours_month * part).quantize(TENTH)
            found.append([claim.pk, str(amount), str(hours), claim.column])
    return found
