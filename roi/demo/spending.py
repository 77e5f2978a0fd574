"""What the simulated company pays and promises: a bill, fixed costs, a contract to come, budgets, objectives, users."""

import csv
from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO, StringIO

import numpy as np

from roi.demo.data import SEED
from roi.demo.portfolio import Company
from workloads.models import Workload
from workloads.operations.adoption import set_adoption
from workloads.operations.bill_owners import add_bill_rule
from workloads.operations.bills import import_bills
from workloads.operations.budgets import add_budget
from workloads.operations.objectives import set_objective
from workloads.operations.prices import add_fixed_cost, add_price
from workloads.queries.usage import usage_by_day

PROVIDER, ACCOUNT, OTHER_ACCOUNT = "Anthropic", "acct-support", "acct-unknown"
BILLED = "C05"
# A little more than was traced: calls from a notebook that nobody instrumented.
OVER_TRACED = Decimal("1.04")
SEATS, SEAT_PRICE = Decimal(40), Decimal("0.15")
WEEKS = 12


def make_spending(company: Company) -> None:
    """All of it, after the year's calls are stored; small like the sampled calls that it stands beside."""
    workload = company.workloads[BILLED]
    _bill(company, workload)
    _prices(company, workload)
    _budgets(company, workload)
    for key in ("C01", BILLED):
        _promises(company, company.workloads[key])
    _users(company, workload)


def _bill(company: Company, workload: Workload) -> None:
    """Last month's invoice as a FOCUS 1.2 file, final, with a part that nobody owns."""
    end = company.at.date().replace(day=1)
    start = (end - timedelta(days=1)).replace(day=1)
    finance, at = company.people["finance"], company.before(max((company.at.date() - end).days, 0))
    add_bill_rule(workload=workload, provider=PROVIDER, account=ACCOUNT, by=finance, at=at)
    import_bills(
        file=BytesIO(_focus(company, workload, start, end)),
        name=f"simulated-invoice-{start:%Y-%m}.csv",
        final=True,
        by=finance,
        at=at,
    )


def _focus(company: Company, workload: Workload, start: date, end: date) -> bytes:
    text = StringIO()
    writer: csv.DictWriter[str] | None = None
    midnight = company.at.replace(hour=0, minute=0, second=0, microsecond=0)
    first, last = (midnight.replace(year=d.year, month=d.month, day=d.day) for d in (start, end))
    days = [(day, totals.cost_usd * OVER_TRACED) for day, totals in usage_by_day(workload, first, last)]
    charges = [(ACCOUNT, day, cost) for day, cost in days]
    charges += [(OTHER_ACCOUNT, day, cost / 20) for day, cost in days[::7]]
    for account, day, cost in charges:
        row = _charge(account, day, cost, start, end)
        if writer is None:
            writer = csv.DictWriter(text, fieldnames=list(row))
            writer.writeheader()
        writer.writerow(row)
    return text.getvalue().encode()


def _charge(account: str, day: date, cost: Decimal, start: date, end: date) -> dict[str, object]:
    money = f"{cost:.10f}"
    return {
        "BilledCost": money,
        "EffectiveCost": money,
        "ListCost": money,
        "ContractedCost": money,
        "BillingCurrency": "USD",
        "BillingAccountId": account,
        "BillingAccountName": account,
        "BillingAccountType": "Workspace",
        "BillingPeriodStart": f"{start}T00:00:00Z",
        "BillingPeriodEnd": f"{end}T00:00:00Z",
        "ChargePeriodStart": f"{day}T00:00:00Z",
        "ChargePeriodEnd": f"{day + timedelta(days=1)}T00:00:00Z",
        "ChargeCategory": "Usage",
        "ChargeClass": "",
        "ChargeDescription": "Messages (simulated)",
        "ProviderName": PROVIDER,
        "PublisherName": PROVIDER,
        "InvoiceIssuerName": PROVIDER,
        "ServiceCategory": "AI and Machine Learning",
        "ServiceName": "Claude API",
        "PricingQuantity": "",
        "PricingUnit": "",
        "x_Model": "claude-sonnet-4-0",
    }


def _prices(company: Company, workload: Workload) -> None:
    """Seats since it went live, and a contract that begins next month: calls of before keep their price."""
    finance, at = company.people["finance"], company.before(20)
    add_fixed_cost(
        workload=workload,
        kind="seat",
        name="Help desk seats (simulated)",
        quantity=SEATS,
        amount=SEAT_PRICE,
        valid_from=workload.go_live or company.before(360).date(),
        by=finance,
        at=at,
    )
    add_price(
        provider="anthropic",
        model="claude-sonnet-4-0",
        input_mtok=Decimal("2.70"),
        output_mtok=Decimal("13.50"),
        cached_mtok=Decimal("0.27"),
        valid_from=(company.at.date().replace(day=1) + timedelta(days=32)).replace(day=1),
        note="Ten percent off by contract (simulated)",
        by=finance,
        at=at,
    )


def _budgets(company: Company, workload: Workload) -> None:
    finance, at = company.people["finance"], company.before(60)
    start = at.date().replace(day=1)
    add_budget(amount=Decimal(75), valid_from=start, unit=workload.unit, by=finance, at=at)


def _promises(company: Company, workload: Workload) -> None:
    owner, at = workload.business_owner, company.before(30)
    set_objective(workload=workload, kind="errors", target=Decimal("0.98"), by=owner, at=at)
    set_objective(workload=workload, kind="latency", target=Decimal("0.95"), latency_ms=8000, by=owner, at=at)


def _users(company: Company, workload: Workload) -> None:
    """Twelve weeks of a tool that more and more agents use."""
    rng, monday = np.random.default_rng(SEED), company.at.date() - timedelta(days=company.at.weekday())
    for back in range(WEEKS, 0, -1):
        grown = 0.5 + 0.4 * (WEEKS - back) / WEEKS
        volume = int(rng.normal(5_400, 150))
        offered = int(volume * 0.9)
        week = monday - timedelta(weeks=back)
        set_adoption(
            workload=workload,
            unit=workload.unit,
            week=week,
            eligible=26,
            active=min(26, int(26 * grown + rng.integers(0, 3))),
            volume=volume,
            offered=offered,
            taken=int(offered * grown * 0.8),
            by=workload.business_owner,
            at=company.before(7 * back - 6),
        )
