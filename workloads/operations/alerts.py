"""Alerts from outside: one incident for each, closed when the alert is; unknown workloads are counted."""

from collections import Counter
from datetime import datetime

from django.db import transaction

from aiops.models import User
from integrations import operations as integration_operations
from integrations.messages import Alert, AlertBatch
from integrations.models import Connection, Delivery
from workloads.models import Incident, Workload
from workloads.operations.incidents import open_incident, resolve_key

LABELS = ("payback_workload", "workload")
SEVERE = ("critical", "page", "error")


def take_alerts(*, connection: Connection, batch: AlertBatch, at: datetime) -> Counter[str]:
    """Keep each alert as a delivery and let it open or close its incident: one transaction an alert.

    Gives how many were opened, resolved, repeated, late or ignored. Should it break half-way, the sender
    sends all again, and those that were taken count as repeated.
    """
    seen: Counter[str] = Counter()
    for alert in batch.alerts:
        with transaction.atomic():
            Connection.objects.select_for_update().get(pk=connection.pk)
            seen[_take(connection, alert, at)] += 1
    return seen


def _take(connection: Connection, alert: Alert, at: datetime) -> str:
    payload = {
        "fingerprint": alert.fingerprint,
        "status": alert.status,
        "starts_at": alert.starts_at.isoformat(),
        "ends_at": alert.ends_at.isoformat() if alert.ends_at else None,
        "labels": dict(alert.labels),
        "annotations": dict(alert.annotations),
    }
    row, new = integration_operations.record_inbound(
        connection=connection, dedup_key=alert.key, payload=payload, at=at
    )
    return apply_alert(delivery=row, alert=alert, at=at) if new else "repeated"


def apply_alert(*, delivery: Delivery, alert: Alert, at: datetime) -> str:
    """Do what an alert says and write the effect into its delivery."""
    workload = _named(alert)
    if workload is None:
        return _mark(
            delivery, "ignored", "no workload is named so; opened nothing", at, Delivery.State.IGNORED
        )
    key, system = f"am-{alert.fingerprint}", User.objects.system()
    if alert.status == "resolved":
        if _fired_anew(delivery, alert):
            return _mark(delivery, "late", "it fires again since: history only", at)
        words = "The alert is resolved at its source."
        closed = resolve_key(workload=workload, external_key=key, resolution=words, by=system, at=at)
        return _mark(
            delivery, "resolved", f"closed the incident of {workload}" if closed else "nothing was open", at
        )
    if _is_late(delivery, alert):
        return _mark(delivery, "late", "older than its own resolution: history only", at)
    incident = open_incident(
        workload=workload,
        title=alert.labels.get("alertname", "Alert"),
        sentence=alert.annotations.get("summary")
        or alert.annotations.get("description")
        or "An alert fires.",
        severity=Incident.Severity.BAD
        if alert.labels.get("severity") in SEVERE
        else Incident.Severity.WARNING,
        source=Incident.Source.ALERT,
        external_key=key,
        by=system,
        at=at,
    )
    return _mark(delivery, "opened", f"{incident.key} on {workload}", at)


def _named(alert: Alert) -> Workload | None:
    slugs = [alert.labels[label] for label in LABELS if alert.labels.get(label)]
    found = Workload.objects.filter(slug__in=slugs).exclude(stage="retired").select_related("unit")
    return min(found, key=lambda w: slugs.index(w.slug), default=None)


def _is_late(delivery: Delivery, alert: Alert) -> bool:
    """A firing that arrives after the resolution of the same start."""
    resolved = f"{alert.fingerprint}|{alert.starts_at.isoformat()}|resolved"
    same = Delivery.objects.filter(connection=delivery.connection, direction=Delivery.Direction.IN)
    return same.filter(dedup_key=resolved).exists()


def _fired_anew(delivery: Delivery, alert: Alert) -> bool:
    """A resolution that arrives after the next firing of the same alert."""
    same = Delivery.objects.filter(connection=delivery.connection, direction=Delivery.Direction.IN)
    rows = same.filter(payload__fingerprint=alert.fingerprint, payload__status="firing")
    starts = rows.values_list("payload__starts_at", flat=True)
    return any(datetime.fromisoformat(start) > alert.starts_at for start in starts)


def _mark(
    delivery: Delivery, word: str, effect: str, at: datetime, state: str = Delivery.State.RECEIVED
) -> str:
    integration_operations.mark_delivery(delivery=delivery, state=state, effect=effect, at=at)
    return word


def replay_alert(*, delivery: Delivery, at: datetime) -> str:
    """Read a kept alert again, as an IT admin asked for it."""
    kept = delivery.payload
    ends = kept.get("ends_at")
    alert = Alert(
        kept["fingerprint"],
        kept["status"],
        datetime.fromisoformat(kept["starts_at"]),
        datetime.fromisoformat(ends) if ends else None,
        kept.get("labels", {}),
        kept.get("annotations", {}),
    )
    with transaction.atomic():
        return apply_alert(delivery=delivery, alert=alert, at=at)
