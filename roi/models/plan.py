"""A portfolio scenario: what was asked of the planner, and what it answered."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from aiops import permissions
from aiops.models import User
from aiops.permissions import Permission


class PlanQuerySet(models.QuerySet["Plan"]):
    def visible_to(self, user: Any) -> "PlanQuerySet":
        """Plans hold the money of all units: for those who read money everywhere."""
        if not getattr(user, "is_authenticated", False):
            return self.none()
        return self if permissions.scope(user, Permission.READ_MONEY).everything else self.none()

    def published(self) -> "PlanQuerySet":
        """Solved and shown to the owners of what is in and what is out; the newest first."""
        return self.filter(is_published=True, state=Plan.State.DONE).order_by("-solved_at", "-pk")


class Plan(models.Model):
    """A named scenario. `settings` is the question, `result` the answer to exactly that question.

    settings: budget, quarters, capacity [{role, quarter, days}], must, never (candidate numbers), max_high_risk,
    cvar_floor, correlation. result: keys of roi.calc.portfolio with candidate numbers; money in `currency`.
    """

    class State(models.TextChoices):
        QUEUED = "queued", "waiting"
        COMPUTING = "computing", "computing"
        DONE = "done", "done"
        FAILED = "failed", "failed"

    name = models.CharField(max_length=80)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="plans")
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    settings = models.JSONField(default=dict)
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    # Counts what was asked: an answer to an older question is dropped, never stored over a newer one.
    revision = models.PositiveIntegerField(default=1)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    error = models.CharField(max_length=400, blank=True)
    result = models.JSONField(default=dict)
    solved_at = models.DateTimeField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    is_published = models.BooleanField(default=False)

    objects = PlanQuerySet.as_manager()

    class Meta:
        ordering = ["-changed_at", "-pk"]
        constraints = [
            models.UniqueConstraint(Lower("name"), name="plan_name_once"),
            models.CheckConstraint(
                condition=~Q(state="done") | Q(solved_at__isnull=False), name="plan_done_has_time"
            ),
        ]

    def __str__(self) -> str:
        return self.name
