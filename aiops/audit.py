"""The audit log: one row for each write, in the same transaction, never changed afterwards."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import models

from aiops.models import AuditEvent, BusinessUnit, User


def record(
    *,
    by: User,
    at: datetime,
    action: str,
    obj: models.Model | None = None,
    unit: BusinessUnit | None = None,
    changes: dict[str, Any] | None = None,
    reason: str = "",
) -> AuditEvent:
    """Write one audit row; `action` reads like "candidate.submitted". Never pass content or secrets."""
    unit = unit or (obj if isinstance(obj, BusinessUnit) else getattr(obj, "unit", None))
    return AuditEvent.objects.create(
        at=at,
        actor_id=by.pk,
        actor_label=str(by),
        action=action,
        object_type=obj._meta.label_lower if obj is not None else "",
        object_id=str(obj.pk) if obj is not None else "",
        object_label=str(obj)[:200] if obj is not None else "",
        unit_id=getattr(unit, "pk", None),
        changes={key: _plain(value) for key, value in (changes or {}).items()},
        reason=reason,
    )


def _plain(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, datetime | date):
        return value.isoformat()
    if value is None or isinstance(value, bool | int | float):
        return value
    return str(value) if isinstance(value, Decimal | models.Model) else str(value)[:500]
