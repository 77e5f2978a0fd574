"""Finance's page: months to sign, claims that wait, cash and capacity, showback, gaps to the bills."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, Max, Q, Sum
from django.urls import reverse

from aiops.models import Company, User
from roi.models import Claim, Statement
from roi.queries.dashboards.lines import lines_of, totals_of
from roi.queries.dashboards.shapes import DAY, MONEY, MONTH, Column, Dashboard, Figure, Lazy, Sentence, Table
from roi.queries.dashboards.tables import other_kinds, value_figures, workload_table
from roi.queries.proposals import money_of
from roi.queries.statements import listed
from workloads.calc.months import later, midnight
from workloads.models import Bill, BillLine, Workload
from workloads.queries.showback import showback
from workloads.queries.usage import usage_sums

ZERO = Decimal(0)
MONTHS = (
    Column("month", "Month", MONTH),
    Column("unit", "Unit"),
    Column("cash_signed", "Cash signed", MONEY),
    Column("exceptions", "Exceptions"),
    Column("due_on", "Due", DAY),
)
UNITS = (Column("unit", "Unit"), Column("cost", "Cost", MONEY), Column("state", "Rests on"))


def finance(user: User, at: datetime) -> Dashboard:
    """Of the whole company: whoever opens it reads all money."""
    today = at.date()
    lines = lines_of(Workload.objects.visible_to(user))
    totals, last = totals_of(lines), later(today.replace(day=1), -1)
    waiting = list(listed(user).filter(state=Statement.State.OPEN).order_by("month", "unit__name"))
    told = [*_claims(user), *_due(waiting), *_bills(last)]
    figures = [*value_figures(totals), *other_kinds(totals), _billed(last)]
    capacity = workload_table(lines, "Cash and capacity", "Nothing runs yet.")
    tables = [months_table(waiting), capacity, showback_table(user, last)]
    return Dashboard("finance", "Finance", today, Company.load().currency, told, figures, tables)


def months_table(waiting: Sequence[Statement]) -> Table:
    """Statements that wait to be signed, the oldest first."""
    return Table(
        "months",
        "Months to sign",
        MONTHS,
        Lazy(waiting, _month_row),
        "Closed months by unit.",
        "Every closed month is signed.",
    )


def _month_row(statement: Statement) -> dict[str, Any]:
    return {
        "url": reverse("roi:statement", args=[statement.pk]),
        "month": statement.month,
        "unit": str(statement.unit),
        "cash_signed": _amount(statement.sums, "cash_signed"),
        "exceptions": f"{statement.unusual} to look at" if statement.unusual else "none",
        "due_on": statement.due_on,
    }


def _amount(totals: Any, key: str) -> Decimal | None:
    value = totals.get(key) if isinstance(totals, dict) else None
    return None if value in (None, "") else Decimal(str(value))


def _due(waiting: Sequence[Statement]) -> list[Sentence]:
    if not waiting:
        return []
    count, first = len(waiting), min(statement.due_on for statement in waiting)
    noun = "month waits" if count == 1 else "months of units wait"
    return [Sentence(f"{count} {noun} for a signature, the first due on {first:%-d %B}.", reverse("roi:statements"))]


def _claims(user: User) -> list[Sentence]:
    waiting = Claim.objects.visible_to(user).filter(state=Claim.State.CLAIMED).exclude(filed_by=user)
    found = waiting.aggregate(n=Count("pk"), cash=Sum("amount_month", filter=Q(kind__in=Claim.CASH_KINDS)))
    if not found["n"]:
        return []
    money, noun = money_of(Company.load().currency), "claim waits" if found["n"] == 1 else "claims wait"
    among = "" if found["n"] == 1 else " among them"
    words = f"{found['n']} {noun} for you: {money(float(found['cash'] or 0))} a month of cash{among}."
    return [Sentence(words, f"{reverse('roi:claims')}?state=claimed", "warn")]


def showback_table(user: User, month: date) -> Table:
    """What each unit is shown for a month."""
    shown = showback(user, month)
    rows = [
        {
            "url": f"{reverse('workloads:showback')}?month={month:%Y-%m}",
            "unit": str(one.unit),
            "cost": round(one.amount, 2),
            "state": "calls, provisional until billed" if one.provisional else "bills and fixed costs",
        }
        for one in shown.units
    ]
    title = f"Showback, {month:%B %Y}"
    return Table("showback", title, UNITS, rows, "Calls, bills and fixed costs.", "Nothing was spent in that month.")


def _billed(month: date) -> Figure:
    """Billed AI spend less what was traced in the month, where bills are in."""
    company, end = Company.load(), later(month)
    lines = BillLine.objects.filter(bill__replaced_by=None, day__gte=month, day__lt=end).exclude(model="")
    billed = lines.filter(bill__currency=company.currency).aggregate(s=Sum("effective_cost"))["s"]
    spent = usage_sums(midnight(month), midnight(end), "month", of=("cost_usd",))
    traced = sum((row["cost_usd"] for row in spent), ZERO)
    url = f"{reverse('workloads:reconciliation')}?month={month:%Y-%m}"
    gap = None if billed is None else round(billed - traced * company.usd_rate, 2)
    return Figure(f"Billed less traced, {month:%B}", gap, MONEY, url, note="models on bills in our currency")


def _bills(month: date) -> list[Sentence]:
    newest = Bill.objects.current().aggregate(last=Max("period_start"))["last"]
    if newest is not None and newest >= month:
        return []
    words = f"No bill of {month:%B} is in yet: its cost rests on calls and is provisional."
    return [Sentence(words, reverse("workloads:bills"))]
