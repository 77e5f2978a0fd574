"""Triage: one step with what is needed to take it back, and what IT says of a candidate in a line."""

from typing import Any

from django.db import models
from django.db.models import Q

from aiops.models import User
from backlog.models.candidate import Candidate


class TriageStepQuerySet(models.QuerySet["TriageStep"]):
    def visible_to(self, user: Any) -> "TriageStepQuerySet":
        return self.filter(by_id=getattr(user, "pk", None))


class TriageStep(models.Model):
    """One verb on one or many candidates. `before` holds, by candidate id, what undoing needs."""

    class Verb(models.TextChoices):
        ASK = "ask", "ask"
        SIZE = "size", "size"
        MEASURE = "measure", "measure"
        MERGE = "merge", "merge"
        PARK = "park", "park"
        SEND = "send", "send to review"

    verb = models.CharField(max_length=8, choices=Verb.choices)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    before = models.JSONField()
    undone_at = models.DateTimeField(null=True, blank=True)

    objects = TriageStepQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.get_verb_display()} by {self.by}"


class Feasibility(models.Model):
    """Can it be built here? One line of IT, needed before a review decides."""

    class Verdict(models.TextChoices):
        YES = "yes", "can be built"
        EFFORT = "effort", "can be built, with effort"
        NO = "no", "cannot be built now"

    candidate = models.OneToOneField(Candidate, on_delete=models.CASCADE, related_name="feasibility")
    verdict = models.CharField(max_length=6, choices=Verdict.choices)
    line = models.CharField(max_length=200)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "feasibilities"
        constraints = [models.CheckConstraint(condition=~Q(line=""), name="feasibility_has_line")]

    def __str__(self) -> str:
        return f"{self.candidate.key}: {self.get_verdict_display()}"
