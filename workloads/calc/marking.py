"""What a workload's calls say beside tokens: whose cost it is, and which piece of work they finished.

An attribute is named by the workload's mapping. Its value is taken from the call's business keys as sent.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from workloads.calc.dialects import Mark, NormalisedCall

LONGEST_ID = 200
YES = frozenset({"true", "1", "yes", "accepted", "ok", "resolved"})


@dataclass(frozen=True, slots=True)
class Rule:
    """Names of attributes; empty for what is not mapped. `accepted_value`: empty takes any usual word for yes."""

    cost_centre_key: str = ""
    outcome_key: str = ""
    accepted_key: str = ""
    accepted_value: str = ""


@dataclass(frozen=True, slots=True)
class Marked:
    """A piece of work that a call says is finished; provisional until the business system says so."""

    external_id: str
    finished_at: datetime
    accepted: bool


def name_keys(calls: Iterable[NormalisedCall], rule: Rule) -> None:
    """Writes the mapped cost centre and piece of work into each call that carries them; a call without the mapped
    cost centre keeps what it says itself."""
    for call in calls:
        if value := _said(call.business, rule.cost_centre_key):
            call.cost_centre = value
        call.business_key = _said(call.business, rule.outcome_key)


def _said(business: Mapping[str, str], key: str) -> str:
    """A value as one short line; "" when it is absent, or too long to be a number of something."""
    value = str(business.get(key, "")).replace("\x00", "").strip() if key else ""
    return value if len(value) <= LONGEST_ID else ""


def outcomes(calls: Iterable[NormalisedCall], marks: Iterable[Mark], rule: Rule) -> list[Marked]:
    """One for each piece of work, by what was said of it last, in order of their ids.

    Spans that are no calls (a workflow, a tool) mark work too. Without an accepted key, work is finished and accepted
    when a span names it; with one, only spans that carry it count, and its value says whether the work was accepted.
    A failed span finishes nothing.
    """
    latest: dict[str, Marked] = {}
    for marked in _all(calls, marks, rule) if rule.outcome_key else ():
        before = latest.get(marked.external_id)
        if before is None or before.finished_at <= marked.finished_at:
            latest[marked.external_id] = marked
    return [latest[key] for key in sorted(latest)]


def _all(calls: Iterable[NormalisedCall], marks: Iterable[Mark], rule: Rule) -> Iterator[Marked]:
    for call in calls:
        ended = call.started_at + timedelta(milliseconds=call.latency_ms)
        if not call.is_error and (found := _marked(call.business, ended, rule)):
            yield found
    for mark in marks:
        if not mark.is_error and (found := _marked(mark.business, mark.ended_at, rule)):
            yield found


def _marked(business: Mapping[str, str], ended: datetime, rule: Rule) -> Marked | None:
    external_id = _said(business, rule.outcome_key)
    said = business.get(rule.accepted_key) if rule.accepted_key else "true"
    if said is None or not external_id:
        return None
    return Marked(external_id, ended, _accepted(str(said), rule.accepted_value if rule.accepted_key else ""))


def _accepted(said: str, wanted: str) -> bool:
    word = said.strip().lower()
    return word == wanted.strip().lower() if wanted else word in YES
