"""Finance's month: the statement of a unit, and who stands in for whom."""

from typing import Any

from django.db import models
from django.db.models import F, Q

from aiops import permissions
from aiops.models import BusinessUnit, User
from aiops.permissions import Permission


class StatementQuerySet(models.QuerySet["Statement"]):
    def visible_to(self, user: Any) -> "StatementQuerySet":
        """Readers of the unit's money."""
        where = permissions.scope(user, Permission.READ_MONEY)
        return self if where.everything else self.filter(unit_id__in=where.unit_ids)


class Statement(models.Model):
    """One unit's closed month: made on closing, signed by finance, frozen from then on.

    `totals` and `exceptions` are kept as they were on the day: amounts as text, with currency; cash, hours, avoidance,
    revenue and risk reduction never added. `sums` are the totals without their rows, with the number of exceptions:
    all that lists read.
    """

    class State(models.TextChoices):
        OPEN = "open", "waits for finance"
        SIGNED = "signed", "signed"

    unit = models.ForeignKey(BusinessUnit, on_delete=models.PROTECT, related_name="statements")
    month = models.DateField(help_text="first day")
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=6, choices=State, default=State.OPEN)
    totals = models.JSONField(default=dict)
    exceptions = models.JSONField(default=list)
    sums = models.JSONField(default=dict)
    due_on = models.DateField()
    made_at = models.DateTimeField()
    signed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    signed_at = models.DateTimeField(null=True, blank=True)
    note = models.CharField(max_length=400, blank=True)

    objects = StatementQuerySet.as_manager()

    class Meta:
        ordering = ["-month", "unit__name"]
        constraints = [
            models.UniqueConstraint(fields=["unit", "month"], name="statement_once"),
            models.CheckConstraint(condition=Q(month__day=1), name="statement_first_of_month"),
            models.CheckConstraint(
                condition=Q(state="open", signed_by=None) | Q(state="signed", signed_by__isnull=False),
                name="statement_signed_by",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.unit}, {self.month:%B %Y}"

    @property
    def unusual(self) -> int:
        """How many exceptions there are to look at."""
        return int(self.sums.get("exceptions", 0))


class StandIn(models.Model):
    """While somebody of finance is away, who answers and is mailed in their place: another one of finance."""

    absent = models.ForeignKey(User, on_delete=models.PROTECT, related_name="stand_ins")
    deputy = models.ForeignKey(User, on_delete=models.PROTECT, related_name="stands_in_for")
    starts_on = models.DateField()
    ends_on = models.DateField(help_text="the last day")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["-starts_on", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="stand_in_forward"),
            models.CheckConstraint(condition=~Q(absent=F("deputy")), name="stand_in_is_another"),
        ]

    def __str__(self) -> str:
        return f"{self.deputy} for {self.absent}"
