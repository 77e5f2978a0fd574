"""Decide: approve, measure first, defer, reject, duplicate; with a reason, never on what is one's own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction

from aiops import permissions
from aiops.errors import DomainError
from aiops.models import User
from aiops.permissions import Permission
from backlog import operations as backlog_operations
from backlog.models import Candidate, State
from roi.models import AgendaItem, Assessment, Decision, Review
from roi.operations import deciding, in_meeting
from roi.operations.assessment import assess
from roi.operations.baselines import first_baseline
from roi.operations.correcting import require_correctable, undo
from roi.operations.deciding import Said, ToMeasure
from roi.operations.decision_mail import tell_decision
from roi.operations.measurements import start_measurement
from roi.queries.barred import barred_words
from workloads import operations as workload_operations

V = Decision.Verdict
STATES = {
    "approve": State.APPROVED,
    "defer": State.DEFERRED,
    "measure": State.MEASURING,
    "reject": State.REJECTED,
    "duplicate": State.DUPLICATE,
}
DECIDABLE = (State.IN_REVIEW, State.DEFERRED, State.MEASURING)


@dataclass(frozen=True)
class Build:
    """Who builds and runs what was approved, and by when."""

    business_owner: User
    deputy: User | None = None
    builder: User | None = None
    it_steward: User | None = None
    planned_go_live: date | None = None
    item_noun: str = "item"


def decide(
    *,
    candidate: Candidate,
    verdict: str,
    reason: str,
    until: date | None = None,
    measure: str = "",
    build: Build | None = None,
    item: AgendaItem | None = None,
    review: Review | None = None,
    corrects: Decision | None = None,
    tripwires: Sequence[Mapping[str, Any]] = (),
    reapprove_on: date | None = None,
    quality_bar: str = "",
    measurement: ToMeasure | None = None,
    duplicate_of: Candidate | None = None,
    by_consent: bool = False,
    revision: int | None = None,
    by: User,
    at: datetime,
) -> Decision:
    """The verdict, kept with the assessment as seen; approval registers the workload in the same step.

    In a meeting (`item`) it rests on the assessment frozen in the pre-read, and is refused where the item is no longer
    as `revision` saw it. `corrects` names the decision that it takes the place of: what followed from that one goes.
    """
    deciding.require_decider(candidate, by)
    said = Said(
        verdict, reason, until, measure, tripwires, reapprove_on, quality_bar, measurement, duplicate_of,
        by_consent, corrects,
    )  # fmt: skip
    deciding.require_complete(said, at)
    _require_go_live(build, at)
    with transaction.atomic():
        elsewhere = [] if item else in_meeting.held_elsewhere(candidate)
        item = in_meeting.claim(item, review, by, at, revision, corrects) if item else None
        candidate = _locked(candidate)
        _take_back(said, candidate, item, by, at)
        candidate = _decidable(candidate)
        decision = _store(said, candidate, item, by, at)
        _follow(decision, said, build or Build(candidate.owner), by, at)
        deciding.record(decision, candidate, said, by, at)
        if item is not None:
            in_meeting.settle(item, at)
        else:
            in_meeting.close_elsewhere(elsewhere, at)
            tell_decision(decision, at)
    return decision


def may_decide(candidate: Candidate, user: User) -> bool:
    """Whether `decide` would listen to this person now: what pages ask before they draw a button."""
    return (
        permissions.has(user, Permission.DECIDE, unit=candidate.unit)
        and not barred_words(candidate, user)
        and candidate.state in DECIDABLE
    )


def _require_go_live(build: Build | None, at: datetime) -> None:
    if build and build.planned_go_live and build.planned_go_live < at.date():
        raise DomainError("planned_go_live", "The planned go-live lies in the past.", "planned_go_live")


def _locked(candidate: Candidate) -> Candidate:
    rows = Candidate.objects.select_for_update(of=("self",)).select_related("owner", "unit")
    return rows.get(pk=candidate.pk)


def _take_back(said: Said, candidate: Candidate, item: AgendaItem | None, by: User, at: datetime) -> None:
    old = said.corrects
    if old is None:
        return
    if old.candidate_id != candidate.pk:
        raise DomainError("corrects", "That decision is on another candidate.", "corrects")
    require_correctable(old, item.review if item else None)
    undo(old, by, at)


def _decidable(candidate: Candidate) -> Candidate:
    candidate = _locked(candidate)
    if candidate.state not in DECIDABLE:
        words = f"{candidate.key} is {candidate.get_state_display()}: there is nothing to decide."
        raise DomainError("not_in_review", words)
    return candidate


def _store(said: Said, candidate: Candidate, item: AgendaItem | None, by: User, at: datetime) -> Decision:
    assessment = _seen(candidate, item, by, at)
    is_approval = said.verdict == V.APPROVE
    again = said.reapprove_on or deciding.in_a_year(at.date())
    return Decision.objects.create(
        candidate=candidate,
        assessment=assessment,
        as_seen=deciding.as_seen(item, assessment, by),
        item=item,
        review=item.review if item else None,
        corrects=said.corrects,
        by_consent=said.by_consent,
        duplicate_of=said.duplicate_of if said.verdict == V.DUPLICATE else None,
        reapprove_on=again if is_approval else None,
        quality_bar=(said.quality_bar.strip() or deciding.QUALITY_BAR)[:200] if is_approval else "",
        verdict=said.verdict,
        reason=said.reason.strip(),
        until=said.until if said.verdict == V.DEFER else None,
        measure=deciding.measured_words(said)[:200],
        by=by,
        at=at,
    )


def _seen(candidate: Candidate, item: AgendaItem | None, by: User, at: datetime) -> Assessment:
    """The one frozen in the pre-read, else a fresh one."""
    pre_read = getattr(item, "pre_read", None) if item else None
    frozen = pre_read.assessment if pre_read else None
    return frozen or assess(candidate=candidate, by=by, at=at)


def _follow(decision: Decision, said: Said, build: Build, by: User, at: datetime) -> None:
    candidate = decision.candidate
    assert candidate is not None
    if said.duplicate_of is not None and decision.verdict == V.DUPLICATE:
        backlog_operations.merge(candidate=candidate, into=said.duplicate_of, by=by, at=at)
        return
    state = STATES[decision.verdict]
    moved = backlog_operations.mark_decided(
        candidate=candidate, state=state, until=decision.until, by=by, at=at
    )
    if decision.verdict == V.APPROVE:
        made = workload_operations.register(candidate=moved, name=moved.title, by=by, at=at, **vars(build))
        deciding.set_tripwires(decision, said.tripwires, made)
        first_baseline(workload=made, at=at)
    if decision.verdict == V.MEASURE and said.measurement is not None:
        _measure(decision, said.measurement, by, at)


def _measure(decision: Decision, asked: ToMeasure, by: User, at: datetime) -> None:
    assert decision.candidate is not None
    start_measurement(
        candidate=decision.candidate,
        quantity=asked.quantity,
        what=asked.what or decision.measure,
        person=asked.person,
        samples_wanted=asked.samples,
        due_on=asked.due_on,
        decision=decision,
        by=by,
        at=at,
    )
