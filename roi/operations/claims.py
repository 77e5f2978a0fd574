"""Claims: filed by the business, signed or sent back by finance, ended when they no longer hold."""

from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.urls import reverse

from aiops import audit, permissions
from aiops.errors import DomainError
from aiops.models import User, currency_symbol
from aiops.permissions import Permission
from integrations.operations import tell
from roi.models import Claim
from roi.operations.claim_rules import Asked, require_sound
from roi.queries.claims import Proposal, money_of_company, proposal_for
from roi.queries.stand_ins import signed_for
from workloads.models import Workload

TENTH = Decimal("0.1")


def require_answerable(workload: Workload, by: User) -> None:
    mine = by.pk in (workload.business_owner_id, workload.deputy_id) or by.is_system
    if not mine and not permissions.has(by, Permission.OPERATE_WORKLOAD, unit=workload.unit):
        raise PermissionDenied("Only the business owner, the deputy or the lead claims for this workload.")


def file_claim(
    *,
    workload: Workload,
    kind: str,
    amount_month: Decimal,
    valid_from: date,
    act: str,
    valid_to: date | None = None,
    hours_month: Decimal | None = None,
    posts: Decimal | None = None,
    post: str = "",
    cost_centre: str = "",
    account: str = "",
    evidence: str = "",
    again_of: Claim | None = None,
    by: User,
    at: datetime,
) -> Claim:
    """Ask finance to sign an amount a month.

    Hours: never above what the last closed months freed for sure and nobody claimed yet, where a month is closed.
    A post that another open or signed claim names is refused, and so are more posts than the team has.
    """
    require_answerable(workload, by)
    asked = Asked(kind, amount_month, hours_month, posts, post.strip(), act.strip(), valid_from, valid_to)
    with transaction.atomic():
        Workload.objects.select_for_update().get(pk=workload.pk)
        proposal = proposal_for(workload, valid_from, valid_to) if kind == Claim.Kind.HOURS else None
        require_sound(workload, asked, proposal)
        again = _to_mend(again_of, workload)
        texts = {"cost_centre": cost_centre.strip(), "account": account.strip(), "evidence": evidence.strip()}
        claim = _create(
            workload, asked, proposal, {**texts, "again_of": again, "filed_by": by, "filed_at": at}
        )
        changes = {"kind": kind, "amount_month": amount_month, "valid_from": valid_from, "valid_to": valid_to}
        changes |= {
            "post": asked.post,
            "proposed": claim.amount_proposed,
            "again_of": again.pk if again else None,
        }
        audit.record(by=by, at=at, action="claim.filed", obj=claim, changes=changes)
    return claim


def _create(workload: Workload, asked: Asked, proposal: Proposal | None, rest: dict[str, object]) -> Claim:
    proposed = proposal.amount if proposal else None
    said = {
        "kind": asked.kind,
        "amount_month": asked.amount,
        "hours_month": asked.hours,
        "posts": asked.posts,
    }
    said |= {"valid_from": asked.start, "valid_to": asked.end, "act": asked.act, "post": asked.post}
    try:
        with transaction.atomic():
            return Claim.objects.create(workload=workload, amount_proposed=proposed, **said, **rest)
    except IntegrityError as error:
        if "claim_post_once" not in str(error):
            raise
        words = f"The post «{asked.post}» is in another open claim: one post is claimed once."
        raise DomainError("post_claimed", words, "post") from error


def _to_mend(again_of: Claim | None, workload: Workload) -> Claim | None:
    """The claim that was sent back, once."""
    if again_of is None:
        return None
    locked = Claim.objects.select_for_update(of=("self",)).get(pk=again_of.pk)
    if locked.workload_id != workload.pk or locked.state != Claim.State.SENT_BACK:
        raise DomainError("again", "Only a claim of this workload that was sent back is filed again.")
    if Claim.objects.filter(again_of=locked).exists():
        raise DomainError("again", "This claim was filed again already.")
    return locked


def sign_claim(*, claim: Claim, by: User, at: datetime, amount_month: Decimal | None = None) -> Claim:
    """Finance signs all of it, or a smaller amount: then the hours shrink alike, and the rest stays freed.

    Never somebody who filed it, or who answers for the workload.
    """
    permissions.require(by, Permission.FINANCE, unit=claim.unit)
    with transaction.atomic():
        claim = _lock(claim, Claim.State.CLAIMED)
        _require_other(claim, by)
        _lower_amount(claim, amount_month)
        claim.state, claim.signed_by, claim.signed_at = Claim.State.SIGNED, by, at
        names = ["state", "signed_by", "signed_at", "amount_month", "amount_asked", "hours_month"]
        claim.save(update_fields=names)
        changes = {"amount_month": claim.amount_month, "kind": claim.kind, "asked": claim.amount_asked}
        standing_in = signed_for(by, at)
        changes |= {"signed": standing_in} if standing_in else {}
        audit.record(by=by, at=at, action="claim.signed", obj=claim, changes=changes)
        _tell(claim, f"Signed: {_money(claim, claim.amount_month)} a month", _signed_words(claim), at)
    return claim


def _require_other(claim: Claim, by: User) -> None:
    if claim.filed_by_id == by.pk:
        raise DomainError("own_claim", "You filed this claim: somebody else of finance signs it.")
    if by.pk in (claim.workload.business_owner_id, claim.workload.deputy_id):
        raise DomainError("own_claim", "You answer for this workload: somebody else of finance signs it.")


def _lower_amount(claim: Claim, amount: Decimal | None) -> None:
    if amount is None or amount == claim.amount_month:
        return
    if not 0 < amount <= claim.amount_month:
        words = f"Sign an amount above zero and up to {claim.amount_month}, what was claimed."
        raise DomainError("amount", words, "amount_month")
    if claim.hours_month is not None:
        hours = claim.hours_month * amount / claim.amount_month
        claim.hours_month = max(hours.quantize(TENTH, ROUND_HALF_UP), TENTH)
    claim.amount_asked, claim.amount_month = claim.amount_month, amount


def _signed_words(claim: Claim) -> str:
    words = f"{claim.signed_by} signed it from {claim.valid_from:%-d %b %Y}."
    if claim.amount_asked is None:
        return words
    hours = f" ({claim.hours_month:,} h)" if claim.hours_month else ""
    rest = _money(claim, claim.amount_asked - claim.amount_month)
    return (
        f"{words} Of {_money(claim, claim.amount_asked)} a month that you asked, "
        f"{_money(claim, claim.amount_month)}{hours} count. "
        f"The other {rest} a month {'stay freed capacity' if claim.hours_month else 'are not signed'}: "
        "file them again once there is an act for them."
    )


def send_back_claim(*, claim: Claim, reason: str, by: User, at: datetime) -> Claim:
    """Finance sends a claim back with the reason; its owner files a better one from it."""
    permissions.require(by, Permission.FINANCE, unit=claim.unit)
    if not reason.strip():
        raise DomainError("reason", "Say what is missing, so that the owner can mend it.", "reason")
    with transaction.atomic():
        claim = _lock(claim, Claim.State.CLAIMED)
        claim.state, claim.sent_back_reason = Claim.State.SENT_BACK, reason.strip()
        claim.save(update_fields=["state", "sent_back_reason"])
        audit.record(by=by, at=at, action="claim.sent_back", obj=claim, reason=reason)
        _tell(claim, "Sent back", f"{by} sent it back: {reason.strip()}\n\nFile it again from its page.", at)
    return claim


def end_claim(*, claim: Claim, on: date, by: User, at: datetime) -> Claim:
    """The act no longer holds (the post is filled again): the claim counts until `on`, exclusive.

    Never later than finance signed: a longer time is a claim of its own.
    """
    if not permissions.has(by, Permission.FINANCE, unit=claim.unit):
        require_answerable(claim.workload, by)
    with transaction.atomic():
        claim = _lock(claim, Claim.State.SIGNED)
        if on <= claim.valid_from:
            raise DomainError("period", "A claim ends after the day it starts.", "on")
        if claim.valid_to is not None and on > claim.valid_to:
            words = f"It is signed until {claim.valid_to:%-d %b %Y}: file a new claim for a longer time."
            raise DomainError("period", words, "on")
        claim.state, claim.valid_to = Claim.State.ENDED, on
        claim.save(update_fields=["state", "valid_to"])
        audit.record(by=by, at=at, action="claim.ended", obj=claim, changes={"valid_to": on})
    return claim


def _lock(claim: Claim, expected: str) -> Claim:
    locked = Claim.objects.select_for_update(of=("self",)).select_related("workload__unit").get(pk=claim.pk)
    if locked.state != expected:
        raise DomainError("state", f"This claim {locked.get_state_display()} already.")
    return locked


def _money(claim: Claim, amount: Decimal) -> str:
    """To the cent, in the currency in which it was filed: an amount that is signed is not rounded."""
    return f"{currency_symbol(money_of_company().written(claim.filed_at))}{amount:,.2f}"


def _tell(claim: Claim, what: str, words: str, at: datetime) -> None:
    tell(
        user=claim.filed_by, topic="decision", subject=f"{what} · claim for {claim.workload}", text=words,
        path=reverse("roi:claim", args=[claim.pk]), dedup_key=f"claim-{claim.pk}-{claim.state}", at=at,
        simulated=claim.workload.simulated,
    )  # fmt: skip
