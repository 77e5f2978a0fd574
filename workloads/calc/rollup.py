"""Sums of a batch of calls by hour and kind, as the hourly sums hold them.

The same figures as the statements in workloads.operations.call_sql reckon from stored rows, to the last digit; quicker
where a batch falls into a few kinds, which it mostly does.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import lru_cache, reduce
from operator import attrgetter
from typing import Any

from workloads.calc.copy_rows import MOST, plain
from workloads.calc.dialects import NormalisedCall
from workloads.calc.pricing import Price
from workloads.calc.sketch import SHIFT, bucket_of

HOUR = 3600
TOKENS = ("input_tokens", "output_tokens", "cached_tokens", "cache_write_tokens", "reasoning_tokens")
FIGURES = tuple(attrgetter(name) for name in TOKENS)
SOURCES = ("client", "list", "own", "upper_bound")
_PLACES = {source: place for place, source in enumerate(SOURCES)}
PLACES = 24  # of the stored cost of a call
_STEP = Decimal(1).scaleb(-PLACES)
_EXACT = Context(prec=120)
ZERO = Decimal(0)
_bucket = lru_cache(maxsize=65_536)(bucket_of)
KIND = ("provider", "model", "operation", "environment", "cost_centre")
Kind = tuple[str, str, str, str, str]
# By the key of a sum, its hour in seconds since 1970 and its kind, the places of its calls in the batch.
Groups = dict[tuple[int, Kind], list[int]]
Row = tuple[Any, ...]
# What a row adds, in its order; the four costs last. All that it costs is their sum.
COUNTS = ("errors", "retries", "unpriced_calls", "upper_bound_calls")
NAMES = ("calls", *TOKENS, "latency_ms_sum", *COUNTS, *(f"{source}_cost_usd" for source in SOURCES))
# Sums of so few calls are added up from those of each.
FEW, COSTS = 4, len(NAMES) - len(SOURCES)


def grouped(calls: Sequence[NormalisedCall], uncounted: frozenset[int]) -> Groups:
    """Calls that are in order of time, by the key of their sum. `uncounted`: ids (of objects) of calls in no sum."""
    groups: Groups = {}
    for place, call in enumerate(calls):
        if id(call) not in uncounted:
            kind = _kind(call.provider, call.model, call.operation, call.environment, call.cost_centre)
            hour = int(call.started_at.timestamp() // HOUR) * HOUR
            groups.setdefault((hour, kind), []).append(place)
    return groups


@lru_cache(maxsize=8192)
def _kind(provider: str, model: str, operation: str, environment: str, cost_centre: str) -> Kind:
    """As it is stored."""
    return plain(provider), plain(model), plain(operation[:40]), plain(environment), plain(cost_centre)


def rows(groups: Groups, calls: Sequence[NormalisedCall], prices: Sequence[Price]) -> list[Row]:
    """One row for each group, in the order of their keys: hour, kind, what NAMES say, and the sketch."""
    return [(*key, *_figures(places, calls, prices)) for key, places in sorted(groups.items())]


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
    costs = [reduce(_EXACT.add, held, ZERO) for held in figures[COSTS:]]
    return (*map(sum, figures[:COSTS]), *costs, f"{{{','.join([sketch[1:-1] for sketch in sketches])}}}")


def _stored(amount: Decimal) -> Decimal:
    """Rounded as the database rounds it, where it has so many places."""
    rounded = amount.quantize(_STEP, ROUND_HALF_UP, _EXACT)
    return amount if rounded == amount else rounded


def _alone(call: NormalisedCall, amount: Decimal | None, source: str) -> Row:
    """The sums of one call."""
    of: list[Any] = [0, 0, 0, 0]
    latency = call.latency_ms if call.latency_ms < MOST else MOST
    if amount is not None and (place := _PLACES.get(source)) is not None:
        of[place] = _stored(amount)
    return (
        1,
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
    return (
        len(calls),
        *(sum(map(figure, calls)) for figure in FIGURES),
        sum(latencies),
        sum([call.is_error for call in calls]),
        sum([call.is_retry for call in calls]),
        sources["unpriced"],
        sources["upper_bound"],
        *(_of(said, prices) if sources[said] else 0 for said in SOURCES),
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


def arrays(sums: Sequence[Row]) -> dict[str, Any]:
    """Rows, at least one, as PostgreSQL takes them: each column one array in its text form, in the order of the rows.

    A column of nothing but zeros is empty: an hour has most of them. Kinds are listed once, and numbered from 1.
    """
    hours, kinds, *figures, sketches = zip(*sums, strict=True)
    known = {kind: place for place, kind in enumerate(dict.fromkeys(kinds), 1)}
    columns = {name: _array(held) if any(held) else "{}" for name, held in zip(NAMES, figures, strict=True)}
    columns |= {"hours": _array(hours), "kinds": _array(map(known.get, kinds))}
    columns["sketches"] = '{"' + '","'.join(sketches) + '"}'  # an array in an array of texts
    return columns | {name: list(held) for name, held in zip(KIND, zip(*known, strict=True), strict=True)}


def _array(values: Iterable[Any]) -> str:
    return "{" + ",".join(map(str, values)) + "}"
