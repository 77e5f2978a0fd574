"""How long a workload's calls are kept, and whether their prompts and answers are."""

from datetime import datetime
from typing import Any

from django.db import transaction

from aiops import audit, permissions
from aiops.errors import DomainError
from aiops.models import User
from aiops.permissions import Permission
from workloads.models.inventory import ContentPolicy, Workload

FIELDS = ("content_policy", "content_percent", "content_days", "calls_days", "trusts_client_cost")
LONGEST_DAYS = 3650


def may_set_policy(by: User, workload: Workload) -> bool:
    return workload.answers(by) or permissions.has(by, Permission.OPERATE_WORKLOAD, unit=workload.unit)


def set_policy(
    *,
    workload: Workload,
    content_policy: str,
    content_percent: int,
    content_days: int,
    calls_days: int,
    trusts_client_cost: bool,
    by: User,
    at: datetime,
) -> Workload:
    """The owner, the deputy or the lead decides; it counts for what arrives from now on, and what is past its days goes
    within the day."""
    if not workload.answers(by):
        permissions.require(by, Permission.OPERATE_WORKLOAD, unit=workload.unit)
    said = (content_policy, content_percent, content_days, calls_days, trusts_client_cost)
    wanted = dict(zip(FIELDS, said, strict=True))
    _check(wanted)
    with transaction.atomic():
        workload = Workload.objects.select_for_update(of=("self",)).select_related("unit").get(pk=workload.pk)
        before = {name: getattr(workload, name) for name in FIELDS}
        if before == wanted:
            return workload
        for name, value in wanted.items():
            setattr(workload, name, value)
        workload.save(update_fields=list(FIELDS))
        changes = {"from": before, "to": wanted}
        audit.record(by=by, at=at, action="workload.policy_set", obj=workload, changes=changes)
    return workload


def _check(wanted: dict[str, Any]) -> None:
    if wanted["content_policy"] not in ContentPolicy.values:
        raise DomainError("policy_unknown", "Choose whether content is kept.", "content_policy")
    if not 1 <= wanted["content_percent"] <= 100:
        raise DomainError("percent", "A sample is between 1 and 100 percent.", "content_percent")
    if not 1 <= wanted["content_days"] <= wanted["calls_days"]:
        text = "Content is kept for at least a day, and no longer than the calls."
        raise DomainError("content_days", text, "content_days")
    if wanted["calls_days"] > LONGEST_DAYS:
        raise DomainError("calls_days", "Calls are kept for ten years at most.", "calls_days")
