"""A mail that somebody forwarded becomes a draft of theirs: read by rules, finished by hand, submitted by nobody else.

A sender's address is easily forged, so a mail makes a draft, which only its owner sees, and nothing more.
"""

import hashlib
from datetime import datetime
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import Any

from django.db import transaction

from aiops import permissions
from aiops.errors import DomainError
from aiops.models import User
from aiops.permissions import Permission
from backlog.calc import pasted
from backlog.models import Candidate
from backlog.operations.evidence import add_file
from backlog.operations.filing import save_draft
from integrations.messages import InboundMail
from integrations.operations import read_mailboxes, tell

NUMBERS = ("count", "minutes", "people")
TEXTS = ("title", "description", "period", "share", "sureness", "who_does_it", "systems")


def read_candidate_mail(*, at: datetime) -> int:
    """Read the mailboxes for candidates; how many mails there were."""
    return read_mailboxes(take=partial(file_from_mail, at=at), at=at)


def file_from_mail(mail: InboundMail, *, at: datetime) -> str:
    """A draft of its sender with what the rules read and its files; what came of it, in words. Once a message."""
    sender = User.objects.people().filter(email__iexact=mail.sender, is_active=True).first()
    if sender is None or not permissions.has(sender, Permission.FILE):
        raise DomainError("sender", "its sender files no candidates here")
    if sender.home_unit is None:
        raise DomainError("unit", "its sender belongs to no business unit")
    token = f"mail-{hashlib.sha256(mail.message_id.encode()).hexdigest()[:32]}"
    draft = save_draft(by=sender, at=at, client_token=token, **_answers(mail))
    refused = [words for file in mail.files if (words := _refused(draft, file, sender, at))]
    _tell(draft, sender, refused, at)
    return f"{draft.key}, a draft of {sender}"


def _answers(mail: InboundMail) -> dict[str, Any]:
    """What the short form takes; headers go in front, so that subject, quotes and signature are read as such."""
    text = f"From: {mail.sender}\nSubject: {mail.subject}\n\n{mail.text}"
    found = {p.field: p.value for p in pasted.read(text).proposals}
    answers: dict[str, Any] = {name: found[name] for name in TEXTS if found.get(name)}
    answers |= {name: number for name in NUMBERS if (number := _number(found.get(name))) is not None}
    usual = {
        "title": mail.subject[:120] or "A mail without a subject",
        "description": mail.text[:4000].strip(),
    }
    return usual | answers


def _number(text: str | None) -> Decimal | None:
    try:
        value = Decimal(text or "")
    except InvalidOperation:
        return None
    return value if value > 0 else None


def _refused(draft: Candidate, file: Any, sender: User, at: datetime) -> str:
    """Keep a file as evidence; the reason where it is not kept."""
    about = {"title": file.name, "name": file.name, "content_type": file.content_type, "data": file.data}
    try:
        with transaction.atomic():
            add_file(candidate=draft, by=sender, at=at, **about)
    except DomainError as error:
        return f"{file.name}: {error.message}"
    return ""


def _tell(draft: Candidate, sender: User, refused: list[str], at: datetime) -> None:
    kept = "".join(f"\nNot kept: {words}" for words in refused)
    text = (
        f"Your mail is {draft.key}, a draft that only you see: {draft.title}\n\n"
        f"Look at what was read from it, correct it, and submit it.{kept}\n"
    )
    tell(
        user=sender, topic="receipt", subject=f"A draft from your mail, {draft.key}: {draft.title}", text=text,
        path=f"/candidates/{draft.number}/edit/", dedup_key=f"mail-draft-{draft.pk}", at=at,
    )  # fmt: skip
