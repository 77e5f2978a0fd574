"""Langfuse's scores: POST /api/public/scores, and the events of its older batch ingestion.

The SDK sends a list of scores; older ones one score; the older ingestion {"batch": [{"type": "score-create",
"body": score}]}, whose other events are passed over. A score has a name and a value, which is a number, true or
false, or a label; its subject is a trace, an observation of it, or a session, which telemetry cannot place.
"""

import json
from datetime import datetime
from typing import Any, NamedTuple

from workloads.calc.dialects.judgements import LONGEST
from workloads.calc.dialects.langfuse import environment_of
from workloads.calc.dialects.values import mapping_of, parse_time, text
from workloads.calc.evaluations import Evaluation, number
from workloads.calc.otlp import BodyTooLarge, BrokenBody

MOST_SCORES = 5_000
MOST_BYTES = 4_000_000
SOURCES = {"ANNOTATION": "human", "EVAL": "evaluator"}


class Scores(NamedTuple):
    """What a body of scores holds: those taken, and a sentence for each refused. is_batch: the older ingestion."""

    evaluations: list[Evaluation]
    errors: list[tuple[str, str]]
    is_batch: bool = False

    @property
    def rejected(self) -> int:
        return len(self.errors)


def read_scores(body: bytes, at: datetime) -> Scores:
    """Each score by itself; `at` stands for a time that is not told. Raises BrokenBody, BodyTooLarge."""
    listed, is_batch = _listed(body)
    read = Scores([], [], is_batch)
    for said in listed:
        try:
            read.evaluations.append(_score(said, at))
        except ValueError as reason:
            read.errors.append((text(said.get("id") or "", 200), str(reason)))
    return read


def scores_answer(read: Scores) -> tuple[int, bytes]:
    """(status, JSON) as Langfuse's SDKs expect: 202 when all were taken, 207 with the reasons when not."""
    if read.is_batch:
        taken = [{"id": one.external_id, "status": 201} for one in read.evaluations]
        refused = [{"id": name, "status": 400, "message": reason} for name, reason in read.errors]
        return 207, json.dumps({"successes": taken, "errors": refused}).encode()
    if read.errors:
        errors = [{"id": name, "message": reason} for name, reason in read.errors]
        said = {"accepted": len(read.evaluations), "rejected": read.rejected, "errors": errors}
        return 207, json.dumps(said).encode()
    ids = [one.external_id for one in read.evaluations if one.external_id]
    return 202, json.dumps({"message": "Accepted"} | ({"id": ids[0]} if len(ids) == 1 else {})).encode()


def _listed(body: bytes) -> tuple[list[dict[str, Any]], bool]:
    if len(body) > MOST_BYTES:
        raise BodyTooLarge(f"Scores may have {MOST_BYTES // 1_000_000} MB; send fewer at a time.")
    try:
        payload = json.loads(body.decode())
    except (ValueError, RecursionError) as error:
        raise BrokenBody("The body is not JSON.") from error
    is_batch = isinstance(payload, dict) and isinstance(payload.get("batch"), list)
    if is_batch:
        events = [event for event in payload["batch"] if isinstance(event, dict)]
        payload = [event.get("body") for event in events if event.get("type") == "score-create"]
    listed = payload if isinstance(payload, list) else [payload]
    if not all(isinstance(said, dict) for said in listed):
        raise BrokenBody("The body is neither a score nor a list of scores.")
    if len(listed) > MOST_SCORES:
        raise BodyTooLarge(f"At most {MOST_SCORES:,} scores are taken at a time.")
    return listed, is_batch


def _score(said: dict[str, Any], at: datetime) -> Evaluation:
    trace_id, name = _id(said, "traceId", 32), text(said.get("name") or "", 120)
    if not name:
        raise ValueError("a score needs a name")
    if not trace_id:
        raise ValueError("a score needs the traceId of 32 hex digits that it speaks of")
    value, label = _value(said.get("value"), said.get("stringValue"))
    span_id = _id(said, "observationId", 16)
    when = parse_time(said.get("timestamp")) or at
    more = mapping_of(said.get("metadata"))
    return Evaluation(
        trace_id=trace_id,
        span_id=span_id,
        name=name,
        value=value,
        label=label,
        explanation=text(said.get("comment") or "", LONGEST),
        source="score",
        evaluator=text(more.get("evaluator") or SOURCES.get(text(said.get("source")), ""), 120),
        evaluator_version=text(more.get("evaluator_version") or more.get("version") or "", 80),
        at=when,
        environment=environment_of(text(said.get("environment") or "")),
        external_id=text(said.get("id") or "", 200),
    )


def _id(said: dict[str, Any], field: str, digits: int) -> str:
    """An id in hex, lower case; "" when it is absent. Raises ValueError when it is anything else."""
    held = said.get(field)
    if held in (None, ""):
        return ""
    found = held.lower().replace("-", "") if isinstance(held, str) else ""
    if len(found) != digits or set(found) - set("0123456789abcdef"):
        raise ValueError(f"{field} is not {digits} hex digits")
    return found


def _value(held: Any, label: Any) -> tuple[float | None, str]:
    if isinstance(held, str):
        return None, text(held, 120)
    value = number(held)
    if value is None and not label:
        raise ValueError("a score needs a value: a number, true or false, or a label")
    return value, text(label or "", 120)
