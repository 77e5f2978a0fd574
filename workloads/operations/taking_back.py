"""A workload that was registered by mistake goes again, as long as nothing happened on it."""

from datetime import datetime

from django.db import models, transaction

from aiops import audit, permissions
from aiops.errors import DomainError
from aiops.models import User
from aiops.permissions import Permission
from workloads.models import Change, Stage, Workload


def take_back_registration(*, workload: Workload, by: User, at: datetime) -> None:
    """Remove a workload whose approval was corrected. Refused once anything hangs on it beside its first log line."""
    permissions.require(by, Permission.DECIDE, unit=workload.unit)
    with transaction.atomic():
        workload = Workload.objects.select_for_update(of=("self",)).select_related("unit").get(pk=workload.pk)
        if workload.stage != Stage.APPROVED or workload.spent or _has_more(workload):
            words = f"{workload.key} is in use already: retire it instead of taking its approval back."
            raise DomainError("in_use", words)
        audit.record(by=by, at=at, action="workload.registration_taken_back", obj=workload)
        workload.changes.all().delete()
        try:
            workload.delete()
        except models.ProtectedError as error:
            words = f"{workload.key} is in use already: retire it instead of taking its approval back."
            raise DomainError("in_use", words) from error


def _has_more(workload: Workload) -> bool:
    """Anything at all that was stored about it, of any app, but the line that it was registered."""
    if workload.changes.exclude(kind=Change.Kind.STAGE).exists() or workload.changes.count() > 1:
        return True
    fields = Workload._meta.get_fields(include_hidden=True)
    hanging = [f for f in fields if isinstance(f, models.ForeignObjectRel) and f.related_model is not Change]
    return any(_rows(relation, workload) for relation in hanging)


def _rows(relation: models.ForeignObjectRel, workload: Workload) -> bool:
    manager = relation.related_model._base_manager  # type: ignore[union-attr]
    return bool(manager.filter(**{relation.field.name: workload}).exists())
