"""What spans and log records say about calls of models, whichever convention their client follows.

One module for each dialect, with its rule in its docstring: genai (current and older), openinference, langfuse,
traceloop, mlflow, litellm. The first dialect whose mark a span bears reads it; a reader answers with a call, or
with None for what is no call of a model (an agent, a tool, a chain, the raw twin of a call).

Twins: when a call encloses another call (a framework's span around its provider's), the two are one. The inner one
counts, it is nearest to the bill; the outer one where the inner ones tell no tokens. Spans that tell the same
twin_key are one call, whose richest span counts.
Retries: a call that says so, or that follows a failed call of the same model under the same parent within two
minutes, when that call failed by a limit, a time-out or the provider's own fault.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache, partial
from typing import Any

from workloads.calc.dialects import (
    business,
    genai,
    judgements,
    langfuse,
    litellm,
    mlflow,
    openinference,
    register,
    traceloop,
    twins,
)
from workloads.calc.dialects.common import EARLIEST_NS, FUTURE, PRODUCTION, NormalisedCall, Origin
from workloads.calc.dialects.logs import LogRead, Text, read_logs
from workloads.calc.dialects.values import NAME_LENGTH, BadSpan, moment, name, text
from workloads.calc.evaluations import Evaluation
from workloads.calc.otlp import Batch, Keys, Span
from workloads.calc.otlp.common import EXTRA, FLAT, LONG, NUMBER, SKIP, TEXT

__all__ = [
    "NAME_LENGTH",
    "PRODUCTION",
    "BadSpan",
    "LogRead",
    "Mark",
    "NormalisedCall",
    "Read",
    "Text",
    "read_calls",
    "read_logs",
    "read_spans",
]

MODULES = (genai, openinference, langfuse, traceloop, mlflow, litellm)
_ZEROS = frozenset({"0" * 32, "0" * 16})
Reader = Callable[[Span, Origin, bool], NormalisedCall | None]


def _gathered(attribute: str) -> Iterable[str]:
    return (name for module in MODULES for name in getattr(module, attribute, ()))


def _keys(with_content: bool) -> Keys:
    """How each attribute of a span is read. Texts of prompts and answers are not even decoded unless asked for."""
    known = dict.fromkeys(_gathered("TEXTS"), TEXT) | dict.fromkeys(business.TEXTS, TEXT)
    known |= dict.fromkeys(_gathered("NUMBERS"), NUMBER) | dict.fromkeys(_gathered("LONG"), LONG)
    known |= dict.fromkeys(business.ENVIRONMENT, TEXT)
    flat = (*_gathered("FLAT"), *judgements.FLAT)
    if with_content:
        known |= dict.fromkeys(_gathered("CONTENT"), LONG)
        flat += tuple(_gathered("CONTENT_FLAT"))

    def sort_of(key: str) -> int:
        if key.startswith(flat):
            return FLAT
        return EXTRA if business.is_candidate(key) else SKIP

    return Keys(known, sort_of)


KEYS, KEYS_WITH_CONTENT = _keys(False), _keys(True)
RESOURCE_KEYS = Keys(
    dict.fromkeys((*business.SERVICE, *business.PROJECT, *business.RELEASE, *business.ENVIRONMENT), TEXT),
    lambda key: TEXT if business.is_resource_candidate(key) else SKIP,
)


@dataclass(slots=True)
class Mark:
    """A span that is no call but tells something: business keys of its own (a piece of work, perhaps an outcome), or
    parts of the workload, each (kind, name, version) once in a request.
    """

    trace_id: str
    span_id: str
    name: str
    started_at: datetime
    ended_at: datetime
    is_error: bool
    service: str
    environment: str
    business: Mapping[str, str]
    user_raw: str = ""
    parts: tuple[register.Part, ...] = ()


@dataclass(slots=True)
class Read:
    """A request in figures. reasons: why spans were refused, each with how many."""

    calls: list[NormalisedCall] = field(default_factory=list)
    evaluations: list[Evaluation] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    reasons: Counter[str] = field(default_factory=Counter)
    spans: int = 0

    @property
    def rejected(self) -> int:
        return sum(self.reasons.values())

    @property
    def sentence(self) -> str:
        """Why spans were refused, for the sender; "" when none was."""
        if not self.reasons:
            return ""
        said = ", ".join(f"{reason} ({count})" for reason, count in sorted(self.reasons.items()))
        return f"{self.rejected} spans were refused: {said}."


def read_calls(batch: Batch, with_content: bool = False, at: datetime | None = None) -> Read:
    """Every call, evaluation and mark of a body. Spans that start more than a day after `at` are refused.

    Each span is read by itself, so that one bad span never costs the others. Raises BrokenBody, BodyTooLarge.
    """
    keys = KEYS_WITH_CONTENT if with_content else KEYS
    return read_spans(batch.spans(keys, RESOURCE_KEYS), with_content, at)


def read_spans(spans: Iterable[Span], with_content: bool = False, at: datetime | None = None) -> Read:
    """As read_calls, of spans that are decoded already."""
    read, nested = Read(), twins.Nested()
    named: set[tuple[str, str, register.Part]] = set()
    latest_ns = int((at + FUTURE).timestamp()) * 10**9 if at else 2**63
    resource, origin = None, Origin("", "", "", "", {})
    for span in spans:
        read.spans += 1
        try:
            check(span, latest_ns)
            if span.resource is not resource:
                resource, origin = span.resource, business.origin_of(span.resource)
            call = read_call(span, origin, with_content)
            if call is not None:
                nested.add(call, span)
            elif span.extra or span.attributes:
                _note(read, span, origin, named)
            if span.events or span.flat:
                read.evaluations.extend(judgements.of_span(span, origin))
        except BadSpan as reason:
            read.reasons[str(reason)] += 1
    read.calls = nested.resolved()
    return read


def check(span: Span, latest_ns: int) -> None:
    """Raises BadSpan when the span has no usable identity or time, or is over a limit."""
    trace_id, span_id = span.trace_id, span.span_id
    if span.problem:
        raise BadSpan(span.problem)
    if len(trace_id) != 32 or trace_id in _ZEROS:
        raise BadSpan("trace id missing or not 16 bytes")
    if len(span_id) != 16 or span_id in _ZEROS:
        raise BadSpan("span id missing or not 8 bytes")
    if span.start_ns < EARLIEST_NS:
        raise BadSpan("start time before 2015")
    if span.start_ns > latest_ns:
        raise BadSpan("start time more than a day in the future")


def read_call(span: Span, origin: Origin, with_content: bool = False) -> NormalisedCall | None:
    """The call that this span stands for, with its business keys, or None. Raises BadSpan."""
    attributes = span.attributes
    reader, tells_business = _reader(span.scope, tuple(attributes))
    if reader is None or span.name == litellm.RAW:
        return None
    call = reader(span, origin, with_content)
    if call is not None and (tells_business or span.extra):
        _add_business(call, span, origin)
    return call


@lru_cache(maxsize=4096)
def _reader(scope: str, present: tuple[str, ...]) -> tuple[Reader | None, bool]:
    """Who reads spans of this scope with these attributes, and whether they may tell business keys.

    Spans of one client have the same attributes, so that their dialect is found out once.
    """
    return _dialect(scope, present), not business.TEXTS.isdisjoint(present)


def _dialect(scope: str, present: tuple[str, ...]) -> Reader | None:
    if not present:
        return None
    if scope == litellm.SCOPE or not litellm.MARKERS.isdisjoint(present):
        return litellm.read
    if langfuse.TYPE in present:
        return langfuse.read
    if mlflow.TYPE in present:
        return mlflow.read
    if openinference.KIND in present:
        return openinference.read
    if not traceloop.MARKERS.isdisjoint(present) or traceloop.is_scope(scope):
        return traceloop.read
    if genai.OPERATION in present or genai.SYSTEM in present:
        return partial(genai.read, shape=genai.shape_of(present))
    return None


def _add_business(call: NormalisedCall, span: Span, origin: Origin) -> None:
    if own := business.keys_of(span):
        call.business = origin.business | own
        call.cost_centre, call.user_raw = business.centre_and_user(span, own, origin)
    else:
        call.user_raw = business.user_of(span)


def _note(read: Read, span: Span, origin: Origin, named: set[tuple[str, str, register.Part]]) -> None:
    """What a span that is no call tells: parts of the workload, and business keys."""
    place = (origin.service, origin.environment)
    parts = tuple(part for part in register.parts_of(span) if (*place, part) not in named)
    named.update((*place, part) for part in parts)
    own = business.keys_of(span) if span.extra or not business.TEXTS.isdisjoint(span.attributes) else {}
    if own or parts:
        read.marks.append(_mark(span, origin, own, parts))


def _mark(span: Span, origin: Origin, own: dict[str, Any], parts: tuple[register.Part, ...]) -> Mark:
    environment = name(span.attributes, (*business.ENVIRONMENT, *langfuse.ENVIRONMENT)) or origin.environment
    return Mark(
        span.trace_id,
        span.span_id,
        text(span.name),
        moment(span.start_ns),
        moment(span.end_ns or span.start_ns),
        span.failed,
        origin.service,
        environment,
        origin.business | own,
        business.centre_and_user(span, own, origin)[1],
        parts,
    )
