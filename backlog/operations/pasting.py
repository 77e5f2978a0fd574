"""A pasted text as proposals: read by rules, and by the company's model endpoint where one is switched on.

Nothing is stored. Call it outside a transaction: a model may take its time.
"""

import logging
import secrets

from aiops import permissions
from aiops.models import User
from aiops.permissions import Permission
from backlog.calc import pasted, pasted_model
from backlog.calc.pasted_found import Pasted
from backlog.queries import reading_model
from integrations.connectors.base import ConnectorError
from integrations.models import Connection
from integrations.operations import complete

log = logging.getLogger(__name__)
SECONDS = 15.0


def read_pasted(*, text: str, by: User, ask_model: bool = True) -> Pasted:
    """Proposals for the fields of a candidate; without an answer of the model those of the rules, and a note."""
    permissions.require(by, Permission.FILE)
    rules = pasted.read(text)
    connection = reading_model() if ask_model and text.strip() else None
    return rules if connection is None else _with_model(text[: pasted.LONGEST], rules, connection)


def _with_model(text: str, rules: Pasted, connection: Connection) -> Pasted:
    try:
        answer = complete(
            connection=connection,
            messages=pasted_model.messages_for(text, secrets.token_hex(8)),
            timeout=SECONDS,
        )
        found = pasted_model.parsed(answer.text, text)
    except (ConnectorError, ValueError) as error:
        # Never the text nor the answer: they are somebody's mail.
        log.info("pasted text read by rules alone: %s", type(error).__name__)
        return _noted(rules, f"«{connection.name}» did not answer as asked: read by rules alone.")
    return _noted(
        pasted_model.merged(rules, found),
        f"«{connection.name}» was asked too; where both read a field, the rules stand.",
    )


def _noted(read: Pasted, note: str) -> Pasted:
    return Pasted(read.proposals, (*read.notes, note))
