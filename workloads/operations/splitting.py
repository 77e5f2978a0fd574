"""A part of a workload becomes a workload of its own: the register's side of it."""

from datetime import date, datetime

from django.db import transaction

from aiops import audit
from aiops.errors import DomainError
from aiops.models import User
from workloads.models import Change, Stage, Workload
from workloads.operations.inventory import free_slug, require_operator

KEPT = ("unit", "klass", "builder", "it_steward", "item_noun", "simulated", "stage")
POLICY = ("content_policy", "content_percent", "content_days", "calls_days", "trusts_client_cost")


@transaction.atomic
def register_part(
    *, source: Workload, name: str, owner: User, deputy: User | None, month: date, by: User, at: datetime
) -> Workload:
    """A workload of the same unit, class and stage that goes on from `month` on; it has no candidate of its own.

    Raises PermissionDenied for those who do not operate the source, DomainError for a retired one or a name in use.
    """
    require_operator(source, by)
    source = Workload.objects.select_for_update(of=("self",)).get(pk=source.pk)
    _check(source, name, owner, deputy)
    kept = {field: getattr(source, field) for field in (*KEPT, *POLICY)}
    part = Workload.objects.create(
        number=Workload.objects.next_number(),
        name=name,
        slug=free_slug(name),
        business_owner=owner,
        deputy=deputy,
        go_live=max(month, source.go_live) if source.go_live else None,
        created_at=at,
        **kept,
    )
    facts = {"source": source, "month": month, "business_owner": owner}
    audit.record(by=by, at=at, action="workload.split_off", obj=part, changes=facts)
    _log(part, at, f"Split off {source.key} {source.name} from {month:%B %Y} on", by)
    _log(source, at, f"A part became {part.key} {part.name} from {month:%B %Y} on", by)
    return part


def _check(source: Workload, name: str, owner: User, deputy: User | None) -> None:
    if source.stage == Stage.RETIRED:
        raise DomainError("retired", "This workload is retired; its figures stand.")
    if Workload.objects.filter(name__iexact=name).exists():
        raise DomainError("name_taken", f"There is a workload named {name} already.", "name")
    if not owner.is_active or owner.is_system:
        raise DomainError("owner", "The owner must be somebody who can sign in.", "owner")
    if deputy is not None and deputy == owner:
        raise DomainError("deputy", "The deputy must be somebody else than the owner.", "deputy")


def _log(workload: Workload, at: datetime, summary: str, by: User) -> None:
    Change.objects.create(workload=workload, at=at, kind=Change.Kind.OTHER, summary=summary[:300], by=by)
