"""Taking back what followed from a decision, so that another one can take its place."""

from datetime import datetime

from aiops.errors import DomainError
from aiops.models import User
from backlog import operations as backlog_operations
from backlog.models import Candidate, State
from roi.models import Action, Decision, Measurement, Review, Tripwire
from workloads import operations as workload_operations
from workloads.models import Workload

V = Decision.Verdict


def require_correctable(old: Decision, review: Review | None) -> None:
    """Only the decision that stands is corrected; what a closed meeting decided needs a decision of its own."""
    if Decision.objects.filter(corrects=old).exists():
        raise DomainError(
            "corrected", "This decision was corrected already: correct the newer one.", "corrects"
        )
    newer = Decision.objects.filter(candidate=old.candidate_id, workload=old.workload_id, pk__gt=old.pk)
    if newer.exists():
        raise DomainError("not_newest", "There is a newer decision on it: correct that one.", "corrects")
    if (
        review is None
        and old.review_id
        and Review.objects.filter(pk=old.review_id, state=Review.State.RUNNING).exists()
    ):
        raise DomainError("running", "That meeting is under way: correct it there.", "corrects")


def undo(old: Decision, by: User, at: datetime) -> None:
    """What followed from a decision goes; refused with words where it cannot."""
    why = f"corrects the decision of {old.at:%-d %b %Y}"
    if old.verdict == V.RETIRE:
        raise DomainError("retired", "It is retired: its keys are gone for good. Register a new workload.")
    _drop_actions(old, at)
    if old.candidate is None:
        return
    if old.verdict == V.APPROVE:
        _undo_approval(old, by, at)
    if old.verdict == V.MEASURE:
        Measurement.objects.filter(decision=old, state=Measurement.State.OPEN).update(
            state=Measurement.State.CANCELLED, done_at=at, link_digest=""
        )
    _stand_again(old, why, by, at)


def _drop_actions(old: Decision, at: datetime) -> None:
    """Those that the decision itself made: scale and fix give somebody something to do."""
    if old.item_id and old.verdict in (V.SCALE, V.FIX):
        rows = Action.objects.filter(item=old.item_id, created_by=old.by_id, created_at=old.at, done_at=None)
        rows.update(dropped_at=at)


def _undo_approval(old: Decision, by: User, at: datetime) -> None:
    Tripwire.objects.filter(decision=old).update(workload=None, state=Tripwire.State.ENDED)
    workload = Workload.objects.filter(candidate=old.candidate_id).first()
    if workload is not None:
        workload_operations.take_back_registration(workload=workload, by=by, at=at)


def _stand_again(old: Decision, why: str, by: User, at: datetime) -> None:
    assert old.candidate_id is not None
    candidate = Candidate.objects.select_related("owner", "unit").get(pk=old.candidate_id)
    if candidate.state == State.DUPLICATE and candidate.merged_into_id:
        candidate = backlog_operations.unmerge(candidate=candidate, by=by, at=at)
    backlog_operations.take_back_decision(candidate=candidate, why=why, by=by, at=at)
