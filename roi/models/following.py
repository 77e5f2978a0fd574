"""What follows from a decision: tripwires, measurements with their samples, and actions."""

from typing import Any

from django.db import models
from django.db.models import Q

from aiops.models import User
from backlog.models import Candidate
from roi.models.decision import Decision
from roi.models.review import AgendaItem, Review
from workloads.models import Workload


class OfCandidateQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: Any) -> "OfCandidateQuerySet":
        return self.filter(candidate__in=Candidate.objects.visible_to(user))


class Tripwire(models.Model):
    """A condition agreed at approval: stop and look when it holds for so many weeks in a row.

    `quantity` is an input of the assessment; `level` is in its unit (shares 0 to 1, minutes, items a year, money).
    """

    class Quantity(models.TextChoices):
        ACCEPTED_SHARE = "accepted_share", "accepted share"
        AUTOMATION_SHARE = "automation_share", "share automated"
        VOLUME = "volume", "volume a year"
        MINUTES = "minutes", "minutes saved an item"
        REVIEW_MINUTES = "review_minutes", "review minutes an item"
        RUN_COST = "run_cost", "run cost a year"
        COST_ITEM = "cost_item", "cost an item"
        BUILD_COST = "build_cost", "build cost so far"

    class Side(models.TextChoices):
        BELOW = "below", "under"
        ABOVE = "above", "over"

    class State(models.TextChoices):
        SET = "set", "set"
        FIRED = "fired", "fired"
        ENDED = "ended", "ended"

    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="tripwires")
    candidate = models.ForeignKey(Candidate, on_delete=models.PROTECT, related_name="tripwires")
    workload = models.ForeignKey(
        Workload, on_delete=models.PROTECT, null=True, blank=True, related_name="tripwires"
    )
    quantity = models.CharField(max_length=16, choices=Quantity.choices)
    side = models.CharField(max_length=5, choices=Side.choices)
    level = models.DecimalField(max_digits=18, decimal_places=4)
    weeks = models.PositiveSmallIntegerField(default=4)
    check_from = models.DateField(null=True, blank=True, help_text="empty: from go-live")
    note = models.CharField(max_length=200, blank=True, help_text="where the level comes from")
    state = models.CharField(max_length=5, choices=State.choices, default=State.SET)
    fired_at = models.DateTimeField(null=True, blank=True)
    seen = models.DecimalField(max_digits=18, decimal_places=4, null=True, blank=True)

    objects = OfCandidateQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["decision", "quantity", "side"], name="tripwire_once"),
            models.CheckConstraint(
                condition=~Q(state="fired") | Q(fired_at__isnull=False), name="tripwire_fired_has_time"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.candidate.key}: {self.get_quantity_display()} {self.get_side_display()} {self.level}"


class Measurement(models.Model):
    """What "measure first" asks for: which quantity, by whom, how many samples, by when.

    The timer link opens without an account: only the digest of its secret is kept. Done or cancelled links are dead.
    """

    class State(models.TextChoices):
        OPEN = "open", "open"
        DONE = "done", "done"
        CANCELLED = "cancelled", "cancelled"

    decision = models.ForeignKey(
        Decision, on_delete=models.PROTECT, null=True, blank=True, related_name="measurements"
    )
    candidate = models.ForeignKey(Candidate, on_delete=models.PROTECT, related_name="measurements")
    quantity = models.CharField(max_length=24, help_text="of an estimate")
    what = models.CharField(max_length=200, help_text="in words, for whoever measures")
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    samples_wanted = models.PositiveSmallIntegerField(default=20)
    due_on = models.DateField()
    state = models.CharField(max_length=9, choices=State.choices, default=State.OPEN)
    link_digest = models.CharField(max_length=64, blank=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)
    result = models.JSONField(
        null=True, blank=True, help_text="n, low, likely, high, before, as stored on closing"
    )

    objects = OfCandidateQuerySet.as_manager()

    class Meta:
        ordering = ["due_on", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["candidate", "quantity"], condition=Q(state="open"), name="measurement_one_open"
            ),
            models.CheckConstraint(condition=Q(samples_wanted__gte=1), name="measurement_wants_samples"),
        ]

    def __str__(self) -> str:
        return f"{self.candidate.key}: {self.what}"


class Sample(models.Model):
    """One value of a measurement: minutes of one item, or yes (1) and no (0) for a share. A retry is the same one."""

    measurement = models.ForeignKey(Measurement, on_delete=models.CASCADE, related_name="samples")
    value = models.DecimalField(max_digits=14, decimal_places=4)
    at = models.DateTimeField()
    client_id = models.CharField(max_length=40)
    struck_at = models.DateTimeField(null=True, blank=True, help_text="taken back: a wrong tap")

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["measurement", "client_id"], name="sample_once"),
            models.CheckConstraint(condition=Q(value__gte=0), name="sample_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.value}"


class ActionQuerySet(models.QuerySet["Action"]):
    def visible_to(self, user: Any) -> "ActionQuerySet":
        """One's own, and those of the reviews that one sees."""
        if not getattr(user, "is_authenticated", False):
            return self.none()
        return self.filter(Q(owner_id=user.pk) | Q(review__in=Review.objects.visible_to(user)))


class Action(models.Model):
    """Something that somebody does by a date, from a review."""

    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="actions")
    item = models.ForeignKey(
        AgendaItem, on_delete=models.SET_NULL, null=True, blank=True, related_name="actions_from_it"
    )
    text = models.CharField(max_length=300)
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="actions")
    due_on = models.DateField()
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)
    done_note = models.CharField(max_length=300, blank=True)
    dropped_at = models.DateTimeField(null=True, blank=True)

    objects = ActionQuerySet.as_manager()

    class Meta:
        ordering = ["due_on", "pk"]
        indexes = [
            models.Index(fields=["due_on"], condition=Q(done_at=None, dropped_at=None), name="action_open")
        ]

    def __str__(self) -> str:
        return self.text

    @property
    def is_open(self) -> bool:
        return self.done_at is None and self.dropped_at is None
