"""Deciding on a workload: scale, fix, keep or retire."""

from datetime import date, datetime

from django.db import transaction

from aiops.errors import DomainError
from aiops.models import User
from roi.models import Action, AgendaItem, Decision, Review
from roi.operations import deciding, in_meeting
from roi.operations.actions import tell_action
from roi.operations.correcting import require_correctable, undo
from roi.operations.deciding import Said
from roi.operations.decision_mail import tell_decision
from workloads import operations as workload_operations
from workloads.models import Stage, Workload

V = Decision.Verdict
WEEKS = {V.FIX: 2, V.SCALE: 4}


def decide_workload(
    *,
    workload: Workload,
    verdict: str,
    reason: str,
    item: AgendaItem | None = None,
    review: Review | None = None,
    corrects: Decision | None = None,
    owner: User | None = None,
    due_on: date | None = None,
    reapprove_on: date | None = None,
    by_consent: bool = False,
    revision: int | None = None,
    by: User,
    at: datetime,
) -> Decision:
    """Scale and fix give somebody an action (in a meeting), keep renews the approval, retire ends it for good.

    `owner` and `due_on` are of that action: the business owner, in two weeks to fix and four to scale, where not said.
    """
    deciding.require_decider(workload, by)
    said = Said(verdict, reason, reapprove_on=reapprove_on, by_consent=by_consent, corrects=corrects)
    deciding.require_complete_running(said, at)
    with transaction.atomic():
        item = in_meeting.claim(item, review, by, at, revision, corrects) if item else None
        workload = _locked(workload)
        if corrects is not None:
            _take_back(corrects, workload, item, by, at)
        if workload.stage == Stage.RETIRED:
            raise DomainError("retired", f"{workload.key} is retired: there is nothing to decide.")
        decision = _store(said, workload, item, by, at)
        _follow(decision, workload, owner, due_on, by, at)
        deciding.record(decision, workload, said, by, at)
        if item is not None:
            in_meeting.settle(item, at)
        else:
            tell_decision(decision, at)
    return decision


def _locked(workload: Workload) -> Workload:
    rows = Workload.objects.select_for_update(of=("self",)).select_related("unit", "business_owner", "deputy")
    return rows.get(pk=workload.pk)


def _take_back(old: Decision, workload: Workload, item: AgendaItem | None, by: User, at: datetime) -> None:
    if old.workload_id != workload.pk:
        raise DomainError("corrects", "That decision is on another workload.", "corrects")
    require_correctable(old, item.review if item else None)
    undo(old, by, at)


def _store(said: Said, workload: Workload, item: AgendaItem | None, by: User, at: datetime) -> Decision:
    renews = said.verdict in (V.KEEP, V.SCALE)
    return Decision.objects.create(
        workload=workload,
        item=item,
        review=item.review if item else None,
        corrects=said.corrects,
        by_consent=said.by_consent,
        as_seen=deciding.as_seen(item, None, by),
        reapprove_on=(said.reapprove_on or deciding.in_a_year(at.date())) if renews else None,
        verdict=said.verdict,
        reason=said.reason.strip(),
        by=by,
        at=at,
    )


def _follow(
    decision: Decision, workload: Workload, owner: User | None, due_on: date | None, by: User, at: datetime
) -> None:
    if decision.verdict == V.RETIRE:
        workload_operations.move_stage(workload=workload, stage=Stage.RETIRED, on=at.date(), by=by, at=at)
    if decision.verdict not in WEEKS or decision.review is None:
        return
    due = due_on or deciding.in_weeks(at.date(), WEEKS[V(decision.verdict)])
    if due < at.date():
        raise DomainError("due_on", "The action is due in the past.", "due_on")
    action = Action.objects.create(
        review=decision.review,
        item=decision.item,
        text=f"{decision.get_verdict_display().capitalize()} {workload.key} {workload.name}: {decision.reason}"[
            :300
        ],
        owner=owner or workload.business_owner,
        due_on=due,
        created_by=by,
        created_at=at,
    )
    tell_action(action, at)
