"""What somebody or something thought of an answer: evaluator results, annotations and user feedback."""

import math
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(slots=True)
class Evaluation:
    """One judgement of a span, or of a whole trace when span_id is "".

    value: the figure, None when only a label was given. source: span_event, log, annotation or score.
    evaluator: who judged (a program's name, "human", "user"); "" when the sender does not say.
    external_id: the sender's own id of it; mostly "".
    """

    trace_id: str
    span_id: str
    name: str
    value: float | None
    label: str
    explanation: str
    source: str
    evaluator: str
    evaluator_version: str
    at: datetime
    service: str = ""
    environment: str = ""
    external_id: str = ""


def number(value: Any) -> float | None:
    """A finite figure, or None; true and false are 1 and 0."""
    try:
        found = float(value) if isinstance(value, int | float | str) else math.nan
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None
