"""What the connections page says: one verdict in a sentence, the last week in figures."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils.timesince import timesince

from aiops.models import User
from integrations.models import Connection, Delivery

WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Verdict:
    """Healthy, failing, never used or switched off: a tone for the pill, a sentence, and the week's share."""

    tone: str
    word: str
    sentence: str


def connections(user: User) -> QuerySet[Connection]:
    """The list with the week's deliveries counted."""
    return Connection.objects.visible_to(user).select_related("created_by")


def verdicts(
    rows: "QuerySet[Connection] | list[Connection]", at: datetime
) -> list[tuple[Connection, Verdict]]:
    """Each connection with its verdict, in two queries whatever their number."""
    rows = list(rows)
    recent = Delivery.objects.filter(connection__in=rows, created_at__gte=at - WEEK)
    good = Q(state__in=["sent", "received", "ignored"])
    counts = recent.values("connection").annotate(n=Count("pk"), ok=Count("pk", filter=good)).order_by()
    week = {row["connection"]: (row["ok"], row["n"]) for row in counts}
    return [(row, verdict(row, week.get(row.pk, (0, 0)), at)) for row in rows]


def verdict(connection: Connection, week: tuple[int, int], at: datetime) -> Verdict:
    """Never connected is not broken; after a failure the last success stays in the sentence."""
    if not connection.enabled:
        return Verdict("quiet", "off", "Switched off: nothing goes in or out.")
    if connection.last_success_at is None and connection.last_failure_at is None:
        return Verdict("quiet", "not used yet", "Nothing has gone over it yet. Test it to be sure.")
    good = _ago(connection.last_success_at, at)
    if connection.is_failing:
        return Verdict(
            "bad",
            "failing",
            f"Failing since {_ago(connection.last_failure_at, at)} ago; last success {good}.",
        )
    share = f", {week[0]} of {week[1]} messages went well in 7 days" if week[1] else ""
    return Verdict("good", "healthy", f"Healthy, last success {good} ago{share}.")


def _ago(moment: datetime | None, at: datetime) -> str:
    if moment is None:
        return "never"
    seconds = int((at - moment).total_seconds())
    return f"{max(seconds, 0)} s" if seconds < 90 else timesince(moment, at, depth=1).replace("\xa0", " ")


def deliveries(user: User, **only: Any) -> QuerySet[Delivery]:
    """Messages in and out, newest first."""
    return Delivery.objects.visible_to(user).select_related("connection", "replay_of").filter(**only)
