"""The sentences of a person's dashboard, as lines of their weekly digest: written early on Monday, once a week."""

from datetime import datetime, timedelta

from django.urls import reverse

from aiops.models import User
from integrations.operations import tell
from integrations.operations.telling import digest_time
from roi.queries.dashboards import dashboard, first_role

MOST = 6
HOURS = timedelta(hours=6)


def tell_week(*, at: datetime) -> int:
    """In the six hours before the digest leaves: lines for everybody who has a dashboard; how many people have any.

    Running it again in the same week writes nothing more.
    """
    leaves = digest_time(at + HOURS)
    if leaves <= at:
        return 0
    people = User.objects.people().filter(is_active=True, simulated=False).order_by("pk")
    return sum(_tell_one(user, leaves, at) for user in people)


def _tell_one(user: User, leaves: datetime, at: datetime) -> int:
    role = first_role(user)
    if role is None:
        return 0
    sentences = dashboard(role, user, at).sentences[:MOST]
    for number, sentence in enumerate(sentences):
        tell(
            user=user,
            topic="activity",
            subject=sentence.text,
            text="",
            path=sentence.url or reverse("roi:dashboard", args=[role]),
            dedup_key=f"week-{leaves:%G-%V}-{number}",
            at=at,
        )
    return int(bool(sentences))
