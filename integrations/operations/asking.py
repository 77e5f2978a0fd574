"""Asking a health address whether it is there. Call it outside a transaction."""

from datetime import datetime

from integrations.connectors import health
from integrations.messages import Health
from integrations.models import Connection
from integrations.operations.connections import settings_of
from integrations.operations.outbox import note_failure, note_success


def ask_health(*, connection: Connection, path: str = "", timeout: float = 10.0, at: datetime) -> Health:
    """One answer or the reason why there was none; kept with the connection as its last success or failure."""
    answer = health.ask(settings_of(connection), path=path, timeout=timeout)
    if answer.status is not None:
        note_success(connection=connection, at=at)
    else:
        fix = "Test the connection: it says which step fails."
        note_failure(connection=connection, reason=answer.error, fix=fix, at=at)
    return answer
