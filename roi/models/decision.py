"""What was decided, with the assessment as it was seen: in a review, or between two by a lead."""

from typing import Any

from django.db import models
from django.db.models import Q

from aiops.models import User
from backlog.models import Candidate
from roi.models.assessment import Assessment
from roi.models.review import AgendaItem, Review
from workloads.models import Workload


class DecisionQuerySet(models.QuerySet["Decision"]):
    def visible_to(self, user: Any) -> "DecisionQuerySet":
        of_candidate = Q(candidate__in=Candidate.objects.visible_to(user))
        return self.filter(of_candidate | Q(workload__in=Workload.objects.visible_to(user)))

    def standing(self) -> "DecisionQuerySet":
        """Without those that a later one corrects."""
        return self.filter(corrected_by=None)


class Decision(models.Model):
    """One verdict on one candidate or workload. Never changed: a new one corrects it and refers to it.

    `as_seen` keeps the figures that were on the screen; `assessment` is the one frozen in the pre-read, if there was.
    """

    class Verdict(models.TextChoices):
        APPROVE = "approve", "approved"
        DEFER = "defer", "deferred"
        MEASURE = "measure", "measure first"
        REJECT = "reject", "rejected"
        DUPLICATE = "duplicate", "duplicate"
        SCALE = "scale", "scale"
        FIX = "fix", "fix"
        KEEP = "keep", "keep"
        RETIRE = "retire", "retire"

    candidate = models.ForeignKey(
        Candidate, on_delete=models.PROTECT, null=True, blank=True, related_name="decisions"
    )
    workload = models.ForeignKey(
        Workload, on_delete=models.PROTECT, null=True, blank=True, related_name="decisions"
    )
    review = models.ForeignKey(
        Review, on_delete=models.PROTECT, null=True, blank=True, related_name="decisions"
    )
    item = models.ForeignKey(
        AgendaItem, on_delete=models.PROTECT, null=True, blank=True, related_name="decisions"
    )
    corrects = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="corrected_by"
    )
    by_consent = models.BooleanField(default=False)
    duplicate_of = models.ForeignKey(
        Candidate, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    reapprove_on = models.DateField(null=True, blank=True)
    quality_bar = models.CharField(max_length=200, blank=True)
    as_seen = models.JSONField(default=dict, blank=True)
    assessment = models.ForeignKey(Assessment, on_delete=models.PROTECT, null=True, related_name="decisions")
    verdict = models.CharField(max_length=9, choices=Verdict.choices)
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
            models.CheckConstraint(
                condition=Q(candidate__isnull=False) | Q(workload__isnull=False),
                name="decision_is_of_something",
            ),
            models.CheckConstraint(
                condition=~Q(verdict="duplicate") | Q(duplicate_of__isnull=False),
                name="decision_duplicate_says_of_what",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.candidate.key if self.candidate else self.workload} {self.get_verdict_display()}"
