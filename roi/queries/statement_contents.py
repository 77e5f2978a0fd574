"""What a unit's statement says of a closed month: rows by workload, claims by cost centre, and what is unusual."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from aiops.models import BusinessUnit
from roi.calc import statements as calc
from roi.models import Claim, Correction, ValueMonth
from roi.queries.statement_exceptions import exceptions_of

ZERO = Decimal(0)
SIGNED = {
    "cash": "cash_signed",
    "avoided": "avoided_signed",
    "revenue": "revenue_signed",
    "risk": "risk_signed",
}
COSTS = ("model_cost", "eval_cost", "licence_cost", "platform_cost", "people_cost")
MONEY = (*SIGNED.values(), *COSTS, "build_cost", "expected_loss")
HOURS = ("hours_freed", "hours_signed")
WHOLE = ("done", "accepted")


@dataclass(frozen=True)
class Contents:
    """`totals` and `exceptions` as a statement keeps them: amounts as text, rows and claims in the totals."""

    currency: str
    totals: dict[str, Any]
    exceptions: list[dict[str, Any]]


def contents_of(unit: BusinessUnit, month: date) -> Contents | None:
    """The statement of a unit's closed month; None where nothing was closed, or not all of it."""
    months = list(ValueMonth.objects.filter(workload__unit=unit, month=month).select_related("workload"))
    booked = Correction.objects.filter(workload__unit=unit, month=month).select_related("workload")
    corrections = list(booked.order_by("workload__name", "about"))
    if not (months or corrections) or not _all_closed([*months, *corrections]):
        return None
    months.sort(key=lambda row: (row.workload.name, row.pk))
    rows = [_month_row(row) for row in months] + [_correction_row(row) for row in corrections]
    claims = _claims(months)
    lines = [line for row in months for line in _lines(row, claims[row.workload_id])] + _corrected_lines(
        corrections
    )
    totals = (
        _sums(rows)
        | _interval(months, corrections)
        | {"rows": rows, "lines": lines, "kinds": _by_kind(lines)}
    )
    currency = (months or corrections)[0].currency
    return Contents(currency, totals, exceptions_of(months, corrections, claims))


def _all_closed(rows: list[Any]) -> bool:
    return all(row.closed_at for row in rows)


def _plain(row: Any) -> dict[str, Any]:
    """Each sum of a ledger row as text, costs rounded to the cent here and added from there."""
    said: dict[str, Any] = {name: getattr(row, name) for name in WHOLE}
    said |= {name: str(_cents(getattr(row, name))) for name in MONEY}
    said |= {name: _text(getattr(row, name)) for name in HOURS}
    run = sum((Decimal(said[name]) for name in COSTS), ZERO)
    return said | {"run_cost": str(run), "cash_net": str(Decimal(said["cash_signed"]) - run)}


def _month_row(row: ValueMonth) -> dict[str, Any]:
    return _named(row) | _plain(row) | {
        "about": "", "reason": "", "closed_at": row.closed_at.isoformat() if row.closed_at else "",
        "hours_low": _text(row.hours_low), "hours_high": _text(row.hours_high), "bounds": row.bounds,
        "hours_capacity": _text(row.hours_capacity), "cash_claimed": str(row.cash_claimed),
        "capacity_worth": None if row.capacity_worth is None else str(_cents(row.capacity_worth)),
        "self_reported": row.self_reported, "baseline_measured": row.baseline_measured,
    }  # fmt: skip


def _correction_row(row: Correction) -> dict[str, Any]:
    return _named(row) | _plain(row) | {
        "about": row.about.isoformat(), "reason": row.reason, "hours_low": None, "hours_high": None, "bounds": False,
        "hours_capacity": None, "cash_claimed": "0.00", "capacity_worth": None, "self_reported": False,
        "baseline_measured": True, "closed_at": row.closed_at.isoformat() if row.closed_at else "",
    }  # fmt: skip


def _named(row: Any) -> dict[str, Any]:
    return {"workload": row.workload.number, "key": row.workload.key, "name": row.workload.name}


def _sums(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Cash with cash, hours with hours; None where no row knows it."""
    names = (*MONEY, *HOURS, "run_cost", "cash_net", "cash_claimed", "hours_capacity", "capacity_worth")
    said: dict[str, Any] = {name: _total(row[name] for row in rows) for name in names}
    return said | {name: sum(row[name] for row in rows) for name in WHOLE}


def _total(values: Iterable[str | None]) -> str | None:
    known = [Decimal(value) for value in values if value is not None]
    return str(sum(known[1:], known[0])) if known else None


def _interval(months: list[ValueMonth], corrections: list[Correction]) -> dict[str, Any]:
    """A 90 % interval of the hours freed, moved by what corrections say; worst and best case with bounds."""
    known = [(m.hours_freed, m.hours_low, m.hours_high) for m in months if m.hours_low is not None]
    bounds = any(m.bounds for m in months)
    whole = all(m.hours_low is not None for m in months if m.hours_freed is not None)
    found = calc.sum_interval(known, bounds) if whole else None  # type: ignore[arg-type]
    moved = sum((c.hours_freed or ZERO for c in corrections), ZERO)
    ends = (None, None) if found is None else (str(found[1] + moved), str(found[2] + moved))
    return {"hours_low": ends[0], "hours_high": ends[1], "bounds": bounds}


def _claims(months: list[ValueMonth]) -> dict[int, list[Claim]]:
    """Claims that were signed when the month was closed, by workload."""
    found: dict[int, list[Claim]] = defaultdict(list)
    closed = {row.workload_id: row for row in months}
    rows = Claim.objects.filter(workload__in=closed, state__in=Claim.COUNTING).select_related("signed_by")
    for claim in rows.order_by("valid_from", "pk"):
        row = closed[claim.workload_id]
        if claim.signed_at <= row.closed_at and calc.share_held(  # type: ignore[operator]
            claim.valid_from, claim.valid_to, row.month, row.through
        ):
            found[claim.workload_id].append(claim)
    return found


def _lines(row: ValueMonth, claims: list[Claim]) -> list[dict[str, Any]]:
    """The claims behind a workload's signed amounts; what no claim explains stands as a line of its own."""
    lines: list[dict[str, Any]] = []
    for column, name in SIGNED.items():
        of_column = [claim for claim in claims if Claim.COLUMNS[claim.kind] == column]
        counted = [_counted(row, claim) for claim in of_column]
        cents, rest = calc.spread_to(getattr(row, name), [amount for amount, _ in counted])
        hours = [hours for _, hours in counted]
        lines += [_line(c, a, h, column) for c, a, h in zip(of_column, cents, hours, strict=True)]
        lines += [_unexplained(row, rest, column)] if rest else []
    return lines


def _counted(row: ValueMonth, claim: Claim) -> tuple[Decimal, Decimal | None]:
    """Amount and hours of a claim in the month: as the ledger counted them, else by the days on which it held."""
    for pk, amount, hours, _ in row.made_of.get("claims", ()):
        if pk == claim.pk:
            return Decimal(amount), None if claim.hours_month is None else Decimal(hours)
    share = calc.share_held(claim.valid_from, claim.valid_to, row.month, row.through)
    hours_month = None if claim.hours_month is None else (claim.hours_month * share).quantize(calc.TENTH)
    return claim.amount_month * share, hours_month


def _line(claim: Claim, amount: Decimal, hours: Decimal | None, column: str) -> dict[str, Any]:
    return _named(claim) | {
        "claim": claim.pk, "kind": claim.kind, "column": column, "amount": str(amount), "hours": _text(hours),
        "posts": _text(claim.posts), "cost_centre": claim.cost_centre, "account": claim.account, "act": claim.act,
        "signed_by": str(claim.signed_by), "about": "",
    }  # fmt: skip


def _unexplained(row: Any, amount: Decimal, column: str, act: str = "", about: str = "") -> dict[str, Any]:
    words = act or "in the ledger, and on no claim as it stands today"
    return _named(row) | {
        "claim": None, "kind": "correction" if about else "other", "column": column, "amount": str(amount),
        "hours": None, "posts": None, "cost_centre": "", "account": "", "act": words, "signed_by": "", "about": about,
    }  # fmt: skip


def _corrected_lines(corrections: list[Correction]) -> list[dict[str, Any]]:
    return [
        _unexplained(row, getattr(row, name), column, row.reason, row.about.isoformat())
        for row in corrections
        for column, name in SIGNED.items()
        if getattr(row, name)
    ]


def _by_kind(lines: list[dict[str, Any]]) -> dict[str, str]:
    """Each kind with its sum; corrections and what no claim explains stand by themselves."""
    sums: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for line in lines:
        sums[line["kind"]] += Decimal(line["amount"])
    return {kind: str(amount) for kind, amount in sums.items()}


def _cents(amount: Decimal) -> Decimal:
    return Decimal(amount).quantize(calc.CENT, ROUND_HALF_UP)


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
