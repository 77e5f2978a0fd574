"""What came to be known of closed months is booked in the first month that is open, and refers to them."""

from collections import defaultdict
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from roi.calc.month_value import MonthInputs, claim_facts, work_facts
from roi.calc.restated import ALL, Frozen, Now, now_of, reasons, restated
from roi.models import Correction, ValueMonth
from roi.queries.month_facts import MonthFacts

Key = tuple[int, date]
# What of `made_of` tells whether a closed month has to be looked at.
MADE_OF = ("work", "claims", "costs")
Made = tuple[Any, ...]


def corrected(
    facts: MonthFacts,
    due: dict[int, list[date]],
    closed: dict[int, dict[date, Made]],
    at: datetime,
    *,
    deep: bool,
) -> set[int]:
    """Write, change or take back the corrections of open months; gives the workloads of which any moved."""
    ids = [pk for pk, months in due.items() if months and closed.get(pk)]
    if not ids:
        return set()
    booked = _booked(ids)
    rows, gone = [], []
    frozen = _suspects(facts, ids, closed, booked, deep)
    for month in frozen:
        target = next((m for m in due[month.workload_id] if m > month.month), None)
        if target is None:
            continue
        known = booked.get((month.workload_id, month.month), [])
        made = _made(facts, month, known, target, at, deep=deep)
        ours = [row for row in known if row.closed_at is None]
        if made is not None and not (len(ours) == 1 and _same(made, ours[0])):
            rows.append(made)
        gone += [row for row in ours if made is None or row.month != made.month]
    return _stored(rows, gone)


def _suspects(
    facts: MonthFacts, ids: list[int], closed: dict[int, dict[date, Made]], booked: dict[Key, Any], deep: bool
) -> list[ValueMonth]:
    """Closed months that may say something else now; when looking deep all of which a bill may still come."""
    found: dict[date, list[int]] = defaultdict(list)
    for pk in ids:
        for month, made in closed[pk].items():
            is_deep = deep and month >= facts.calls_from
            if is_deep or (pk, month) in booked or list(made) != _facts_now(facts.brief(pk, month)):
                found[month].append(pk)
    rows = (
        ValueMonth.objects.closed().filter(month=month, workload__in=some) for month, some in found.items()
    )
    return sorted((row for some in rows for row in some), key=lambda row: (row.workload_id, row.month))


def _facts_now(inputs: MonthInputs) -> list[Any]:
    costs = [[cost.column, str(cost.amount), cost.source] for cost in inputs.costs]
    return [work_facts(inputs), claim_facts(inputs), costs]


def _booked(ids: list[int]) -> dict[Key, list[Correction]]:
    found: dict[Key, list[Correction]] = defaultdict(list)
    for row in Correction.objects.filter(workload__in=ids).order_by("month"):
        found[row.workload_id, row.about].append(row)
    return found


def _made(
    facts: MonthFacts, month: ValueMonth, known: list[Correction], target: date, at: datetime, *, deep: bool
) -> Correction | None:
    """The correction as it should stand now; None where nothing is left to correct."""
    now = _now(facts, month, deep)
    if now is None and not known:
        return None
    before = _sum(row for row in known if row.closed_at is not None)
    frozen = _frozen(month)
    if now is None:
        now = _now(facts, month, deep, always=True)
    assert now is not None
    after = restated(frozen, now)
    moved = {name: after[name] - Decimal(frozen.columns[name] or 0) - before[name] for name in ALL}
    ours = next((row for row in known if row.closed_at is None), None)
    if now.calls is None and ours is not None:
        # Not looked at this time: what was found last still stands.
        moved |= {"model_cost": ours.model_cost, "eval_cost": ours.eval_cost}
    if not any(moved.values()):
        return None
    if now.calls is None and ours is not None and _moves(ours) == moved:
        return ours
    why = reasons(frozen, now, moved, facts.workloads[month.workload_id].item_noun)
    return Correction(
        workload_id=month.workload_id, month=target, about=month.month, currency=month.currency,
        reason=why, refreshed_at=at, **_columns(moved, month),
    )  # fmt: skip


def _now(facts: MonthFacts, month: ValueMonth, deep: bool, always: bool = False) -> Now | None:
    """None where nothing that a correction looks at has moved since the close."""
    inputs = facts.brief(month.workload_id, month.month)
    with_calls = deep and facts.calls is not None and facts.calls_from <= month.month
    now = now_of(inputs, work_facts(inputs), with_calls)
    if always:
        return now
    after, frozen = restated(_frozen(month), now), month
    return now if any(after[name] != Decimal(getattr(frozen, name) or 0) for name in ALL) else None


def _frozen(month: ValueMonth) -> Frozen:
    names = (*ALL, "accepted_share", "accepted_from", "baseline_minutes", "handling_minutes")
    columns = {name: getattr(month, name) for name in names}
    return Frozen(month.month, month.through, columns, month.made_of)


def _moves(row: Correction) -> dict[str, Decimal]:
    return {name: Decimal(getattr(row, name) or 0) for name in ALL}


def _sum(rows: Any) -> dict[str, Decimal]:
    listed = list(rows)
    return {name: sum((Decimal(getattr(row, name) or 0) for row in listed), Decimal(0)) for name in ALL}


def _columns(moved: dict[str, Decimal], month: ValueMonth) -> dict[str, Any]:
    columns: dict[str, Any] = {name: moved[name] for name in ALL}
    columns |= {name: int(moved[name]) for name in ("done", "judged", "accepted")}
    if month.hours_freed is None and not moved["hours_freed"]:
        columns["hours_freed"] = None
    return columns


def _same(made: Correction, row: Correction) -> bool:
    names = (*ALL, "month", "reason", "currency")
    return all(getattr(made, name) == getattr(row, name) for name in names)


def _stored(rows: list[Correction], gone: list[Correction]) -> set[int]:
    if gone:
        Correction.objects.filter(pk__in=[row.pk for row in gone]).delete()
    names = [
        f.name for f in Correction._meta.concrete_fields if f.name not in ("id", "workload", "month", "about")
    ]
    Correction.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["workload", "month", "about"],
        update_fields=[name for name in names if name != "closed_at"],
    )
    return {row.workload_id for row in (*rows, *gone)}
