"""Bills, whose spend they are, and what a month costs: as billed where a final bill rules it, else as traced."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import TruncMonth

from aiops.models import Company, User
from workloads.calc.bill_gap import BilledDay, Gap, TracedDay, gap
from workloads.calc.model_names import Key, Match, match
from workloads.calc.months import LAST_PLACE, held, later, midnight, months_of
from workloads.calc.reconcile import (
    BILLED,
    EXACT,
    FIXED,
    TRACED,
    Billed,
    Ruled,
    Share,
    Traced,
    converted,
    exact_sum,
    rule,
)
from workloads.models import Bill, BilledModel, BillLine, BillRule, FixedCost, Workload
from workloads.queries.prices import present_amounts
from workloads.queries.usage import usage_sums

MEASURES = ("cost_usd", "calls", "unpriced_calls", "upper_bound_calls", "upper_bound_cost_usd")
# AI spend and spend with an owner: all that can rule a workload's month. The index bill_line_ruling has these.
RULING = ~Q(model="") | Q(workload__isnull=False)


@dataclass(frozen=True)
class RulingCost:
    """What a workload's calls and bills cost in a month, in company currency, unrounded, and what says so.

    source: "billed", "traced", "billed and traced" or "none". provisional: some of it waits for a final bill.
    """

    amount: Decimal = Decimal(0)
    source: str = "none"
    provisional: bool = False
    billed: Decimal = Decimal(0)
    traced: Decimal = Decimal(0)

    @property
    def words(self) -> str:
        told = {
            "none": "no cost",
            "billed": "as billed",
            "traced": "as traced, provisional until the bill is final",
        }
        return told.get(self.source, "as billed where a final bill is in, else as traced and provisional")


def ruling_costs(workload: Workload, first: date, end: date) -> dict[date, RulingCost]:
    """Each month of [first, end) of one workload. Fixed costs are not in it: they are known without call or bill."""
    months = ruled_months(first, end, [workload.pk])
    return {
        day: _cost([share for share in ruled.shares if share.workload == workload.pk and share.source != FIXED])
        for day, ruled in months.items()
    }


def _cost(shares: list[Share]) -> RulingCost:
    billed = [share for share in shares if share.source == BILLED]
    traced = [share for share in shares if share.source == TRACED]
    words = [name for name, found in ((BILLED, billed), (TRACED, traced)) if found]
    sums = (exact_sum(share.amount for share in found) for found in (billed, traced))
    amounts = dict(zip((BILLED, TRACED), sums, strict=True))
    total = EXACT.add(amounts[BILLED], amounts[TRACED])
    return RulingCost(total, " and ".join(words) or "none", bool(traced), amounts[BILLED], amounts[TRACED])


def ruled_months(first: date, end: date, workloads: Collection[int] | None = None) -> dict[date, Ruled]:
    """Each month of [first, end): shares by workload, model and cost centre; fixed costs among them.

    With `workloads` their sums are right and others may be left out: calls of others are read for those months alone in
    which a bill is spread over its callers. Four queries, five with `workloads`.
    """
    company = Company.load()
    billed, said = _billed(first, end, company), _said()
    traced = _traced(first, end, company, workloads)
    spread = sorted(month for month, lines in billed.items() if any(map(_is_spread, lines)))
    if spread and workloads is not None:
        traced |= _traced(spread[0], later(spread[-1]), company)
    fixed = present_amounts(FixedCost.objects.filter(valid_from__lt=end).exclude(valid_to__lte=first))
    found = {}
    for month in months_of(first, end):
        calls, lines = traced.get(month, []), billed.get(month, [])
        matches = match({line.key for line in lines if line.model}, {row.key for row in calls}, said)
        ruled = rule(calls, lines, matches)
        found[month] = Ruled(ruled.shares + _fixed(fixed, month), ruled.unowned, calls)
    return found


def _is_spread(line: Billed) -> bool:
    return line.workload is None and bool(line.model)


def _traced(
    first: date, end: date, company: Company, workloads: Collection[int] | None = None
) -> dict[date, list[Traced]]:
    by = ("month", "workload", "provider", "model", "cost_centre")
    found: dict[date, list[Traced]] = defaultdict(list)
    for row in usage_sums(midnight(first), midnight(end), *by, of=MEASURES, workloads=workloads):
        found[row["month"].date()].append(
            Traced(
                row["workload"],
                row["provider"],
                row["model"],
                row["cost_centre"],
                converted(row["cost_usd"], company.usd_rate),
                row["calls"],
                row["unpriced_calls"],
                row["upper_bound_calls"],
                converted(row["upper_bound_cost_usd"], company.usd_rate),
            )
        )
    return found


def _billed(first: date, end: date, company: Company) -> dict[date, list[Billed]]:
    lines = BillLine.objects.filter(RULING, bill__replaced_by=None, bill__is_final=True)
    rows = _summed(
        lines.filter(day__gte=first, day__lt=end).annotate(month=TruncMonth("day")), "month", "workload"
    )
    found: dict[date, list[Billed]] = defaultdict(list)
    for row in rows:
        amount = in_company(row["amount"], row["bill__currency"], row["bill__usd_rate"], company)
        found[row["month"]].append(Billed(row["bill__provider"], row["model"], row["workload"], amount))
    return found


def _summed(lines: QuerySet[Any], *by: str) -> QuerySet[Any]:
    """Effective cost, which spreads what was paid ahead over the days that used it; billed cost is the invoice's."""
    keys = ("bill__provider", "bill__currency", "bill__usd_rate", "model", *by)
    return lines.order_by().values(*keys).annotate(amount=Sum("effective_cost"))


def in_company(amount: Decimal, currency: str, usd_rate: Decimal, company: Company) -> Decimal:
    """Money of a bill in company currency: untouched where it is that already, else through the dollar.

    The one rounding here: at the 32nd decimal, which is the last that is stored.
    """
    if currency == company.currency:
        return amount
    found = EXACT.multiply(amount, company.usd_rate)
    found = found if currency == "USD" else EXACT.divide(found, usd_rate)
    return found.quantize(LAST_PLACE, context=EXACT)


def _said() -> dict[Key, str]:
    rows = BilledModel.objects.values_list("provider", "name", "model")
    return {(provider, name): model for provider, name, model in rows}


def _fixed(costs: list[FixedCost], month: date) -> list[Share]:
    shares = []
    for cost in costs:
        amount = held(EXACT.multiply(cost.quantity, cost.amount), month, cost.valid_from, cost.valid_to)
        if amount:
            shares.append(Share(cost.workload_id, "", "", cost.cost_centre, FIXED, amount))
    return shares


@dataclass(frozen=True)
class BillRow:
    """A bill with its totals in its own currency and how much of it has an owner."""

    bill: Bill
    owned: Decimal

    @property
    def unowned(self) -> Decimal:
        return EXACT.subtract(self.bill.effective_total, self.owned)


def bills(user: User) -> QuerySet[Bill]:
    """All bills, the newest period first; the old ones that were replaced among them."""
    rows = Bill.objects.visible_to(user).select_related("by", "replaced_by")
    return rows.order_by("-period_start", "provider", "-pk")


def with_owned(found: Iterable[Bill]) -> list[BillRow]:
    listed = list(found)
    lines = BillLine.objects.filter(bill__in=listed, workload__isnull=False).order_by()
    owned = dict(lines.values_list("bill").annotate(amount=Sum("effective_cost")))
    return [BillRow(bill, owned.get(bill.pk, Decimal(0))) for bill in listed]


def bill_lines(bill: Bill) -> QuerySet[BillLine]:
    return bill.lines.select_related("workload").order_by("day", "pk")


@dataclass(frozen=True)
class UnownedSpend:
    """Spend that no rule gives to anybody, in company currency. `match` says whether calls share it."""

    provider: str
    account: str
    account_name: str
    service: str
    model: str
    amount: Decimal
    lines: int
    match: Match
    final: bool


def unowned_spend(first: date, end: date) -> list[UnownedSpend]:
    """By provider, account, service and model, the dearest first."""
    company = Company.load()
    lines = BillLine.objects.filter(
        bill__replaced_by=None, workload=None, day__gte=first, day__lt=end
    ).order_by()
    keys = ("account", "account_name", "service", "bill__is_final")
    rows = list(_summed(lines, *keys).annotate(lines=Count("pk")))
    models = {(row["bill__provider"], row["model"]) for row in rows if row["model"]}
    matches = match(models, _traced_keys(first, end) if models else (), _said())
    found = [
        UnownedSpend(
            row["bill__provider"],
            row["account"],
            row["account_name"],
            row["service"],
            row["model"],
            in_company(row["amount"], row["bill__currency"], row["bill__usd_rate"], company),
            row["lines"],
            matches.get((row["bill__provider"], row["model"]), Match()),
            row["bill__is_final"],
        )
        for row in rows
    ]
    return sorted(
        found, key=lambda row: (-abs(row.amount), row.provider, row.account, row.service, row.model)
    )


def _traced_keys(first: date, end: date) -> set[Key]:
    rows = usage_sums(midnight(first), midnight(end), "provider", "model", of=("calls",))
    return {(row["provider"], row["model"]) for row in rows}


def bill_rules() -> QuerySet[BillRule]:
    return BillRule.objects.select_related("workload", "by")


def billed_models() -> QuerySet[BilledModel]:
    return BilledModel.objects.select_related("by")


def month_gap(month: date) -> Gap:
    """The month's calls beside all current bills, final or not, of AI; in company currency."""
    company = Company.load()
    traced = _traced_days(month, company)
    lines = BillLine.objects.filter(bill__replaced_by=None, day__gte=month, day__lt=later(month))
    rows = _summed(lines.exclude(model=""), "day", "bill__is_final")
    billed = [
        BilledDay(
            row["day"],
            row["bill__provider"],
            row["model"],
            in_company(row["amount"], row["bill__currency"], row["bill__usd_rate"], company),
            row["bill__is_final"],
        )
        for row in rows
    ]
    return gap(traced, billed, match({line.key for line in billed}, {row.key for row in traced}, _said()))


def _traced_days(month: date, company: Company) -> list[TracedDay]:
    by = ("day", "provider", "model")
    return [
        TracedDay(
            row["day"].date(),
            row["provider"],
            row["model"],
            converted(row["cost_usd"], company.usd_rate),
            row["calls"],
            row["unpriced_calls"],
            row["upper_bound_calls"],
            converted(row["upper_bound_cost_usd"], company.usd_rate),
        )
        for row in usage_sums(midnight(month), midnight(later(month)), *by, of=MEASURES)
    ]


def months_with_bills() -> list[date]:
    """Months in which a current bill begins, the latest first."""
    starts = (
        Bill.objects.current().order_by("-period_start").values_list("period_start", flat=True).distinct()
    )
    return list(dict.fromkeys(start.replace(day=1) for start in starts))
