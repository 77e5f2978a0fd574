"""The company's own prices: which row of a contract rules a call, and what the call costs by it.

The row of the workload comes before one for all, the row that names the provider before one that does not; of the
day (UTC) on which the call began. Prices become US dollars a token at the row's own rate, cut at the 24th decimal that
the database keeps: a call's cost is then exact in it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from typing import NamedTuple

from workloads.calc.dialects import NormalisedCall

PLACES = Decimal(1).scaleb(-24)
MILLION = Decimal(1_000_000)
BATCH_WORDS = frozenset({"batch", "1", "true", "yes"})
BATCH_KEYS = frozenset({"batch", "service_tier"})


@dataclass(frozen=True)
class OwnRow:
    """One row of the book. Prices are per million tokens, in a currency of which a US dollar buys `usd_rate`."""

    model: str
    valid_from: date
    valid_to: date | None = None
    provider: str = ""
    workload: int | None = None
    usd_rate: Decimal = Decimal(1)
    input_mtok: Decimal | None = None
    output_mtok: Decimal | None = None
    cached_mtok: Decimal | None = None
    cache_write_mtok: Decimal | None = None
    per_call: Decimal | None = None
    batch_share: Decimal | None = None

    def holds(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)


@dataclass(frozen=True, slots=True)
class OwnUnit:
    """US dollars for one token of each kind, and for a call. A kind that the contract does not name costs nothing;
    cached and written tokens that it does not name cost what plain input costs."""

    input: Decimal
    cached: Decimal
    written: Decimal
    output: Decimal
    call: Decimal
    names_cached: bool

    def amount(self, tokens_in: int, cached: int, written: int, tokens_out: int) -> Decimal:
        total = (tokens_in - cached - written) * self.input + tokens_out * self.output + self.call
        return total + cached * self.cached + written * self.written if cached or written else total


def unit_of(row: OwnRow, batch: bool = False) -> OwnUnit:
    """The row's prices of one token and one call in US dollars."""
    share = row.batch_share if batch and row.batch_share is not None else Decimal(1)

    def usd(price: Decimal | None, over: Decimal) -> Decimal:
        with localcontext() as context:
            context.prec = 60
            return ((price or Decimal(0)) * share / over / row.usd_rate).quantize(PLACES, ROUND_HALF_EVEN)

    cached = row.input_mtok if row.cached_mtok is None else row.cached_mtok
    written = row.input_mtok if row.cache_write_mtok is None else row.cache_write_mtok
    return OwnUnit(
        usd(row.input_mtok, MILLION),
        usd(cached, MILLION),
        usd(written, MILLION),
        usd(row.output_mtok, MILLION),
        usd(row.per_call, Decimal(1)),
        row.cached_mtok is not None,
    )


class Agreed(NamedTuple):
    """US dollars by contract; `at_most` when the client does not say which tokens the contract makes cheaper."""

    amount: Decimal
    at_most: bool


class PriceBook:
    """The rows that may rule a workload's calls; answers are kept, since the same few models come again and again."""

    def __init__(self, rows: Iterable[OwnRow], workload: int | None = None) -> None:
        mine = [row for row in rows if row.workload in (None, workload)]
        self._rows: dict[str, list[OwnRow]] = {}
        for row in sorted(mine, key=_precedence):
            self._rows.setdefault(row.model.lower(), []).append(row)
        self._known: dict[tuple[str, str, date, bool], OwnUnit | None] = {}

    def __bool__(self) -> bool:
        return bool(self._rows)

    def row(self, provider: str, model: str, day: date) -> OwnRow | None:
        """The row that rules a model's calls of a day."""
        named = provider.strip().lower()
        rows: Sequence[OwnRow] = self._rows.get(model.lower(), ())
        return next((r for r in rows if r.holds(day) and r.provider.lower() in ("", named)), None)

    def unit(self, provider: str, model: str, day: date, batch: bool = False) -> OwnUnit | None:
        key = (provider, model, day, batch)
        if key not in self._known:
            row = self.row(provider, model, day)
            self._known[key] = None if row is None else unit_of(row, batch)
        return self._known[key]

    def price(self, call: NormalisedCall) -> "Agreed | None":
        """What the call costs by the row that rules it; None: no row does."""
        unit = self.unit(call.provider, call.model, call.started_at.date(), is_batch(call))
        if unit is None:
            return None
        amount = unit.amount(
            call.input_tokens, call.cached_tokens, call.cache_write_tokens, call.output_tokens
        )
        return Agreed(amount, call.drops_cached and unit.names_cached and unit.cached < unit.input)


def _precedence(row: OwnRow) -> tuple[bool, bool]:
    return row.workload is None, not row.provider


def is_batch(call: NormalisedCall) -> bool:
    """A call of a provider's batch service: the operation, the service tier or a business key says so."""
    if call.is_batch or call.operation.startswith("batch"):
        return True
    said = call.business
    return not BATCH_KEYS.isdisjoint(said) and any(
        str(said.get(key, "")).lower() in BATCH_WORDS for key in BATCH_KEYS
    )


def overlaps(row: OwnRow, others: Iterable[OwnRow]) -> OwnRow | None:
    """The first other row for the same provider, model and workload that holds on a day on which this one does."""
    return next((other for other in others if _same(row, other) and _meet(row, other)), None)


def _same(one: OwnRow, other: OwnRow) -> bool:
    return _what(one) == _what(other)


def _what(row: OwnRow) -> tuple[str, str, int | None]:
    return row.provider.lower(), row.model.lower(), row.workload


def _meet(one: OwnRow, other: OwnRow) -> bool:
    starts_before = other.valid_to is None or one.valid_from < other.valid_to
    return starts_before and (one.valid_to is None or other.valid_from < one.valid_to)
