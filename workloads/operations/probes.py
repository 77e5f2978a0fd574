"""The probe of a workload: set by IT, asked once a slot, whoever asks; its answers are kept for 90 days."""

import re
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction

from aiops import audit, jobs, permissions
from aiops.errors import DomainError
from aiops.models import User
from aiops.permissions import Permission
from integrations.messages import Health
from integrations.models import Connection
from integrations.operations import ask_health
from workloads.models import Probe, ProbeResult, Workload

KEPT = timedelta(days=90)
# Past its slot by so much, a question is no longer the one of that slot.
GRACE = timedelta(seconds=60)
MOST_MINUTES = 1440
PATH = re.compile(r"(?:/[!-~]*)?", re.ASCII)
LOST = "The worker was lost while it asked; this slot is not counted."


def set_probe(
    *,
    workload: Workload,
    connection: Connection,
    path: str = "",
    expected_status: int = 200,
    timeout_seconds: int = 10,
    every_minutes: int = 5,
    is_on: bool = True,
    by: User,
    at: datetime,
) -> Probe:
    """The one probe of a workload, first due at once. IT only: it decides where Payback knocks."""
    permissions.require(by, Permission.CONNECT, unit=workload.unit)
    figures = {
        "connection": connection,
        "path": path.strip(),
        "expected_status": expected_status,
        "timeout_seconds": timeout_seconds,
        "every_minutes": every_minutes,
        "is_on": is_on,
    }
    _require_sound(workload, figures)
    with transaction.atomic():
        Workload.objects.select_for_update().get(pk=workload.pk)
        before = Probe.objects.filter(workload=workload).first()
        old = {name: getattr(before, name, None) for name in figures}
        probe, _ = Probe.objects.update_or_create(
            workload=workload, defaults={**figures, "next_due_at": at, "by": by}
        )
        changes = {name: [old[name], value] for name, value in figures.items() if old[name] != value}
        action = "probe.changed" if before else "probe.set"
        audit.record(by=by, at=at, action=action, obj=probe, unit=workload.unit, changes=changes)
    return probe


def _require_sound(workload: Workload, figures: dict[str, Any]) -> None:
    if workload.stage == "retired":
        raise DomainError("retired", "This workload is retired; nothing asks for it any more.")
    if figures["connection"].kind != Connection.Kind.HEALTH:
        raise DomainError("connection_kind", "A probe asks a health address.", "connection")
    if not PATH.fullmatch(figures["path"]) or "#" in figures["path"] or len(figures["path"]) > 300:
        words = "The path starts with / and has no spaces; leave it empty to ask the address itself."
        raise DomainError("path", words, "path")
    if not 100 <= figures["expected_status"] <= 599:
        raise DomainError("status", "A status lies between 100 and 599; 200 is usual.", "expected_status")
    if not 1 <= figures["timeout_seconds"] <= 30:
        raise DomainError("timeout", "Wait between 1 and 30 seconds.", "timeout_seconds")
    if not 1 <= figures["every_minutes"] <= MOST_MINUTES:
        raise DomainError("cadence", "Ask between once a minute and once a day.", "every_minutes")


def may_probe(workload: Workload, by: User) -> bool:
    try:
        permissions.require(by, Permission.CONNECT, unit=workload.unit)
    except PermissionDenied:
        return False
    return workload.stage != "retired"


def slot_at(probe: Probe, at: datetime) -> datetime:
    """The start of the slot that `at` falls into."""
    seconds = probe.every_minutes * 60
    return datetime.fromtimestamp(int(at.timestamp()) // seconds * seconds, tz=at.tzinfo)


def dispatch_probes(*, at: datetime) -> int:
    """Enqueue the newest slot of every due probe, once; slots missed in a downtime are not asked afterwards."""
    due = Probe.objects.filter(
        is_on=True, next_due_at__lte=at, connection__enabled=True, workload__stage__in=["pilot", "live"]
    )
    sent = 0
    for probe in due.order_by("pk"):
        slot = slot_at(probe, at)
        after = slot + timedelta(minutes=probe.every_minutes)
        with transaction.atomic():
            # Of two dispatchers the one whose UPDATE moves the time goes on.
            mine = Probe.objects.filter(pk=probe.pk, next_due_at=probe.next_due_at).update(next_due_at=after)
            if mine:
                jobs.enqueue("workloads.run_probe", probe.pk, slot.isoformat())
                _tidy(probe, at)
                sent += 1
    return sent


def _tidy(probe: Probe, at: datetime) -> None:
    """Slots whose worker was lost say so; what is older than 90 days goes."""
    over = at - timedelta(minutes=probe.every_minutes, seconds=probe.timeout_seconds) - GRACE
    probe.results.filter(ok=None, error="", slot__lt=over).update(error=LOST)
    probe.results.filter(slot__lt=at - KEPT).delete()


def run_probe(*, probe_id: int, slot: datetime, at: datetime) -> ProbeResult | None:
    """Ask for one slot; None when somebody else has it, it is over, or the probe is off.

    The row is the claim: whoever inserts it asks. Call it outside a transaction; the answer is written when it is
    there, and a worker killed in between leaves a slot that counts neither as up nor as down.
    """
    probe = Probe.objects.select_related("connection", "workload").filter(pk=probe_id, is_on=True).first()
    if probe is None or not probe.connection.enabled or not probe.workload.is_running:
        return None
    if at > slot + timedelta(minutes=probe.every_minutes) + GRACE:
        return None
    result, mine = ProbeResult.objects.get_or_create(probe=probe, slot=slot)
    if not mine:
        return None
    for name, value in _verdict(probe, _asked(probe, at)).items():
        setattr(result, name, value)
    result.save(update_fields=["ok", "status", "latency_ms", "error"])
    return result


def _asked(probe: Probe, at: datetime) -> Health:
    try:
        return ask_health(
            connection=probe.connection, path=probe.path, timeout=float(probe.timeout_seconds), at=at
        )
    except (
        Exception
    ) as error:  # what a connector did not foresee, or the task's time limit, is no answer either
        return Health(None, 0, f"It broke off unexpectedly ({type(error).__name__}).", True)


def _verdict(probe: Probe, health: Health) -> dict[str, Any]:
    """Up, down, or not asked because the address may not be connected to: that is no fault of the workload."""
    if not health.was_asked:
        return {"ok": None, "error": f"Not asked: {health.error}"[:200]}
    ok = health.status == probe.expected_status
    words = health.error
    if health.status is not None and not ok:
        words = f"It answered {health.status} instead of {probe.expected_status}."
    return {"ok": ok, "status": health.status, "latency_ms": health.latency_ms, "error": words[:200]}
