"""Sums of a batch of calls by hour and kind, as the hourly sums hold them.

The same figures as the statements in workloads.operations.call_sql reckon from stored rows, to the last digit; quicker
where a batch falls into a few kinds, which it mostly does.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import lru_cache, reduce
from operator import attrgetter
from typing import Any

from workloads.calc.copy_rows import MOST, plain
from workloads.calc.dialects import NormalisedCall
from workloads.calc.pricing import Price
from workloads.calc.sketch import SHIFT, bucket_of

HOUR = timedelta(hours=1)
TOKENS = ("input_tokens", "output_tokens", "cached_tokens", "cache_write_tokens", "reasoning_tokens")
FIGURES = tuple(attrgetter(name) for name in TOKENS)
SOURCES = ("client", "list", "own", "upper_bound")
_PLACES = {source: place for place, source in enumerate(SOURCES)}
PLACES = 24  # of the stored cost of a call
_STEP = Decimal(1).scaleb(-PLACES)
_EXACT = Context(prec=120)
ZERO = Decimal(0)
_bucket = lru_cache(maxsize=65_536)(bucket_of)
Kind = tuple[str, str, str, str, str]
# By the key of a sum, the places of its calls in the batch.
Groups = dict[tuple[datetime, Kind], list[int]]
Row = tuple[Any, ...]
# Sums of so few calls are added up from those of each; and where the costs stand among them.
FEW, COSTS = 4, frozenset({1, 12, 13, 14, 15})


def grouped(calls: Sequence[NormalisedCall], uncounted: frozenset[int]) -> Groups:
    """Calls that are in order of time, by the key of their sum. `uncounted`: ids (of objects) of calls in no sum."""
    groups: Groups = {}
    hour = until = datetime.min.replace(tzinfo=UTC)
    for place, call in enumerate(calls):
        if (at := call.started_at) >= until:
            hour = (at if at.tzinfo is UTC else at.astimezone(UTC)).replace(minute=0, second=0, microsecond=0)
            until = hour + HOUR
        if id(call) not in uncounted:
            kind = _kind(call.provider, call.model, call.operation, call.environment, call.cost_centre)
            groups.setdefault((hour, kind), []).append(place)
    return groups


@lru_cache(maxsize=8192)
def _kind(provider: str, model: str, operation: str, environment: str, cost_centre: str) -> Kind:
    """As it is stored."""
    return plain(provider), plain(model), plain(operation[:40]), plain(environment), plain(cost_centre)


def rows(
    groups: Groups, calls: Sequence[NormalisedCall], prices: Sequence[Price], *, workload: int
) -> list[Row]:
    """One row for each group, in the order of their keys: workload, hour, kind, calls, cost, tokens, latency, calls of
    a kind, cost by source, sketch as the text of an array."""
    return [
        (workload, hour, *kind, *_figures(places, calls, prices))
        for (hour, kind), places in sorted(groups.items())
    ]


def _figures(places: Sequence[int], calls: Sequence[NormalisedCall], prices: Sequence[Price]) -> Row:
    """Calls of many days are alone in their sum, or nearly: adding up takes ten times as long as one call does."""
    if len(places) == 1:
        return _alone(calls[places[0]], *prices[places[0]])
    if len(places) <= FEW:
        return _added([_alone(calls[place], *prices[place]) for place in places])
    return _sums([calls[place] for place in places], [prices[place] for place in places])


def _added(parts: Iterable[Row]) -> Row:
    """Sums of few calls, each as _alone gives them. A sketch may name a bucket twice."""
    *figures, sketches = zip(*parts, strict=True)
    added = [reduce(_EXACT.add, held) if at in COSTS else sum(held) for at, held in enumerate(figures)]
    return (*added, f"{{{','.join([sketch[1:-1] for sketch in sketches])}}}")


def _stored(amount: Decimal) -> Decimal:
    """Rounded as the database rounds it, where it has so many places."""
    rounded = amount.quantize(_STEP, ROUND_HALF_UP, _EXACT)
    return amount if rounded == amount else rounded


def _alone(call: NormalisedCall, amount: Decimal | None, source: str) -> Row:
    """The sums of one call."""
    of: list[Any] = [0, 0, 0, 0]
    latency = call.latency_ms if call.latency_ms < MOST else MOST
    cost: Any = 0
    if amount is not None and (place := _PLACES.get(source)) is not None:
        cost = of[place] = _stored(amount)
    return (
        1,
        cost,
        call.input_tokens,
        call.output_tokens,
        call.cached_tokens,
        call.cache_write_tokens,
        call.reasoning_tokens,
        latency,
        +call.is_error,
        +call.is_retry,
        +(amount is None),
        +(source == "upper_bound"),
        *of,
        f"{{{(_bucket(latency) << SHIFT) + 1}}}",
    )


def _sums(calls: Sequence[NormalisedCall], prices: Sequence[Price]) -> Row:
    latencies = [call.latency_ms for call in calls]
    if max(latencies) > MOST:
        latencies = [min(latency, MOST) for latency in latencies]
    sources = Counter([source for _, source in prices])
    costs = [_of(said, prices) if sources[said] else ZERO for said in SOURCES]
    return (
        len(calls),
        reduce(_EXACT.add, costs),
        *(sum(map(figure, calls)) for figure in FIGURES),
        sum(latencies),
        sum([call.is_error for call in calls]),
        sum([call.is_retry for call in calls]),
        sources["unpriced"],
        sources["upper_bound"],
        *costs,
        _sketch(latencies),
    )


def _of(said: str, prices: Iterable[Price]) -> Decimal:
    return exact_sum([amount for amount, source in prices if source == said])


def exact_sum(amounts: Iterable[Decimal | None]) -> Decimal:
    """Without rounding, but for what the stored amounts themselves are rounded by."""
    known = [amount for amount in amounts if amount is not None]
    total = reduce(_EXACT.add, known, ZERO)
    if int(total.as_tuple().exponent) < -PLACES:
        known = [amount.quantize(_STEP, ROUND_HALF_UP, _EXACT) for amount in known]
        total = reduce(_EXACT.add, known)
    return total


def _sketch(latencies: Iterable[int]) -> str:
    counts = Counter(map(_bucket, latencies))
    entries = ",".join([str((bucket << SHIFT) + calls) for bucket, calls in counts.items()])
    return f"{{{entries}}}"
