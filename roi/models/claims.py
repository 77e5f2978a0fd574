"""Claims: the only way in which freed hours, or another benefit, become cash."""

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from aiops import permissions
from aiops.models import User
from aiops.permissions import Permission
from workloads.models import Workload


class ClaimQuerySet(models.QuerySet["Claim"]):
    def visible_to(self, user: Any) -> "ClaimQuerySet":
        """Finance, the portfolio's readers, and whoever may see money in the workload's unit."""
        if not getattr(user, "is_authenticated", False):
            return self.none()
        where = permissions.scope(user, Permission.READ_MONEY)
        if where.everything:
            return self
        mine = Q(workload__business_owner=user) | Q(workload__deputy=user)
        return self.filter(mine | Q(workload__unit_id__in=where.unit_ids))

    def signed_in(self, month: Any, end: Any) -> "ClaimQuerySet":
        """Signed claims that count in the half-open period [month, end)."""
        running = Q(valid_to=None) | Q(valid_to__gt=month)
        return self.filter(running, state__in=Claim.COUNTING, valid_from__lt=end)


class Claim(models.Model):
    """An amount a month that finance has signed, or is asked to sign, with the act that made it real."""

    class Kind(models.TextChoices):
        HOURS = "hours", "hours freed, now cash"
        COST_ENDED = "cost_ended", "a cost that ended: contract, licence"
        DISCOUNT = "discount", "a discount"
        COST_AVOIDED = "cost_avoided", "cost avoidance"
        REVENUE = "revenue", "revenue"
        RISK = "risk_reduction", "risk reduction, avoided loss"

    class State(models.TextChoices):
        CLAIMED = "claimed", "waits for finance"
        SIGNED = "signed", "signed"
        SENT_BACK = "sent_back", "sent back"
        ENDED = "ended", "ended"

    CASH_KINDS = (Kind.HOURS, Kind.COST_ENDED, Kind.DISCOUNT)
    # The column of the ledger that a kind counts in.
    COLUMNS = {
        Kind.HOURS.value: "cash",
        Kind.COST_ENDED.value: "cash",
        Kind.DISCOUNT.value: "cash",
        Kind.COST_AVOIDED.value: "avoided",
        Kind.REVENUE.value: "revenue",
        Kind.RISK.value: "risk",
    }
    COUNTING = (State.SIGNED, State.ENDED)
    HOLDING = (State.CLAIMED, State.SIGNED)

    workload = models.ForeignKey(Workload, on_delete=models.PROTECT, related_name="claims")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    amount_month = models.DecimalField(max_digits=14, decimal_places=2, help_text="company currency a month")
    hours_month = models.DecimalField(max_digits=10, decimal_places=1, null=True, blank=True)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True, help_text="exclusive")
    post = models.CharField(max_length=80, blank=True, help_text="the post or contract that ended")
    act = models.TextField(help_text="what was done so that the money is really saved")
    posts = models.DecimalField(
        max_digits=5, decimal_places=2, null=True, blank=True, help_text="full-time posts"
    )
    cost_centre = models.CharField(max_length=40, blank=True)
    account = models.CharField(max_length=40, blank=True, help_text="of the ledger that shows the saving")
    amount_asked = models.DecimalField(
        max_digits=14, decimal_places=2, null=True, blank=True, help_text="before finance signed a part of it"
    )
    amount_proposed = models.DecimalField(
        max_digits=14,
        decimal_places=2,
        null=True,
        blank=True,
        help_text="low end a month, as proposed on filing",
    )
    evidence = models.TextField(blank=True)
    state = models.CharField(max_length=12, choices=State.choices, default=State.CLAIMED)
    filed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    filed_at = models.DateTimeField()
    signed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    signed_at = models.DateTimeField(null=True, blank=True)
    sent_back_reason = models.TextField(blank=True)
    again_of = models.OneToOneField(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="filed_again",
        help_text="the claim that was sent back, and that this one mends",
    )  # fmt: skip

    objects = ClaimQuerySet.as_manager()

    class Meta:
        ordering = ["-filed_at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(amount_month__gt=0), name="claim_amount_positive"),
            models.CheckConstraint(
                condition=Q(hours_month=None) | Q(hours_month__gt=0), name="claim_hours_positive"
            ),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gt=F("valid_from")), name="claim_period_forward"
            ),
            models.CheckConstraint(
                condition=Q(signed_by=None, signed_at=None)
                | Q(signed_by__isnull=False, signed_at__isnull=False),
                name="claim_signed_pair",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["signed", "ended"]) | Q(signed_by__isnull=False),
                name="claim_signed_by",
            ),
            models.CheckConstraint(condition=~Q(filed_by=F("signed_by")), name="claim_not_self_signed"),
            models.CheckConstraint(condition=Q(posts=None) | Q(posts__gt=0), name="claim_posts_positive"),
            models.UniqueConstraint(
                Lower("post"),
                condition=Q(state__in=["claimed", "signed"]) & ~Q(post=""),
                name="claim_post_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.workload}"

    @property
    def unit(self) -> Any:
        return self.workload.unit

    @property
    def column(self) -> str:
        """The column of the ledger that it counts in: cash, avoided, revenue or risk."""
        return self.COLUMNS[self.kind]

    @property
    def was_lowered(self) -> bool:
        """Finance signed a part of what was asked."""
        return self.amount_asked is not None and self.amount_asked > self.amount_month

    @property
    def is_open(self) -> bool:
        return self.state == self.State.CLAIMED
