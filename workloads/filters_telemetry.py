"""One filter for calls, shared by the page and the API."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

from django.db.models import QuerySet

from workloads.models.telemetry import Call


def filter_calls(calls: QuerySet[Call], cleaned: dict[str, Any]) -> QuerySet[Call]:
    """`until` includes its day. An unknown value of `only` shows nothing special."""
    same = {name: cleaned[name] for name in ("model", "environment") if cleaned.get(name)}
    calls = calls.filter(**same)
    if only := cleaned.get("only"):
        calls = calls.filter(is_error=True) if only == "errors" else calls.filter(cost_source=only)
    if since := cleaned.get("since"):
        calls = calls.filter(started_at__gte=datetime.combine(since, time(), UTC))
    if until := cleaned.get("until"):
        calls = calls.filter(started_at__lt=datetime.combine(until + timedelta(days=1), time(), UTC))
    return calls
