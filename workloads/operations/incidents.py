"""Incidents: one for each cause, answered by the people on the workload, told through the outbox."""

from datetime import datetime

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction

from aiops import audit, permissions
from aiops.errors import DomainError
from aiops.models import User
from aiops.permissions import Permission
from integrations.messages import Mail, Notice
from integrations.operations import queue_mail, queue_notice
from workloads.models import Finding, Incident, IncidentEntry, Workload


def open_incident(
    *,
    workload: Workload,
    title: str,
    sentence: str,
    severity: str,
    source: str,
    external_key: str,
    finding: Finding | None = None,
    by: User,
    at: datetime,
) -> Incident:
    """Open it, or add a line to the one that is open for the same cause. Only a new one is mailed."""
    with transaction.atomic():
        # The workload's lock makes «is one open?» and «open one» a single step.
        Workload.objects.select_for_update().order_by("pk").filter(pk=workload.pk).first()
        found = Incident.objects.unresolved().filter(workload=workload, external_key=external_key).first()
        if found is not None:
            return _again(found, sentence, finding, at)
        incident = Incident.objects.create(
            number=Incident.objects.next_number(),
            workload=workload,
            title=title[:200],
            sentence=sentence[:500],
            severity=severity,
            source=source,
            external_key=external_key,
            finding=finding,
            opened_at=at,
        )
        _say(incident, by, "Opened", at)
        audit.record(by=by, at=at, action="incident.opened", obj=incident, changes={"source": source})
        _tell(incident, at)
    return incident


def _again(incident: Incident, sentence: str, finding: Finding | None, at: datetime) -> Incident:
    if finding is not None and sentence != incident.sentence:
        incident.sentence, incident.finding = sentence[:500], finding
        incident.save(update_fields=["sentence", "finding"])
        _say(incident, None, f"Seen again: {sentence}", at)
    return incident


def acknowledge_incident(*, incident: Incident, by: User, at: datetime) -> Incident:
    """Somebody takes it."""
    _require_answer(incident, by)
    with transaction.atomic():
        incident = _locked(incident)
        if incident.state != Incident.State.OPEN:
            raise DomainError("state", f"This incident is {incident.get_state_display()} already.")
        incident.state, incident.acknowledged_at, incident.acknowledged_by = (
            Incident.State.ACKNOWLEDGED,
            at,
            by,
        )
        incident.save(update_fields=["state", "acknowledged_at", "acknowledged_by"])
        _say(incident, by, "Acknowledged", at)
        audit.record(by=by, at=at, action="incident.acknowledged", obj=incident)
    return incident


def resolve_incident(*, incident: Incident, resolution: str, by: User, at: datetime) -> Incident:
    """Close it with a note of what was done; the system closes what has cured itself."""
    _require_answer(incident, by)
    if not resolution.strip():
        raise DomainError("resolution", "Say what was done, in a sentence.", "resolution")
    with transaction.atomic():
        incident = _locked(incident)
        if incident.state == Incident.State.RESOLVED:
            raise DomainError("state", "This incident is resolved already.")
        # Two doors read two clocks: the end never lies before the beginning.
        ended = max(at, incident.opened_at)
        incident.state, incident.resolved_at, incident.resolved_by = Incident.State.RESOLVED, ended, by
        incident.resolution = resolution.strip()[:500]
        incident.save(update_fields=["state", "resolved_at", "resolved_by", "resolution"])
        _say(incident, by, f"Resolved: {incident.resolution}", at)
        audit.record(by=by, at=at, action="incident.resolved", obj=incident)
    return incident


def comment_incident(*, incident: Incident, text: str, by: User, at: datetime) -> IncidentEntry:
    """A line for whoever reads it next."""
    _require_answer(incident, by)
    if not text.strip():
        raise DomainError("text", "Write a line first.", "text")
    with transaction.atomic():
        audit.record(by=by, at=at, action="incident.commented", obj=incident)
        return _say(incident, by, text.strip(), at)


def resolve_key(*, workload: Workload, external_key: str, resolution: str, by: User, at: datetime) -> bool:
    """Resolve what is open for a cause; False when nothing is."""
    found = Incident.objects.unresolved().filter(workload=workload, external_key=external_key).first()
    if found is None:
        return False
    resolve_incident(incident=found, resolution=resolution, by=by, at=at)
    return True


def _locked(incident: Incident) -> Incident:
    rows = Incident.objects.select_for_update(of=("self",)).select_related("workload__unit")
    return rows.get(pk=incident.pk)


def _require_answer(incident: Incident, by: User) -> None:
    if by.is_system or incident.may_be_answered_by(by):
        return
    if not permissions.has(by, Permission.ANSWER, unit=incident.workload.unit):
        raise PermissionDenied("Only the owner, the deputy, the IT steward or the lead answers an incident.")


def _say(incident: Incident, by: User | None, text: str, at: datetime) -> IncidentEntry:
    return IncidentEntry.objects.create(incident=incident, by=by, at=at, text=text[:500])


def _tell(incident: Incident, at: datetime) -> None:
    workload = incident.workload
    people = [workload.business_owner, workload.deputy, workload.it_steward]
    url = f"{settings.SITE_URL}/incidents/{incident.number}/"
    to = tuple(dict.fromkeys(p.email for p in people if p is not None and p.is_active))
    text = f"{incident.sentence}\n\nAnswer it here: {url}\n"
    key = f"incident-{incident.pk}-opened"
    # What leaves the house says that it is made up, wherever it arrives.
    title = f"{'(simulated) ' if workload.simulated else ''}{incident.key} {incident.title}"
    queue_mail(mail=Mail(to=to, subject=title, text=text), dedup_key=key, at=at)
    notice = Notice("incident.opened", title, incident.sentence, url, incident.severity)
    queue_notice(notice=notice, dedup_key=key, at=at)
