"""A worker reads a ticket export: alone, again if it was killed, and nothing of it twice."""

from collections.abc import Callable
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from aiops import audit, jobs
from aiops.errors import DomainError
from aiops.spreadsheets import MOST_UNPACKED
from backlog.calc import discovery
from backlog.calc.discovery import Group, Options, Read, Unreadable
from backlog.models import TicketFile, TicketGroup, TicketLog

State = TicketLog.State
# A worker holds a lock of the database while it reads: it goes with its connection, however the worker ends.
LOCK = 7_105_004
LOST_AFTER = timedelta(minutes=2)
MOST_TRIES = 3
KEPT_FOR = timedelta(days=14)
BROKEN = "Reading broke off three times: the file may be too large for this machine. Split it, or send fewer columns."
FORGOTTEN = "The columns were not confirmed for two weeks, so the file was removed: upload it again."


def read_tickets(*, log_id: int, clock: Callable[[], datetime]) -> TicketLog | None:
    """Read one log from its file to its groups; None when there is nothing to do or another worker is at it."""
    with _alone(log_id) as mine:
        log = TicketLog.objects.filter(pk=log_id, state=State.READING).first() if mine else None
        if log is None or not _tried(log, clock()):
            return None
        try:
            read = _read(log)
        except (Unreadable, DomainError) as error:
            return _failed(log, str(error), clock())
        except Exception as error:
            _failed(log, f"The file could not be read ({type(error).__name__}).", clock())
            raise
        return _stored(log, read, clock())


@contextmanager
def _alone(log_id: int) -> Any:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [LOCK, log_id])
        (mine,) = cursor.fetchone()
    try:
        yield mine
    finally:
        if mine:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [LOCK, log_id])


def _tried(log: TicketLog, at: datetime) -> bool:
    """Counts the try before it begins, so that a file that kills its workers is given up."""
    tries = log.summary.get("tries", 0) + 1
    if tries > MOST_TRIES:
        _failed(log, BROKEN, at)
        return False
    log.summary = {"tries": tries, "asked_at": at.isoformat()}
    log.progress = 0
    log.save(update_fields=["summary", "progress"])
    return True


def _read(log: TicketLog) -> Read:
    file = TicketFile.objects.filter(log=log).first()
    if file is None:
        raise DomainError("gone", "The file is not there any more: upload it again.")
    source = discovery.open_file(bytes(file.data), MOST_UNPACKED)
    said = log.options
    done, covers = said.get("done"), said.get("covers_days")
    options = Options(said.get("day_first"), tuple(done) if done else None, float(covers) if covers else None)
    return discovery.read_log(source, log.mapping, options, _reporter(log))


def _reporter(log: TicketLog) -> Callable[[int], None]:
    rows = TicketLog.objects.filter(pk=log.pk, state=State.READING)
    last = [0]

    def report(percent: int) -> None:
        if percent > last[0]:
            last[0] = percent
            rows.update(progress=percent)

    return report


def _failed(log: TicketLog, problem: str, at: datetime) -> TicketLog | None:
    """Why it cannot be read; the file stays, so that the columns can be corrected."""
    with transaction.atomic():
        locked = TicketLog.objects.select_for_update().filter(pk=log.pk, state=State.READING).first()
        if locked is None:
            return None
        locked.state, locked.problem, locked.progress = State.FAILED, problem[:1000], 0
        locked.save(update_fields=["state", "problem", "progress"])
        audit.record(by=locked.by, at=at, action="tickets.not_readable", obj=locked)
    return locked


def _stored(log: TicketLog, read: Read, at: datetime) -> TicketLog | None:
    """All groups in one transaction in place of those of an earlier try; the file and the shown rows go."""
    with transaction.atomic():
        locked = TicketLog.objects.select_for_update().filter(pk=log.pk, state=State.READING).first()
        if locked is None:
            return None
        locked.groups.all().delete()
        TicketGroup.objects.bulk_create(_row(locked, group) for group in read.groups)
        TicketFile.objects.filter(log=locked).delete()
        locked.state, locked.progress, locked.summary = State.READY, 100, read.summary
        locked.options = {name: value for name, value in locked.options.items() if name != "sample"}
        locked.save()
        changes = {"cases": read.summary["cases"], "groups": len(read.groups)}
        audit.record(by=locked.by, at=at, action="tickets.read", obj=locked, changes=changes)
    return locked


def _row(log: TicketLog, group: Group) -> TicketGroup:
    volume = group.volume
    year = (volume.low, volume.mid, volume.high) if volume else (float(group.cases),) * 3
    return TicketGroup(
        log=log,
        grouped_by=group.by,
        name=group.name,
        cases=group.cases,
        cases_year_low=year[0],
        cases_year=year[1],
        cases_year_high=year[2],
        touches=group.touches,
        reassignments=group.reassignments,
        waiting_hours=group.waiting_hours,
        rank=group.rank,
        details=group.details,
    )


def tend_tickets(*, at: datetime) -> int:
    """Ask again for logs whose worker was lost, and remove files that nobody confirmed. Gives how many were asked."""
    _forget(at)
    asked = 0
    for log in TicketLog.objects.filter(state=State.READING).order_by("pk")[:50]:
        since = datetime.fromisoformat(log.summary.get("asked_at") or log.at.isoformat())
        if at - since >= LOST_AFTER and _is_free(log.pk):
            with transaction.atomic():
                _ask_again(log, at)
            asked += 1
    return asked


def _is_free(log_id: int) -> bool:
    with _alone(log_id) as free:
        return bool(free)


def _ask_again(log: TicketLog, at: datetime) -> None:
    summary = {**log.summary, "asked_at": at.isoformat()}
    if TicketLog.objects.filter(pk=log.pk, state=State.READING).update(summary=summary):
        jobs.enqueue("backlog.read_tickets", log.pk)


def _forget(at: datetime) -> None:
    """Exports hold what people wrote: they are not kept for somebody who never comes back."""
    old = TicketLog.objects.filter(
        state__in=(State.MAPPING, State.FAILED), at__lt=at - KEPT_FOR, file__isnull=False
    )
    for log in old[:50]:
        with transaction.atomic():
            TicketFile.objects.filter(log=log).delete()
            log.options = {name: value for name, value in log.options.items() if name != "sample"}
            log.problem = log.problem or FORGOTTEN
            log.state = State.FAILED
            log.save(update_fields=["options", "problem", "state"])
