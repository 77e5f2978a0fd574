"""Telling people: the same day for what needs them, else as a line of their weekly digest; never twice."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote

from django.conf import settings
from django.core import signing
from django.db import transaction

from aiops import audit
from aiops.models import User
from integrations.messages import Mail
from integrations.models import Delivery, DigestLine, Unsubscribed
from integrations.operations.outbox import queue_mail

WEEK = timedelta(days=7)
SALT = "integrations.mail"
DIGEST = "digest"


@dataclass(frozen=True)
class Topic:
    """A kind of mail that can be stopped; `same_day` ones are mailed at once, others wait for the digest."""

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
    "statement": Topic("statements and claims for finance to sign", same_day=True),
    "activity": Topic("the weekly digest: what else happens to what I own or follow", same_day=False),
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
        _mail(user, topic, subject, f"{text.rstrip()}\n\n{settings.SITE_URL}{path}\n", dedup_key, at)
    else:
        about = {"topic": topic, "sentence": subject[:400], "path": path[:300], "created_at": at}
        DigestLine.objects.get_or_create(user=user, dedup_key=dedup_key, defaults=about)


def _mail(user: User, topic: str, subject: str, text: str, key: str, at: datetime) -> Delivery:
    stop = stop_address(user, topic)
    foot = f"\n-- \nYou get {TOPICS[topic].words}. No more of these: {stop}\n"
    mail = Mail(to=(user.email,), subject=subject, text=text + foot, unsubscribe=stop)
    return queue_mail(mail=mail, dedup_key=f"{key}-{user.pk}"[:200], at=at)


def stop_address(user: User, topic: str) -> str:
    """A signed address that stops one kind of mail for one person, without signing in."""
    token = signing.dumps([user.pk, topic], salt=SALT)
    return f"{settings.SITE_URL}/mail/stop/{quote(token)}/"


def read_stop_token(token: str) -> tuple[User, str]:
    """Whom and what a stop address is about; BadSignature (or DoesNotExist) when it is not ours."""
    pk, topic = signing.loads(token, salt=SALT)
    return User.objects.get(pk=pk), topic


def set_mail(*, user: User, topic: str, wanted: bool, at: datetime) -> None:
    """One kind of mail on or off, by its reader; asking twice changes nothing twice."""
    with transaction.atomic():
        if wanted:
            changed, _ = Unsubscribed.objects.filter(user=user, topic=topic).delete()
        else:
            _, made = Unsubscribed.objects.get_or_create(user=user, topic=topic, defaults={"at": at})
            changed = int(made)
        if changed:
            changes = {"topic": topic, "wanted": wanted}
            audit.record(by=user, at=at, action="mail.changed", obj=user, changes=changes)


def send_digests(*, at: datetime) -> int:
    """Everybody's lines of the week before last Monday 06:00 UTC as one mail; how many people got one.

    The mail and the marks on its lines are one transaction, so a retry sends nothing twice.
    """
    cutoff = digest_time(at)
    waiting = DigestLine.objects.filter(sent_at=None, created_at__lt=cutoff)
    people = User.objects.filter(pk__in=waiting.values("user")).order_by("pk")
    for user in people:
        _send_digest(user, cutoff, at)
    return len(people)


def digest_time(at: datetime) -> datetime:
    """The last Monday 06:00 UTC at or before `at`."""
    monday = (at - timedelta(days=at.weekday())).replace(hour=6, minute=0, second=0, microsecond=0)
    return monday if monday <= at else monday - WEEK


def _send_digest(user: User, cutoff: datetime, at: datetime) -> None:
    with transaction.atomic():
        rows = DigestLine.objects.select_for_update(skip_locked=True).filter(user=user, sent_at=None)
        lines = list(rows.filter(created_at__lt=cutoff))
        if lines and user.is_active:
            said = "\n\n".join(f"{line.sentence}\n{settings.SITE_URL}{line.path}" for line in lines)
            count = f"{len(lines)} thing{'' if len(lines) == 1 else 's'}"
            subject = f"Your week in Payback: {count}"
            _mail(user, "activity", subject, f"{said}\n", f"{DIGEST}-{cutoff:%G-W%V}-{lines[0].pk}", at)
        DigestLine.objects.filter(pk__in=[line.pk for line in lines]).update(sent_at=at)
