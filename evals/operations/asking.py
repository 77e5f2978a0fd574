"""Ask an endpoint for the answer to one case: with a time-out, bounded retries, and failures as values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import stamina

from evals.models import Case, Suite
from integrations import operations as integration_operations
from integrations.connectors.base import ConnectorError
from integrations.messages import Completion
from integrations.models import Connection

TIMEOUT = 30.0
ATTEMPTS = 3


@dataclass(frozen=True)
class Answer:
    """What came back for a case; `error` is set when nothing did, with the fix where one is known."""

    output: str = ""
    error: str = ""
    fix: str = ""
    latency_ms: int | None = None
    input_tokens: int = 0
    output_tokens: int = 0


def recorded(case: Case) -> Answer:
    """The answer that came with the dataset."""
    if case.output:
        return Answer(output=case.output)
    return Answer(error="no recorded output", fix="Upload the dataset with an output for every case.")


def ask(suite: Suite, connection: Connection, case: Case, before_each: Callable[[], None]) -> Answer:
    """Ask the suite's endpoint, at most three times, outside any transaction; its failure is an answer too.

    `before_each` runs before every attempt, so that the lease outlives a slow answer.
    """
    try:
        completion = _complete(suite, connection, _messages(suite, case), before_each)
    except ConnectorError as error:
        return Answer(error=str(error)[:300] or "no answer", fix=error.fix)
    return Answer(
        output=storable(completion.text),
        latency_ms=round(completion.latency_ms),
        input_tokens=completion.input_tokens or 0,
        output_tokens=completion.output_tokens or 0,
    )


def storable(text: str) -> str:
    """An answer as PostgreSQL can keep it: no NUL, no lone surrogate."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def _complete(
    suite: Suite, connection: Connection, messages: list[dict[str, str]], before_each: Callable[[], None]
) -> Completion:
    for attempt in stamina.retry_context(
        on=lambda error: isinstance(error, ConnectorError) and not error.permanent,
        attempts=ATTEMPTS,
        timeout=None,
        wait_initial=0.2,
        wait_max=2.0,
        wait_jitter=0.2,
    ):
        with attempt:
            before_each()
            return integration_operations.complete(
                connection=connection, messages=messages, model=suite.model or None, timeout=TIMEOUT
            )
    raise AssertionError("stamina raises the last error")


def _messages(suite: Suite, case: Case) -> list[dict[str, str]]:
    system = [{"role": "system", "content": suite.system_prompt}] if suite.system_prompt else []
    return [*system, {"role": "user", "content": case.input}]
