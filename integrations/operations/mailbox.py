"""Reading mailboxes: each message counts once, is dealt with in one transaction, and is marked read afterwards."""

import hashlib
import logging
from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from aiops.errors import DomainError
from integrations.connectors import imap, mime
from integrations.connectors.base import ConnectorError
from integrations.messages import InboundMail
from integrations.models import Connection, Delivery
from integrations.operations.connections import settings_of
from integrations.operations.outbox import mark_delivery, note_failure, record_inbound

logger = logging.getLogger(__name__)
MOST = 20
LARGEST = 25 * 1024 * 1024
State = Delivery.State
Take = Callable[[InboundMail], str]


def read_mailboxes(*, take: Take, at: datetime) -> int:
    """Give each new message of each mailbox to `take`, which says what came of it or refuses; how many there were.

    What cannot be read or is refused is kept as a delivery with its reason. Call it outside a transaction.
    """
    rows = Connection.objects.filter(kind=Connection.Kind.IMAP, enabled=True).order_by("pk")
    return sum(_read(connection, take, at) for connection in rows)


def _read(connection: Connection, take: Take, at: datetime) -> int:
    try:
        with imap.mailbox(settings_of(connection)) as box:
            ids = box.unseen(MOST)
            for uid in ids:
                _deal_with(connection, box, uid, take, at)
                box.mark(uid)
    except ConnectorError as error:
        note_failure(connection=connection, reason=error.message, fix=error.fix, at=at)
        return 0
    if not ids:
        Connection.objects.filter(pk=connection.pk).update(last_success_at=at)
    return len(ids)


def _deal_with(connection: Connection, box: imap.Mailbox, uid: str, take: Take, at: datetime) -> None:
    if box.size(uid) > LARGEST:
        mail = InboundMail(f"too-large-{uid}", "", "", "")
        return _taken(connection, mail, _too_large, at)
    raw = box.read(uid)
    if raw:
        _taken(connection, _parsed(uid, raw), take, at)


def _parsed(uid: str, raw: bytes) -> InboundMail:
    try:
        return mime.parse(raw)
    except Exception:  # whatever people send must end in a row, not in a loop
        return InboundMail(hashlib.sha256(raw).hexdigest(), "", "", "", is_automatic=True)


def _too_large(mail: InboundMail) -> str:
    raise DomainError("too_large", "larger than 25 MB: not read")


def _taken(connection: Connection, mail: InboundMail, take: Take, at: datetime) -> None:
    """The row and what follows from it stand or fall together; a crash before that leaves the message unread."""
    about = {"from": mail.sender, "files": len(mail.files), "characters": len(mail.text)}
    with transaction.atomic():
        key = f"mail-{mail.message_id}"[:200]
        row, is_new = record_inbound(connection=connection, dedup_key=key, payload=about, at=at, kind="mail")
        if is_new or row.state == State.FAILED:
            state, effect = _effect(mail, take)
            mark_delivery(delivery=row, state=state, effect=effect, at=at)


def _effect(mail: InboundMail, take: Take) -> tuple[str, str]:
    if mail.is_automatic:
        return State.IGNORED, "sent by a program, or not readable: never answered"
    try:
        with transaction.atomic():
            return State.RECEIVED, take(mail)
    except DomainError as error:
        return State.IGNORED, error.message
    except Exception:
        logger.exception("a mail could not be taken")
        return State.FAILED, "It broke off: mark the mail as unread, and it is tried again."
