"""The cost check: the month so far and where it is heading, against the monthly budget."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from aiops.models import Company, currency_symbol
from workloads.calc.month_forecast import MOST_DAYS, PeriodForecast, forecast
from workloads.calc.months import later
from workloads.models import Finding, Severity, Workload
from workloads.operations.checks import claim_run, finish_run
from workloads.queries.usage import usage, usage_by_day


def run_cost_check(*, run_id: int, worker: str, at: datetime) -> Finding | None:
    """Judge the month of the run's slot; None when another worker has the run."""
    run = claim_run(run_id=run_id, worker=worker, at=at)
    if run is None:
        return None
    workload = run.check_of.workload
    seen = min(run.slot, at) if run.requested_by_id is None else at
    severity, sentence, spent, projection = judge_cost(workload, max(seen, at - timedelta(days=1)))
    return finish_run(
        run=run,
        severity=severity,
        sentence=sentence,
        metric="cost, month to date",
        value=spent,
        target=workload.monthly_budget,
        unit=Company.load().currency,
        details={"projection": [str(p) for p in (projection.low, projection.likely, projection.high)]}
        if projection
        else {},
        at=at,
    )


def judge_cost(workload: Workload, at: datetime) -> tuple[str, str, Decimal, PeriodForecast | None]:
    """Severity, sentence, spent so far (company currency) and the forecast for the month of `at`."""
    start = at.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    company = Company.load()
    totals = usage(workload, start, at)
    spent = totals.cost_usd * company.usd_rate
    shown = f"{_money(spent, company)} by {at:%-d %b %Y}"
    if not totals.calls:
        return Severity.UNKNOWN, f"No calls in {at:%B %Y} yet, so there is no cost to judge.", spent, None
    unpriced = (
        f" {totals.unpriced_calls:,} calls have no price and are not in it." if totals.unpriced_calls else ""
    )
    if workload.monthly_budget is None:
        return Severity.UNKNOWN, f"{shown}; no budget is set.{unpriced}", spent, None
    projection = _forecast(workload, start, at, company.usd_rate)
    severity, words = _against(workload.monthly_budget, spent, projection, company)
    return (
        severity,
        f"{shown}, of {_money(workload.monthly_budget, company)}. {words}{unpriced}",
        spent,
        projection,
    )


def _forecast(workload: Workload, start: datetime, at: datetime, rate: Decimal) -> PeriodForecast | None:
    today = at.astimezone(UTC).date()
    days = usage_by_day(workload, at - timedelta(days=MOST_DAYS), at)
    daily = {day: totals.cost_usd * rate for day, totals in days}
    so_far = daily.pop(today, Decimal(0))
    month = start.date()
    return forecast(daily, start=month, end=later(month), today=today, today_so_far=so_far)


def _against(
    budget: Decimal, spent: Decimal, ahead: PeriodForecast | None, company: Company
) -> tuple[str, str]:
    if spent > budget:
        return Severity.BAD, "The month's budget is spent."
    if ahead is None:
        return Severity.OK, "Too few days are known to look ahead."
    span = f"At this pace {_money(ahead.low, company)} to {_money(ahead.high, company)} by month end"
    if ahead.likely > budget:
        return Severity.WARNING, f"{span}: over the budget."
    return Severity.OK, f"{span}."


def _money(amount: Decimal, company: Company) -> str:
    places = 0 if amount >= 100 else 2 if amount >= 1 or amount == 0 else 4
    return f"{currency_symbol(company.currency)}{amount:,.{places}f}"
