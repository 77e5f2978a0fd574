"""Calls and their content as the text that COPY reads: one line each, values separated by tabs."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from functools import lru_cache

from workloads.calc.dialects import NormalisedCall
from workloads.calc.price_book import is_batch
from workloads.calc.pricing import Price

NAME_LENGTH = 200
MOST = 2**62
_NULL = "\\N"
# Of nearly every call: no retry, not clamped, counted, no batch call.
_PLAIN = "f\tf\tt\tf"
# The backslash first, which the others bring in.
_MARKS = (("\\", "\\\\"), ("\t", "\\t"), ("\n", "\\n"), ("\r", "\\r"), ("\x00", ""))


def escaped(text: str) -> str:
    """A text as COPY reads it, without what PostgreSQL refuses: NUL and half characters."""
    for mark, said in _MARKS:
        text = text.replace(mark, said)
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def plain(text: str) -> str:
    """A name as it is stored: at most 200 characters, without NUL and half characters."""
    return text[:NAME_LENGTH].replace("\x00", "").encode("utf-8", "replace").decode()


@lru_cache(maxsize=8192)
def name(text: str) -> str:
    """A name as COPY reads it; the same few come again and again."""
    return escaped(plain(text))


@lru_cache(maxsize=8192)
def _names(
    operation: str, provider: str, model: str, environment: str, cost_centre: str, dialect: str
) -> str:
    """Six names that mostly come together, as one piece of a line."""
    parts = (operation[:40], provider, model, environment, cost_centre, dialect[:20])
    return "\t".join(map(name, parts))


@lru_cache(maxsize=8192)
def _labels(
    prompt_name: str, prompt_version: str, release: str, service: str, user: str, business: str
) -> str:
    parts = (prompt_name, prompt_version, release, service, user[:64], business)
    return "\t".join(map(name, parts))


def call_lines(
    calls: Sequence[NormalisedCall],
    prices: Iterable[Price],
    uncounted: frozenset[int],
    *,
    workload: int,
    at: datetime,
) -> bytes:
    """One line for each call, in their order. `uncounted`: ids (of objects) of calls that are in no sum."""
    same = f"{workload}\t{at.isoformat()}\t"
    pairs = zip(calls, prices, strict=True)
    return "".join([_line(same, call, price, id(call) not in uncounted) for call, price in pairs]).encode()


def _line(same: str, call: NormalisedCall, price: Price, counted: bool) -> str:
    """Made once a span: what is rarely there is one test, names that come together are one piece, and nothing has a
    format of its own, which costs more than the value (True and 1E-7 are as good to PostgreSQL)."""
    amount, source = price
    cost = _NULL if amount is None else str(amount)
    ttft = _NULL if call.ttft_ms is None else min(call.ttft_ms, MOST)
    latency = call.latency_ms if call.latency_ms < MOST else MOST
    error = name(call.error_type) if call.error_type else ""
    what = _names(call.operation, call.provider, call.model, call.environment, call.cost_centre, call.dialect)
    labels = _labels(
        call.prompt_name,
        call.prompt_version,
        call.release,
        call.service,
        call.user_key,
        call.business_key,
    )
    return (
        f"{same}{when(call.started_at)}\t{call.trace_id}\t{call.span_id}\t{what}"
        f"\t{call.input_tokens}\t{call.output_tokens}\t{call.cached_tokens}\t{call.cache_write_tokens}"
        f"\t{call.reasoning_tokens}\t{latency}\t{ttft}\t{'t' if call.is_error else 'f'}"
        f"\t{error}\t{_flags(call, counted)}\t{cost}\t{source}\t{labels}\n"
    )


def _flags(call: NormalisedCall, counted: bool) -> str:
    batch = is_batch(call)
    if counted and not (call.is_retry or call.clamped or batch):
        return _PLAIN
    return f"{call.is_retry}\t{call.clamped}\t{counted}\t{batch}"


def when(at: datetime) -> str:
    """A time as COPY reads it; in half the time of isoformat where it is UTC, as it mostly is."""
    if at.tzinfo is not UTC:
        return at.isoformat()
    within = (at.minute, at.second, at.microsecond)
    return _hour(at.date(), at.hour) + "%02d:%02d.%06dZ" % within  # noqa: UP031  faster than an f-string


@lru_cache(maxsize=2048)
def _hour(day: date, hour: int) -> str:
    return f"{day} {hour:02d}:"


def content_lines(calls: Iterable[NormalisedCall], longest: int, *, workload: int) -> bytes:
    """One line for each call that has content; each side cut to `longest` characters."""
    lines = [
        f"{workload}\t{when(call.started_at)}\t{call.trace_id}\t{call.span_id}"
        f"\t{escaped(call.content_in[:longest])}\t{escaped(call.content_out[:longest])}\n"
        for call in calls
        if call.content_in or call.content_out
    ]
    return "".join(lines).encode()
