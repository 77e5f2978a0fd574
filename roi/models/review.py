"""The weekly ROI review: who meets when, each meeting, its agenda, and what members say before it."""

from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from aiops import permissions
from aiops.models import BusinessUnit, User
from aiops.permissions import Permission
from backlog.models import Candidate
from roi.models.assessment import Assessment
from workloads.models import Workload


class SeriesQuerySet(models.QuerySet["Series"]):
    def visible_to(self, user: Any) -> "SeriesQuerySet":
        """Chair, members, and who reads the portfolio of its unit (of all units, where it covers all)."""
        if not getattr(user, "is_authenticated", False):
            return self.none()
        where = permissions.scope(user, Permission.READ_PORTFOLIO)
        if where.everything:
            return self.all()
        mine = Q(chair_id=user.pk) | Q(members__user_id=user.pk) | Q(unit_id__in=where.unit_ids)
        return self.filter(mine).distinct()


class Series(models.Model):
    """A recurring review of one unit, or of the whole company (unit is null). Times are of its time zone."""

    name = models.CharField(max_length=80)
    unit = models.ForeignKey(BusinessUnit, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    chair = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    first_on = models.DateField(help_text="gives the weekday too")
    start_time = models.TimeField()
    time_zone = models.CharField(max_length=60, default="UTC")
    every_weeks = models.PositiveSmallIntegerField(
        default=1, validators=[MinValueValidator(1), MaxValueValidator(12)]
    )
    minutes = models.PositiveSmallIntegerField(
        default=30, validators=[MinValueValidator(10), MaxValueValidator(240)]
    )
    most_items = models.PositiveSmallIntegerField(
        default=6, validators=[MinValueValidator(1), MaxValueValidator(30)], help_text="to discuss"
    )
    freeze_hours = models.PositiveSmallIntegerField(default=48, validators=[MaxValueValidator(240)])
    consent_below = models.DecimalField(
        max_digits=14,
        decimal_places=2,
        null=True,
        blank=True,
        help_text="money at stake below which an item goes to the consent list; empty: the proposal alone decides",
    )
    votes = models.BooleanField(default=False)
    quorum = models.PositiveSmallIntegerField(default=0, help_text="members who must be there; 0: no quorum")
    place = models.CharField(max_length=300, blank=True, help_text="a room or the link of the call")
    ended_on = models.DateField(null=True, blank=True)
    simulated = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    objects = SeriesQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        verbose_name_plural = "series"

    def __str__(self) -> str:
        return self.name


class Member(models.Model):
    """Somebody who sits in a review: reads the pre-read, may object, may vote where voting is on."""

    series = models.ForeignKey(Series, on_delete=models.CASCADE, related_name="members")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["user__name", "pk"]
        constraints = [models.UniqueConstraint(fields=["series", "user"], name="review_member_once")]

    def __str__(self) -> str:
        return f"{self.user} in {self.series}"


class ReviewQuerySet(models.QuerySet["Review"]):
    def visible_to(self, user: Any) -> "ReviewQuerySet":
        return self.filter(series__in=Series.objects.visible_to(user))


class Review(models.Model):
    """One meeting. `revision` grows with every change that others in the meeting must see.

    `minutes_content` is written once, when it closes, with its hash; a trigger keeps a closed one.
    """

    class State(models.TextChoices):
        PLANNED = "planned", "planned"
        FROZEN = "frozen", "pre-read out"
        RUNNING = "running", "under way"
        CLOSED = "closed", "closed"
        CANCELLED = "cancelled", "cancelled"

    series = models.ForeignKey(Series, on_delete=models.PROTECT, related_name="reviews")
    number = models.PositiveIntegerField(unique=True)
    starts_at = models.DateTimeField()
    freeze_at = models.DateTimeField()
    minutes = models.PositiveSmallIntegerField()
    chair = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=9, choices=State.choices, default=State.PLANNED)
    frozen_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    current = models.ForeignKey(
        "AgendaItem", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    revision = models.PositiveIntegerField(default=0)
    minutes_content = models.JSONField(null=True, blank=True)
    minutes_hash = models.CharField(max_length=64, blank=True)

    objects = ReviewQuerySet.as_manager()

    class Meta:
        ordering = ["-starts_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["series", "starts_at"], name="review_slot_once"),
            models.CheckConstraint(
                condition=~Q(state="closed") | Q(closed_at__isnull=False), name="review_closed_has_time"
            ),
            models.CheckConstraint(condition=Q(freeze_at__lte=F("starts_at")), name="review_freeze_before"),
        ]

    def __str__(self) -> str:
        return f"{self.series}, {self.starts_at:%-d %b %Y}"

    @property
    def is_over(self) -> bool:
        return self.state in (self.State.CLOSED, self.State.CANCELLED)


class Presence(models.Model):
    """Who was in a meeting: first and last seen on its page, or put down by the chair."""

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="presences")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()

    class Meta:
        ordering = ["first_seen_at", "pk"]
        constraints = [models.UniqueConstraint(fields=["review", "user"], name="presence_once")]

    def __str__(self) -> str:
        return f"{self.user} at {self.review}"


class AgendaItemQuerySet(models.QuerySet["AgendaItem"]):
    def visible_to(self, user: Any) -> "AgendaItemQuerySet":
        return self.filter(review__in=Review.objects.visible_to(user))


class AgendaItem(models.Model):
    """One thing to decide, of a candidate or a workload (or an overdue action), and why it is here.

    `stake` is money of company currency that the decision moves, `missing` lists what keeps it from being ready as
    {"code", "words", "waits_for" (user id or null)}. `revision` guards against overwriting what somebody else changed.
    """

    class Reason(models.TextChoices):
        NEW = "new", "new"
        MEASURED = "measured", "the measurement came back"
        DEFERRED = "deferred", "its date has come"
        TRIPWIRE = "tripwire", "tripwire fired"
        EXPIRES = "expires", "approval expires"
        BUDGET = "budget", "budget runs out"
        INCIDENT = "incident", "incident needs an answer"
        ACTION = "action", "action overdue"
        CARRIED = "carried", "carried over"
        ADDED = "added", "added by the chair"

    class Section(models.TextChoices):
        DISCUSS = "discuss", "to discuss"
        CONSENT = "consent", "by consent"
        CARRIED = "carried", "carried over"
        NOT_READY = "not_ready", "not ready"
        DROPPED = "dropped", "dropped"

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="items")
    candidate = models.ForeignKey(
        Candidate, on_delete=models.PROTECT, null=True, blank=True, related_name="agenda_items"
    )
    workload = models.ForeignKey(
        Workload, on_delete=models.PROTECT, null=True, blank=True, related_name="agenda_items"
    )
    action = models.ForeignKey(
        "Action", on_delete=models.PROTECT, null=True, blank=True, related_name="agenda_items"
    )
    reason = models.CharField(max_length=8, choices=Reason.choices)
    why = models.CharField(max_length=300, help_text="one sentence")
    section = models.CharField(max_length=9, choices=Section.choices)
    section_why = models.CharField(max_length=300, blank=True, help_text="why it is in this section")
    position = models.PositiveSmallIntegerField(default=0)
    minutes = models.PositiveSmallIntegerField(default=5)
    stake = models.DecimalField(max_digits=18, decimal_places=2, null=True, blank=True)
    missing = models.JSONField(default=list)
    proposed = models.CharField(max_length=9, blank=True, help_text="a verdict")
    proposed_why = models.CharField(max_length=300, blank=True, help_text="the rule behind it")
    placed_by_hand = models.BooleanField(default=False)
    pulled_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    pulled_why = models.CharField(max_length=300, blank=True)
    opened_at = models.DateTimeField(null=True, blank=True)
    seconds = models.PositiveIntegerField(default=0, help_text="talked about so far")
    done_at = models.DateTimeField(null=True, blank=True)
    revision = models.PositiveIntegerField(default=0)

    objects = AgendaItemQuerySet.as_manager()

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["review", "candidate"],
                condition=Q(candidate__isnull=False),
                name="agenda_candidate_once",
            ),
            models.UniqueConstraint(
                fields=["review", "workload", "reason"],
                condition=Q(workload__isnull=False),
                name="agenda_workload_once",
            ),
            models.UniqueConstraint(
                fields=["review", "action"], condition=Q(action__isnull=False), name="agenda_action_once"
            ),
            models.CheckConstraint(
                condition=Q(candidate__isnull=False) | Q(workload__isnull=False) | Q(action__isnull=False),
                name="agenda_item_is_of_something",
            ),
        ]

    def __str__(self) -> str:
        return str(self.candidate or self.workload or self.action)

    @property
    def stake_per_minute(self) -> Any:
        return None if self.stake is None else self.stake / max(self.minutes, 1)


class PreRead(models.Model):
    """One page of an item as it stood when the pre-read was frozen. A trigger keeps it."""

    item = models.OneToOneField(AgendaItem, on_delete=models.CASCADE, related_name="pre_read")
    assessment = models.ForeignKey(Assessment, on_delete=models.PROTECT, null=True, related_name="+")
    content = models.JSONField()
    content_hash = models.CharField(max_length=64, help_text="SHA-256 of the canonical JSON")
    frozen_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"pre-read of {self.item}"


class Answer(models.Model):
    """What a member says of an item before the meeting."""

    class Kind(models.TextChoices):
        FINE = "fine", "fine with me"
        TALK = "talk", "I want to talk"
        QUESTION = "question", "a question"

    item = models.ForeignKey(AgendaItem, on_delete=models.CASCADE, related_name="answers")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    text = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["item", "by"], name="pre_read_answer_once"),
            models.CheckConstraint(
                condition=~Q(kind="question") | ~Q(text=""), name="pre_read_question_has_words"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.by}: {self.get_kind_display()}"


class Voice(models.Model):
    """An objection or a vote in the meeting, minuted. The newest of a person and kind counts."""

    class Kind(models.TextChoices):
        OBJECTION = "objection", "objection"
        VOTE = "vote", "vote"

    item = models.ForeignKey(AgendaItem, on_delete=models.CASCADE, related_name="voices")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=9, choices=Kind.choices)
    verdict = models.CharField(max_length=9, blank=True, help_text="of a vote")
    text = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["item", "by", "kind"], name="voice_once"),
            models.CheckConstraint(condition=~Q(kind="objection") | ~Q(text=""), name="objection_has_words"),
        ]

    def __str__(self) -> str:
        return f"{self.by}: {self.get_kind_display()}"
