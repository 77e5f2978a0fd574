"""Tells once of a day that cost unlike its weekday, and of a cost that creeps up, with the cause in words.

A warning each, opened as an incident for the workload's people. What is worth less than one unit of the company's
currency is on the Cost page and is not told: nobody should be called for cents.
"""

from collections import defaultdict
from datetime import date, datetime, timedelta
from decimal import Decimal

from aiops.models import Company, User
from workloads.calc.anomaly import burn, unlike_days
from workloads.calc.cost_change import in_words
from workloads.calc.months import midnight
from workloads.models import Incident, Stage, Workload
from workloads.operations.budgets import money
from workloads.operations.incidents import open_incident
from workloads.queries.cost import BEHIND, Cause, cost_view
from workloads.queries.usage import usage_sums

DAY = timedelta(days=1)
LEAST = Decimal(1)
QUIET_AFTER_BURN = timedelta(days=28)
SOURCE = Incident.Source.FINDING


def watch_cost(*, at: datetime) -> int:
    """Judge yesterday and the last whole weeks of every running workload; gives how many incidents were opened."""
    running = Workload.objects.filter(stage__in=[Stage.PILOT, Stage.LIVE]).select_related("unit")
    daily = _daily(at.date())
    return sum(_watch(workload, daily[workload.pk], at) for workload in running if workload.pk in daily)


def _daily(today: date) -> dict[int, dict[date, Decimal]]:
    """Cost of each workload's full days in company currency: one query."""
    rate = Company.load().usd_rate
    found: dict[int, dict[date, Decimal]] = defaultdict(dict)
    start, end = midnight(today - DAY * BEHIND), midnight(today)
    for row in usage_sums(start, end, "day", "workload", of=("cost_usd",)):
        found[row["workload"]][row["day"].date()] = row["cost_usd"] * rate
    return found


def _watch(workload: Workload, daily: dict[date, Decimal], at: datetime) -> int:
    today = at.date()
    unlike = [day for day in unlike_days(daily, today - DAY, today) if abs(day.cost - day.usual) >= LEAST]
    rising = burn(daily, today)
    told = 0
    if unlike and not _known(workload, f"cost-{today - DAY}", at - DAY * 3):
        told += _tell_day(workload, at)
    if rising and rising.last - rising.first >= LEAST:
        told += not _known(workload, "cost-burn", at - QUIET_AFTER_BURN) and _tell_burn(workload, at)
    return told


def _known(workload: Workload, key: str, since: datetime) -> bool:
    """Told already, whatever became of it."""
    return Incident.objects.filter(workload=workload, external_key=key, opened_at__gte=since).exists()


def _tell_day(workload: Workload, at: datetime) -> bool:
    """One incident for days in a row: the first of them tells, the others are the same story."""
    stories = cost_view(workload, at).stories
    yesterday = at.date() - DAY
    story = next((one for one in stories if one.episode.end == yesterday), None)
    if story is None or story.episode.start != yesterday:
        return False
    word = "more" if story.episode.is_high else "less"
    sentence = (
        f"{yesterday:%-d %b %Y} cost {money(_cents(abs(story.cause.difference)))} {word} than "
        f"{story.cause.against}: {_words(story.cause)}."
    )
    _open(workload, "A day of unusual cost", sentence, f"cost-{yesterday}", at)
    return True


def _tell_burn(workload: Workload, at: datetime) -> bool:
    view = cost_view(workload, at)
    if view.burn is None or view.burn_cause is None:
        return False
    sentence = (
        f"Cost a week rose by {view.burn.rise:.0%} in {view.burn.weeks} weeks, from {money(_cents(view.burn.first))} "
        f"to {money(_cents(view.burn.last))}: {_words(view.burn_cause)}."
    )
    _open(workload, "Cost creeps up", sentence, "cost-burn", at)
    return True


def _words(cause: Cause) -> str:
    return in_words(cause.parts, lambda amount: money(_cents(amount)))


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"))


def _open(workload: Workload, title: str, sentence: str, key: str, at: datetime) -> None:
    open_incident(
        workload=workload,
        title=title,
        sentence=sentence,
        severity=Incident.Severity.WARNING,
        source=SOURCE,
        external_key=key,
        by=User.objects.system(),
        at=at,
    )
