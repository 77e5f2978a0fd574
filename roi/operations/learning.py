"""Learning from what finished: each estimate of a workload whose actual is known becomes a case, by itself."""

from datetime import datetime

from django.db import transaction
from django.urls import reverse

from aiops import audit
from aiops.models import User
from integrations.operations import tell
from roi.models import PastCase
from roi.queries.finished import Finished, finished

FIGURES = ("measure", "low", "likely", "high", "actual", "finished_on")


def learn(*, at: datetime) -> int:
    """Record and bring up to date the cases of all workloads; how many were written. Run twice, it writes nothing.

    A case follows its figures: a bill that comes late, or a correction of a closed month, changes the actual. The
    owner of the estimate hears of a new one, before anybody else sees it under the owner's name.
    """
    by, written = User.objects.system(), 0
    with transaction.atomic():
        own = PastCase.objects.select_for_update().filter(workload__isnull=False)
        known = {(case.workload_id, case.quantity): case for case in own}
        taken = set(PastCase.objects.filter(workload=None).values_list("name", "quantity", "finished_on"))
        for found in finished(at.date()):
            case = known.get((found.workload.pk, found.quantity))
            if case is not None:
                written += _follow(case, found, by, at)
            elif (_name(found), found.quantity, found.finished_on) not in taken:
                written += _create(found, by, at)
    return written


def _name(found: Finished) -> str:
    return f"{found.workload.key} {found.workload.name}"


def _create(found: Finished, by: User, at: datetime) -> int:
    candidate = found.workload.candidate
    assert candidate is not None
    figures = {name: getattr(found, name) for name in FIGURES}
    case = PastCase.objects.create(
        name=_name(found), quantity=found.quantity, klass=found.workload.klass,
        unit=candidate.unit, owner=candidate.owner, workload=found.workload, by=by, at=at, **figures,
    )  # fmt: skip
    audit.record(by=by, at=at, action="past_case.learned", obj=case, changes=figures)
    _tell(case, at)
    return 1


def _follow(case: PastCase, found: Finished, by: User, at: datetime) -> int:
    changes = {
        n: [getattr(case, n), getattr(found, n)] for n in FIGURES if getattr(case, n) != getattr(found, n)
    }
    if not changes:
        return 0
    for name in changes:
        setattr(case, name, getattr(found, name))
    case.save(update_fields=list(changes))
    audit.record(by=by, at=at, action="past_case.followed", obj=case, changes=changes)
    return 1


def _tell(case: PastCase, at: datetime) -> None:
    assert case.owner is not None and case.workload is not None
    times = case.actual / case.likely
    said = f"The {case.get_quantity_display()} that you estimated for {case.name} is known now: {times:.2f} times"
    tell(
        user=case.owner,
        topic="activity",
        subject=f"{said} the likely figure.",
        text=f"{said} the likely figure.\n",
        path=reverse("roi:track_record"),
        dedup_key=f"past-case-{case.pk}",
        at=at,
        simulated=case.workload.simulated,
    )
