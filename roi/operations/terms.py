"""How a workload's value is counted: who judged, how much there is, and what an error or a leak is expected to cost."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction

from aiops import audit, permissions
from aiops.errors import DomainError
from aiops.models import User
from aiops.permissions import Permission
from roi.models import ValueTerms
from roi.operations.baselines import may_tell
from workloads.models import Workload

FACTS = ("verdicts", "volume_month", "note")
LOSSES = ("loss_per_error", "loss_per_leak")
MOST_VOLUME = 1_000_000_000


def may_price_losses(user: User) -> bool:
    """Finance says what an error or a leak costs."""
    return permissions.has(user, Permission.FINANCE)


def set_terms(*, workload: Workload, by: User, at: datetime, **said: Any) -> ValueTerms:
    """Change those of verdicts, volume_month, note, loss_per_error and loss_per_leak that are given.

    The owner's side and the lead say the first three; losses are finance's alone. What stays as it is needs nobody.
    """
    if unknown := sorted(set(said) - {*FACTS, *LOSSES}):
        raise DomainError("field", f"There is no term «{unknown[0]}».", unknown[0])
    _require_possible(said)
    with transaction.atomic():
        Workload.objects.select_for_update(of=("self",), no_key=True).get(pk=workload.pk)
        terms = ValueTerms.objects.filter(workload=workload).first() or ValueTerms(workload=workload)
        changed = {name: value for name, value in said.items() if getattr(terms, name) != value}
        _require_allowed(workload, changed, by)
        if not changed and terms.pk:
            return terms
        before = {f"{name}_before": getattr(terms, name) for name in changed if terms.pk}
        for name, value in changed.items():
            setattr(terms, name, value)
        terms.by, terms.at = by, at
        terms.save()
        told = {"workload": str(workload), **changed, **before}
        audit.record(by=by, at=at, action="terms.set", obj=terms, unit=workload.unit, changes=told)
    return terms


def _require_allowed(workload: Workload, changed: dict[str, Any], by: User) -> None:
    if any(name in LOSSES for name in changed) and not may_price_losses(by):
        raise PermissionDenied("Finance says what an error or a leak is expected to cost.")
    facts = any(name in FACTS for name in changed)
    if (facts or not changed) and not may_tell(workload, by) and not (may_price_losses(by) and not facts):
        raise PermissionDenied("The owner, the deputy, an assessor or the lead does this.")


def _require_possible(said: dict[str, Any]) -> None:
    if "verdicts" in said and said["verdicts"] not in ValueTerms.Verdicts.values:
        raise DomainError("verdicts", "Judged items were drawn at random or chosen by somebody.", "verdicts")
    volume = said.get("volume_month")
    if volume is not None and not 0 < volume <= MOST_VOLUME:
        raise DomainError("volume_month", f"Between 1 and {MOST_VOLUME:,} items a month.", "volume_month")
    for name in LOSSES:
        amount: Decimal | None = said.get(name)
        if amount is not None and (not amount.is_finite() or not 0 <= amount < Decimal(10) ** 12):
            raise DomainError(name, "A loss is an amount, not below zero.", name)
    if len(said.get("note") or "") > 300:
        raise DomainError("note", "At most 300 characters.", "note")
