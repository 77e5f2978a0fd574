"""Statements: made when a unit's month is closed, signed by finance, told in one mail a month."""

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse

from aiops import audit, permissions
from aiops.errors import DomainError
from aiops.models import BusinessUnit, User
from aiops.permissions import Permission
from integrations.operations import tell
from roi.calc.statements import due_friday
from roi.models import Correction, Statement, ValueMonth
from roi.queries import statements as queries
from roi.queries.proposals import money_of
from roi.queries.stand_ins import Told, signed_for, told_at
from roi.queries.statement_contents import contents_of


def make_statements(*, month: date, at: datetime) -> int:
    """A statement for each unit whose month is closed and that has none yet; gives how many were made.

    One that exists is left as it is: a second call changes nothing. A unit with an open month is passed over.
    """
    booked = Q(pk__in=_units(ValueMonth, month)) | Q(pk__in=_units(Correction, month))
    units = BusinessUnit.objects.filter(booked).exclude(statements__month=month)
    return sum(_make(unit, month, at) for unit in units.order_by("name", "pk"))


def _units(model: type[ValueMonth] | type[Correction], month: date) -> "QuerySet[Any, Any]":
    return model.objects.filter(month=month, closed_at__isnull=False).values("workload__unit_id")


def _make(unit: BusinessUnit, month: date, at: datetime) -> int:
    contents = contents_of(unit, month)
    if contents is None:
        return 0
    said: dict[str, Any] = {
        "currency": contents.currency,
        "totals": contents.totals,
        "exceptions": contents.exceptions,
        "sums": queries.without_rows(contents.totals) | {"exceptions": len(contents.exceptions)},
    }
    said |= {"due_on": due_friday(at.date()), "made_at": at}
    with transaction.atomic():
        row, made = Statement.objects.get_or_create(unit=unit, month=month, defaults=said)
        if made:
            changes = {"month": month, "exceptions": len(contents.exceptions), "due_on": row.due_on}
            audit.record(by=User.objects.system(), at=at, action="statement.made", obj=row, changes=changes)
    return int(made)


def sign_statement(*, statement: Statement, by: User, at: datetime, note: str = "") -> Statement:
    """Finance signs a unit's month, with its exceptions as they stand; frozen from then on."""
    permissions.require(by, Permission.FINANCE, unit=statement.unit)
    if queries.answers_for_unit(by, statement.unit_id):
        words = f"You answer for work of {statement.unit}: somebody else of finance signs its months."
        raise DomainError("own_unit", words)
    with transaction.atomic():
        locked = Statement.objects.select_for_update(of=("self",)).select_related("unit").get(pk=statement.pk)
        if locked.state != Statement.State.OPEN:
            raise DomainError("state", f"{locked} is signed already.")
        locked.state, locked.signed_by, locked.signed_at, locked.note = (
            Statement.State.SIGNED,
            by,
            at,
            note.strip(),
        )
        locked.save(update_fields=["state", "signed_by", "signed_at", "note"])
        changes = {"cash_signed": locked.sums.get("cash_signed"), "exceptions": locked.unusual}
        standing_in = signed_for(by, at)
        audit.record(
            by=by, at=at, action="statement.signed", obj=locked, reason=note,
            changes=changes | ({"signed": standing_in} if standing_in else {}),
        )  # fmt: skip
    return locked


def tell_finance(*, at: datetime) -> int:
    """One mail a month to each of finance with all that they can sign; gives how many people have something to sign.

    While somebody is away their stand-in gets it. Told once a month, however many units and months wait.
    """
    return sum(_tell(told, at) for told in told_at(at))


def _tell(told: Told, at: datetime) -> int:
    rows = [row for row in queries.to_sign(told.user) if not row.unit.simulated]
    if rows:
        _mail(told, rows, max(row.month for row in rows), at)
    return bool(rows)


def _mail(told: Told, rows: list[Statement], month: date, at: datetime) -> None:
    waiting = queries.claims_waiting({row.unit_id for row in rows})
    lines = [f"- {row}: {_unusual(row)}, due {row.due_on:%-d %b %Y}" for row in rows]
    for absent in told.stands_in_for:
        lines.append(f"\nYou stand in for {absent.absent} until {absent.ends_on:%-d %b %Y}.")
    which = f"{rows[0].unit}, {month:%B}" if len(rows) == 1 else f"{len(rows)} statements"
    subject = f"{which}: {_counts(rows, waiting)}, due {_day(min(row.due_on for row in rows), at)}"
    tell(
        user=told.user, topic="statement", subject=subject, text="\n".join(["To sign:", "", *lines]),
        path=reverse("roi:statement", args=[rows[0].pk]) if len(rows) == 1 else reverse("roi:statements"),
        dedup_key=f"statement-{month:%Y-%m}", at=at,
    )  # fmt: skip


def _counts(rows: list[Statement], waiting: dict[int, queries.Waiting]) -> str:
    """ "2 claims, $61,000 a month"; the exceptions where no claim waits."""
    count = sum(one.count for one in waiting.values())
    if count:
        amount = money_of(rows[-1].currency)(float(sum(one.amount for one in waiting.values())))
        return f"{count} claim{'' if count == 1 else 's'}, {amount} a month"
    unusual = sum(row.unusual for row in rows)
    return _exceptions(unusual) if unusual else "nothing unusual"


def _unusual(row: Statement) -> str:
    signed = money_of(row.currency)(float(row.sums.get("cash_signed") or 0))
    return f"{signed} of cash signed, {_exceptions(row.unusual)}"


def _exceptions(count: int) -> str:
    return f"{count} exception{'' if count == 1 else 's'}"


def _day(day: date, at: datetime) -> str:
    return f"{day:%A}" if 0 <= (day - at.date()).days < 7 else f"{day:%-d %b %Y}"
