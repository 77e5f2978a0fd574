"""Claims: filed by the business, signed or sent back by finance, ended when they no longer hold."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from aiops import audit, permissions
from aiops.errors import DomainError
from aiops.models import User
from aiops.permissions import Permission
from integrations.messages import Mail
from integrations.operations import queue_mail
from roi.models import Claim
from workloads.models import Workload


def _require_answerable(workload: Workload, by: User) -> None:
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
    post: str = "",
    cost_centre: str = "",
    evidence: str = "",
    by: User,
    at: datetime,
) -> Claim:
    """Ask finance to sign an amount a month; refused for a post that another open claim names."""
    _require_answerable(workload, by)
    _check(workload, kind, amount_month, valid_from, valid_to, act, hours_month)
    fields = {"kind": kind, "amount_month": amount_month, "valid_from": valid_from, "valid_to": valid_to}
    texts = {"act": act.strip(), "post": post.strip(), "cost_centre": cost_centre, "evidence": evidence}
    try:
        with transaction.atomic():
            claim = Claim.objects.create(
                workload=workload, hours_month=hours_month, filed_by=by, filed_at=at, **fields, **texts
            )
            audit.record(by=by, at=at, action="claim.filed", obj=claim, changes={**fields, "post": post})
    except IntegrityError as error:
        if "claim_post_once" not in str(error):
            raise
        words = f"The post «{post}» is in another open claim: one post is claimed once."
        raise DomainError("post_claimed", words, "post") from error
    return claim


def _check(
    workload: Workload,
    kind: str,
    amount: Decimal,
    start: date,
    end: date | None,
    act: str,
    hours: Decimal | None,
) -> None:
    if workload.stage not in ("pilot", "live", "retired"):
        raise DomainError("not_running", "A claim needs a workload that is in pilot or live.")
    if amount <= 0:
        raise DomainError("amount", "The amount a month must be above zero.", "amount_month")
    if end is not None and end <= start:
        raise DomainError("period", "The last day must come after the first.", "valid_to")
    if not act.strip():
        raise DomainError("act", "Name the act that makes it cash, such as «contractor ended».", "act")
    if kind == Claim.Kind.HOURS and not hours:
        raise DomainError("hours", "Say how many hours a month this claim turns into cash.", "hours_month")


def sign_claim(*, claim: Claim, by: User, at: datetime, amount_month: Decimal | None = None) -> Claim:
    """Finance signs all of it, or a smaller amount; never a claim that it filed itself."""
    permissions.require(by, Permission.FINANCE)
    with transaction.atomic():
        claim = _lock(claim, Claim.State.CLAIMED)
        if claim.filed_by_id == by.pk:
            raise DomainError("own_claim", "You filed this claim: somebody else of finance signs it.")
        _lower_amount(claim, amount_month)
        claim.state, claim.signed_by, claim.signed_at = Claim.State.SIGNED, by, at
        claim.save(update_fields=["state", "signed_by", "signed_at", "amount_month"])
        changes = {"amount_month": claim.amount_month, "kind": claim.kind}
        audit.record(by=by, at=at, action="claim.signed", obj=claim, changes=changes)
        _tell(claim, f"Signed: {claim.amount_month} a month", f"{by} signed it from {claim.valid_from}.", at)
    return claim


def _lower_amount(claim: Claim, amount: Decimal | None) -> None:
    if amount is None:
        return
    if not 0 < amount <= claim.amount_month:
        words = f"Sign an amount above zero and up to {claim.amount_month}, what was claimed."
        raise DomainError("amount", words, "amount_month")
    claim.amount_month = amount


def send_back_claim(*, claim: Claim, reason: str, by: User, at: datetime) -> Claim:
    """Finance sends a claim back with the reason; its owner files a better one."""
    permissions.require(by, Permission.FINANCE)
    if not reason.strip():
        raise DomainError("reason", "Say what is missing, so that the owner can mend it.", "reason")
    with transaction.atomic():
        claim = _lock(claim, Claim.State.CLAIMED)
        claim.state, claim.sent_back_reason = Claim.State.SENT_BACK, reason.strip()
        claim.save(update_fields=["state", "sent_back_reason"])
        audit.record(by=by, at=at, action="claim.sent_back", obj=claim, reason=reason)
        _tell(claim, "Sent back", reason, at)
    return claim


def end_claim(*, claim: Claim, on: date, by: User, at: datetime) -> Claim:
    """The act no longer holds (the post is filled again): the claim counts until `on`, exclusive."""
    if not permissions.has(by, Permission.FINANCE):
        _require_answerable(claim.workload, by)
    with transaction.atomic():
        claim = _lock(claim, Claim.State.SIGNED)
        if on <= claim.valid_from:
            raise DomainError("period", "A claim ends after the day it starts.", "on")
        claim.state, claim.valid_to = Claim.State.ENDED, on
        claim.save(update_fields=["state", "valid_to"])
        audit.record(by=by, at=at, action="claim.ended", obj=claim, changes={"valid_to": on})
    return claim


def _lock(claim: Claim, expected: str) -> Claim:
    locked = Claim.objects.select_for_update(of=("self",)).select_related("workload__unit").get(pk=claim.pk)
    if locked.state != expected:
        raise DomainError("state", f"This claim {locked.get_state_display()} already.")
    return locked


def _tell(claim: Claim, what: str, words: str, at: datetime) -> Any:
    mail = Mail(to=(claim.filed_by.email,), subject=f"{what} · claim for {claim.workload}", text=words)
    return queue_mail(mail=mail, dedup_key=f"claim-{claim.pk}-{claim.state}", at=at)
