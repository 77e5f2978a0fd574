"""Claims of the simulated company, its closed months with their statements, and an absence in finance."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from django.db.models import QuerySet

from aiops.models import Company as CompanyRow
from roi.calc.closing import close_day
from roi.calc.statements import LEAST_DAYS, due_friday
from roi.demo.portfolio import Company
from roi.models import Claim, Statement, ValueMonth
from roi.operations.claims import file_claim, send_back_claim, sign_claim
from roi.operations.ledger import close_months
from roi.operations.stand_ins import name_stand_in
from roi.operations.statements import sign_statement
from roi.queries.claims import proposal_for

SIGNED = "signed"
# Finance signs so many working days after the close, in the morning; a claim is filed on the eleventh of its month.
SIGN_AFTER, MORNING, FILED_AFTER = 2, time(9), timedelta(days=10)
LEAST = timedelta(days=LEAST_DAYS)


@dataclass(frozen=True)
class Told:
    """A claim that was filed so many months ago: `answer` is what finance said, `part` the amount that it signed."""

    key: str
    kind: str
    amount: int | Decimal
    hours: int | Decimal | None
    months: int
    act: str
    answer: str
    cost_centre: str = ""
    account: str = ""
    posts: Decimal | None = None
    part: int | None = None


CLAIMS = (
    Told("C01", "hours", 7_560, 210, 6, "Two agency contracts in accounts payable ended.", SIGNED, "CC-4101", "6400"),
    Told("C02", "cost_ended", 2_400, None, 8, "The overflow contract of the service desk ended.", SIGNED, "CC-4102",
         "6310"),
    Told("C07", "cost_ended", 1_150, None, 5, "The outside audit of expense samples was cancelled.", SIGNED, "CC-4103"),
    Told("C07", "discount", 400, None, 3, "The card provider lowered its fee for clean reports.", SIGNED, "CC-4103",
         "6855", part=260),
    Told("C05", "cost_avoided", 3_000, None, 4, "Two seasonal posts were not advertised this year.", SIGNED, "CC-4104",
         "6000", Decimal(2)),
    Told("C20", "cost_ended", 1_900, None, 2, "The translation agency gets fewer orders.",
         "The framework order is still open: end it or name the amount that was cut.", "CC-4105", "6320"),
)  # fmt: skip
# Filed after its months were closed: what they freed for sure is the most that it can be.
OPEN = Told(
    "C01", "hours", 3_780, 105, 1, "The third agency contract in accounts payable ended.", "", "CC-4101"
)


def make_claims(company: Company) -> None:
    """Hours and costs that became cash, as their owners filed and finance signed them."""
    for number, told in enumerate(CLAIMS, 1):
        at = _filed_at(company, told)
        claim = _file(company, told, number, at)
        later, finance = min(at + timedelta(days=4), company.at), company.people["finance2"]
        if told.answer == SIGNED:
            sign_claim(
                claim=claim, amount_month=Decimal(told.part) if told.part else None, by=finance, at=later
            )
        else:
            send_back_claim(claim=claim, reason=told.answer, by=finance, at=later)


def _filed_at(company: Company, told: Told) -> datetime:
    """What is signed was signed before its first month was closed; what was sent back came later."""
    if told.answer == SIGNED:
        day = _first_day(company.at.date(), told.months) + FILED_AFTER
        return datetime.combine(day, MORNING, company.at.tzinfo)
    return min(company.before(30 * told.months - 12), company.before(1))


def _file(company: Company, told: Told, number: int, at: datetime) -> Claim:
    workload = company.workloads[told.key]
    return file_claim(
        workload=workload, kind=told.kind, amount_month=Decimal(told.amount),
        hours_month=Decimal(told.hours) if told.hours else None, posts=told.posts,
        valid_from=_first_day(company.at.date(), told.months), act=f"{told.act} (simulated)",
        post=f"simulated contract {number}" if told.kind in ("hours", "cost_ended") else "",
        cost_centre=told.cost_centre, account=told.account, evidence="Simulated: letter of notice, on file.",
        by=workload.business_owner, at=at,
    )  # fmt: skip


def close_year(company: Company) -> None:
    """Past months are closed, each with its statements; finance signed all but the newest, once for a colleague."""
    close_months(at=company.at, dated=lambda month: _on_working_day(month, company))
    closed = ValueMonth.objects.exclude(closed_at=None).order_by("month").values_list("month", flat=True)
    months = list(closed.distinct())
    _absence(company, months)
    for month in months:
        if month == months[-1]:
            _leave_open(company, month)
        else:
            _sign(company, month)
    _file_open(company)


def _on_working_day(month: date, company: Company, days_later: int = 0) -> datetime:
    """When the calendar closes a month: as the working day begins that the company closes on; or days after it."""
    row = CompanyRow.load()
    day = close_day(month, row.close_working_day + days_later)
    return min(row.midnight(day), company.at)


def _absence(company: Company, months: list[date]) -> None:
    """The controller was away when the month before the newest was signed, and is away again in three weeks."""
    absent, deputy = company.people["finance"], company.people["finance2"]
    starts = [(company.at + timedelta(days=21)).date()]
    starts += [_on_working_day(months[-2], company).date()] if len(months) > 1 else []
    for day in starts:
        at = min(datetime.combine(day, time(), company.at.tzinfo), company.at)
        name_stand_in(
            absent=absent, deputy=deputy, starts_on=day, ends_on=day + timedelta(days=6), by=absent, at=at
        )


def _open(month: date) -> "QuerySet[Statement]":
    return Statement.objects.filter(month=month, unit__simulated=True, state=Statement.State.OPEN)


def _sign(company: Company, month: date) -> None:
    """The first by the operation, so that the audit log shows it; the others at once."""
    rows, by = _open(month), company.people["finance2"]
    morning = _on_working_day(month, company, SIGN_AFTER).replace(hour=MORNING.hour)
    at = min(morning, company.at)
    for row in rows[:1]:
        sign_statement(statement=row, by=by, at=at, note="Looked at the exceptions (simulated).")
    rows.update(state=Statement.State.SIGNED, signed_by=by, signed_at=at)


def _leave_open(company: Company, month: date) -> None:
    """What waits in the simulated company is due this week, not long ago."""
    coming = due_friday(company.at.date() - LEAST)
    _open(month).filter(due_on__lt=coming).update(due_on=coming)


def _file_open(company: Company) -> None:
    """The claim that waits: what was wanted, or as much as the closed months freed for sure."""
    proposal = proposal_for(company.workloads[OPEN.key], _first_day(company.at.date(), OPEN.months))
    hours, amount = Decimal(OPEN.hours or 0), Decimal(OPEN.amount)
    if proposal is not None and proposal.amount is not None:
        hours, amount = min(hours, proposal.hours), min(amount, proposal.amount)
    told = replace(OPEN, hours=hours, amount=amount)
    # With fewer items no hours are left to claim: then it is the contract that ended.
    if not (hours > 0 and amount > 0):
        told = replace(OPEN, kind="cost_ended", hours=None)
    _file(company, told, len(CLAIMS) + 1, company.before(1))


def _first_day(day: date, months: int) -> date:
    for _ in range(months):
        day = day.replace(day=1) - timedelta(days=1)
    return day.replace(day=1)
