"""What a program sends before anybody has claimed it waits: encrypted, bounded in bytes and days.

What is dropped is counted. Claiming the program stores what waited, parcel by parcel.
"""

import base64
import hashlib
from datetime import datetime, timedelta

from django.db import transaction

from aiops import jobs
from integrations.secrets import decrypt, encrypt
from workloads.calc import held
from workloads.calc.held import Parcel
from workloads.models.arrivals import LogContent
from workloads.models.inventory import Workload
from workloads.models.services import HeldSpans, Service
from workloads.operations.placing import Taken, place_or_refuse, refuse

STORE_JOB = "workloads.store_held"
HELD_BYTES = 20_000_000
HELD_FOR = timedelta(days=14)
MOST_SERVICES = 1000


@transaction.atomic
def hold(name: str, environment: str, parcel: Parcel, at: datetime, taken: Taken) -> Workload | None:
    """Keeps a parcel until somebody claims its service; the workload, when somebody just has."""
    service = _known(name, environment, at)
    if service is None:
        refuse(taken, f"more than {MOST_SERVICES:,} services wait to be claimed", len(parcel.calls))
        return None
    if service.workload is not None:
        return service.workload
    service.last_seen_at = max(service.last_seen_at, at)
    _put(service, parcel, at, taken)
    service.save(update_fields=["last_seen_at", "calls", "held_bytes", "dropped"])
    return None


def _known(name: str, environment: str, at: datetime) -> Service | None:
    """The service's row, locked; made when it is new and there is room for it."""
    mine = Service.objects.filter(name=name, environment=environment)
    if not mine.exists():
        if Service.objects.filter(workload=None).count() >= MOST_SERVICES:
            return None
        new = Service(name=name, environment=environment, first_seen_at=at, last_seen_at=at)
        Service.objects.bulk_create([new], ignore_conflicts=True)
    return mine.select_for_update(of=("self",)).select_related("workload__mapping").get()


def _put(service: Service, parcel: Parcel, at: datetime, taken: Taken) -> None:
    """Holds the parcel as far as there is room. The same parcel sent again is the same."""
    packed = held.pack(parcel)
    body = encrypt(base64.b64encode(packed).decode()).encode()
    digest, count = hashlib.sha256(packed).hexdigest(), len(parcel.calls)
    full = service.held_bytes + len(body) > HELD_BYTES
    if service.is_ignored or full:
        service.dropped += count
        taken.dropped += count
        if full:
            refuse(taken, "no more is kept of a service that nobody has claimed", count)
        return
    row = HeldSpans(service=service, received_at=at, digest=digest, count=count, body=body)
    if not service.held.filter(digest=digest).exists():
        row.save()
        service.calls += count
        service.held_bytes += len(body)
    taken.waiting += count


def store_held(*, service_id: int, at: datetime) -> int:
    """Stores what waited for a service that has a workload now; parcel by parcel, so that it may be killed anywhere.

    Each parcel is stored and deleted in one transaction, and a span counts once in any case. How many parcels.
    """
    done = 0
    while _store_one(service_id, at):
        done += 1
    return done


@transaction.atomic
def _store_one(service_id: int, at: datetime) -> bool:
    rows = Service.objects.select_for_update(of=("self",)).select_related("workload__mapping")
    service = rows.filter(pk=service_id).exclude(workload=None).first()
    parcel = service.held.order_by("received_at", "pk").first() if service is not None else None
    if service is None or parcel is None or service.workload is None:
        return False
    taken = Taken()
    packed = base64.b64decode(decrypt(bytes(parcel.body).decode()))
    place_or_refuse(service.workload, held.unpack(packed), at, taken)
    service.dropped += sum(taken.refused.values())
    _forget(service, parcel)
    return True


def _forget(service: Service, parcel: HeldSpans) -> None:
    service.calls = max(0, service.calls - parcel.count)
    service.held_bytes = max(0, service.held_bytes - len(parcel.body))
    service.save(update_fields=["calls", "held_bytes", "dropped"])
    parcel.delete()


def tend_doors(*, at: datetime) -> None:
    """Drops what waited too long and content past its time; goes on with what a lost worker left."""
    for parcel in HeldSpans.objects.filter(received_at__lt=at - HELD_FOR, service__workload=None)[:1000]:
        _expire(parcel)
    for days in set(
        LogContent.objects.order_by().values_list("workload__content_days", flat=True).distinct()
    ):
        LogContent.objects.filter(workload__content_days=days, at__lt=at - timedelta(days=days)).delete()
    left = HeldSpans.objects.exclude(service__workload=None).order_by()
    for service_id in left.values_list("service_id", flat=True).distinct():
        jobs.enqueue(STORE_JOB, service_id)


@transaction.atomic
def _expire(parcel: HeldSpans) -> None:
    service = Service.objects.select_for_update().get(pk=parcel.service_id)
    if service.workload_id is None and HeldSpans.objects.filter(pk=parcel.pk).exists():
        service.dropped += parcel.count
        _forget(service, parcel)
