"""Bills of providers, line by line, as FOCUS says them: they reconcile what was traced, and rule its month."""

from django.db import models
from django.db.models import F, Q

from aiops.models import User
from workloads.models.inventory import Workload


class Bill(models.Model):
    """One imported file. The same file again is the same bill; a newer file of the same scope replaces it."""

    provider = models.CharField(max_length=120)
    source = models.CharField(max_length=200, help_text="the file's name")
    digest = models.CharField(max_length=64, unique=True)
    focus_version = models.CharField(max_length=8, blank=True)
    currency = models.CharField(max_length=3)
    usd_rate = models.DecimalField(max_digits=14, decimal_places=8, default=1)
    period_start = models.DateField()
    period_end = models.DateField(help_text="exclusive")
    lines_count = models.PositiveIntegerField(default=0)
    is_final = models.BooleanField(default=False, help_text="the provider changes nothing in it any more")
    replaced_by = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["-period_start", "-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(period_end__gt=F("period_start")), name="bill_forward"),
        ]

    def __str__(self) -> str:
        return f"{self.provider}, {self.period_start:%Y-%m}"


class BillLine(models.Model):
    """A day, account and product of a bill. Billed and effective cost are two views of the same money: never added.

    `workload` is who owns the spend; None is spend without an owner, listed by name.
    """

    bill = models.ForeignKey(Bill, on_delete=models.CASCADE, related_name="lines")
    day = models.DateField()
    account = models.CharField(max_length=200, blank=True)
    service = models.CharField(max_length=200, blank=True)
    model = models.CharField(max_length=200, blank=True)
    category = models.CharField(
        max_length=40, blank=True, help_text="Usage, Purchase, Tax, Credit, Adjustment"
    )
    quantity = models.DecimalField(max_digits=38, decimal_places=12, null=True, blank=True)
    unit = models.CharField(max_length=80, blank=True)
    billed_cost = models.DecimalField(max_digits=38, decimal_places=16)
    effective_cost = models.DecimalField(max_digits=38, decimal_places=16, null=True, blank=True)
    tags = models.JSONField(default=dict, blank=True)
    workload = models.ForeignKey(
        Workload, on_delete=models.PROTECT, null=True, blank=True, related_name="bill_lines"
    )

    class Meta:
        ordering = ["bill_id", "day", "pk"]
        indexes = [
            models.Index(fields=["workload", "day"], name="bill_line_by_workload"),
            models.Index(fields=["bill", "day"], name="bill_line_by_day"),
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
