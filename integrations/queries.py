"""What the connections page says: one verdict in a sentence, the last week in figures."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

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
    # What still waits for its first attempt is neither good nor bad.
    recent = recent.exclude(state__in=["queued", "sending"], attempts=0)
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
        last = f"last success {good} ago" if connection.last_success_at else "it has never worked"
        return Verdict("bad", "failing", f"Failed {_ago(connection.last_failure_at, at)} ago; {last}.")
    share = f", {_share(*week)} over 7 days" if week[1] else ""
    return Verdict("good", "healthy", f"Healthy, last success {good} ago{share}.")


def _share(good: int, tried: int) -> str:
    """Rounded down, so that one failure in a thousand is not «100 %»."""
    tenths = good * 1000 // tried
    return f"{tenths // 10}{f'.{tenths % 10}' if tenths % 10 else ''} % of {tried:,} messages went well"


def _ago(moment: datetime | None, at: datetime) -> str:
    if moment is None:
        return "never"
    seconds = int((at - moment).total_seconds())
    return f"{max(seconds, 0)} s" if seconds < 90 else timesince(moment, at, depth=1).replace("\xa0", " ")


def deliveries(user: User, **only: Any) -> QuerySet[Delivery]:
    """Messages in and out, newest first."""
    return Delivery.objects.visible_to(user).select_related("connection", "replay_of").filter(**only)


def shown_address(connection: Connection) -> str:
    """Where it leads, without what would give access: of a webhook or Slack only the host."""
    Kind = Connection.Kind
    if connection.kind == Kind.SMTP:
        return f"{connection.host}:{connection.port or 587}"
    if connection.kind == Kind.ALERTMANAGER:
        return ""
    parts = urlsplit(connection.secret if connection.kind == Kind.SLACK else connection.url)
    path = parts.path if connection.kind == Kind.MODEL_ENDPOINT else "/…"
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{path}"


def facts(connection: Connection) -> list[tuple[str, str]]:
    """The settings that a page may show."""
    rows = [
        ("Address", shown_address(connection)),
        (
            "Encryption",
            connection.get_encryption_display() if connection.kind == Connection.Kind.SMTP else "",
        ),
        ("User name", connection.username),
        ("Sender", connection.sender),
        ("Model", connection.default_model),
        ("Private hosts it may reach", ", ".join(connection.allowed_hosts)),
    ]
    return [(label, value) for label, value in rows if value]


def readable(payload: dict[str, Any]) -> str:
    """A message as indented JSON."""
    return json.dumps(payload, indent=2, ensure_ascii=False, sort_keys=True)
