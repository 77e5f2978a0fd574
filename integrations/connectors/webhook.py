"""A webhook out, signed as Standard Webhooks 1.0.0 says: HMAC-SHA256 over id.timestamp.body."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

from integrations.connectors.base import Settings, calling
from integrations.http import Client


def signature(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """«v1,<base64>»; a secret that starts with whsec_ is base64 after it, any other is taken as it is."""
    key = base64.b64decode(secret[6:]) if secret.startswith("whsec_") else secret.encode()
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def deliver(settings: Settings, kind: str, payload: Mapping[str, Any], message_id: str) -> int:
    """Post one notice; gives the status. The time is that of this attempt, the id that of the message."""
    import time

    stamp = int(time.time())
    body = json.dumps({"type": payload.get("event"), "data": dict(payload)}).encode()
    headers = {"webhook-id": message_id, "webhook-timestamp": str(stamp)}
    if settings.secret:
        headers["webhook-signature"] = signature(settings.secret, message_id, stamp, body)
    client = Client(allowed=settings.allowed_hosts, timeout=15)
    return calling(lambda: client.post(settings.url, content=body, headers=headers)).status
