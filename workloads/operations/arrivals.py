"""Telemetry finds its workload: by its key, or by its service name; what nobody has claimed waits.

`take` is the one way in for calls and evaluations, whichever door they came through.
"""

import base64
import hashlib
import hmac
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from aiops import jobs
from aiops.errors import DomainError
from integrations.secrets import decrypt, encrypt
from workloads.calc import evaluations as calc
from workloads.calc import held, marking
from workloads.calc.dialects import Mark, NormalisedCall
from workloads.calc.held import Parcel
from workloads.models.arrivals import Arrival, LogContent
from workloads.models.inventory import ContentPolicy, Workload
from workloads.models.keys import IngestKey
from workloads.models.services import HeldSpans, Service
from workloads.operations.call_store import store_calls
from workloads.operations.evaluations import store_evaluations
from workloads.operations.mapping import mark_outcomes, note_attributes, rule_of

STORE_JOB = "workloads.store_held"
NAMELESS = "unknown_service"
HELD_BYTES = 20_000_000
HELD_FOR = timedelta(days=14)
MOST_SERVICES = 1000
SEEN_EVERY = timedelta(minutes=1)
NOTED_EVERY = timedelta(seconds=5)


NOTE = """
INSERT INTO workloads_arrival AS held (workload_id, signal, items, last_at, words, words_at)
VALUES (%s, %s, %s, %s, %s, %s)
ON CONFLICT (workload_id, signal) DO UPDATE SET
  items = held.items + excluded.items, last_at = greatest(held.last_at, excluded.last_at),
  words = CASE WHEN excluded.words = '' THEN held.words ELSE excluded.words END,
  words_at = coalesce(excluded.words_at, held.words_at)
"""


@dataclass
class Taken:
    """What became of a batch. `refused`: how many calls for which reason, in words for the sender."""

    stored: int = 0
    duplicates: int = 0
    waiting: int = 0
    dropped: int = 0
    evaluations: int = 0
    refused: dict[str, int] = field(default_factory=dict)


def take(
    *,
    key: IngestKey,
    calls: Sequence[NormalisedCall] = (),
    evaluations: Sequence[calc.Evaluation] = (),
    marks: Sequence[Mark] = (),
    at: datetime,
) -> Taken:
    """Stores what has a workload and holds what has none yet; durable when it returns.

    With a key of a workload a DomainError says that it takes no more data; with a key of an environment that refuses
    the calls of that one service.
    """
    taken = Taken()
    if key.workload is not None:
        _store(key.workload, Parcel(list(calls), list(evaluations), list(marks)), at, taken)
        return taken
    for said in (*calls, *evaluations, *marks):
        said.environment = key.environment or said.environment
    _hand_out(_by_service(calls, evaluations, marks), at, taken)
    return taken


def wants_content(key: IngestKey) -> bool:
    """Whether anything that this key may bring is kept with its content; else it is not even decoded."""
    if key.workload is not None:
        return key.workload.content_policy != ContentPolicy.OFF
    return Service.objects.exclude(workload=None).exclude(workload__content_policy=ContentPolicy.OFF).exists()


def _by_service(calls: Iterable[Any], evaluations: Iterable[Any], marks: Iterable[Any]):
    """A parcel for each (service, environment), in the order of their names."""
    parcels: dict[tuple[str, str], Parcel] = {}
    for call in calls:
        parcels.setdefault(_name(call), Parcel()).calls.append(call)
    for one in evaluations:
        parcels.setdefault(_name(one), Parcel()).evaluations.append(one)
    for mark in marks:
        parcels.setdefault(_name(mark), Parcel()).marks.append(mark)
    return dict(sorted(parcels.items()))


def _name(said: NormalisedCall | calc.Evaluation | Mark) -> tuple[str, str]:
    """As it is stored: without the NUL that a database refuses."""
    name = said.service.replace("\x00", "").strip()[:200]
    return name or NAMELESS, said.environment.replace("\x00", "")[:200]


def _hand_out(parcels: Mapping[tuple[str, str], Parcel], at: datetime, taken: Taken) -> None:
    """In the order of names, so that two senders of the same services wait for each other and never in a circle."""
    named = {name for name, _ in parcels}
    known = Service.objects.filter(name__in=named).select_related("workload__mapping")
    claimed = {(s.name, s.environment): s for s in known if s.workload is not None}
    for name, parcel in parcels.items():
        service = claimed.get(name)
        if service is None and not parcel.calls and not parcel.evaluations:
            continue  # a program that calls no model is nobody's to claim
        workload = service.workload if service is not None else _hold(*name, parcel, at, taken)
        if service is not None:
            _seen(service, at)
        if workload is not None:
            _store_or_refuse(workload, parcel, at, taken)


def _seen(service: Service, at: datetime) -> None:
    if service.last_seen_at < at - SEEN_EVERY:
        Service.objects.filter(pk=service.pk, last_seen_at__lt=at - SEEN_EVERY).update(last_seen_at=at)


def _store_or_refuse(workload: Workload, parcel: Parcel, at: datetime, taken: Taken) -> None:
    try:
        _store(workload, parcel, at, taken)
    except DomainError as error:
        _refuse(taken, error.message.rstrip("."), len(parcel.calls))


def _refuse(taken: Taken, reason: str, count: int) -> None:
    taken.refused[reason] = taken.refused.get(reason, 0) + count


def _store(workload: Workload, parcel: Parcel, at: datetime, taken: Taken) -> None:
    """Calls and the work that they mark in one transaction; what was said of them, and their attributes, beside it."""
    rule, calls = rule_of(workload), parcel.calls
    hide_users(workload, calls)
    if rule is not None:
        marking.name_keys(calls, rule)
    marked = marking.outcomes(calls, parcel.marks, rule) if rule is not None else []
    if marked:
        with transaction.atomic():
            _store_calls(workload, calls, at, taken)
            mark_outcomes(workload=workload, marked=marked, at=at)
    else:
        _store_calls(workload, calls, at, taken)
    note_attributes(workload=workload, said=[one.business for one in (*calls, *parcel.marks)], at=at)
    if parcel.evaluations:
        taken.evaluations += store_evaluations(workload=workload, evaluations=parcel.evaluations, at=at)


def _store_calls(workload: Workload, calls: Sequence[NormalisedCall], at: datetime, taken: Taken) -> None:
    if calls:
        report = store_calls(workload=workload, calls=calls, at=at)
        taken.stored += report.accepted
        taken.duplicates += report.duplicates
        if report.rejected:
            _refuse(taken, report.reason, report.rejected)
        if report.rejected:
            _refuse(taken, report.reason, report.rejected)


def hide_users(workload: Workload, calls: Iterable[NormalisedCall]) -> None:
    """A person's id becomes a digest that means nothing outside this workload and cannot be turned back."""
    for call in calls:
        if call.user_raw:
            call.user_key, call.user_raw = _user_key(workload.pk, call.user_raw), ""


@lru_cache(maxsize=8192)
def _user_key(workload_id: int, user: str) -> str:
    said = f"{workload_id} {user}".encode("utf-8", "replace")
    return hmac.new(settings.SECRET_KEY.encode(), said, "sha256").hexdigest()[:32]


@transaction.atomic
def _hold(name: str, environment: str, parcel: Parcel, at: datetime, taken: Taken) -> Workload | None:
    """Keeps a parcel until somebody claims its service; the workload, when somebody just has."""
    service = _known(name, environment, at)
    if service is None:
        _refuse(taken, f"more than {MOST_SERVICES:,} services wait to be claimed", len(parcel.calls))
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
            _refuse(taken, "no more is kept of a service that nobody has claimed", count)
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
    _store_or_refuse(service.workload, held.unpack(packed), at, taken)
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


_noted: dict[tuple[int, str], datetime] = {}


def note_arrival(*, workload: Workload, signal: str, items: int = 0, words: str = "", at: datetime) -> None:
    """That something came, and what was wrong with it. Spans in a stream of requests are noted every few seconds."""
    which = (workload.pk, signal)
    if not items and not words and which in _noted and abs(at - _noted[which]) < NOTED_EVERY:
        return
    told = at if words else None
    with connection.cursor() as cursor:
        cursor.execute(NOTE, [workload.pk, signal, items, at, words[:500], told])
    _noted[which] = at
