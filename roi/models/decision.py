"""What the review decided, with the assessment as it was seen."""

from typing import Any

from django.db import models
from django.db.models import Q

from aiops.models import User
from backlog.models import Candidate
from roi.models.assessment import Assessment


class DecisionQuerySet(models.QuerySet["Decision"]):
    def visible_to(self, user: Any) -> "DecisionQuerySet":
        return self.filter(candidate__in=Candidate.objects.visible_to(user))


class Decision(models.Model):
    """One verdict on one candidate. Never changed: a new decision follows it."""

    class Verdict(models.TextChoices):
        APPROVE = "approve", "approved"
        DEFER = "defer", "deferred"
        MEASURE = "measure", "measure first"
        REJECT = "reject", "rejected"

    candidate = models.ForeignKey(Candidate, on_delete=models.PROTECT, related_name="decisions")
    assessment = models.ForeignKey(Assessment, on_delete=models.PROTECT, null=True, related_name="decisions")
    verdict = models.CharField(max_length=8, choices=Verdict.choices)
    reason = models.TextField()
    until = models.DateField(null=True, blank=True)
    measure = models.CharField(max_length=200, blank=True, help_text="what to measure first")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    objects = DecisionQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="decision_has_reason"),
            models.CheckConstraint(
                condition=Q(verdict="defer", until__isnull=False) | ~Q(verdict="defer"),
                name="decision_defer_has_date",
            ),
            models.CheckConstraint(
                condition=~Q(verdict="measure") | ~Q(measure=""), name="decision_measure_says_what"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.candidate.key} {self.get_verdict_display()}"
