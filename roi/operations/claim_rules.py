"""What a claim must say before it reaches finance."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from aiops.errors import DomainError
from aiops.models import currency_symbol
from backlog.models import Team
from roi.models import Claim
from roi.queries.claims import Proposal, posts_claimed
from workloads.models import Workload

RUNNING = ("pilot", "live", "retired")


@dataclass(frozen=True)
class Asked:
    """A claim as somebody typed it: amounts and hours a month, `end` exclusive."""

    kind: str
    amount: Decimal
    hours: Decimal | None
    posts: Decimal | None
    post: str
    act: str
    start: date
    end: date | None


def require_sound(workload: Workload, asked: Asked, proposal: Proposal | None) -> None:
    """DomainError with the field at fault."""
    if workload.stage not in RUNNING:
        raise DomainError("not_running", "A claim needs a workload that is in pilot or live.")
    _require_shape(asked)
    _require_posts(workload, asked)
    if asked.kind == Claim.Kind.HOURS:
        _require_hours(asked, proposal)


def _require_shape(asked: Asked) -> None:
    if asked.amount <= 0:
        raise DomainError("amount", "The amount a month must be above zero.", "amount_month")
    if asked.end is not None and asked.end <= asked.start:
        raise DomainError("period", "The last day must come after the first.", "valid_to")
    if not asked.act:
        raise DomainError("act", "Name the act that makes it cash, such as «contractor ended».", "act")


def _require_posts(workload: Workload, asked: Asked) -> None:
    """One named post is at most one; a team has no more posts than people, whoever claims them."""
    if asked.posts is None:
        return
    if asked.posts <= 0:
        raise DomainError("posts", "The number of posts must be above zero.", "posts")
    if asked.post and asked.posts > 1:
        words = "A named post or contract is at most one post: file a claim for each, or leave the name out."
        raise DomainError("posts", words, "posts")
    team = workload.candidate.team if workload.candidate else None
    if team is None:
        return
    # Two workloads of one team take turns, else both would take its last post.
    team = Team.objects.select_for_update().get(pk=team.pk)
    left = team.people - posts_claimed(team.pk, asked.start, asked.end)
    if asked.posts > left:
        left_over = max(left, Decimal(0)).normalize()
        words = (
            f"«{team}» has {team.people.normalize():f} posts, and {left_over:f} of them are in no claim yet."
        )
        raise DomainError("posts", words, "posts")


def _require_hours(asked: Asked, proposal: Proposal | None) -> None:
    """Never above what the last closed months freed for sure; without a closed month nobody can say."""
    if not asked.hours or asked.hours <= 0:
        raise DomainError("hours", "Say how many hours a month this claim turns into cash.", "hours_month")
    if proposal is None:
        return
    if asked.hours > proposal.hours:
        raise DomainError("above_freed", _too_many(proposal), "hours_month")
    if proposal.amount is not None and asked.amount > proposal.amount:
        most = f"{currency_symbol(proposal.currency)}{proposal.amount:,.2f}"
        words = f"At most {most} a month: {proposal.hours:,} h at the loaded rate. It can only be lowered."
        raise DomainError("above_proposal", words, "amount_month")


def _too_many(proposal: Proposal) -> str:
    taken = (
        f", of which {proposal.spoken_for:,} h are claimed or signed already" if proposal.spoken_for else ""
    )
    return (
        f"At most {proposal.hours:,} h a month: the last closed months freed at least {proposal.least:,} h{taken}. "
        "More can be claimed once more is freed."
    )
