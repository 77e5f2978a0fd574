"""Which workload a program's calls belong to: IT says so once for each service name, and may change its mind."""

from datetime import datetime

from django.db import transaction
from django.db.models import F

from aiops import audit, jobs
from aiops.errors import DomainError
from aiops.models import BusinessUnit, User
from workloads.models.inventory import Change, Stage, Workload
from workloads.models.services import Service
from workloads.operations.holding import STORE_JOB
from workloads.operations.inventory import free_slug
from workloads.operations.telemetry import require_company_it


def assign_service(*, service: Service, workload: Workload, by: User, at: datetime) -> Service:
    """Its calls go to this workload from now on. What waited goes there too, in the background.

    Another workload than before: what was stored stays where it is.
    """
    require_company_it(by)
    if workload.stage == Stage.RETIRED:
        raise DomainError(
            "workload_retired", f"{workload.name} is retired; it takes no more data.", "workload"
        )
    with transaction.atomic():
        service, before = _locked(service)
        if before == workload:
            return service
        _give(service, workload)
        changes = {"from": before, "to": workload, "waiting": service.calls}
        audit.record(
            by=by, at=at, action="service.assigned", obj=service, unit=workload.unit, changes=changes
        )
    return service


def register_service(
    *, service: Service, name: str, unit: BusinessUnit, business_owner: User, by: User, at: datetime
) -> Workload:
    """A program that runs already becomes a workload: a pilot, without a decision behind it, until somebody confirms
    its go-live. Its name is the service's unless another is given."""
    require_company_it(by)
    if not business_owner.is_active:
        raise DomainError("owner_gone", "Choose somebody who still has an account.", "business_owner")
    with transaction.atomic():
        service, before = _locked(service)
        if before is not None:
            raise DomainError("service_claimed", f"{service} belongs to {before.name} already.")
        workload = _made(name.strip() or service.name, unit, business_owner, at)
        changes = {"service": str(service), "business_owner": business_owner}
        audit.record(by=by, at=at, action="workload.registered", obj=workload, changes=changes)
        words = f"Found running as {service}"[:300]
        Change.objects.create(workload=workload, at=at, kind=Change.Kind.STAGE, summary=words, by=by)
        assign_service(service=service, workload=workload, by=by, at=at)
    return workload


def _made(name: str, unit: BusinessUnit, owner: User, at: datetime) -> Workload:
    return Workload.objects.create(
        number=Workload.objects.next_number(),
        name=name[:200],
        slug=free_slug(name),
        unit=unit,
        klass="business_ai",
        stage=Stage.PILOT,
        business_owner=owner,
        created_at=at,
    )


def ignore_service(*, service: Service, by: User, at: datetime) -> Service:
    """Its calls are counted and dropped from now on; what waited is deleted."""
    require_company_it(by)
    with transaction.atomic():
        service, before = _locked(service)
        if before is not None:
            raise DomainError("service_claimed", f"{service} belongs to {before.name}: release it first.")
        if not service.is_ignored:
            _drop_held(service)
            service.is_ignored = True
            service.save(update_fields=["is_ignored"])
            audit.record(by=by, at=at, action="service.ignored", obj=service)
    return service


def release_service(*, service: Service, by: User, at: datetime) -> Service:
    """Nobody's again: what it sends waits for somebody to claim it. What was stored stays where it is."""
    require_company_it(by)
    with transaction.atomic():
        service, before = _locked(service)
        if before is not None or service.is_ignored:
            service.workload, service.is_ignored = None, False
            service.save(update_fields=["workload", "is_ignored"])
            audit.record(by=by, at=at, action="service.released", obj=service, changes={"from": before})
    return service


def _locked(service: Service) -> tuple[Service, Workload | None]:
    """The row, held until the transaction ends: a sender of its calls waits, and then sees whose it is."""
    held = Service.objects.select_for_update(of=("self",)).select_related("workload__unit").get(pk=service.pk)
    return held, held.workload


def _give(service: Service, workload: Workload) -> None:
    service.workload, service.is_ignored = workload, False
    service.save(update_fields=["workload", "is_ignored"])
    jobs.enqueue(STORE_JOB, service.pk)


def _drop_held(service: Service) -> None:
    service.held.all().delete()
    Service.objects.filter(pk=service.pk).update(dropped=F("dropped") + F("calls"), calls=0, held_bytes=0)
    service.refresh_from_db(fields=["dropped", "calls", "held_bytes"])
