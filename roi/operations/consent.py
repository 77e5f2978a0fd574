"""The consent list: decided as proposed in one step, but for what somebody pulled or the rules refuse."""

from datetime import date, datetime, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction

from aiops.errors import DomainError
from aiops.models import User
from roi.models import AgendaItem, Decision, Review
from roi.operations import in_meeting
from roi.operations.deciding import ToMeasure
from roi.operations.decision import decide
from roi.operations.running import decide_workload
from roi.queries.pre_read_parts import asked_of, tripwires_of_item

MEASURE_WEEKS, DEFER_WEEKS = 2, 13


def decide_consent(
    *, review: Review, by: User, at: datetime
) -> tuple[list[Decision], list[tuple[AgendaItem, str]]]:
    """Each item of the list gets its proposed verdict; gives the decisions, and what was left with the reason.

    Items stay on the list where the chair is barred or a rule refuses: the others are decided all the same.
    """
    with transaction.atomic():
        meeting = in_meeting.locked(review)
        in_meeting.require_running(meeting)
        if by.pk != meeting.chair_id:
            raise PermissionDenied(f"{meeting.chair.name} chairs this meeting and decides.")
        rows = meeting.items.filter(section=AgendaItem.Section.CONSENT, done_at=None, pulled_by=None)
        made, left = [], []
        for item in rows.select_related(
            "candidate__unit", "workload__unit", "review", "pre_read__assessment"
        ):
            try:
                with transaction.atomic():
                    made.append(_decide(item, by, at))
            except (DomainError, PermissionDenied) as error:
                left.append((item, str(error)))
    return made, left


def _decide(item: AgendaItem, by: User, at: datetime) -> Decision:
    said: dict[str, Any] = {
        "item": item,
        "verdict": item.proposed,
        "reason": item.proposed_why or "As proposed, by consent.",
        "by_consent": True,
        "by": by,
        "at": at,
    }
    if item.workload_id and item.workload is not None:
        return decide_workload(workload=item.workload, **said)
    if item.candidate is None:
        raise DomainError("action", "An overdue action is not decided by consent.")
    return decide(candidate=item.candidate, **said, **prefilled(item, at.date()))


def prefilled(item: AgendaItem, day: date) -> dict[str, Any]:
    """What the proposed verdict comes with: tripwires, a date to come back, or who measures what by when."""
    if item.proposed == Decision.Verdict.APPROVE:
        return {"tripwires": tripwires_of_item(item)}
    if item.proposed == Decision.Verdict.DEFER:
        return {"until": day + timedelta(weeks=DEFER_WEEKS)}
    if item.proposed == Decision.Verdict.MEASURE and item.candidate is not None:
        asked = asked_of(item)
        if asked is None:
            return {"measure": item.proposed_why[:200]}
        due = day + timedelta(weeks=MEASURE_WEEKS)
        person = item.candidate.owner
        made = ToMeasure(asked["quantity"], person, asked["samples"], due, asked["words"])
        return {"measure": asked["words"], "measurement": made}
    return {}
