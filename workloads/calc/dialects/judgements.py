"""Judgements within spans and logs: the span event and the log event `gen_ai.evaluation.result`, and OpenInference's
`evaluations` and `annotations` on a span (a carrier span with a link speaks of the span that it links to).
"""

from collections.abc import Iterator
from typing import Any

from workloads.calc.dialects.common import Origin
from workloads.calc.dialects.values import mapping_of, moment, numbered, text
from workloads.calc.evaluations import Evaluation, number
from workloads.calc.otlp import Log, Span

RESULT = "gen_ai.evaluation.result"
FLAT = ("evaluations.", "annotations.", "trace.evaluations.", "trace.annotations.")
# Names that clients use beside the convention's, which has none for who judged.
EVALUATOR = (
    "gen_ai.evaluation.evaluator.name",
    "gen_ai.evaluator.name",
    "evaluator.name",
    "gen_ai.evaluation.source",
)
VERSION = ("gen_ai.evaluation.evaluator.version", "gen_ai.evaluator.version", "evaluator.version")
LONGEST = 2_000


def of_span(span: Span, origin: Origin) -> Iterator[Evaluation]:
    """Results that a span carries as events or as attributes. Raises BadSpan for times that no calendar has."""
    for event in span.events:
        if event.name == RESULT:
            made = _result(event.attributes, event.at_ns or span.end_ns or span.start_ns, "span_event")
            if made:
                yield _placed(made, span.trace_id, span.span_id, origin)
    if span.flat:
        yield from _annotations(span, origin)


def of_log(log: Log, origin: Origin) -> Evaluation | None:
    """The result that a log event tells, or None."""
    if log.event != RESULT:
        return None
    made = _result(log.attributes, log.at_ns, "log")
    if made is None:
        return None
    if not made.evaluator:  # the convention has no name for who judged; a logger of its own is one
        made.evaluator, made.evaluator_version = text(log.scope, 120), text(log.scope_version, 80)
    return _placed(made, log.trace_id, log.span_id, origin)


def _result(said: dict[str, Any], at_ns: int, source: str) -> Evaluation | None:
    name = text(said.get("gen_ai.evaluation.name") or "", 120)
    if not name:
        return None
    return Evaluation(
        trace_id="",
        span_id="",
        name=name,
        value=number(said.get("gen_ai.evaluation.score.value")),
        label=text(said.get("gen_ai.evaluation.score.label") or "", 120),
        explanation=text(said.get("gen_ai.evaluation.explanation") or "", LONGEST),
        source=source,
        evaluator=_first(said, EVALUATOR),
        evaluator_version=_first(said, VERSION),
        at=moment(at_ns),
    )


def _first(said: dict[str, Any], names: tuple[str, ...]) -> str:
    return next((text(said[name], 120) for name in names if said.get(name)), "")


def _annotations(span: Span, origin: Origin) -> Iterator[Evaluation]:
    """Both spellings; the same name twice within a span is one result told in two ways."""
    seen: set[tuple[bool, str, str]] = set()
    for prefix in FLAT:
        whole = prefix.startswith("trace.")
        for group in numbered(span.flat, prefix[:-1]):
            said = {key.rpartition(".")[2]: value for key, value in group.items()}
            made = _annotation(said, span)
            if made and (whole, made.name, made.evaluator) not in seen:
                seen.add((whole, made.name, made.evaluator))
                trace_id, span_id = span.link if any(span.link) else (span.trace_id, span.span_id)
                yield _placed(made, trace_id, "" if whole else span_id, origin)


def _annotation(said: dict[str, Any], span: Span) -> Evaluation | None:
    name = text(said.get("name") or "", 120)
    if not name:
        return None
    kind = text(said.get("annotator_kind") or "", 40).lower()
    more = mapping_of(said.get("metadata"))
    return Evaluation(
        trace_id="",
        span_id="",
        name=name,
        value=number(said.get("score")),
        label=text(said.get("label") or "", 120),
        explanation=text(said.get("explanation") or "", LONGEST),
        source="annotation",
        evaluator=text(said.get("identifier") or more.get("evaluator") or kind, 120),
        evaluator_version=text(more.get("evaluator_version") or more.get("version") or "", 80),
        at=moment(span.end_ns or span.start_ns),
    )


def _placed(made: Evaluation, trace_id: str, span_id: str, origin: Origin) -> Evaluation:
    made.trace_id, made.span_id = trace_id, span_id
    made.service, made.environment = origin.service, origin.environment
    return made
