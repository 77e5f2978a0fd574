"""Spans as the decoder hands them on, for tests of what is read out of them."""

from datetime import UTC, datetime

from workloads.calc.otlp import Event, Span

AT = datetime(2026, 11, 20, 9, tzinfo=UTC)
NS = 10**9


def nanoseconds(moment: datetime) -> int:
    return int(moment.timestamp()) * NS + moment.microsecond * 1000


def span(index=1, start=AT, took_ms=250, **changes) -> Span:
    """One span of a trace; `changes` overrides any field."""
    start_ns = nanoseconds(start)
    fields = {
        "trace_id": f"{1:032x}",
        "span_id": f"{index:016x}",
        "parent_id": "",
        "name": "chat gpt-4o",
        "start_ns": start_ns,
        "end_ns": start_ns + took_ms * 10**6,
        "failed": False,
        "status": "",
        "attributes": {},
        "extra": {},
        "flat": {},
        "events": (),
        "link": ("", ""),
        "scope": "app",
        "resource": {},
    }
    return Span(**(fields | changes))


def raised(kind: str) -> tuple[Event, ...]:
    return (Event("exception", 0, {"exception.type": kind}),)
