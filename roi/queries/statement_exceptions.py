"""What finance should look at before it signs a month, in the order in which it matters."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

from aiops.models import currency_symbol
from roi.models import Claim, Correction, ValueMonth

ZERO = Decimal(0)
Found = tuple[str, str]
# In the order of the page; what is money at risk comes first.
RANK = (
    "over_freed", "no_proposal", "self_reported", "correction", "no_baseline", "bounds", "unpriced", "provisional",
    "no_cost", "expired", "no_cost_centre",
)  # fmt: skip


def exceptions_of(
    months: list[ValueMonth], corrections: list[Correction], claims: dict[int, list[Claim]]
) -> list[dict[str, Any]]:
    """Rows of {code, workload, name, words}, the weightiest first."""
    found = [
        _said(row, code, words) for row in months for code, words in _of_month(row, claims[row.workload_id])
    ]
    found += [_said(row, "correction", _correction(row)) for row in corrections]
    return sorted(found, key=lambda row: (RANK.index(row["code"]), row["name"]))


def _said(row: Any, code: str, words: str) -> dict[str, Any]:
    return {"code": code, "workload": row.workload.number, "name": row.workload.name, "words": words}


def _of_month(row: ValueMonth, claims: list[Claim]) -> Iterator[Found]:
    yield from _of_hours(row)
    yield from _of_costs(row)
    yield from _of_claims(row, claims)


def _of_hours(row: ValueMonth) -> Iterator[Found]:
    if row.hours_signed > (row.hours_freed or ZERO):
        freed = (
            "nothing is known to be freed" if row.hours_freed is None else f"{row.hours_freed:,} h were freed"
        )
        yield "over_freed", f"{row.hours_signed:,} h are signed, but {freed}."
    if row.self_reported:
        yield "self_reported", "The items are the owner's own answer: no system confirms them."
    if row.hours_freed is not None and not row.baseline_measured:
        yield "no_baseline", "The minutes an item took before were not measured."
    if row.bounds:
        yield (
            "bounds",
            "Nobody knows how the judged items were chosen: worst and best case instead of an interval.",
        )


def _of_costs(row: ValueMonth) -> Iterator[Found]:
    if row.unpriced_calls:
        calls = "1 call has" if row.unpriced_calls == 1 else f"{row.unpriced_calls:,} calls have"
        yield "unpriced", f"{calls} no price: the cost is too low."
    if row.cost_provisional:
        yield "provisional", "Part of the cost is as traced: a bill is not final."
    if row.done and not row.run_cost:
        yield "no_cost", "Work was done, and no cost at all is known: model, licence, platform or people."


def _of_claims(row: ValueMonth, claims: list[Claim]) -> Iterator[Found]:
    for claim in claims:
        amount = _money(row.currency, claim.amount_month)
        if claim.kind == Claim.Kind.HOURS and claim.amount_proposed is None:
            yield "no_proposal", f"The claim of {amount} a month was filed before any month was closed."
        if claim.valid_to is not None and claim.valid_to <= row.through:
            last = claim.valid_to - timedelta(days=1)
            yield "expired", f"The claim of {amount} a month ran out: {last:%-d %b %Y} was its last day."
        missing = [
            name
            for name, text in (("cost centre", claim.cost_centre), ("account", claim.account))
            if not text
        ]
        if missing:
            yield "no_cost_centre", f"The claim of {amount} a month names no {' and no '.join(missing)}."


def _correction(row: Correction) -> str:
    money = f", {_money(row.currency, row.cash_net)} of net cash" if row.cash_net else ""
    hours = f", {row.hours_freed:+,} h freed" if row.hours_freed else ""
    return f"{row.about:%B %Y} is corrected{money}{hours}: {row.reason}"


def _money(currency: str, amount: Decimal) -> str:
    return f"{'−' if amount < 0 else ''}{currency_symbol(currency)}{abs(amount):,.2f}"
