"""Log events of the GenAI conventions: evaluations, and the content of calls that went to the logs.

Current clients tell a whole exchange in one event, gen_ai.client.inference.operation.details; clients of the older
convention send one event for each message (gen_ai.system.message, gen_ai.user.message, ..., gen_ai.choice). Either
belongs to a span by its ids. Plain log lines are accepted and not kept. Logs never count as calls.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from workloads.calc.dialects import business
from workloads.calc.dialects.common import EARLIEST_NS, FUTURE, Origin
from workloads.calc.dialects.genai import INSTRUCTIONS, MESSAGES_IN, MESSAGES_OUT
from workloads.calc.dialects.judgements import RESULT, of_log
from workloads.calc.dialects.values import BadSpan, content
from workloads.calc.evaluations import Evaluation
from workloads.calc.otlp import Batch, Keys, Log
from workloads.calc.otlp.common import SKIP, TEXT

DETAILS = ("gen_ai.client.inference.operation.details", "gen_ai.client.inference.operation")
RESOURCE = Keys({}, lambda key: TEXT if business.is_resource_candidate(key) else SKIP)
_ROLE = ".message"
_CHOICE = "gen_ai.choice"


@dataclass(slots=True)
class Text:
    """What was asked and answered in the call of a span, as its log events tell it."""

    trace_id: str
    span_id: str
    service: str
    environment: str
    content_in: str = ""
    content_out: str = ""


@dataclass(slots=True)
class LogRead:
    """A request of logs in figures. texts are empty unless content was asked for."""

    evaluations: list[Evaluation] = field(default_factory=list)
    texts: list[Text] = field(default_factory=list)
    reasons: Counter[str] = field(default_factory=Counter)
    services: Counter[str] = field(default_factory=Counter)
    records: int = 0

    @property
    def rejected(self) -> int:
        return sum(self.reasons.values())

    @property
    def sentence(self) -> str:
        """Why records were refused, for the sender; "" when none was."""
        if not self.reasons:
            return ""
        said = ", ".join(f"{reason} ({count})" for reason, count in sorted(self.reasons.items()))
        return f"{self.rejected} log records were refused: {said}."


@dataclass(slots=True)
class _Talk:
    origin: Origin
    asked: list[Any] = field(default_factory=list)
    answered: list[Any] = field(default_factory=list)


def read_logs(batch: Batch, with_content: bool = False, at: datetime | None = None) -> LogRead:
    """Evaluations and, when asked for, content out of log events. Raises BrokenBody, BodyTooLarge."""
    read = LogRead()
    talks: dict[tuple[str, str], _Talk] = {}
    resource, origin = None, Origin("", "", "", "", {})
    latest_ns = int((at + FUTURE).timestamp()) * 10**9 if at else 2**63
    for log in batch.logs(RESOURCE):
        read.records += 1
        if log is None:
            read.reasons["a log record over the limit of bytes"] += 1
            continue
        if log.resource is not resource:
            resource, origin = log.resource, business.origin_of(log.resource)
        try:
            _read(log, origin, read, talks if with_content else None, latest_ns)
        except BadSpan as reason:
            read.reasons[str(reason)] += 1
    read.texts = [_text(ids, talk) for ids, talk in talks.items()]
    return read


def _read(log: Log, origin: Origin, read: LogRead, talks: dict | None, latest_ns: int) -> None:
    if not log.event.startswith("gen_ai."):
        return
    if not _is_id(log.trace_id, 32) or not _is_id(log.span_id, 16):
        raise BadSpan("a log event without the ids of its span")
    if log.event == RESULT:
        if not EARLIEST_NS <= log.at_ns <= latest_ns:
            raise BadSpan("a time before 2015 or in the future")
        if (made := of_log(log, origin)) is None:
            raise BadSpan("an evaluation without gen_ai.evaluation.name")
        read.evaluations.append(made)
        read.services[origin.service] += 1
    elif talks is not None:
        _talk(log, talks.setdefault((log.trace_id, log.span_id), _Talk(origin)))


def _is_id(held: str, digits: int) -> bool:
    return len(held) == digits and not set(held) - set("0123456789abcdef") and bool(set(held) - {"0"})


def _talk(log: Log, talk: _Talk) -> None:
    if log.event in DETAILS:
        said = log.attributes if log.attributes else {}
        held = (
            said
            if MESSAGES_IN in said or MESSAGES_OUT in said or not isinstance(log.body, dict)
            else log.body
        )
        talk.asked.extend(held[key] for key in (INSTRUCTIONS, MESSAGES_IN) if held.get(key))
        talk.answered.extend([held[MESSAGES_OUT]] if held.get(MESSAGES_OUT) else [])
    elif log.event == _CHOICE:
        talk.answered.append(log.body)
    elif log.event.endswith(_ROLE):
        role = log.event.removeprefix("gen_ai.").removesuffix(_ROLE)
        body = log.body if isinstance(log.body, dict) else {"content": log.body}
        talk.asked.append({"role": role, **body})


def _text(ids: tuple[str, str], talk: _Talk) -> Text:
    def joined(said: list[Any]) -> str:
        return content(said[0] if len(said) == 1 else said) if said else ""

    origin = talk.origin
    return Text(*ids, origin.service, origin.environment, joined(talk.asked), joined(talk.answered))
