"""Telemetry finds its workload: by its key, or by its service name; what nobody has claimed waits.

`take` is the one way in for calls and evaluations, whichever door they came through.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from workloads.calc import evaluations as calc
from workloads.calc.dialects import Mark, NormalisedCall
from workloads.calc.held import Parcel
from workloads.models.inventory import ContentPolicy, Workload
from workloads.models.keys import IngestKey
from workloads.models.services import Service
from workloads.operations.holding import hold
from workloads.operations.placing import Taken, place, place_or_refuse

NAMELESS = "unknown_service"
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
        place(key.workload, Parcel(list(calls), list(evaluations), list(marks)), at, taken)
        return taken
    _name_environment(key.environment, (*calls, *evaluations, *marks))
    _hand_out(_by_service(calls, evaluations, marks), at, taken)
    return taken


def _name_environment(environment: str, said: Iterable[Any]) -> None:
    """What IT says of a key goes before what its spans say."""
    for one in said if environment else ():
        one.environment = environment


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
        workload = service.workload if service is not None else hold(*name, parcel, at, taken)
        if service is not None:
            _seen(service, at)
        if workload is not None:
            place_or_refuse(workload, parcel, at, taken)


def _seen(service: Service, at: datetime) -> None:
    if service.last_seen_at < at - SEEN_EVERY:
        Service.objects.filter(pk=service.pk, last_seen_at__lt=at - SEEN_EVERY).update(last_seen_at=at)


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
