"""What lies ahead of a running workload, and what its tripwires saw week by week."""

from django.db import models
from django.db.models import F, Q

from roi.models.following import Tripwire
from roi.models.value import ValueMonthQuerySet
from workloads.models import Workload


class Outlook(models.Model):
    """The approved assessment updated by what was seen until a month's end, and what the rule then recommends.

    Money is forward: what is spent is sunk and left out; company currency. `fan` is [{"month", "p10", "p50", "p90"}] of
    cumulative cash from today on; `prob_reach` is the chance to reach the value (P50 of NPV) that was approved.
    """

    class Verdict(models.TextChoices):
        SCALE = "scale", "scale"
        KEEP = "keep", "keep"
        FIX = "fix", "fix"
        RETIRE = "retire", "retire"
        UNKNOWN = "", "not enough data"

    workload = models.ForeignKey(Workload, on_delete=models.CASCADE, related_name="outlooks")
    month = models.DateField(help_text="first day of the last month it rests on")
    at = models.DateTimeField()
    currency = models.CharField(max_length=3)
    months_seen = models.PositiveSmallIntegerField()
    forward_p10 = models.DecimalField(max_digits=18, decimal_places=2, null=True)
    forward_p50 = models.DecimalField(max_digits=18, decimal_places=2, null=True)
    forward_p90 = models.DecimalField(max_digits=18, decimal_places=2, null=True)
    prob_reach = models.DecimalField(max_digits=5, decimal_places=4, null=True)
    prob_positive = models.DecimalField(max_digits=5, decimal_places=4, null=True)
    fan = models.JSONField(default=list, blank=True)
    quantities = models.JSONField(default=list, blank=True, help_text="before and after, by quantity")
    breakevens = models.JSONField(default=list, blank=True)
    verdict = models.CharField(max_length=6, choices=Verdict, default=Verdict.UNKNOWN, blank=True)
    why = models.CharField(max_length=400)

    objects = ValueMonthQuerySet.as_manager()

    class Meta:
        ordering = ["workload_id", "-month"]
        constraints = [
            models.UniqueConstraint(fields=["workload", "month"], name="outlook_once_a_month"),
            models.CheckConstraint(
                condition=Q(forward_p10=None)
                | Q(forward_p10__lte=F("forward_p50"), forward_p50__lte=F("forward_p90")),
                name="outlook_ordered",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.workload} seen from {self.month:%B %Y}"


class TripwireWeek(models.Model):
    """What a tripwire's quantity was in one week (from its Monday); None where there was too little to say."""

    tripwire = models.ForeignKey(Tripwire, on_delete=models.CASCADE, related_name="readings")
    week = models.DateField()
    value = models.DecimalField(max_digits=18, decimal_places=4, null=True)
    n = models.PositiveIntegerField(default=0)
    breached = models.BooleanField(default=False)
    at = models.DateTimeField()

    class Meta:
        ordering = ["tripwire_id", "-week"]
        constraints = [models.UniqueConstraint(fields=["tripwire", "week"], name="tripwire_week_once")]

    def __str__(self) -> str:
        return f"{self.tripwire}, week of {self.week:%Y-%m-%d}"
