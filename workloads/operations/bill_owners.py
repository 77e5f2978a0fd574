"""Whose spend it is, and which model a bill means: said once by finance or IT, for lines that are here and to come."""

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import connection, transaction

from aiops import audit, permissions
from aiops.errors import DomainError
from aiops.models import User
from aiops.permissions import Permission
from workloads.models import BilledModel, BillRule, Workload

# The more a rule names, the more it is about this line; of equals the newer one holds.
OWN = """
UPDATE workloads_billline AS line SET workload_id = found.workload_id
FROM (
  SELECT l.id, (
    SELECT r.workload_id FROM workloads_billrule r
    WHERE (r.provider = '' OR r.provider = b.provider)
      AND (r.account = '' OR r.account = l.account)
      AND (r.service = '' OR r.service = l.service)
      AND (r.tag_key = '' OR (l.tags ? r.tag_key AND (r.tag_value = '' OR l.tags ->> r.tag_key = r.tag_value)))
    ORDER BY (r.tag_key <> '')::int * 16 + (r.tag_value <> '')::int * 8 + (r.account <> '')::int * 4
      + (r.service <> '')::int * 2 + (r.provider <> '')::int DESC, r.id DESC
    LIMIT 1
  ) AS workload_id
  FROM workloads_billline l JOIN workloads_bill b ON b.id = l.bill_id
  WHERE b.replaced_by_id IS NULL AND (%(bills)s::bigint[] IS NULL OR b.id = ANY(%(bills)s::bigint[]))
) AS found
WHERE found.id = line.id AND line.workload_id IS DISTINCT FROM found.workload_id
"""


def require_ownership(by: User) -> None:
    """Finance and IT of the whole company say whose spend it is."""
    if not any(permissions.scope(by, p).everything for p in (Permission.FINANCE, Permission.CONNECT)):
        raise PermissionDenied("Finance and IT say whose spend it is.")


@transaction.atomic
def add_bill_rule(
    *,
    workload: Workload,
    provider: str = "",
    account: str = "",
    service: str = "",
    tag_key: str = "",
    tag_value: str = "",
    by: User,
    at: datetime,
) -> tuple[BillRule, int]:
    """Lines of current bills that fit are the workload's, and those to come; with how many lines changed hands."""
    require_ownership(by)
    names = {
        "provider": provider,
        "account": account,
        "service": service,
        "tag_key": tag_key,
        "tag_value": tag_value,
    }
    names = {name: value.strip() for name, value in names.items()}
    if not (names["account"] or names["service"] or names["tag_key"]):
        raise DomainError("rule_empty", "Name an account, a service or a tag.", "account")
    if names["tag_value"] and not names["tag_key"]:
        raise DomainError("rule_tag", "A tag's value needs its key.", "tag_key")
    if (there := BillRule.objects.filter(**names).select_related("workload").first()) is not None:
        raise DomainError("rule_exists", f"A rule gives this to {there.workload} already.", "workload")
    rule = BillRule.objects.create(workload=workload, by=by, at=at, **names)
    changed = apply_rules(None)
    changes = {**names, "workload": workload, "lines": changed}
    audit.record(by=by, at=at, action="bill_rule.added", obj=rule, unit=workload.unit, changes=changes)
    return rule, changed


@transaction.atomic
def remove_bill_rule(*, rule: BillRule, by: User, at: datetime) -> int:
    """Its lines go to the next best rule, or have no owner again."""
    require_ownership(by)
    names = ("provider", "account", "service", "tag_key", "tag_value")
    changes = {name: getattr(rule, name) for name in names} | {"workload": rule.workload}
    audit.record(by=by, at=at, action="bill_rule.removed", obj=rule, unit=rule.workload.unit, changes=changes)
    rule.delete()
    return apply_rules(None)


def apply_rules(bill_ids: list[int] | None) -> int:
    """Gives the lines of these bills (None: of all current ones) to their owners; how many changed hands."""
    with connection.cursor() as cursor:
        cursor.execute(OWN, {"bills": bill_ids})
        return cursor.rowcount


@transaction.atomic
def name_billed_model(*, provider: str, name: str, model: str, by: User, at: datetime) -> BilledModel | None:
    """Says which model of the calls a bill's name is; an empty model takes the word back."""
    require_ownership(by)
    before = BilledModel.objects.filter(provider=provider, name=name).first()
    if not model.strip():
        if before is not None:
            audit.record(by=by, at=at, action="billed_model.forgotten", obj=before)
            before.delete()
        return None
    defaults = {"model": model.strip(), "by": by, "at": at}
    row, _ = BilledModel.objects.update_or_create(provider=provider, name=name, defaults=defaults)
    changes = {"model": [before.model if before else None, row.model]}
    audit.record(by=by, at=at, action="billed_model.named", obj=row, changes=changes)
    return row
