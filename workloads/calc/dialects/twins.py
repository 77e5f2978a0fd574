"""Spans of one request that stand for one call, and calls that repeat a failed one."""

from dataclasses import dataclass, field
from datetime import timedelta

from workloads.calc.dialects.common import NormalisedCall
from workloads.calc.otlp import Span

RETRY_WITHIN = timedelta(minutes=2)
RETRIED = ("429", "408", "409", "500", "502", "503", "504", "529", "ratelimit", "rate_limit", "timeout",
           "time_out", "overloaded", "internalserver", "internal_server", "unavailable", "connection")  # fmt: skip


@dataclass(slots=True)
class Nested:
    """The calls of a request with their parents, until it is known which of them are one."""

    calls: dict[tuple[str, str], NormalisedCall] = field(default_factory=dict)
    parents: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    keyed: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    failed: bool = False

    def add(self, call: NormalisedCall, span: Span) -> None:
        """A span sent twice within a request is one; the first is kept."""
        own = (call.trace_id, call.span_id)
        if own in self.calls:
            return
        self.calls[own] = call
        if span.parent_id:
            self.parents[own] = (call.trace_id, span.parent_id)
        if call.twin_key:
            self.keyed.setdefault(call.twin_key, []).append(own)
        self.failed = self.failed or call.is_error

    def resolved(self) -> list[NormalisedCall]:
        """One call for each, in the order sent."""
        dropped = self._enclosing() | self._same_key()
        for own in dropped:
            del self.calls[own]
        if self.failed:
            self._mark_retries()
        return list(self.calls.values())

    def _enclosing(self) -> set[tuple[str, str]]:
        inner: dict[tuple[str, str], list[tuple[str, str]]] = {}
        for own, parent in self.parents.items():
            if parent in self.calls:
                inner.setdefault(parent, []).append(own)
        dropped: set[tuple[str, str]] = set()
        for outer, within in inner.items():
            counted = any(_tells(self.calls[own]) for own in within) or not _tells(self.calls[outer])
            dropped.update([outer] if counted else within)
        return dropped

    def _same_key(self) -> set[tuple[str, str]]:
        dropped: set[tuple[str, str]] = set()
        for owns in self.keyed.values():
            if len(owns) > 1:
                dropped.update(sorted(owns, key=lambda own: _richness(self.calls[own]), reverse=True)[1:])
        return dropped

    def _mark_retries(self) -> None:
        failed: dict[tuple[str, str, str], NormalisedCall] = {}
        siblings = ((self.parents[own], call) for own, call in self.calls.items() if own in self.parents)
        for (_, parent), call in sorted(siblings, key=lambda pair: (pair[0], pair[1].started_at)):
            asked = (call.trace_id, parent, call.operation)
            before = failed.pop(asked, None)
            if before is not None and _repeats(before, call):
                call.is_retry = True
            if call.is_error and any(mark in call.error_type.lower() for mark in RETRIED):
                failed[asked] = call


def _repeats(before: NormalisedCall, call: NormalisedCall) -> bool:
    """A failed call often names the model that was asked for, its successor the dated one that answered."""
    if call.is_error and call.error_type != before.error_type:
        return False  # two calls that failed in two ways are as well two calls
    same = call.model.startswith(before.model) or before.model.startswith(call.model)
    ended = before.started_at + timedelta(milliseconds=before.latency_ms)
    return same and timedelta(0) <= call.started_at - ended <= RETRY_WITHIN


def _tells(call: NormalisedCall) -> bool:
    return bool(call.input_tokens or call.output_tokens)


def _richness(call: NormalisedCall) -> tuple[bool, int, int]:
    return call.cost_client is not None, call.input_tokens + call.output_tokens, call.cached_tokens
