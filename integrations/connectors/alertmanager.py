"""Alertmanager's webhook, version 4, read leniently: unknown fields are passed over and each alert
stands alone."""

import json
from datetime import UTC, datetime
from typing import Any

from integrations.messages import Alert, AlertBatch

NEVER = "0001-01-01"


class NotAnAlert(ValueError):
    """The body is not a version 4 webhook; the message says what is wrong with it."""


def parse(body: bytes) -> AlertBatch:
    """The alerts of a webhook body; NotAnAlert names what does not fit."""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise NotAnAlert("The body is not JSON.") from error
    if not isinstance(data, dict) or str(data.get("version")) != "4":
        raise NotAnAlert("This is not Alertmanager's webhook, version 4 (field «version»).")
    alerts = data.get("alerts")
    if not isinstance(alerts, list):
        raise NotAnAlert("The field «alerts» is missing or is not a list.")
    good, bad = _sorted_out(alerts)
    if bad and not good:
        raise NotAnAlert(bad[0])
    truncated = data.get("truncatedAlerts")
    return AlertBatch(tuple(good), truncated if isinstance(truncated, int) else 0, tuple(bad))


def _sorted_out(items: list[Any]) -> tuple[list[Alert], list[str]]:
    """One unreadable alert must not cost the others: the sender drops a refused batch for good."""
    good: list[Alert] = []
    bad: list[str] = []
    for number, item in enumerate(items, 1):
        try:
            good.append(_alert(item, number))
        except NotAnAlert as error:
            bad.append(str(error))
    return good, bad


def _alert(item: Any, number: int) -> Alert:
    if not isinstance(item, dict) or item.get("status") not in ("firing", "resolved"):
        raise NotAnAlert(f"Alert {number}: the field «status» is neither firing nor resolved.")
    fingerprint = _text(item.get("fingerprint") or "", 100)
    if not fingerprint:
        raise NotAnAlert(f"Alert {number}: the field «fingerprint» is missing.")
    start = _time(item.get("startsAt"))
    if start is None:
        raise NotAnAlert(f"Alert {number}: the field «startsAt» is not a time.")
    labels, annotations = _texts(item.get("labels")), _texts(item.get("annotations"))
    return Alert(fingerprint, item["status"], start, _time(item.get("endsAt")), labels, annotations)


def _time(value: Any) -> datetime | None:
    """In UTC, so that two senders in different zones make the same key."""
    if not isinstance(value, str) or value.startswith(NEVER):
        return None
    try:
        moment = datetime.fromisoformat(value.replace("Z", "+00:00"))
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def _texts(value: Any) -> dict[str, str]:
    return {_text(k, 100): _text(v, 500) for k, v in value.items()} if isinstance(value, dict) else {}


def _text(value: Any, most: int) -> str:
    """Without NUL and lone surrogates, which PostgreSQL cannot store."""
    return str(value).replace("\x00", "").encode("utf-8", "replace").decode()[:most]
