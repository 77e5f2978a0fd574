"""A re-pricing: which calls get today's prices of their days, what that changes, and how far it has come."""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from aiops import permissions
from aiops.models import User
from aiops.permissions import Permission
from workloads.models.inventory import Workload
from workloads.models.usage import usd


class RepricingQuerySet(models.QuerySet["Repricing"]):
    def visible_to(self, user: Any) -> "RepricingQuerySet":
        """Readers of the money of the whole company."""
        return self if permissions.scope(user, Permission.READ_MONEY).everything else self.none()


class Repricing(models.Model):
    """Calls of some workloads, models (none named: all) and days of [start, end), previewed and then applied.

    `calls`, `old_usd` and `new_usd` are the preview; `done_*` count what is applied. `digest` is of the price book at
    the preview: applied with other prices it would not be what somebody agreed to. `reached` is the key of the last
    call that is done, so that a worker may take over where another stopped.
    """

    class State(models.TextChoices):
        PREVIEW = "preview", "a preview"
        RUNNING = "running", "under way"
        DONE = "done", "applied"

    workloads = models.ManyToManyField(Workload, related_name="+")
    model_names = ArrayField(models.CharField(max_length=200), default=list, blank=True)
    start = models.DateField()
    end = models.DateField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.PREVIEW)
    digest = models.CharField(max_length=64)
    kept_from = models.DateField(help_text="earlier calls are no longer kept and keep their cost")
    calls = models.PositiveBigIntegerField(default=0)
    old_usd = usd()
    new_usd = usd()
    by_model = models.JSONField(default=list, help_text="[model, calls, old, new] in US dollars, as text")
    done_calls = models.PositiveBigIntegerField(default=0)
    done_changed = models.PositiveBigIntegerField(default=0)
    done_usd = usd()
    reached = models.CharField(max_length=120, blank=True)
    heartbeat = models.DateTimeField(null=True, blank=True)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    applied_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    applied_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=300, blank=True)

    objects = RepricingQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(end__gt=F("start")), name="repricing_forward"),
        ]

    def __str__(self) -> str:
        return f"calls of {self.start:%Y-%m-%d} to before {self.end:%Y-%m-%d}"

    @property
    def difference_usd(self) -> Any:
        return self.new_usd - self.old_usd
