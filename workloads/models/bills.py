"""Bills of providers, line by line, as FOCUS says them: they reconcile what was traced, and rule its month."""

from typing import Any

from django.db import models
from django.db.models import F, Q

from aiops import permissions
from aiops.models import User
from aiops.permissions import Permission
from workloads.models.inventory import Workload


def exact_money(**more: Any) -> "models.DecimalField[Any, Any]":
    """Money in the bill's currency with every digit that the provider wrote."""
    return models.DecimalField(max_digits=60, decimal_places=32, **more)


class BillQuerySet(models.QuerySet["Bill"]):
    def visible_to(self, user: Any) -> "BillQuerySet":
        """A bill holds the money of all units: readers of all money see it, nobody else."""
        return self if permissions.scope(user, Permission.READ_MONEY).everything else self.none()

    def current(self) -> "BillQuerySet":
        return self.filter(replaced_by=None)


class Bill(models.Model):
    """What one file says of one provider, billing account, currency and billing period.

    The same file again is the same bill; a newer file of the same account and period replaces it.
    """

    provider = models.CharField(max_length=120)
    billing_account = models.CharField(max_length=200, blank=True)
    source = models.CharField(max_length=200, help_text="the file's name")
    digest = models.CharField(max_length=64, unique=True)
    focus_version = models.CharField(max_length=8, blank=True)
    currency = models.CharField(max_length=3)
    usd_rate = models.DecimalField(
        max_digits=14,
        decimal_places=8,
        default=1,
        help_text="units of the currency per US dollar, fixed here",
    )
    period_start = models.DateField()
    period_end = models.DateField(help_text="exclusive")
    lines_count = models.PositiveIntegerField(default=0, help_text="rows of the file")
    billed_total = exact_money(default=0)
    effective_total = exact_money(default=0)
    is_final = models.BooleanField(default=False, help_text="the provider changes nothing in it any more")
    replaced_by = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    objects = BillQuerySet.as_manager()

    class Meta:
        ordering = ["-period_start", "-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(period_end__gt=F("period_start")), name="bill_forward"),
            models.CheckConstraint(condition=Q(usd_rate__gt=0), name="bill_rate_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.provider}, {self.period_start:%Y-%m}"


class BillLine(models.Model):
    """A day, account and product of a bill. Billed and effective cost are two views of the same money: never added.

    `day` is the first day of the charge, or the nearest day of the billing period where the charge lies outside it.
    `model` is what the provider calls the model or its meter; empty on spend that is no AI.
    `workload` is who owns the spend; None is spend without an owner, listed by name.
    """

    bill = models.ForeignKey(Bill, on_delete=models.CASCADE, related_name="lines")
    day = models.DateField()
    account = models.CharField(max_length=200, blank=True)
    account_name = models.CharField(max_length=200, blank=True)
    service = models.CharField(max_length=200, blank=True)
    model = models.CharField(max_length=200, blank=True)
    category = models.CharField(
        max_length=40, blank=True, help_text="Usage, Purchase, Tax, Credit, Adjustment"
    )
    quantity = models.DecimalField(max_digits=60, decimal_places=32, null=True, blank=True)
    unit = models.CharField(max_length=80, blank=True)
    billed_cost = exact_money()
    effective_cost = exact_money(null=True, blank=True)
    tags = models.JSONField(default=dict, blank=True)
    workload = models.ForeignKey(
        Workload, on_delete=models.PROTECT, null=True, blank=True, related_name="bill_lines"
    )

    class Meta:
        ordering = ["bill_id", "day", "pk"]
        indexes = [
            models.Index(fields=["workload", "day"], name="bill_line_by_workload"),
            models.Index(fields=["bill", "day"], name="bill_line_by_day"),
            # What can rule a workload's month: few of the lines of a whole cloud's bill.
            models.Index(
                fields=["day"], name="bill_line_ruling", condition=~Q(model="") | Q(workload__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day:%Y-%m-%d} {self.service} {self.model}".strip()


class BillRule(models.Model):
    """Whose spend it is: lines of an account, service or tag belong to a workload. The most particular rule wins."""

    provider = models.CharField(max_length=120, blank=True)
    account = models.CharField(max_length=200, blank=True)
    service = models.CharField(max_length=200, blank=True)
    tag_key = models.CharField(max_length=120, blank=True)
    tag_value = models.CharField(max_length=200, blank=True)
    workload = models.ForeignKey(Workload, on_delete=models.PROTECT, related_name="bill_rules")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["provider", "account", "service", "tag_key", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "account", "service", "tag_key", "tag_value"], name="bill_rule_once"
            ),
            models.CheckConstraint(
                condition=~Q(account="", service="", tag_key=""), name="bill_rule_says_something"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account or self.service or self.tag_key} is {self.workload}"


class BilledModel(models.Model):
    """What a provider's bill calls a model that the calls call otherwise: said by finance or IT."""

    provider = models.CharField(max_length=120)
    name = models.CharField(max_length=200)
    model = models.CharField(max_length=200, help_text="as the calls say it")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["provider", "name"]
        constraints = [models.UniqueConstraint(fields=["provider", "name"], name="billed_model_once")]

    def __str__(self) -> str:
        return f"{self.name} is {self.model}"
