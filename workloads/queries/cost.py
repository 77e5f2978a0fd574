"""The cost of one workload: its days, models and kinds of tokens, what stood out and why. All from hourly sums."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from aiops import permissions
from aiops.models import Company, User
from aiops.permissions import Permission
from workloads.calc import pricing
from workloads.calc.anomaly import Burn, Episode, burn, episodes, unlike_days
from workloads.calc.cost_change import Prices, Usage, parts
from workloads.calc.fixed_costs import Fixed, fixed_between
from workloads.calc.month_forecast import PeriodForecast, forecast
from workloads.calc.months import first_of, later, midnight
from workloads.calc.price_book import PriceBook
from workloads.models import Change, FixedCost, Workload
from workloads.models.telemetry import plain_usd
from workloads.queries.prices import own_prices, present_amounts
from workloads.queries.usage import NO_MODEL, usage_sums

DAY = timedelta(days=1)
ZERO = Decimal(0)
BEHIND = 125  # thirteen weeks and the month that they may begin in
JUDGED, SHOWN_EPISODES = 60, 4
COMPARED = 28
LIKE_DAYS = 4
TOKENS = ("input_tokens", "output_tokens", "cached_tokens", "cache_write_tokens", "reasoning_tokens")
COSTS = ("cost_usd", "client_cost_usd", "own_cost_usd", "list_cost_usd", "upper_bound_cost_usd")
MEASURES = ("calls", "errors", "retries", *TOKENS, *COSTS, "unpriced_calls", "upper_bound_calls")
Key = tuple[str, str]
Row = dict[str, Any]


@dataclass(frozen=True)
class Cause:
    """Why a stretch of days cost more or less than what it is compared with; parts add up to the cent."""

    difference: Decimal
    parts: dict[str, Decimal]
    against: str


@dataclass(frozen=True)
class Story:
    """Days that stood out, with their cause."""

    episode: Episode
    cause: Cause


@dataclass(frozen=True)
class MonthSums:
    """A month so far, of calls; `money` is in company currency."""

    sums: Mapping[str, Any]
    rate: Decimal

    def money(self, name: str = "cost_usd") -> Decimal:
        return Decimal(self.sums[name]) * self.rate

    @property
    def usd_text(self) -> str:
        """US dollars to the last digit."""
        return plain_usd(Decimal(self.sums["cost_usd"]))

    @property
    def fresh_tokens(self) -> int:
        return int(self.sums["input_tokens"] - self.sums["cached_tokens"] - self.sums["cache_write_tokens"])


@dataclass(frozen=True)
class CostView:
    """What the page of a workload's cost shows, in company currency."""

    month: date
    today: date
    this: MonthSums
    fixed: Decimal
    fixed_month: Decimal
    ahead: PeriodForecast | None
    by_day: dict[date, dict[str, Decimal]]
    models: list[tuple[str, int, Decimal]]
    unpriced_models: list[str]
    stories: list[Story]
    burn: Burn | None
    burn_cause: Cause | None
    moved: Cause | None
    changes: list[Change]
    costs: list[FixedCost]

    @property
    def total(self) -> Decimal:
        return self.this.money() + self.fixed


def may_read_cost(user: User, workload: Workload) -> bool:
    """Readers of the unit's money, and the people who answer for the workload or build it."""
    if workload.answers(user) or user.pk == workload.builder_id:
        return True
    return permissions.has(user, Permission.READ_MONEY, unit=workload.unit)


def day_rows(workload: Workload, first: date, end: date) -> list[Row]:
    """Sums by day, provider and model over [first, end)."""
    rows = usage_sums(
        midnight(first), midnight(end), "day", "provider", "model", of=MEASURES, workloads=[workload.pk]
    )
    for row in rows:
        row["day"] = row["day"].date()
    return sorted(rows, key=lambda row: (row["day"], row["provider"], row["model"]))


def cost_view(workload: Workload, at: datetime) -> CostView:
    """Five queries, whatever the number of calls."""
    today, rate = at.date(), Company.load().usd_rate
    month, rows = first_of(today), day_rows(workload, today - DAY * BEHIND, today + DAY)
    costs = list(workload.fixed_costs.select_related("by"))
    fixed = [Fixed(c.quantity, c.amount, c.valid_from, c.valid_to) for c in present_amounts(costs)]
    daily = _daily(rows, rate)
    explain = partial(_cause, _by_day(rows), own_prices(workload.pk), rate)
    rising = burn(daily, today)
    this = [row for row in rows if row["day"] >= month]
    return CostView(
        month=month,
        today=today,
        this=MonthSums({name: sum((row[name] for row in this), ZERO) for name in MEASURES}, rate),
        fixed=fixed_between(fixed, month, today + DAY),
        fixed_month=fixed_between(fixed, month, later(month)),
        ahead=_ahead(daily, month, today, fixed),
        by_day=_by_model(rows, today - DAY * (JUDGED - 1), rate),
        models=_models(this, rate),
        unpriced_models=sorted({row["model"] or NO_MODEL for row in this if row["unpriced_calls"]}),
        stories=_stories(daily, today, explain),
        burn=rising,
        burn_cause=_burn_cause(rising, explain) if rising else None,
        moved=_moved(daily, today, explain),
        changes=list(_changes(workload, today - DAY * JUDGED)),
        costs=costs,
    )


def _changes(workload: Workload, first: date) -> Iterable[Change]:
    kinds = (Change.Kind.STAGE, Change.Kind.BUDGET, Change.Kind.OTHER)
    return workload.changes.filter(at__gte=midnight(first)).exclude(kind__in=kinds).order_by("at", "pk")[:40]


def _daily(rows: Iterable[Row], rate: Decimal) -> dict[date, Decimal]:
    days: dict[date, Decimal] = defaultdict(Decimal)
    for row in rows:
        days[row["day"]] += row["cost_usd"] * rate
    return dict(days)


def _by_day(rows: Iterable[Row]) -> dict[date, list[Row]]:
    days: dict[date, list[Row]] = defaultdict(list)
    for row in rows:
        days[row["day"]].append(row)
    return days


def _by_model(rows: Iterable[Row], first: date, rate: Decimal) -> dict[date, dict[str, Decimal]]:
    days: dict[date, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for row in rows:
        if row["day"] >= first:
            days[row["day"]][row["model"] or NO_MODEL] += row["cost_usd"] * rate
    return {day: dict(costs) for day, costs in days.items()}


def _models(rows: Iterable[Row], rate: Decimal) -> list[tuple[str, int, Decimal]]:
    calls: dict[str, int] = defaultdict(int)
    costs: dict[str, Decimal] = defaultdict(Decimal)
    for row in rows:
        name = row["model"] or NO_MODEL
        calls[name] += row["calls"]
        costs[name] += row["cost_usd"] * rate
    return sorted(((name, calls[name], costs[name]) for name in calls), key=lambda one: (-one[2], one[0]))


def _ahead(
    daily: Mapping[date, Decimal], month: date, today: date, fixed: Sequence[Fixed]
) -> PeriodForecast | None:
    """Of calls and of the month's fixed costs, which are known."""
    behind = {day: cost for day, cost in daily.items() if day < today}
    found = forecast(behind, start=month, end=later(month), today=today, today_so_far=daily.get(today, ZERO))
    if found is None:
        return None
    known = fixed_between(fixed, month, later(month))
    return PeriodForecast(
        found.low + known, found.likely + known, found.high + known, found.days_seen, found.path
    )


Explain = Callable[[Sequence[date], Sequence[Sequence[date]], str], Cause]


def _stories(daily: Mapping[date, Decimal], today: date, explain: Explain) -> list[Story]:
    """The latest stretches that stood out, the newest first. Today is not over and is not judged."""
    found = episodes(unlike_days(daily, today - DAY * JUDGED, today))
    return [Story(one, _episode_cause(one, explain)) for one in reversed(found[-SHOWN_EPISODES:])]


def _episode_cause(episode: Episode, explain: Explain) -> Cause:
    days = [one.day for one in episode.days]
    back = -(-len(days) // 7)
    like = [[day - DAY * 7 * (back + n) for day in days] for n in range(LIKE_DAYS)]
    return explain(days, like, f"the mean of the {LIKE_DAYS} weeks before, on the same weekdays")


def _burn_cause(found: Burn, explain: Explain) -> Cause:
    ends = [[start + DAY * n for n in range(14)] for start in (found.start, found.end - DAY * 13)]
    return explain(ends[1], [ends[0]], "the first two of these weeks")


def _moved(daily: Mapping[date, Decimal], today: date, explain: Explain) -> Cause | None:
    """The last four whole weeks against the four before; None while there are not eight."""
    first = min((day for day, cost in daily.items() if cost), default=today)
    if (today - first).days < 2 * COMPARED:
        return None
    now, then = ([today - DAY * (n + skip) for n in range(1, COMPARED + 1)] for skip in (0, COMPARED))
    return explain(now, [then], "the four weeks before")


def _cause(
    days: Mapping[date, list[Row]],
    book: PriceBook,
    rate: Decimal,
    now: Sequence[date],
    then: Sequence[Sequence[date]],
    against: str,
) -> Cause:
    """The difference between some days and the mean of others, in company currency."""
    after = _usage(days, now, book, rate)
    past = [day for group in then for day in group]
    before = {key: usage.over(len(then)) for key, usage in _usage(days, past, book, rate).items()}
    found = parts(before, after)
    return Cause(sum(found.values(), ZERO), found, against)


def _usage(
    days: Mapping[date, list[Row]], some: Sequence[date], book: PriceBook, rate: Decimal
) -> dict[str, Usage]:
    sums: dict[Key, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for day in some:
        for row in days.get(day, ()):
            mine = sums[row["provider"], row["model"]]
            for name in ("calls", "retries", *TOKENS, "cost_usd"):
                mine[name] += row[name]
    return {
        f"{key[0]} {key[1]}": Usage(
            row["calls"],
            row["retries"],
            row["input_tokens"],
            row["cached_tokens"],
            row["cache_write_tokens"],
            row["output_tokens"],
            row["cost_usd"] * rate,
            proportions(*key, max(some), book),
        )
        for key, row in sums.items()
    }


def proportions(provider: str, model: str, day: date, book: PriceBook) -> Prices:
    """What a token of each kind costs against the others; all alike where no price is known."""
    own = book.unit(provider, model, day) if book else None
    if own is not None:
        return Prices(own.input, own.cached, own.written, own.output, own.call)
    units = pricing.unit_prices(provider, model, day)
    if isinstance(units, pricing.UnitPrices):
        return Prices(units.input, units.cached, units.written, units.output or ZERO)
    listed = pricing.token_prices(provider, model, day) if units is not None else None
    if listed is None:
        return Prices()
    return Prices(listed.input, listed.input, listed.input, listed.output)
