"""What the company itself pays: prices of its contracts with their dates, and costs that no call causes."""

from typing import Any

from django.db import models
from django.db.models import F, Q

from aiops.models import User
from workloads.models.inventory import Workload


def _price() -> "models.DecimalField[Any, Any]":
    return models.DecimalField(max_digits=24, decimal_places=12, null=True, blank=True)


class OwnPrice(models.Model):
    """A contract's price of a model, per million tokens of each kind and per call, valid in [valid_from, valid_to).

    It comes before the list price. None means that the contract names no such price: cached and written tokens then
    cost what plain input costs. With a workload it holds for that workload alone.
    """

    provider = models.CharField(max_length=200, blank=True, help_text="as the calls say it; empty for any")
    model = models.CharField(max_length=200)
    workload = models.ForeignKey(
        Workload, on_delete=models.PROTECT, null=True, blank=True, related_name="own_prices"
    )
    currency = models.CharField(max_length=3)
    usd_rate = models.DecimalField(
        max_digits=14,
        decimal_places=8,
        default=1,
        help_text="units of the currency per US dollar, fixed here",
    )
    input_mtok = _price()
    output_mtok = _price()
    cached_mtok = _price()
    cache_write_mtok = _price()
    per_call = _price()
    batch_share = models.DecimalField(
        max_digits=5, decimal_places=4, null=True, blank=True, help_text="what a batch call pays of it: 0.5"
    )
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    note = models.CharField(max_length=300)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["model", "-valid_from", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "model", "workload", "valid_from"],
                name="own_price_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gt=F("valid_from")), name="own_price_forward"
            ),
            models.CheckConstraint(condition=Q(usd_rate__gt=0), name="own_price_rate_positive"),
            models.CheckConstraint(
                condition=(Q(input_mtok=None) | Q(input_mtok__gte=0))
                & (Q(output_mtok=None) | Q(output_mtok__gte=0))
                & (Q(cached_mtok=None) | Q(cached_mtok__gte=0))
                & (Q(cache_write_mtok=None) | Q(cache_write_mtok__gte=0))
                & (Q(per_call=None) | Q(per_call__gte=0)),
                name="own_price_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(batch_share=None) | Q(batch_share__gte=0, batch_share__lte=1),
                name="own_price_batch_share",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.model} from {self.valid_from:%Y-%m-%d}"


class FixedCost(models.Model):
    """A cost of a workload that calls do not cause: seats, hours of a machine, a licence; company currency.

    `amount` is for one unit and one period; a month's cost is quantity x amount x (days it holds / days of the month).
    """

    class Kind(models.TextChoices):
        SEAT = "seat", "seats, a month"
        HOUR = "hour", "hours of use"
        LICENCE = "licence", "licence, a month"
        PLATFORM = "platform", "platform, a month"
        PEOPLE = "people", "people, a month"

    workload = models.ForeignKey(Workload, on_delete=models.PROTECT, related_name="fixed_costs")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    name = models.CharField(max_length=120)
    quantity = models.DecimalField(max_digits=14, decimal_places=2, default=1)
    amount = models.DecimalField(max_digits=14, decimal_places=4)
    cost_centre = models.CharField(max_length=80, blank=True)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["workload_id", "name", "valid_from"]
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gt=F("valid_from")), name="fixed_cost_forward"
            ),
            models.CheckConstraint(
                condition=Q(quantity__gt=0, amount__gte=0), name="fixed_cost_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} of {self.workload}"
