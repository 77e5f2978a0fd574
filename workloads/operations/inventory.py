"""Workloads come from a decision, move through their stages, spend money and go live."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.text import slugify

from aiops import audit, permissions
from aiops.errors import DomainError
from aiops.models import User
from aiops.permissions import Permission
from backlog import operations as backlog_operations
from backlog.models import Candidate
from workloads.models import Change, Stage, Workload
from workloads.operations import budget_rows


def register(
    *,
    candidate: Candidate,
    name: str,
    business_owner: User,
    deputy: User | None,
    builder: User | None,
    it_steward: User | None,
    planned_go_live: date | None,
    item_noun: str = "item",
    by: User,
    at: datetime,
) -> Workload:
    """An approved candidate becomes a workload; registering it twice is refused."""
    permissions.require(by, Permission.DECIDE)
    with transaction.atomic():
        if Workload.objects.filter(candidate=candidate).exists():
            raise DomainError("registered", f"{candidate.key} is registered as a workload already.")
        if deputy is not None and deputy == business_owner:
            raise DomainError("deputy", "The deputy must be somebody else than the owner.", "deputy")
        people = {
            "business_owner": business_owner,
            "deputy": deputy,
            "builder": builder,
            "it_steward": it_steward,
        }
        workload = Workload.objects.create(
            number=Workload.objects.next_number(),
            name=name,
            slug=free_slug(name),
            candidate=candidate,
            unit=candidate.unit,
            klass=candidate.klass,
            planned_go_live=planned_go_live,
            item_noun=item_noun,
            simulated=candidate.simulated,
            created_at=at,
            **people,
        )
        audit.record(by=by, at=at, action="workload.registered", obj=workload, changes=people)
        _log(workload, at, Change.Kind.STAGE, "Approved and registered", by)
    return workload


def free_slug(name: str) -> str:
    stem = slugify(name)[:100] or "workload"
    taken = set(Workload.objects.filter(slug__startswith=stem).values_list("slug", flat=True))
    names = [stem, *(f"{stem}-{n}" for n in range(2, len(taken) + 3))]
    return next(slug for slug in names if slug not in taken)


def require_operator(workload: Workload, by: User) -> None:
    """Owner, deputy, builder or the lead; PermissionDenied for everybody else."""
    if workload.answers(by) or by.pk == workload.builder_id:
        return
    if not permissions.has(by, Permission.OPERATE_WORKLOAD, unit=workload.unit):
        raise PermissionDenied("Only the owner, the deputy, the builder or the lead may do this.")


def _locked(workload: Workload) -> Workload:
    return (
        Workload.objects.select_for_update(of=("self",))
        .select_related("unit", "candidate")
        .get(pk=workload.pk)
    )


def move_stage(*, workload: Workload, stage: str, on: date, by: User, at: datetime) -> Workload:
    """Move on (or from live back to pilot); the candidate follows.

    Going live dates the go-live; retiring ends keys and checks for good.
    """
    require_operator(workload, by)
    with transaction.atomic():
        workload = _locked(workload)
        if not workload.may_move_to(stage):
            words = f"A workload that is {workload.get_stage_display()} cannot become {stage}."
            raise DomainError("stage", words, "stage")
        before, workload.stage = workload.stage, stage
        if stage == Stage.LIVE and workload.go_live is None:
            workload.go_live = on
        if stage == Stage.RETIRED:
            _retire(workload, on, at)
        workload.save(update_fields=["stage", "go_live", "retired_on"])
        _candidate_follows(workload, stage, by, at)
        audit.record(
            by=by, at=at, action="workload.stage_moved", obj=workload, changes={"from": before, "to": stage}
        )
        _log(workload, at, Change.Kind.STAGE, f"From {before} to {stage}", by)
    return workload


def _retire(workload: Workload, on: date, at: datetime) -> None:
    workload.retired_on = on
    workload.checks.update(enabled=False)
    workload.ingest_keys.filter(revoked_at=None).update(revoked_at=at)


def _candidate_follows(workload: Workload, stage: str, by: User, at: datetime) -> None:
    follow: dict[str, Any] = {
        Stage.BUILDING: backlog_operations.mark_building,
        Stage.LIVE: backlog_operations.mark_live,
        Stage.RETIRED: backlog_operations.mark_retired,
    }
    if workload.candidate is not None and stage in follow:
        follow[stage](candidate=workload.candidate, by=by, at=at)


def confirm_go_live(*, workload: Workload, on: date, by: User, at: datetime) -> Workload:
    """The owner confirms the date that the first production call proposed; ramp and silence count from it."""
    if not workload.answers(by) and not by.is_system:
        raise PermissionDenied("Only the business owner or the deputy confirms the go-live date.")
    with transaction.atomic():
        workload = _locked(workload)
        if not workload.waits_for_go_live:
            raise DomainError("go_live", "There is no go-live date to confirm.", "on")
        if on > at.date():
            raise DomainError("go_live_future", "The go-live date cannot lie in the future.", "on")
        workload.go_live = on
        workload.save(update_fields=["go_live"])
        audit.record(by=by, at=at, action="workload.go_live_confirmed", obj=workload, changes={"on": on})
        _log(workload, at, Change.Kind.STAGE, f"Live since {on:%-d %b %Y}, confirmed", by)
        if workload.stage == Stage.APPROVED:
            move_stage(workload=workload, stage=Stage.BUILDING, on=on, by=by, at=at)
        if workload.stage != Stage.LIVE:
            move_stage(workload=workload, stage=Stage.LIVE, on=on, by=by, at=at)
    workload.refresh_from_db()
    return workload


def record_spend(*, workload: Workload, spent: Decimal, by: User, at: datetime) -> Workload:
    """The money spent on building so far, as one total in company currency."""
    require_operator(workload, by)
    if spent < 0:
        raise DomainError("spent", "Money spent cannot be below zero.", "spent")
    with transaction.atomic():
        workload = _locked(workload)
        _refuse_retired(workload)
        changes = {"from": workload.spent, "to": spent}
        workload.spent = spent
        workload.save(update_fields=["spent"])
        audit.record(by=by, at=at, action="workload.spend_recorded", obj=workload, changes=changes)
    return workload


def set_budget(*, workload: Workload, monthly_budget: Decimal | None, by: User, at: datetime) -> Workload:
    """The monthly budget that the cost check watches; None for none."""
    require_operator(workload, by)
    if monthly_budget is not None and monthly_budget <= 0:
        raise DomainError("budget", "A budget must be above zero; leave it empty for none.", "monthly_budget")
    with transaction.atomic():
        workload = _locked(workload)
        _refuse_retired(workload)
        changes = {"from": workload.monthly_budget, "to": monthly_budget}
        workload.monthly_budget = monthly_budget
        workload.save(update_fields=["monthly_budget"])
        budget_rows.set_monthly(workload, monthly_budget, by, at)
        audit.record(by=by, at=at, action="workload.budget_set", obj=workload, changes=changes)
        _log(workload, at, Change.Kind.BUDGET, f"Monthly budget {monthly_budget or 'removed'}", by)
    return workload


def set_plan(*, workload: Workload, planned_go_live: date | None, by: User, at: datetime) -> Workload:
    """Another planned go-live; the log keeps that it moved."""
    require_operator(workload, by)
    with transaction.atomic():
        workload = _locked(workload)
        _refuse_retired(workload)
        changes = {"from": workload.planned_go_live, "to": planned_go_live}
        workload.planned_go_live = planned_go_live
        workload.save(update_fields=["planned_go_live"])
        audit.record(by=by, at=at, action="workload.planned", obj=workload, changes=changes)
        words = f"planned for {planned_go_live:%-d %b %Y}" if planned_go_live else "no longer planned"
        _log(workload, at, Change.Kind.STAGE, f"Go-live {words}", by)
    return workload


FIELD_VERBS: dict[str, Callable[..., Workload]] = {
    "planned_go_live": set_plan,
    "spent": record_spend,
    "monthly_budget": set_budget,
}


def change_workload(*, workload: Workload, changes: Mapping[str, Any], by: User, at: datetime) -> Workload:
    """Several of the verbs above at once, by field: all of them happen or none."""
    said: dict[str, Any] = {"by": by, "at": at}
    with transaction.atomic():
        for field, verb in FIELD_VERBS.items():
            if field in changes:
                workload = verb(workload=workload, **{field: changes[field]}, **said)
        if "go_live" in changes:
            workload = confirm_go_live(workload=workload, on=changes["go_live"], **said)
        if "stage" in changes:
            on = changes.get("on") or at.date()
            workload = move_stage(workload=workload, stage=changes["stage"], on=on, **said)
    return workload


def _refuse_retired(workload: Workload) -> None:
    if workload.stage == Stage.RETIRED:
        raise DomainError("retired", "This workload is retired; its figures stand.")


def log_change(*, workload: Workload, kind: str, summary: str, by: User, at: datetime) -> Change:
    """A line of the change log by hand: a new prompt, release or price."""
    require_operator(workload, by)
    if not summary.strip():
        raise DomainError("summary", "Say what changed.", "summary")
    with transaction.atomic():
        change = _log(workload, at, kind, summary.strip()[:300], by)
        audit.record(by=by, at=at, action="workload.change_logged", obj=workload, changes={"kind": kind})
    return change


def _log(workload: Workload, at: datetime, kind: str, summary: str, by: User | None) -> Change:
    return Change.objects.create(workload=workload, at=at, kind=kind, summary=summary, by=by)
