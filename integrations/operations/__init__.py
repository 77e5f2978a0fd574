"""Every write of this app, as verbs."""

from integrations.operations.outbox import (
    mark_delivery,
    note_failure,
    note_success,
    queue_mail,
    queue_notice,
    record_inbound,
)

__all__ = [
    "mark_delivery",
    "note_failure",
    "note_success",
    "queue_mail",
    "queue_notice",
    "record_inbound",
]
