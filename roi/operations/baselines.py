"""Time baselines: from a study, ticket history or timestamps; else an estimate, marked as one."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction

from aiops import audit, permissions
from aiops.errors import DomainError
from aiops.models import User
from aiops.permissions import Permission
from roi.calc.measured import FEWEST, NotEnough
from roi.calc.timestamps import LONGEST, Touch, timed
from roi.models import Measurement, TimeBaseline
from workloads.models import Workload

How = TimeBaseline.How
MILLI = Decimal("0.001")
MOST_MINUTES = Decimal(100_000)
OF_FILES = (How.TICKETS, How.TIMESTAMPS)


def may_tell(workload: Workload, user: User) -> bool:
    """Who tells how a workload's value is counted: its owner, deputy, an assessor, or the lead."""
    if workload.answers(user):
        return True
    both = (Permission.ESTIMATE, Permission.OPERATE_WORKLOAD)
    return any(permissions.has(user, permission, unit=workload.unit) for permission in both)


def require_teller(workload: Workload, by: User) -> None:
    if not may_tell(workload, by):
        raise PermissionDenied("The owner, the deputy, an assessor or the lead does this.")


def set_baseline(
    *,
    workload: Workload,
    minutes: Decimal,
    low: Decimal,
    high: Decimal,
    how: str,
    n: int = 0,
    measured_from: date | None = None,
    measured_to: date | None = None,
    note: str = "",
    by: User,
    at: datetime,
) -> TimeBaseline:
    """A mean with its P10 and P90 (minutes an item). It replaces the one before, which is kept; closed months stay."""
    require_teller(workload, by)
    _require_ordered(minutes, low, high)
    _require_honest(how, n, measured_from, measured_to, at)
    found = {"minutes": minutes, "low": low, "high": high, "how": how, "n": n if how != How.ESTIMATE else 0}
    days = {"measured_from": measured_from, "measured_to": measured_to} if how != How.ESTIMATE else {}
    return _store(workload, found | days | {"note": note.strip()[:300]}, by, at)


def _require_ordered(minutes: Decimal, low: Decimal, high: Decimal) -> None:
    if not 0 <= low <= minutes <= high:
        raise DomainError("order", "Low, mean and high must rise, from zero.", "minutes")
    if minutes == 0:
        raise DomainError("minutes", "An item that took no time frees none.", "minutes")
    if high > MOST_MINUTES:
        raise DomainError("minutes", f"At most {MOST_MINUTES:,f} minutes; check the number.", "high")


def _require_honest(how: str, n: int, first: date | None, last: date | None, at: datetime) -> None:
    """What is called measured says of how many items and from which days."""
    if how not in How.values:
        raise DomainError("how", f"There is no «{how}»: choose {', '.join(How.values)}.", "how")
    if how == How.ESTIMATE:
        return
    if n < FEWEST:
        words = f"A measured baseline is of {FEWEST} items or more; else call it an estimate."
        raise DomainError("n", words, "n")
    if first is None or last is None:
        raise DomainError(
            "days", "Say from which days the times are, or call it an estimate.", "measured_from"
        )
    if not first <= last <= at.date():
        raise DomainError("days", "The days run forward and have passed.", "measured_to")


def _store(workload: Workload, found: dict[str, object], by: User, at: datetime) -> TimeBaseline:
    with transaction.atomic():
        held = Workload.objects.select_for_update(of=("self",), no_key=True).get(pk=workload.pk)
        before = TimeBaseline.objects.filter(workload=held, replaced_by=None).first()
        early = is_before_go_live(held, found.get("measured_to"))  # type: ignore[arg-type]
        made = TimeBaseline.objects.create(workload=held, before_go_live=early, by=by, at=at, **found)
        if before is not None:
            before.replaced_by = made
            before.save(update_fields=["replaced_by"])
        said = {name: found.get(name) for name in ("minutes", "low", "high", "how", "n")}
        said |= {"workload": str(workload), "minutes_before": before.minutes if before else None}
        audit.record(by=by, at=at, action="baseline.set", obj=made, unit=workload.unit, changes=said)
    return made


def is_before_go_live(workload: Workload, measured_to: date | None) -> bool:
    """Whether the last timed item was finished before the workload did any; unknown days are not."""
    if measured_to is None:
        return False
    first_call = workload.first_call_at.date() if workload.first_call_at else None
    starts = [day for day in (workload.go_live, first_call) if day is not None]
    if starts:
        return measured_to < min(starts)
    return not workload.is_running and workload.stage != "retired"


def baseline_from_touches(
    *,
    workload: Workload,
    touches: Iterable[Touch],
    how: str,
    longest: float = LONGEST,
    note: str = "",
    by: User,
    at: datetime,
) -> TimeBaseline:
    """From a system's work times: a robust mean, with what was left out told. DomainError under five items."""
    require_teller(workload, by)
    if how not in OF_FILES:
        raise DomainError("how", "Work times come from ticket history or from a system's timestamps.", "how")
    try:
        made = timed(touches, longest)
    except NotEnough as error:
        raise DomainError("not_enough", str(error), "file") from error
    if made.first is None or made.last is None:
        raise DomainError("days", "The file says no day: add a column «day», or «start» and «end».", "file")
    if made.last > (at + timedelta(days=1)).date():
        raise DomainError("future", f"The last item is of {made.last:%-d %b %Y}, which is to come.", "file")
    told = "; ".join(part for part in (note.strip(), made.words) if part)
    return set_baseline(
        workload=workload, how=how, n=made.n, minutes=round3(made.minutes), low=round3(made.low),
        high=round3(made.high), measured_from=made.first, measured_to=min(made.last, at.date()), note=told,
        by=by, at=at,
    )  # fmt: skip


def round3(value: float) -> Decimal:
    return Decimal(str(value)).quantize(MILLI)


# -- from the candidate's time study


def is_of_workload(measurement: Measurement) -> bool:
    """A timing of minutes for a candidate that became a workload."""
    of = Workload.objects.filter(candidate_id=measurement.candidate_id)
    return measurement.quantity == "minutes" and of.exists()


def take_study(*, measurement: Measurement, by: User, at: datetime) -> TimeBaseline | None:
    """A finished timing becomes the baseline of the workload, by whoever may close it; None under five samples."""
    workload = Workload.objects.select_related("unit").get(candidate_id=measurement.candidate_id)
    return _from_study(workload, measurement, by, at)


def first_baseline(*, workload: Workload, at: datetime) -> TimeBaseline | None:
    """On registering: the candidate's newest finished timing, when there is one and no baseline yet."""
    if workload.candidate_id is None or TimeBaseline.objects.filter(workload=workload).exists():
        return None
    done = Measurement.objects.filter(
        candidate_id=workload.candidate_id, quantity="minutes", state=Measurement.State.DONE
    )
    newest = done.order_by("-done_at", "-pk").first()
    return None if newest is None else _from_study(workload, newest, User.objects.system(), at)


def _from_study(workload: Workload, study: Measurement, by: User, at: datetime) -> TimeBaseline | None:
    result: dict[str, Any] = study.result or {}
    n = int(result.get("n") or 0)
    if n < FEWEST:
        return None
    ends = {"minutes": round3(result["likely"])}
    ends |= {name: round3(result[name]) for name in ("low", "high")}
    days = [sample.at.date() for sample in study.samples.filter(struck_at=None)]
    days = days or [(study.done_at or at).date()]
    note = f"timed by {study.person}: {result.get('words', '')}"[:300]
    found = {"how": How.STUDY, "n": n, "measured_from": min(days), "measured_to": max(days), "note": note}
    return _store(workload, ends | found, by, at)
