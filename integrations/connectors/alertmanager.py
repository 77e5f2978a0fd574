"""Alertmanager's webhook, version 4, read leniently: unknown fields are passed over, each alert stands alone."""

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
    truncated = data.get("truncatedAlerts")
    return AlertBatch(
        tuple(_alert(item, i) for i, item in enumerate(alerts)), truncated if isinstance(truncated, int) else 0
    )


def _alert(item: Any, index: int) -> Alert:
    if not isinstance(item, dict) or item.get("status") not in ("firing", "resolved"):
        raise NotAnAlert(f"Alert {index + 1}: the field «status» is neither firing nor resolved.")
    if not isinstance(item.get("fingerprint"), str) or not item["fingerprint"]:
        raise NotAnAlert(f"Alert {index + 1}: the field «fingerprint» is missing.")
    start = _time(item.get("startsAt"))
    if start is None:
        raise NotAnAlert(f"Alert {index + 1}: the field «startsAt» is not a time.")
    labels, annotations = _texts(item.get("labels")), _texts(item.get("annotations"))
    return Alert(item["fingerprint"][:100], item["status"], start, _time(item.get("endsAt")), labels, annotations)


def _time(value: Any) -> datetime | None:
    if not isinstance(value, str) or value.startswith(NEVER):
        return None
    try:
        moment = datetime.fromisoformat(value.replace("Z", "+00:00"))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _texts(value: Any) -> dict[str, str]:
    return {str(k)[:100]: str(v)[:500] for k, v in value.items()} if isinstance(value, dict) else {}
