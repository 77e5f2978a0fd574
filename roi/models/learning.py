"""Finished cases: what was stated before and what it came to, the company's own reference class."""

from typing import Any

from django.db import models
from django.db.models import F, Q

from aiops import permissions
from aiops.models import BusinessUnit, User
from aiops.permissions import Permission
from backlog.models import Candidate
from workloads.models import Workload


class PastCaseQuerySet(models.QuerySet["PastCase"]):
    def visible_to(self, user: Any) -> "PastCaseQuerySet":
        """One's own, and those of the units whose money one reads."""
        if not getattr(user, "is_authenticated", False):
            return self.none()
        where = permissions.scope(user, Permission.READ_MONEY)
        return self if where.everything else self.filter(Q(owner=user) | Q(unit_id__in=where.unit_ids))


class PastCase(models.Model):
    """One quantity of one finished project or workload: the stated range (or a single figure) and the actual.

    `low` and `high` are P10 and P90 as stated; None where only one figure was. Stated and actual have one unit and
    only their ratio is compared across cases. `workload` is set where Payback itself measured it.
    """

    class Quantity(models.TextChoices):
        VALUE = "value", "value"
        COST = "cost", "cost"
        TIME = "time", "time"

    name = models.CharField(max_length=200)
    quantity = models.CharField(max_length=5, choices=Quantity)
    measure = models.CharField(max_length=40, help_text="of both figures: EUR, hours, months")
    low = models.DecimalField(max_digits=20, decimal_places=4, null=True, blank=True)
    likely = models.DecimalField(max_digits=20, decimal_places=4)
    high = models.DecimalField(max_digits=20, decimal_places=4, null=True, blank=True)
    actual = models.DecimalField(max_digits=20, decimal_places=4)
    finished_on = models.DateField()
    klass = models.CharField("class", max_length=12, choices=Candidate.Klass.choices, blank=True)
    unit = models.ForeignKey(BusinessUnit, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    owner = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="past_cases"
    )
    workload = models.ForeignKey(
        Workload, on_delete=models.CASCADE, null=True, blank=True, related_name="past_cases"
    )
    source = models.CharField(max_length=120, blank=True, help_text="the file it came from")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    objects = PastCaseQuerySet.as_manager()

    class Meta:
        ordering = ["-finished_on", "name", "quantity"]
        constraints = [
            models.UniqueConstraint(fields=["name", "quantity", "finished_on"], name="past_case_once"),
            models.CheckConstraint(
                condition=Q(low=None, high=None) | Q(low__lte=F("likely"), high__gte=F("likely")),
                name="past_case_ordered",
            ),
            models.CheckConstraint(condition=Q(likely__gt=0), name="past_case_likely_positive"),
        ]
        indexes = [models.Index(fields=["quantity", "unit", "klass"], name="past_case_by_class")]

    def __str__(self) -> str:
        return f"{self.name}, {self.get_quantity_display()}"

    @property
    def ratio(self) -> Any:
        """Actual over the likely figure."""
        return self.actual / self.likely

    @property
    def held(self) -> bool:
        """Whether the stated range held the actual; False where there was none."""
        return self.low is not None and self.high is not None and self.low <= self.actual <= self.high
