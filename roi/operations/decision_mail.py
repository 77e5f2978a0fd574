"""Telling the owner and the followers what was decided, once."""

from datetime import datetime
from typing import Any

from django.urls import reverse

from aiops.models import User
from backlog.queries import followers_of
from integrations.operations import tell
from roi.models import Decision
from roi.queries.decision_log import money_of_decision
from roi.queries.masked import reason_for


def tell_decision(decision: Decision, at: datetime) -> None:
    """Owner and followers of a candidate; owner and deputy of a workload. Nobody of simulated ones."""
    for person in _people(decision):
        tell(
            user=person,
            topic="decision",
            subject=decision_words(decision),
            text=_text(decision, person),
            path=_path(decision),
            dedup_key=f"decision-{decision.pk}",
            at=at,
            simulated=_subject(decision).simulated,
        )


def _text(decision: Decision, person: User) -> str:
    """Followers need not read money: amounts of the reason are for those who do."""
    reason = reason_for(decision.reason, money_of_decision(person, decision))
    text = f"{decision_words(decision)}, by {decision.by}.\n\nThe reason: {reason}\n"
    return f"{text}\nIt takes the place of an earlier decision.\n" if decision.corrects_id else text


def decision_words(decision: Decision) -> str:
    """ "C-19 RFP answer drafting: deferred until 4 Dec 2026"."""
    until = f" until {decision.until:%-d %b %Y}" if decision.until else ""
    return f"{_subject(decision)}: {decision.get_verdict_display()}{until}"


def _subject(decision: Decision) -> Any:
    return decision.candidate or decision.workload


def _people(decision: Decision) -> list[Any]:
    if decision.candidate is not None:
        return list(followers_of(decision.candidate))
    workload = decision.workload
    return [person for person in (workload.business_owner, workload.deputy) if person] if workload else []


def _path(decision: Decision) -> str:
    if decision.candidate is not None:
        return reverse("backlog:candidate", args=[decision.candidate.number])
    assert decision.workload is not None
    return reverse("workloads:workload", args=[decision.workload.number])
