"""Bills of providers: taken in whole or not at all, made final, replaced, withdrawn."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import IO, Any

from django.db import connection, transaction

from aiops import audit
from aiops.errors import DomainError
from aiops.models import Company, User
from aiops.operations.whole_company import require_everywhere
from aiops.permissions import Permission
from workloads.calc.focus import Charge, Reader, Scope
from workloads.calc.outcome_rows import Unreadable
from workloads.models import Bill
from workloads.operations.bill_owners import apply_rules
from workloads.operations.outcomes import RowsRefused

MOST_SCOPES = 200
STAGE = """
DROP TABLE IF EXISTS pg_temp.bill_stage;
CREATE TEMPORARY TABLE bill_stage (
  scope int, day date, account text, account_name text, service text, model text, category text,
  quantity numeric, unit text, billed numeric, effective numeric, tags jsonb
) ON COMMIT DROP
"""
COPY = "COPY bill_stage FROM STDIN"
# An hour is no figure of a bill here: hours of one day, account and meter become one line, exactly.
LINES = """
INSERT INTO workloads_billline (bill_id, day, account, account_name, service, model, category, quantity, unit,
  billed_cost, effective_cost, tags, workload_id)
SELECT %s, day, account, max(account_name), service, model, category, sum(quantity), unit,
  sum(billed), sum(coalesce(effective, billed)), tags, NULL
FROM bill_stage WHERE scope = %s
GROUP BY day, account, service, model, category, unit, tags
"""
TOTALS = """
SELECT count(*), sum(billed), sum(coalesce(effective, billed)) FROM bill_stage WHERE scope = %s
"""


@dataclass(frozen=True)
class ImportReport:
    """What became of a file. `is_new` is False when the same file was here before."""

    bills: list[Bill]
    is_new: bool
    rows: int
    replaced: list[Bill] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)


def import_bills(
    *,
    file: IO[bytes],
    name: str,
    by: User,
    at: datetime,
    rates: Mapping[str, Decimal] | None = None,
    final: bool = False,
) -> ImportReport:
    """All rows of a FOCUS file or none; one bill for each provider, billing account, currency and period in it.

    `rates` are units of a currency per US dollar, needed for currencies other than the dollar and the company's.
    A newer file of the same account and period replaces the bill, unless that is final. Raises RowsRefused by line
    and column, or DomainError.
    """
    require_everywhere(by, Permission.FINANCE)
    reader = Reader(file)
    with transaction.atomic():
        scopes = _staged(reader)
        known = _known(reader.digest, scopes)
        if known:
            return ImportReport(known, False, reader.rows)
        bills, replaced = _made(reader, scopes, name, rates or {}, final, by, at)
        apply_rules([bill.pk for bill in bills])
    return ImportReport(bills, True, reader.rows, replaced, reader.missing)


def _staged(reader: Reader) -> list[Scope]:
    """Every row in a temporary table, by the number of its scope."""
    numbers: dict[Scope, int] = {}
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('payback bills'))")
        cursor.execute(STAGE)
        lines = _Lines(_written(reader.charges(), numbers))
        cursor.cursor.copy_expert(COPY, lines, 1 << 16)
    if isinstance(lines.error, Unreadable):
        raise DomainError("file_unreadable", str(lines.error), "file") from lines.error
    if lines.error is not None:
        raise lines.error
    if reader.errors:
        raise RowsRefused(reader.errors)
    return list(numbers)


def _written(charges: Iterable[Charge], numbers: dict[Scope, int]) -> Iterator[str]:
    for charge in charges:
        number = numbers.setdefault(charge.scope, len(numbers))
        if number >= MOST_SCOPES:
            words = f"The file holds more than {MOST_SCOPES} accounts and periods: split it."
            raise DomainError("file_too_wide", words, "file")
        yield "\t".join(map(_cell, (
            number, charge.day, charge.account, charge.account_name, charge.service, charge.model, charge.category,
            charge.quantity, charge.unit, charge.billed, charge.effective, charge.tags,
        ))) + "\n"  # fmt: skip


ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def _cell(value: Any) -> str:
    return "\\N" if value is None else str(value).translate(ESCAPES)


class _Lines:
    """What COPY reads from: rows as they are parsed, never the whole file.

    The driver would turn an exception of the parser into one of its own: it is kept in `error`, and the text ends.
    """

    def __init__(self, lines: Iterator[str]) -> None:
        self.lines, self.rest = lines, ""
        self.error: Exception | None = None

    def read(self, size: int = -1) -> str:
        parts, length = [self.rest], len(self.rest)
        try:
            while length < size and (line := next(self.lines, None)) is not None:
                parts.append(line)
                length += len(line)
        except (DomainError, ValueError) as error:
            self.error = error
            return ""
        text = "".join(parts)
        self.rest = text[size:]
        return text[:size]


def _digest(of_file: str, scope: Scope) -> str:
    parts = (
        of_file,
        scope.provider,
        scope.account,
        scope.currency,
        scope.start.isoformat(),
        scope.end.isoformat(),
    )
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


def _known(of_file: str, scopes: list[Scope]) -> list[Bill]:
    return list(Bill.objects.filter(digest__in=[_digest(of_file, scope) for scope in scopes]).order_by("pk"))


def _made(
    reader: Reader,
    scopes: list[Scope],
    name: str,
    rates: Mapping[str, Decimal],
    final: bool,
    by: User,
    at: datetime,
) -> tuple[list[Bill], list[Bill]]:
    company = Company.load()
    older = [_older(scope, at) for scope in scopes]
    bills = []
    for number, scope in enumerate(scopes):
        rate = _rate(scope.currency, company, rates)
        bill = _bill(scope, number, reader, name, rate, final, by, at)
        audit.record(by=by, at=at, action="bill.imported", obj=bill, changes=_audited(bill))
        bills.append(bill)
    return bills, _replace(bills, older, by, at)


def _bill(
    scope: Scope, number: int, reader: Reader, name: str, rate: Decimal, final: bool, by: User, at: datetime
) -> Bill:
    with connection.cursor() as cursor:
        cursor.execute(TOTALS, [number])
        rows, billed, effective = cursor.fetchone()
        bill = Bill.objects.create(
            provider=scope.provider,
            billing_account=scope.account,
            source=name[-200:],
            digest=_digest(reader.digest, scope),
            focus_version=reader.version,
            currency=scope.currency,
            usd_rate=rate,
            period_start=scope.start,
            period_end=scope.end,
            lines_count=rows,
            billed_total=billed,
            effective_total=effective,
            is_final=final,
            by=by,
            at=at,
        )
        cursor.execute(LINES, [bill.pk, number])
    return bill


def _audited(bill: Bill) -> dict[str, Any]:
    names = ("source", "currency", "usd_rate", "period_start", "period_end", "lines_count", "is_final")
    return {name: getattr(bill, name) for name in names}


def _rate(currency: str, company: Company, rates: Mapping[str, Decimal]) -> Decimal:
    if currency == "USD":
        return Decimal(1)
    rate = rates.get(currency) or (company.usd_rate if currency == company.currency else None)
    if rate is None:
        words = (
            f"The bill is in {currency}: say how many {currency} one US dollar was, such as {currency} 0.92."
        )
        raise DomainError("rate_missing", words, "rates")
    if not 0 < rate < 10**6:
        raise DomainError("rate_positive", f"The rate of {currency} must be above zero.", "rates")
    return rate


def _older(scope: Scope, at: datetime) -> list[Bill]:
    """The current bills that this scope replaces. Refuses a final one, and periods that only overlap."""
    if scope.start > (at + timedelta(days=1)).date():
        words = f"The billing period of {scope.provider} begins on {scope.start}, in the future."
        raise DomainError("period_future", words, "file")
    same = Bill.objects.current().filter(provider=scope.provider, billing_account=scope.account)
    found = list(same.filter(period_start__lt=scope.end, period_end__gt=scope.start).order_by("pk"))
    for bill in found:
        if (bill.period_start, bill.period_end) != (scope.start, scope.end):
            period = f"{bill.period_start} to {bill.period_end}"
            words = f"{scope.start} to {scope.end} overlaps the bill of {bill}, which is for {period}."
            raise DomainError("bill_overlaps", words, "file")
        if bill.is_final:
            words = f"The bill of {bill} is final. Open it again before a newer file replaces it."
            raise DomainError("bill_final", words, "file")
    return found


def _replace(bills: list[Bill], older: list[list[Bill]], by: User, at: datetime) -> list[Bill]:
    """Old bills stay and point at what replaced them: of the same currency, if the new file has it."""
    ordered = sorted(zip(bills, older, strict=True), key=lambda pair: pair[0].pk)
    replaced: dict[int, Bill] = {}
    for bill, olds in ordered:
        for old in olds:
            if old.pk not in replaced or old.currency == bill.currency:
                old.replaced_by = bill
                replaced[old.pk] = old
    for old in replaced.values():
        old.save(update_fields=["replaced_by"])
        audit.record(by=by, at=at, action="bill.replaced", obj=old, changes={"by": old.replaced_by_id})
    return list(replaced.values())


@transaction.atomic
def set_final(*, bill: Bill, final: bool, by: User, at: datetime) -> Bill:
    """From then on its money rules its month; opening it again lets the traced figures stand until the next."""
    require_everywhere(by, Permission.FINANCE)
    bill = Bill.objects.select_for_update().get(pk=bill.pk)
    if bill.replaced_by_id is not None:
        raise DomainError("bill_replaced", "A newer file has replaced this bill.")
    if bill.is_final == final:
        return bill
    bill.is_final = final
    bill.save(update_fields=["is_final"])
    audit.record(by=by, at=at, action="bill.made_final" if final else "bill.opened_again", obj=bill)
    return bill


@transaction.atomic
def withdraw_bill(*, bill: Bill, reason: str, by: User, at: datetime) -> None:
    """Takes a bill out that should never have come in; what it had replaced counts again."""
    require_everywhere(by, Permission.FINANCE)
    bill = Bill.objects.select_for_update().get(pk=bill.pk)
    if bill.is_final:
        raise DomainError("bill_final", f"The bill of {bill} is final. Open it again first.")
    if not reason.strip():
        raise DomainError("reason_missing", "Say why it goes.", "reason")
    back = list(Bill.objects.filter(replaced_by=bill))
    Bill.objects.filter(replaced_by=bill).update(replaced_by=bill.replaced_by)
    audit.record(by=by, at=at, action="bill.withdrawn", obj=bill, changes=_audited(bill), reason=reason)
    bill.delete()
    apply_rules([old.pk for old in back])
