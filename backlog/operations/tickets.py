"""Ticket exports: taken in, their columns confirmed, sent to be read; and a draft of a group in one click."""

import hashlib
import itertools
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction

from aiops import audit, jobs, permissions
from aiops.errors import DomainError
from aiops.models import BusinessUnit, User
from aiops.permissions import Permission
from aiops.spreadsheets import MOST_UNPACKED
from backlog.calc import discovery
from backlog.calc.discovery import Order, Source, Unreadable
from backlog.calc.ranges import Range
from backlog.models import Candidate, ColumnMap, Evidence, TicketFile, TicketGroup, TicketLog
from backlog.operations.estimates import put
from backlog.operations.filing import save_draft

MOST_BYTES = 25 * 1024 * 1024
TOO_LARGE = (
    f"The file is larger than {MOST_BYTES // 1024 // 1024} MB: pack it with gzip, or split it by time."
)
# Enough to tell columns apart; the worker looks at every row.
SAMPLED, SHOWN, CELL = 5000, 5, 80
State = TicketLog.State


def may_upload(by: User, unit: BusinessUnit) -> bool:
    """Whoever triages the unit's backlog, and whoever files candidates for their own unit."""
    if permissions.has(by, Permission.TRIAGE, unit=unit):
        return True
    return by.home_unit_id == unit.pk and permissions.has(by, Permission.FILE)


def start_tickets(
    *, name: str, data: bytes, unit: BusinessUnit, by: User, at: datetime, simulated: bool = False
) -> TicketLog:
    """Keep an upload and guess its columns, or take those that this person confirmed for the same header before."""
    if not may_upload(by, unit):
        raise PermissionDenied("You look for work in tickets of your own unit.")
    if len(data) > MOST_BYTES:
        raise DomainError("too_large", TOO_LARGE, "file")
    try:
        source = discovery.open_file(data, MOST_UNPACKED)
        sample = list(itertools.islice(source.rows, SAMPLED))
    except Unreadable as error:
        raise DomainError("unreadable", str(error), "file") from error
    if not sample:
        raise DomainError("empty", "The file has no rows under its header.", "file")
    mapping, options = _first_guess(source, sample, by)
    log = TicketLog(unit=unit, name=_cleaned(name), by=by, at=at, head=source.head, simulated=simulated)
    log.mapping, log.options = mapping, options
    with transaction.atomic():
        log.save()
        TicketFile.objects.create(log=log, data=data)
        audit.record(by=by, at=at, action="tickets.uploaded", obj=log, changes={"bytes": len(data)})
    return log


def _cleaned(name: str) -> str:
    """A file's name without its folders, as text of at most 200 characters."""
    last = name.replace("\\", "/").rpartition("/")[2]
    return "".join(sign for sign in last if sign.isprintable())[:200] or "tickets"


def _first_guess(
    source: Source, sample: list[tuple[int, list[Any]]], by: User
) -> tuple[dict[str, str], dict[str, Any]]:
    rows = [row for _, row in sample]
    kept = (
        ColumnMap.objects.visible_to(by).filter(purpose="tickets", head_hash=head_hash(source.head)).first()
    )
    mapping = dict(kept.mapping) if kept else discovery.guess(source.head, rows)
    order = discovery.order_of(
        (number, source.head[place], cell)
        for number, row in sample
        for place, cell in enumerate(row[: len(source.head)])
    )
    shown = [[_shown(cell) for cell in row[: len(source.head)]] for row in rows[:SHOWN]]
    options = {"sample": shown, "notes": source.notes, **_order_told(order), "remembered": bool(kept)}
    return mapping, options | (kept.options if kept else {})


def _shown(cell: Any) -> str:
    return str(getattr(cell, "text", "" if cell is None else cell)).replace("\0", "")[:CELL]


def _order_told(order: Order) -> dict[str, Any]:
    """What the first rows say of day and month; with two readings where somebody must choose."""
    readings = [[is_day, moment.date().isoformat()] for is_day, moment in order.readings()]
    return {
        "day_first": order.decided,
        "example": order.example if order.is_ambiguous else "",
        "readings": readings,
    }


def head_hash(head: list[str]) -> str:
    return hashlib.sha256("\x1f".join(head).encode()).hexdigest()


def confirm_mapping(
    *, log: TicketLog, mapping: Mapping[str, str], options: Mapping[str, Any], by: User, at: datetime
) -> TicketLog:
    """Say which column means what, and send the file to be read; remembered for the next file with this header.

    `mapping` has our names to columns; `options` may have day_first, done (states) and covers_days. Asking again
    while it is being read changes nothing.
    """
    _require_own(log, by)
    wanted = {name: column for name, column in mapping.items() if column}
    _require_mapping(wanted, log.head)
    with transaction.atomic():
        log = TicketLog.objects.select_for_update().get(pk=log.pk)
        if log.state == State.READING:
            return log
        if log.state == State.READY or not TicketFile.objects.filter(log=log).exists():
            raise DomainError("gone", "The file was removed after it was read: upload it again.")
        log.mapping, log.options = wanted, {**log.options, **options}
        send_to_worker(log, at)
        _remember(log, options, by, at)
        audit.record(by=by, at=at, action="tickets.columns_confirmed", obj=log, changes=wanted)
    return log


def send_to_worker(log: TicketLog, at: datetime) -> None:
    """Within a transaction: the row is asked for, the job follows its commit."""
    log.state, log.progress, log.problem = State.READING, 0, ""
    log.summary = {"tries": 0, "asked_at": at.isoformat()}
    log.save()
    jobs.enqueue("backlog.read_tickets", log.pk)


def _require_own(log: TicketLog, by: User) -> None:
    if log.by_id != by.pk and not permissions.has(by, Permission.TRIAGE, unit=log.unit):
        raise PermissionDenied("Only who uploaded it, or who triages the unit, changes this.")


def _require_mapping(mapping: dict[str, str], head: list[str]) -> None:
    if unknown := sorted(set(mapping) - set(discovery.BY_NAME)):
        raise DomainError("field", f"There is no field «{unknown[0][:40]}».")
    for name, column in mapping.items():
        if column not in head:
            raise DomainError("column", f"The file has no column «{column[:80]}».", name)
    if "case" not in mapping:
        raise DomainError("case", "Say which column holds the ticket number.", "case")
    for name, column in mapping.items():
        first = next(other for other, named in mapping.items() if named == column)
        if first != name:
            words = (
                f"«{column[:80]}» is the {discovery.BY_NAME[first].label.lower()} already: use a column once."
            )
            raise DomainError("twice", words, name)


def _remember(log: TicketLog, options: Mapping[str, Any], by: User, at: datetime) -> None:
    kept = {name: options[name] for name in ("done", "covers_days") if options.get(name)}
    about = {"head": log.head, "mapping": log.mapping, "options": kept, "used_at": at}
    ColumnMap.objects.update_or_create(
        purpose="tickets", by=by, head_hash=head_hash(log.head), defaults=about
    )


def remove_tickets(*, log: TicketLog, by: User, at: datetime) -> None:
    """Gone with its groups and its file; drafts that were filed from it stay."""
    _require_own(log, by)
    with transaction.atomic():
        audit.record(by=by, at=at, action="tickets.removed", obj=log)
        log.delete()


# -- from a group to a draft


def file_from_group(
    *, group: TicketGroup, by: User, at: datetime, minutes_per_touch: Decimal | None = None
) -> Candidate:
    """A draft with the volume of the group as a range from history; the same draft however often it is asked for.

    Minutes stay open, since waiting is not effort; with minutes a touch they are touches x minutes a touch.
    """
    permissions.require(by, Permission.FILE)
    if not TicketLog.objects.visible_to(by).filter(pk=group.log_id).exists():
        raise PermissionDenied("These tickets are of another unit.")
    with transaction.atomic():
        group = (
            TicketGroup.objects.select_for_update(of=("self",)).select_related("log__unit").get(pk=group.pk)
        )
        if group.candidate is not None:
            return group.candidate
        candidate = _draft(group, minutes_per_touch, by, at)
        _back(candidate, group, by, at)
        group.candidate = candidate
        group.save(update_fields=["candidate"])
        audit.record(
            by=by, at=at, action="candidate.filed_from_tickets", obj=candidate, changes={"log": group.log}
        )
    return candidate


def _draft(group: TicketGroup, minutes_per_touch: Decimal | None, by: User, at: datetime) -> Candidate:
    answers: dict[str, Any] = {"title": f"Tickets: {group.name}"[:120], "klass": Candidate.Klass.AI_FOR_OPS}
    answers["description"] = in_words(group)
    if volume := _count(group):
        answers |= {
            "count": volume,
            "period": Candidate.Period.YEAR,
            "sureness": Candidate.Sureness.FAIRLY_SURE,
        }
    if minutes_per_touch:
        answers["minutes"] = (Decimal(str(group.touches)) * minutes_per_touch).quantize(Decimal("0.01"))
    token = f"ticket-group-{group.pk}"
    return save_draft(
        by=by, at=at, unit=group.log.unit, client_token=token, simulated=group.log.simulated, **answers
    )


def _count(group: TicketGroup) -> Decimal | None:
    if not is_dated(group) or group.cases_year < 0.01:
        return None
    # What reads as a count is one; below ten a year the decimals matter.
    return Decimal(str(round(group.cases_year, 0 if group.cases_year >= 10 else 2)))


def is_dated(group: TicketGroup) -> bool:
    """Whether the file tells how many there are a year."""
    return bool(group.details.get("volume_known"))


def in_words(group: TicketGroup) -> str:
    """The figures of a group as sentences; no word of a ticket's text beyond the group's name."""
    closed = "closed " if group.log.summary.get("closed_known") else ""
    words = [f"{group.cases:,} {closed}tickets of «{group.name}»{_span(group.log)}."]
    words.append(_handling(group))
    if group.waiting_hours is not None:
        words.append(
            f"Half of them waited up to {group.waiting_hours:,.1f} hours; that is waiting, not effort."
        )
    words.append("Minutes each = touches x minutes a touch.")
    return " ".join(words)


def _handling(group: TicketGroup) -> str:
    summary, told = group.log.summary, []
    if summary.get("touches_known"):
        told.append(f"touched {group.touches:.1f} times")
    if summary.get("reassignments_known"):
        told.append(f"passed to another group {group.reassignments:.1f} times")
    if not told:
        return "The file does not tell how often they were touched."
    return f"Each was {' and '.join(told)}, on average."


def _span(log: TicketLog) -> str:
    window = log.summary.get("window")
    if not window:
        return ""
    first, last = map(date.fromisoformat, window)
    return f", opened from {first.day} {first:%b %Y} to {last.day} {last:%b %Y}"


def _back(candidate: Candidate, group: TicketGroup, by: User, at: datetime) -> None:
    """The range of the volume, and the group as evidence."""
    log, title = group.log, f"Tickets: {group.name}"[:200]
    if _count(group) is not None:
        made = Range(
            group.cases_year_low, group.cases_year, group.cases_year_high, "percentiles", "history", _day(log)
        )
        put(candidate, "volume", made, f"from tickets of {log.name}"[:300], by, at.date())
    url = f"{settings.SITE_URL}/tickets/groups/{group.pk}/"
    about = {"kind": Evidence.Kind.TICKETS, "title": title, "text": in_words(group), "url": url}
    Evidence.objects.create(candidate=candidate, by=by, at=at, **about)


def _day(log: TicketLog) -> date | None:
    window = log.summary.get("window")
    return date.fromisoformat(window[1]) if window else None
