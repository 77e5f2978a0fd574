"""Every write of this app, as verbs."""

from integrations.operations.asking import ask_health
from integrations.operations.connections import (
    complete,
    create_connection,
    delete_connection,
    rotate_secret,
    settings_of,
    switch_connection,
    update_connection,
)
from integrations.operations.delivery import deliver, dispatch_due, read_payload, replay
from integrations.operations.mailbox import read_mailboxes
from integrations.operations.outbox import (
    mark_delivery,
    note_failure,
    note_success,
    queue_mail,
    queue_notice,
    record_inbound,
)
from integrations.operations.telling import TOPICS, WEEK, send_digests, set_mail, tell
from integrations.operations.testing import test_connection

__all__ = [
    "TOPICS",
    "WEEK",
    "ask_health",
    "complete",
    "create_connection",
    "delete_connection",
    "deliver",
    "dispatch_due",
    "mark_delivery",
    "note_failure",
    "note_success",
    "queue_mail",
    "queue_notice",
    "read_mailboxes",
    "read_payload",
    "record_inbound",
    "replay",
    "rotate_secret",
    "send_digests",
    "set_mail",
    "settings_of",
    "switch_connection",
    "tell",
    "test_connection",
    "update_connection",
]
