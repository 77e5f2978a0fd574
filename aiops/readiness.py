"""Whether every part of Payback works: the database, the broker, both workers and beat."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import redis
from django.conf import settings
from django.db import DatabaseError, connection

from aiops.models import Heartbeat

# Beat asks each worker for a sign of life every 15 seconds: three may be missed.
STALE_AFTER = timedelta(seconds=60)
BEATING = ("worker-checks", "worker-ingest", "beat")
PARTS = ("database", "broker", *BEATING)
BROKER_TIMEOUT = 2


@dataclass(frozen=True)
class Part:
    """One part and, in words, what is known of it."""

    name: str
    ok: bool
    says: str


def seen(names: tuple[str, ...], *, at: datetime) -> None:
    """Note that these parts were alive at that moment."""
    for name in names:
        Heartbeat.objects.update_or_create(name=name, defaults={"seen_at": at})


def parts(*, at: datetime) -> list[Part]:
    """Every part, in the order in which they depend on each other."""
    database = _try("database", _ask_database)
    return [database, _try("broker", _ask_broker), *_beating(at, database.ok)]


def _try(name: str, ask: Callable[[], None]) -> Part:
    try:
        ask()
    except (DatabaseError, redis.RedisError) as problem:
        # The type only: a driver's message may quote the address with its password.
        return Part(name, False, f"does not answer ({type(problem).__name__})")
    return Part(name, True, "answers")


def _ask_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _ask_broker() -> None:
    client = redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=BROKER_TIMEOUT, socket_connect_timeout=BROKER_TIMEOUT
    )
    with client:
        client.ping()


def _beating(at: datetime, database_answers: bool) -> Iterator[Part]:
    rows = Heartbeat.objects.filter(name__in=BEATING) if database_answers else Heartbeat.objects.none()
    last = dict(rows.values_list("name", "seen_at"))
    for name in BEATING:
        yield _heard(name, last.get(name), at)


def _heard(name: str, seen_at: datetime | None, at: datetime) -> Part:
    if seen_at is None:
        return Part(name, False, "not seen yet")
    age = at - seen_at
    return Part(name, age <= STALE_AFTER, f"seen {max(0, round(age.total_seconds()))} s ago")
