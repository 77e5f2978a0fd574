"""What evaluators and people said of calls is stored once, however often it is sent."""

import hashlib
import json
import math
from collections.abc import Sequence
from datetime import datetime

from workloads.calc import evaluations as calc
from workloads.models.inventory import Workload
from workloads.models.services import Evaluation

CHANGING = ["value", "label", "at", "evaluator_version"]


def store_evaluations(*, workload: Workload, evaluations: Sequence[calc.Evaluation], at: datetime) -> int:
    """How many judgements of the batch were worth keeping. One with an id of its sender's may change later.

    One without a name, a trace, or any value or label says nothing and is passed over.
    """
    rows = {one.key: one for one in (_row(workload, said, at) for said in evaluations if _says(said))}
    ordered = [rows[key] for key in sorted(rows)]  # one order for all senders, so that none waits in a circle
    Evaluation.objects.bulk_create(
        ordered, update_conflicts=True, unique_fields=["workload", "key"], update_fields=CHANGING
    )
    return len(ordered)


def _says(said: calc.Evaluation) -> bool:
    return bool(said.name and said.trace_id and (_figure(said) is not None or said.label))


def _figure(said: calc.Evaluation) -> float | None:
    return said.value if said.value is not None and math.isfinite(said.value) else None


def _row(workload: Workload, said: calc.Evaluation, at: datetime) -> Evaluation:
    return Evaluation(
        workload=workload,
        key=digest(said),
        trace_id=_text(said.trace_id, 32),
        span_id=_text(said.span_id, 16),
        name=_text(said.name, 120),
        value=_figure(said),
        label=_text(said.label, 120),
        source=_text(said.source, 16),
        evaluator=_text(said.evaluator, 120),
        evaluator_version=_text(said.evaluator_version, 80),
        at=said.at or at,
    )


def digest(said: calc.Evaluation) -> str:
    """What makes a judgement one: the sender's id, else what it says. A span event and its twin in the logs are
    one, so where and when it was said does not count."""
    what = [said.trace_id, said.span_id, said.name, said.evaluator]
    own = (
        ["id", said.external_id] if said.external_id else [_figure(said), said.label, said.evaluator_version]
    )
    return hashlib.sha256(json.dumps([*what, *own]).encode()).hexdigest()


def _text(value: str, length: int) -> str:
    return str(value).replace("\x00", "")[:length]
