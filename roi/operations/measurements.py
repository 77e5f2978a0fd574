"""Measurements: asked of somebody, sampled with a timer that needs no account, closed into a measured range."""

import secrets
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.urls import reverse

from aiops import audit, permissions
from aiops.errors import DomainError
from aiops.models import User
from aiops.permissions import Permission
from aiops.token_secrets import digest
from backlog import operations as backlog_operations
from backlog.calc.ranges import Range
from backlog.models import Candidate, Estimate
from integrations.operations import tell
from roi.calc.measured import YES_NO, Measured, NotEnough, kind_of, measured
from roi.models import Decision, Measurement, Sample
from roi.operations import baselines

S = Measurement.State
DEAD_AFTER = timedelta(days=30)
MOST_SAMPLES = 500
MOST_MINUTES = Decimal(100_000)


def start_measurement(
    *,
    candidate: Candidate,
    quantity: str,
    what: str,
    person: User,
    samples_wanted: int,
    due_on: date,
    decision: Decision | None = None,
    by: User,
    at: datetime,
) -> tuple[Measurement, str]:
    """Ask somebody to measure one quantity; gives the row and the secret of its timer link, which is not kept."""
    _require_asker(candidate, by)
    _require_possible(candidate, quantity, what, person, samples_wanted, due_on, at)
    secret = secrets.token_urlsafe(24)
    with transaction.atomic():
        row = Measurement.objects.create(
            decision=decision, candidate=candidate, quantity=quantity, what=what.strip()[:200], person=person,
            samples_wanted=samples_wanted, due_on=due_on, link_digest=digest(secret), created_by=by, created_at=at,
        )  # fmt: skip
        said = {"quantity": quantity, "person": person, "samples": samples_wanted, "due_on": due_on}
        audit.record(by=by, at=at, action="measurement.asked", obj=row, unit=candidate.unit, changes=said)
        _tell(row, at)
    return row, secret


def _require_asker(candidate: Candidate, by: User) -> None:
    may = (Permission.DECIDE, Permission.ESTIMATE, Permission.TRIAGE)
    if not any(permissions.has(by, permission, unit=candidate.unit) for permission in may):
        raise PermissionDenied("The lead, an assessor or an owner of the unit asks for a measurement.")


def _require_possible(
    candidate: Candidate, quantity: str, what: str, person: User, samples: int, due_on: date, at: datetime
) -> None:
    if quantity not in Estimate.Quantity.values:
        raise DomainError("quantity", f"There is no quantity «{quantity}».", "quantity")
    if not what.strip():
        raise DomainError("what", "Say what is to be measured.", "what")
    if not 1 <= samples <= MOST_SAMPLES:
        raise DomainError("samples", f"Between 1 and {MOST_SAMPLES} samples.", "samples")
    if due_on <= at.date():
        raise DomainError("due_on", "The date by which it is measured lies in the future.", "due_on")
    if not person.is_active or person.is_system:
        raise DomainError("person", f"{person} is not here any more.", "person")
    if Measurement.objects.filter(candidate=candidate, quantity=quantity, state=S.OPEN).exists():
        words = f"{candidate.key}: that is being measured already."
        raise DomainError("measured_already", words, "quantity")


def _tell(row: Measurement, at: datetime) -> None:
    tell(
        user=row.person,
        topic="action",
        subject=f"Please measure until {row.due_on:%-d %b %Y}: {row.what}"[:200],
        text=f"{row.created_by} asks you to measure for {row.candidate}:\n\n{row.what}\n\n"
        f"{row.samples_wanted} times. The page has a timer for your phone.\n",
        path=reverse("roi:measurement", args=[row.pk]),
        dedup_key=f"measurement-{row.pk}",
        at=at,
        simulated=row.candidate.simulated,
    )


def renew_link(*, measurement: Measurement, by: User, at: datetime) -> str:
    """A new timer link; the one before is dead from this moment."""
    secret = secrets.token_urlsafe(24)
    with transaction.atomic():
        row = _held(measurement, by)
        row.link_digest = digest(secret)
        row.save(update_fields=["link_digest"])
        _log(row, "measurement.link_renewed", by, at)
    return secret


def may_tend(measurement: Measurement, user: User) -> bool:
    """Who measures, who asked, and whoever sizes or decides in the unit."""
    if user.pk in (measurement.person_id, measurement.created_by_id):
        return True
    unit = measurement.candidate.unit
    return any(permissions.has(user, p, unit=unit) for p in (Permission.ESTIMATE, Permission.DECIDE))


def _held(measurement: Measurement, by: User) -> Measurement:
    rows = Measurement.objects.select_for_update(of=("self",)).select_related("candidate__unit", "person")
    row = rows.get(pk=measurement.pk)
    if not may_tend(row, by):
        raise PermissionDenied("Who measures, who asked for it, an assessor or the lead does that.")
    _require_open(row)
    return row


def _require_open(row: Measurement) -> None:
    if row.state != S.OPEN:
        raise DomainError("closed", f"This measurement is {row.get_state_display()}.")


def by_secret(secret: str, at: datetime) -> Measurement | None:
    """The open measurement that a timer link leads to; None for a link that is wrong, old or used up."""
    if not secret:
        return None
    rows = Measurement.objects.filter(link_digest=digest(secret), state=S.OPEN).select_related(
        "candidate", "person"
    )
    row = rows.first()
    return row if row is not None and at.date() <= row.due_on + DEAD_AFTER else None


def add_sample(*, measurement: Measurement, value: Decimal | str, client_id: str, at: datetime) -> Sample:
    """One sample, verified by the link's secret at the door; the same `client_id` again is the same sample."""
    number = _value(measurement.quantity, value)
    if not client_id or len(client_id) > 40:
        raise DomainError("client_id", "This sample has no id of its own.", "client_id")
    with transaction.atomic():
        row = Measurement.objects.select_for_update(of=("self",)).get(pk=measurement.pk)
        if (same := row.samples.filter(client_id=client_id).first()) is not None:
            return same
        _require_open(row)
        if row.samples.filter(struck_at=None).count() >= MOST_SAMPLES:
            raise DomainError("too_many", f"{MOST_SAMPLES} samples are enough.")
        return Sample.objects.create(measurement=row, value=number, client_id=client_id, at=at)


def _value(quantity: str, value: Decimal | str) -> Decimal:
    try:
        number = Decimal(str(value))
    except InvalidOperation as error:
        raise DomainError("value", "A sample is a number.", "value") from error
    if not number.is_finite() or number < 0:
        raise DomainError("value", "A sample is a number, not below zero.", "value")
    if quantity in YES_NO and number not in (0, 1):
        raise DomainError("value", "Answer yes or no.", "value")
    if number > MOST_MINUTES:
        raise DomainError("value", f"At most {MOST_MINUTES:,f}; check the number.", "value")
    return number.quantize(Decimal("0.0001"))


def strike_sample(*, measurement: Measurement, client_id: str = "", at: datetime) -> Sample | None:
    """Take a wrong tap back: the one named, else the newest. Its row stays, crossed out."""
    with transaction.atomic():
        row = Measurement.objects.select_for_update(of=("self",)).get(pk=measurement.pk)
        _require_open(row)
        rows = row.samples.filter(struck_at=None)
        sample = (
            rows.filter(client_id=client_id).first() if client_id else rows.order_by("-at", "-pk").first()
        )
        if sample is not None:
            sample.struck_at = at
            sample.save(update_fields=["struck_at"])
    return sample


def close_measurement(
    *, measurement: Measurement, found: Range | None = None, by: User, at: datetime
) -> Measurement:
    """The samples become a measured range, and the candidate goes back to the review when nothing else is measured.

    Minutes of what runs as a workload already become its time baseline instead: what was approved stays as it was.

    `found` is for what is looked up rather than sampled: low, likely, high.
    """
    with transaction.atomic():
        row = _held(measurement, by)
        made = _result(row, found)
        before = row.candidate.estimates.filter(quantity=row.quantity).first()
        running = baselines.is_of_workload(row)
        if not running:
            _store_range(row, made, by, at)
        row.state, row.done_at, row.link_digest = S.DONE, at, ""
        row.result = {
            "n": made.n,
            "low": made.low,
            "likely": made.likely,
            "high": made.high,
            "words": made.words,
        }
        row.result["before"] = _ends(before)
        row.save(update_fields=["state", "done_at", "link_digest", "result"])
        _log(row, "measurement.done", by, at, n=made.n, likely=made.likely)
        if running:
            baselines.take_study(measurement=row, by=by, at=at)
        _back(row, f"measured: {row.what}", at)
    return row


def _result(row: Measurement, found: Range | None) -> Measured:
    if kind_of(row.quantity) == "looked_up":
        if found is None:
            raise DomainError("found", "Enter what was found: low, likely and high.", "likely")
        return Measured(1, found.low, found.likely, found.high, "looked up")
    values = [float(v) for v in row.samples.filter(struck_at=None).values_list("value", flat=True)]
    try:
        return measured(row.quantity, values)
    except NotEnough as error:
        raise DomainError("not_enough", str(error)) from error


def _ends(estimate: Estimate | None) -> list[float] | None:
    return [float(estimate.low), float(estimate.likely), float(estimate.high)] if estimate else None


def _store_range(row: Measurement, made: Measured, by: User, at: datetime) -> None:
    """By the system: who measures need not be an assessor; the note says who measured."""
    known = Range(made.low, made.likely, made.high, "percentiles", "measured", at.date())
    note = f"{row.person.name}, {at:%-d %b %Y}: {made.words}"[:300]
    backlog_operations.set_estimates(
        candidate=row.candidate,
        ranges={row.quantity: known},
        notes={row.quantity: note},
        by=User.objects.system(),
        at=at,
    )


def _back(row: Measurement, why: str, at: datetime) -> None:
    if not Measurement.objects.filter(candidate=row.candidate_id, state=S.OPEN).exists():
        system = User.objects.system()
        backlog_operations.return_to_review(candidate=row.candidate, why=why[:300], by=system, at=at)


def cancel_measurement(*, measurement: Measurement, reason: str, by: User, at: datetime) -> Measurement:
    """It will not be measured: a candidate goes back to the review as it is, a workload keeps its time baseline."""
    if not reason.strip():
        raise DomainError("reason", "Say why it is not measured.", "reason")
    with transaction.atomic():
        row = _held(measurement, by)
        row.state, row.done_at, row.link_digest = S.CANCELLED, at, ""
        row.save(update_fields=["state", "done_at", "link_digest"])
        _log(row, "measurement.cancelled", by, at, reason=reason.strip())
        _back(row, f"not measured: {reason.strip()}", at)
    return row


def _log(row: Measurement, what: str, by: User, at: datetime, **changes: object) -> None:
    audit.record(by=by, at=at, action=what, obj=row, unit=row.candidate.unit, changes=dict(changes))
