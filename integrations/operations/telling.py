"""Telling people: the same day for what needs them, else as a line of their weekly digest; never twice."""

from dataclasses import dataclass
from datetime import datetime

from aiops.models import User
from integrations.messages import Mail
from integrations.models import DigestLine, Unsubscribed
from integrations.operations.outbox import queue_mail


@dataclass(frozen=True)
class Topic:
    """A kind of mail that can be unsubscribed; `same_day` ones are mailed at once, others wait for the digest."""

    words: str
    same_day: bool


TOPICS = {
    "receipt": Topic("receipts of what I filed", same_day=True),
    "decision": Topic("decisions on what I own or follow", same_day=True),
    "question": Topic("questions to me, and answers to mine", same_day=True),
    "mention": Topic("mentions of me", same_day=True),
    "invitation": Topic("invitations and pre-reads of reviews", same_day=True),
    "minutes": Topic("minutes of reviews", same_day=True),
    "action": Topic("actions and measurements given to me", same_day=True),
    "claim": Topic("claims to sign, and answers to mine", same_day=True),
    "activity": Topic("what else happens to what I own or follow", same_day=False),
}


def tell(
    *,
    user: User,
    topic: str,
    subject: str,
    text: str,
    path: str,
    dedup_key: str,
    at: datetime,
    simulated: bool = False,
) -> None:
    """Tell one person once: `subject` is the sentence of the digest, or with `text` the mail of the same day.

    `path` is where it leads. Simulated subjects, system actors and people who left are told nothing.
    """
    if simulated or user.is_system or not user.is_active or user.simulated:
        return
    if Unsubscribed.objects.filter(user=user, topic=topic).exists():
        return
    if TOPICS[topic].same_day:
        mail = Mail(to=(user.email,), subject=subject, text=text)
        queue_mail(mail=mail, dedup_key=f"{dedup_key}-{user.pk}", at=at)
    else:
        about = {"topic": topic, "sentence": subject[:400], "path": path[:300], "created_at": at}
        DigestLine.objects.get_or_create(user=user, dedup_key=dedup_key, defaults=about)
