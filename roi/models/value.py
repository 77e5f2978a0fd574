"""The month roll-up of what a workload gave, so that no page adds up calls or outcomes."""

from typing import Any

from django.db import models
from django.db.models import Q

from workloads.models import Workload


class ValueMonthQuerySet(models.QuerySet["ValueMonth"]):
    def visible_to(self, user: Any) -> "ValueMonthQuerySet":
        return self.filter(workload__in=Workload.objects.visible_to(user))


class ValueMonth(models.Model):
    """One workload in one calendar month. Cash and hours never meet in one column.

    Money is company currency; `model_cost` is the traced cost at the company's dollar rate; `cash_signed` is what
    signed claims give in the month; `hours_freed` includes the hours that claims turned into cash (`hours_signed`).
    """

    workload = models.ForeignKey(Workload, on_delete=models.CASCADE, related_name="value_months")
    month = models.DateField(help_text="first day")
    done = models.PositiveIntegerField(default=0)
    accepted = models.PositiveIntegerField(default=0)
    self_reported = models.BooleanField(default=False)
    baseline_minutes = models.DecimalField(max_digits=10, decimal_places=3, null=True)
    baseline_measured = models.BooleanField(default=False)
    handling_minutes = models.DecimalField(max_digits=10, decimal_places=3, null=True)
    hours_freed = models.DecimalField(max_digits=12, decimal_places=1, null=True)
    hours_signed = models.DecimalField(max_digits=12, decimal_places=1, default=0)
    hourly_rate = models.DecimalField(max_digits=10, decimal_places=2, null=True)
    cash_signed = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    other_signed = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    model_cost = models.DecimalField(max_digits=20, decimal_places=10, default=0)
    unpriced_calls = models.PositiveIntegerField(default=0)
    forecast_hours_p10 = models.DecimalField(max_digits=12, decimal_places=1, null=True)
    forecast_hours_p50 = models.DecimalField(max_digits=12, decimal_places=1, null=True)
    forecast_hours_p90 = models.DecimalField(max_digits=12, decimal_places=1, null=True)
    forecast_cash_p10 = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    forecast_cash_p50 = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    forecast_cash_p90 = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    through = models.DateField(help_text="last day counted, exclusive")
    refreshed_at = models.DateTimeField()

    objects = ValueMonthQuerySet.as_manager()

    class Meta:
        ordering = ["workload_id", "month"]
        constraints = [
            models.UniqueConstraint(fields=["workload", "month"], name="value_month_once"),
            models.CheckConstraint(
                condition=Q(accepted__lte=models.F("done")), name="value_month_accepted_le_done"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.workload}, {self.month:%B %Y}"

    @property
    def hours_capacity(self) -> Any:
        """Freed hours that no claim has turned into cash."""
        return None if self.hours_freed is None else max(self.hours_freed - self.hours_signed, 0)

    @property
    def capacity_worth(self) -> Any:
        """Gross worth of the capacity hours at the loaded rate: beside the hours, never added to cash."""
        if self.hours_capacity is None or self.hourly_rate is None:
            return None
        return self.hours_capacity * self.hourly_rate

    @property
    def cash_net(self) -> Any:
        """Signed cash less the traced model cost."""
        return self.cash_signed - self.model_cost

    @property
    def cost_per_outcome(self) -> Any:
        return self.model_cost / self.done if self.done else None
