"""Single calls, page by page and one by one. Nothing else reads the table of calls, and nothing counts it.

A page is found through the hourly sums: they tell in which hours calls of the asked kind lie, so that only these are
read. Pages follow each other by key (time, trace, span), never by number.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db.models import F, Q, QuerySet, Sum

from aiops import permissions
from aiops.models import User
from aiops.permissions import Permission
from workloads.models.arrivals import LogContent
from workloads.models.calls import EPOCH, REFERENCE, Call, CallContent, CostSource
from workloads.models.inventory import Workload
from workloads.models.usage import SeenModel, UsageHour

A_PAGE = 50
# Where the sums cannot tell (a dialect, a cost's source), so many candidates are read for one page.
CANDIDATES = 3000
MOST_HOURS = 400
IN_TRACE = timedelta(minutes=15)
MOST_IN_TRACE = 100
SAME = ("model", "operation", "environment", "cost_centre")
# The sum of an hour that counts calls with a cost from this source; for the others an upper bound of it.
COUNTED = {CostSource.UNPRICED: "unpriced_calls", CostSource.UPPER_BOUND: "upper_bound_calls"}
MONEY = {
    CostSource.CLIENT: "client_cost_usd",
    CostSource.OWN: "own_cost_usd",
    CostSource.LIST: "list_cost_usd",
}


@dataclass(frozen=True)
class CallPage:
    """Calls of one page, the latest first. `older`: the key after which the next one starts, "" at the end.
    `back_to`: how far back was looked."""

    calls: list[Call]
    older: str
    back_to: datetime | None


def call_page(
    user: User, workload: Workload, asked: Mapping[str, Any], at: datetime, after: str = ""
) -> CallPage:
    """The calls asked for: by name (model, operation, environment, cost centre), failed only, cost source, dialect,
    and days since and until, both included. A key that cannot be read starts at the latest call."""
    key = REFERENCE.fullmatch(after)
    found = filtered(Call.objects.visible_to(user).filter(workload=workload, counted=True), asked)
    hours = _hours(workload, asked, at, _moment(key[1]) if key else None)
    if not hours:
        return CallPage([], "", None)
    start, more = _reach(hours, asked)
    found = found.filter(started_at__gte=start, started_at__lt=hours[0][0] + timedelta(hours=1))
    if key:
        last = (workload.pk, _moment(key[1]), key[2], key[3])
        found = found.filter(pk__lt=last, started_at__lte=last[1])
    rows = list(
        found.select_related("workload").order_by("-started_at", "-trace_id", "-span_id")[: A_PAGE + 1]
    )
    if len(rows) > A_PAGE:
        return CallPage(rows[:A_PAGE], rows[A_PAGE - 1].reference, start)
    return CallPage(rows, _first_of(start) if more else "", start)


def _moment(microseconds: str) -> datetime:
    """A time of an address; one that no calendar has is the earliest."""
    try:
        return EPOCH + timedelta(microseconds=int(microseconds))
    except OverflowError:
        return EPOCH


def _first_of(hour: datetime) -> str:
    """The key before which everything of earlier hours lies."""
    return f"{(hour - EPOCH) // timedelta(microseconds=1)}-{'0' * 32}-{'0' * 16}"


def filtered(calls: QuerySet[Call], asked: Mapping[str, Any]) -> QuerySet[Call]:
    calls = calls.filter(**{name: asked[name] for name in (*SAME, "dialect") if asked.get(name)})
    if asked.get("failed"):
        calls = calls.filter(is_error=True)
    if source := asked.get("source"):
        calls = calls.filter(cost_source=source)
    first, end = _days(asked)
    if first:
        calls = calls.filter(started_at__gte=first)
    return calls.filter(started_at__lt=end) if end else calls


def _days(asked: Mapping[str, Any]) -> tuple[datetime | None, datetime | None]:
    since, until = asked.get("since"), asked.get("until")
    return (
        datetime.combine(since, time(), UTC) if since else None,
        datetime.combine(until, time(), UTC) + timedelta(days=1) if until and until < date.max else None,
    )


def _hours(
    workload: Workload, asked: Mapping[str, Any], at: datetime, last: datetime | None
) -> list[tuple[datetime, int]]:
    """(hour, calls of the kind in it), the latest first, of what is still kept."""
    kept = (at - timedelta(days=workload.calls_days)).replace(minute=0, second=0, microsecond=0)
    hours = UsageHour.objects.filter(workload=workload, hour__gte=kept)
    hours = hours.filter(**{name: asked[name] for name in SAME if asked.get(name)})
    first, end = _days(asked)
    for bound, name in ((first, "hour__gte"), (end, "hour__lt"), (last, "hour__lte")):
        hours = hours.filter(**{name: bound}) if bound else hours
    measure, measured = _measure(hours, asked)
    counted = measured.order_by().values("hour").annotate(many=Sum(measure)).order_by("-hour")
    return list(counted.values_list("hour", "many")[:MOST_HOURS])


def _measure(hours: QuerySet[UsageHour], asked: Mapping[str, Any]) -> tuple[str, QuerySet[UsageHour]]:
    measure = "errors" if asked.get("failed") else "calls"
    source = asked.get("source")
    if source in MONEY:
        hours = hours.filter(**{f"{MONEY[source]}__gt": 0})
    elif source in COUNTED:
        measure = COUNTED[source] if measure == "calls" else measure
        hours = hours.filter(**{f"{COUNTED[source]}__gt": 0})
    elif source == CostSource.NONE:
        measure = "errors"
    return measure, hours.filter(**{f"{measure}__gt": 0})


def _reach(hours: list[tuple[datetime, int]], asked: Mapping[str, Any]) -> tuple[datetime, bool]:
    """The earliest hour to read for one page, and whether there may be more before it."""
    source = asked.get("source")
    is_exact = not asked.get("dialect") and (not source or (source in COUNTED and not asked.get("failed")))
    need, seen, is_cut = (A_PAGE + 1 if is_exact else CANDIDATES), 0, len(hours) == MOST_HOURS
    # The first hour may have been read in part already, so that its calls are not counted on.
    for number, (hour, many) in enumerate(hours[1:], 2):
        seen += many
        if seen >= need:
            return hour, is_cut or number < len(hours)
    return hours[-1][0], is_cut


def same_trace(call: Call) -> list[Call]:
    """The other calls of its trace, of the minutes around it, in order of time."""
    around = (call.started_at - IN_TRACE, call.started_at + IN_TRACE)
    rows = Call.objects.filter(workload=call.workload, started_at__range=around, trace_id=call.trace_id)
    listed = list(rows.select_related("workload").order_by("started_at", "span_id")[:MOST_IN_TRACE])
    return [row for row in listed if row.span_id != call.span_id]


def may_read_content(user: User, workload: Workload) -> bool:
    """Prompts and answers are for the people on the workload and for evaluators; money and audit give no right."""
    on_it = (workload.business_owner_id, workload.deputy_id, workload.builder_id, workload.it_steward_id)
    return user.pk in on_it or permissions.has(user, Permission.EVALUATE, unit=workload.unit)


@dataclass(frozen=True)
class Content:
    """What was asked and answered in a call, as far as it is kept."""

    asked: str
    answered: str


def content_of(call: Call) -> Content | None:
    """From the span itself, else from its log events; None when nothing is kept."""
    mine = {"workload": call.workload, "trace_id": call.trace_id, "span_id": call.span_id}
    row = CallContent.objects.filter(started_at=call.started_at, **mine).first()
    if row is not None:
        return Content(row.content_in, row.content_out)
    told = list(LogContent.objects.filter(**mine)[:20])
    if not told:
        return None
    return Content(
        "\n".join(t.content_in for t in told if t.content_in),
        "\n".join(t.content_out for t in told if t.content_out),
    )


def has_content(call: Call) -> bool:
    """Whether there is anything to show, without reading it."""
    mine = {"workload": call.workload, "trace_id": call.trace_id, "span_id": call.span_id}
    spans = CallContent.objects.filter(started_at=call.started_at, **mine)
    return spans.exists() or LogContent.objects.filter(**mine).exists()


@dataclass(frozen=True)
class Names:
    """What a workload's calls were of lately, to choose from."""

    models: list[str]
    operations: list[str]
    environments: list[str]
    cost_centres: list[str]


def names(workload: Workload, at: datetime) -> Names:
    """From the sums of the last 30 days; models from the first call of each."""
    hours = UsageHour.objects.filter(workload=workload, hour__gte=at - timedelta(days=30)).order_by()
    rows = list(hours.values_list("operation", "environment", "cost_centre").distinct()[:500])
    models = SeenModel.objects.filter(workload=workload).order_by("model").values_list("model", flat=True)
    columns = [sorted({row[n] for row in rows} - {""}) for n in range(3)]
    return Names(list(models.distinct()[:200]), *columns)


@dataclass(frozen=True)
class Latest:
    """The last call that came in, as far as the setup page tells of it."""

    call: Call
    problems: list[str]


def latest(workload: Workload) -> Latest | None:
    """The call that started last, with what is wrong with it in words. One step down the key, no sort."""
    rows = Call.objects.filter(workload=workload).select_related("workload")
    call = rows.order_by("-started_at", "-trace_id", "-span_id").first()
    return Latest(call, problems(call)) if call is not None else None


def problems(call: Call) -> list[str]:
    """What this call lets somebody wish for, in words; empty when nothing is missing."""
    told = {
        "This client does not tell which tokens came from a cache: its cost is at most what is shown.": (
            call.cost_source == CostSource.UPPER_BOUND
        ),
        "The price list does not name this model: add an own price, or the cost stays unknown.": (
            call.cost_source == CostSource.UNPRICED and bool(call.model)
        ),
        "The client names no model: it cannot be priced.": not call.model and not call.is_error,
        "The client reports no tokens.": not call.is_error and call.input_tokens + call.output_tokens == 0,
        "The client reported a part larger than its whole; the part was cut to fit.": call.clamped,
        "No environment is named (deployment.environment.name), so it counts as production.": (
            not call.environment
        ),
        "No service version is named (service.version), so releases are not seen.": not call.release,
        f"The last call failed: {call.error_type}.": call.is_error,
    }
    return [words for words, is_so in told.items() if is_so]


@dataclass(frozen=True)
class Live:
    """What arrived today and in the last hours, from the hourly sums."""

    today: int
    errors: int
    tokens: int
    this_hour: int
    is_busy: bool


def live(workload: Workload, at: datetime) -> Live:
    """Counters of the day (UTC). `is_busy`: calls of this hour or the one before."""
    hour = at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    rows = UsageHour.objects.filter(workload=workload, hour__gte=hour.replace(hour=0), hour__lte=hour)
    sums = rows.aggregate(
        today=Sum("calls", default=0),
        errors_sum=Sum("errors", default=0),
        tokens=Sum(F("input_tokens") + F("output_tokens"), default=0),
        now=Sum("calls", filter=Q(hour=hour), default=0),
    )
    before = UsageHour.objects.filter(workload=workload, hour=hour - timedelta(hours=1), calls__gt=0)
    is_busy = bool(sums["now"]) or before.exists()
    return Live(sums["today"], sums["errors_sum"], sums["tokens"], sums["now"], is_busy)
