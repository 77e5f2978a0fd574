"""Budgets are soft: they warn and never stand in the way of a request."""

from datetime import date
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from aiops import permissions
from aiops.models import BusinessUnit, User
from aiops.permissions import Permission
from workloads.models.inventory import Workload


def usual_levels() -> list[int]:
    return [50, 80, 100]


class BudgetQuerySet(models.QuerySet["Budget"]):
    def visible_to(self, user: Any) -> "BudgetQuerySet":
        """Those of workloads, of units whose money is read, and of cost centres for readers of all money."""
        where = permissions.scope(user, Permission.READ_MONEY)
        if where.everything:
            return self
        mine = Workload.objects.answered_by(user) if user.is_authenticated else Workload.objects.none()
        return self.filter(
            Q(workload__unit_id__in=where.unit_ids) | Q(workload__in=mine) | Q(unit_id__in=where.unit_ids)
        )

    def on(self, day: date) -> "BudgetQuerySet":
        return self.filter(Q(valid_to=None) | Q(valid_to__gt=day), valid_from__lte=day)


class Budget(models.Model):
    """An amount a period, in company currency, for exactly one of a workload, a unit or a cost centre."""

    class Period(models.TextChoices):
        MONTH = "month", "a month"
        QUARTER = "quarter", "a quarter"
        YEAR = "year", "a fiscal year"

    workload = models.ForeignKey(
        Workload, on_delete=models.PROTECT, null=True, blank=True, related_name="budgets"
    )
    unit = models.ForeignKey(
        BusinessUnit, on_delete=models.PROTECT, null=True, blank=True, related_name="budgets"
    )
    cost_centre = models.CharField(max_length=80, blank=True)
    period = models.CharField(max_length=8, choices=Period.choices, default=Period.MONTH)
    amount = models.DecimalField(max_digits=16, decimal_places=2)
    levels = ArrayField(
        models.PositiveSmallIntegerField(), default=usual_levels, help_text="percent at which it warns"
    )
    warns_on_pace = models.BooleanField(default=True)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    objects = BudgetQuerySet.as_manager()

    class Meta:
        ordering = ["valid_from", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(workload__isnull=False, unit=None, cost_centre="")
                | Q(workload=None, unit__isnull=False, cost_centre="")
                | (Q(workload=None, unit=None) & ~Q(cost_centre="")),
                name="budget_of_one",
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="budget_positive"),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gt=F("valid_from")), name="budget_forward"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.of}, {self.get_period_display()}"

    @property
    def of(self) -> str:
        return str(self.workload or self.unit or f"cost centre {self.cost_centre}")


class BudgetAlert(models.Model):
    """A level that was passed, or a pace that will pass it, told once a period."""

    budget = models.ForeignKey(Budget, on_delete=models.CASCADE, related_name="alerts")
    period_start = models.DateField()
    level = models.PositiveSmallIntegerField(help_text="percent; 0 is the pace")
    sentence = models.CharField(max_length=400)
    at = models.DateTimeField()

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["budget", "period_start", "level"], name="budget_alert_once"),
        ]

    def __str__(self) -> str:
        return self.sentence
