"""What a closed month would say had all been known: the differences that a later month books as a correction.

What a month was priced with stays as it was on closing: time baseline, rate, terms, losses, the rate of the dollar,
and a share of feedback or evals. Items, verdicts, minutes, claims, costs and bills are as they are known now.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from roi.calc import realised
from roi.calc.month_value import COST, ZERO, Cost, Counted, MonthInputs, Reported, summed
from roi.calc.realised import TENTH, ClaimLine

WORK = ("done", "judged", "accepted", "hours_freed")
SIGNED = ("hours_signed", "cash_signed", "avoided_signed", "revenue_signed", "risk_signed")
LINES = ("licence_cost", "platform_cost", "people_cost", "build_cost")
CALLS = ("model_cost", "eval_cost")
ALL = (*WORK, *SIGNED, *LINES, *CALLS)
NEAR = Decimal("1e-6")


@dataclass(frozen=True)
class Frozen:
    """A closed month: its columns by name, and what it was made of on closing."""

    month: date
    through: date
    columns: Mapping[str, Any]
    made_of: Mapping[str, Any]


@dataclass(frozen=True)
class Now:
    """What is known of the same month now; `calls` is None where bills and calls were not looked at."""

    work: list[Any]
    counted: Counted
    reported: Reported | None
    claims: tuple[ClaimLine, ...]
    costs: tuple[Cost, ...]
    calls: tuple[Decimal, Decimal, Decimal, Decimal] | None = (
        None  # billed, traced, share of evals, dollar rate
    )


def now_of(inputs: MonthInputs, work: list[Any], with_calls: bool) -> Now:
    calls = (inputs.billed, inputs.traced, inputs.eval_share, inputs.usd_rate) if with_calls else None
    told = None if inputs.tells else inputs.reported
    return Now(work, inputs.counted, told, inputs.claims, inputs.costs, calls)


def restated(frozen: Frozen, now: Now) -> dict[str, Decimal]:
    """Every column as it would be; those that cannot move stay as frozen."""
    columns = {name: Decimal(frozen.columns[name] or 0) for name in ALL}
    if now.work != frozen.made_of.get("work", now.work):
        columns |= _work(frozen, now)
    columns |= _signed(frozen, now)
    columns |= _lines(frozen, now)
    return columns | _calls(frozen, now, columns["eval_cost"])


def _work(frozen: Frozen, now: Now) -> dict[str, Decimal]:
    told, counted = now.reported, now.counted
    if told is not None:
        hours = _hours(frozen, Decimal(told.accepted), told.minutes)
        return _worked(told.done, told.done, told.accepted, hours)
    share = _share(frozen, counted)
    handling = counted.minutes_sum / counted.minutes_n if counted.minutes_n else None
    hours = None if share is None else _hours(frozen, counted.done * share, handling)
    return _worked(counted.done, counted.judged, counted.accepted, hours)


def _worked(done: int, judged: int, accepted: int, hours: Decimal | None) -> dict[str, Decimal]:
    return {
        "done": Decimal(done),
        "judged": Decimal(judged),
        "accepted": Decimal(accepted),
        "hours_freed": ZERO if hours is None else hours,
    }


def _share(frozen: Frozen, counted: Counted) -> Decimal | None:
    """Of the business system's verdicts; without any, the share that was frozen."""
    if counted.judged:
        return Decimal(counted.accepted) / counted.judged
    known = frozen.columns.get("accepted_share")
    return known if frozen.columns.get("accepted_from") in ("feedback", "evals") else None


def _hours(frozen: Frozen, accepted: Decimal, handling: Decimal | None) -> Decimal | None:
    baseline = frozen.columns.get("baseline_minutes")
    if baseline is None:
        return None
    known = frozen.columns.get("handling_minutes") or ZERO
    saved = baseline - (known if handling is None else handling)
    return Decimal(accepted * saved / 60).quantize(TENTH, ROUND_HALF_UP)


def _signed(frozen: Frozen, now: Now) -> dict[str, Decimal]:
    totals = realised.signed(now.claims, frozen.month, frozen.through)
    named = (totals.hours, totals.cash, totals.avoided, totals.revenue, totals.risk)
    return dict(zip(SIGNED, named, strict=True))


def _lines(frozen: Frozen, now: Now) -> dict[str, Decimal]:
    """What lines and fixed costs moved by, on top of the frozen column; that of evals has calls in it too."""
    told = [
        Cost(column, Decimal(amount), source) for column, amount, source in frozen.made_of.get("costs", [])
    ]
    before, after = summed(told), summed(now.costs)
    return {
        name: Decimal(frozen.columns[name]) + after.get(name, ZERO) - before.get(name, ZERO)
        for name in (*LINES, "eval_cost")
    }


def _calls(frozen: Frozen, now: Now, evals: Decimal) -> dict[str, Decimal]:
    told = frozen.made_of.get("calls")
    if now.calls is None or not told:
        return {"model_cost": Decimal(frozen.columns["model_cost"]), "eval_cost": evals}
    before = _amounts(Decimal(told["billed"]), Decimal(told["traced"]), Decimal(told["eval_share"]))
    after = _amounts(*_at_old_rate(now.calls, told), now.calls[2])
    model = Decimal(frozen.columns["model_cost"]) + after[0] - before[0]
    return {"model_cost": model, "eval_cost": evals + after[1] - before[1]}


def _amounts(billed: Decimal, traced: Decimal, share: Decimal) -> tuple[Decimal, Decimal]:
    whole = (billed + traced).quantize(COST)
    evals = (whole * share).quantize(COST)
    return whole - evals, evals


def _at_old_rate(
    calls: tuple[Decimal, Decimal, Decimal, Decimal], told: Mapping[str, str]
) -> tuple[Decimal, Decimal]:
    """A new rate of the dollar is no news of a closed month: its calls stay at the rate they were closed with."""
    billed, traced, _, rate = calls
    old = Decimal(told["usd_rate"])
    if rate == old or not rate:
        return billed, traced
    factor, frozen = old / rate, Decimal(told["billed"])
    # A bill in the company's own currency does not follow the dollar; one in another does.
    follows = frozen and abs(billed * factor - frozen) <= abs(frozen) * NEAR
    return frozen if follows else billed, (traced * factor).quantize(COST)


def reasons(frozen: Frozen, now: Now, moved: Mapping[str, Decimal], noun: str = "item") -> str:
    """What came, in words; `moved` are the differences that are booked."""
    told = [_of_work(now, moved, noun)] if any(moved[name] for name in WORK) else []
    if any(moved[name] for name in SIGNED):
        told.append("a claim was signed, changed or ended later")
    if any(moved[name] for name in LINES):
        told.append("a line of cost came or changed")
    if any(moved[name] for name in CALLS):
        billed = now.calls is not None and now.calls[0] != Decimal(
            frozen.made_of.get("calls", {}).get("billed", 0)
        )
        told.append("a bill came in" if billed else "calls came late or were priced anew")
    text = "; ".join(told)
    return f"{text[:1].upper()}{text[1:]}."[:400]


def _of_work(now: Now, moved: Mapping[str, Decimal], noun: str) -> str:
    done = int(moved["done"])
    if now.reported is not None:
        return "the owner's answer changed"
    if done:
        items = f"{abs(done):,} {noun}{'s' if abs(done) != 1 else ''}"
        were = "was" if abs(done) == 1 else "were"
        return f"{items} came late" if done > 0 else f"{items} {were} struck, or moved to another month"
    if moved["accepted"] or moved["judged"]:
        return "verdicts came or changed"
    return "minutes were corrected"
