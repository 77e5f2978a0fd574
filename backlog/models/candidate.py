"""Candidates, and who has had them since when."""

from typing import Any

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models
from django.db.models import F, Max, Q

from aiops import permissions
from aiops.models import BusinessUnit, User
from aiops.permissions import Permission
from backlog.models.planning import Team


class State(models.TextChoices):
    DRAFT = "draft", "draft"
    RECEIVED = "received", "received"
    SIZING = "sizing", "being sized"
    IN_REVIEW = "in_review", "in review"
    APPROVED = "approved", "approved"
    BUILDING = "building", "building"
    LIVE = "live", "live"
    DEFERRED = "deferred", "deferred"
    MEASURING = "measuring", "measure first"
    REJECTED = "rejected", "rejected"
    WITHDRAWN = "withdrawn", "withdrawn"
    DUPLICATE = "duplicate", "duplicate"
    RETIRED = "retired", "retired"


S = State
DECIDED = (S.APPROVED, S.DEFERRED, S.MEASURING, S.REJECTED, S.DUPLICATE)
OPEN = (S.RECEIVED, S.SIZING, S.IN_REVIEW, S.DEFERRED, S.MEASURING)
STRIP = (S.RECEIVED, S.SIZING, S.IN_REVIEW, S.BUILDING, S.LIVE)

MOVES: dict[str, tuple[str, ...]] = {
    S.DRAFT: (S.RECEIVED, S.WITHDRAWN),
    S.RECEIVED: (S.SIZING, S.IN_REVIEW, S.WITHDRAWN, S.DUPLICATE),
    S.SIZING: (S.IN_REVIEW, S.WITHDRAWN, S.DUPLICATE),
    S.IN_REVIEW: (*DECIDED, S.SIZING, S.WITHDRAWN),
    S.DEFERRED: (*DECIDED, S.IN_REVIEW, S.SIZING, S.WITHDRAWN),
    S.MEASURING: (*DECIDED, S.IN_REVIEW, S.SIZING, S.WITHDRAWN),
    S.APPROVED: (S.BUILDING, S.LIVE, S.RETIRED),
    S.BUILDING: (S.LIVE, S.RETIRED),
    S.LIVE: (S.RETIRED,),
    S.REJECTED: (S.RECEIVED,),
    S.WITHDRAWN: (S.RECEIVED, S.DRAFT),
    S.DUPLICATE: (S.RECEIVED,),
    S.RETIRED: (),
}


class CandidateQuerySet(models.QuerySet["Candidate"]):
    def visible_to(self, user: Any) -> "CandidateQuerySet":
        """Own ones always; the unit's and, for readers of the portfolio, all others once submitted."""
        if not getattr(user, "is_authenticated", False):
            return self.none()
        # A draft that was withdrawn was never shown to anybody and stays so.
        own, submitted = Q(owner_id=user.pk), Q(submitted_at__isnull=False)
        if permissions.scope(user, Permission.READ_PORTFOLIO).everything:
            return self.filter(own | submitted)
        where = permissions.scope(user, Permission.READ_UNIT)
        unit = Q() if where.everything else Q(unit_id__in=where.unit_ids)
        return self.filter(own | Q(assessor_id=user.pk) | (submitted & unit if where else Q(pk=None)))

    def open(self) -> "CandidateQuerySet":
        """Submitted, not decided for good: what the board ranks."""
        return self.filter(state__in=OPEN)

    def next_number(self) -> int:
        return (self.aggregate(most=Max("number"))["most"] or 0) + 1


class Candidate(models.Model):
    """Work that AI might take over, with an owner in the business."""

    class Klass(models.TextChoices):
        BUSINESS_AI = "business_ai", "business AI"
        AI_FOR_OPS = "ai_for_ops", "AI for Ops"
        OPS_FOR_AI = "ops_for_ai", "Ops for AI"

    class Risk(models.TextChoices):
        LOW = "low", "low"
        MEDIUM = "medium", "medium"
        HIGH = "high", "high"

    class Sureness(models.TextChoices):
        MEASURED = "measured", "I counted or timed it"
        FAIRLY_SURE = "fairly_sure", "Fairly sure"
        GUESS = "guess", "It is a guess"

    class Period(models.TextChoices):
        DAY = "day", "a day"
        WEEK = "week", "a week"
        MONTH = "month", "a month"
        YEAR = "year", "a year"

    class Share(models.TextChoices):
        ALL = "all", "all of their time"
        THREE_QUARTERS = "three_quarters", "about three quarters"
        HALF = "half", "about half their time"
        QUARTER = "quarter", "about a quarter"
        HOUR_A_DAY = "hour_a_day", "about an hour a day"

    number = models.PositiveIntegerField(unique=True)
    title = models.CharField(max_length=120, blank=True)
    description = models.TextField(blank=True)
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="candidates")
    unit = models.ForeignKey(BusinessUnit, on_delete=models.PROTECT, related_name="candidates")
    klass = models.CharField("class", max_length=12, choices=Klass.choices, default=Klass.BUSINESS_AI)
    systems = models.CharField(max_length=300, blank=True)
    risk_tier = models.CharField(max_length=8, choices=Risk.choices, blank=True)
    who_does_it = models.CharField(max_length=120, blank=True)
    count = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    period = models.CharField(max_length=6, choices=Period.choices, default=Period.MONTH)
    minutes = models.DecimalField(max_digits=10, decimal_places=2, null=True, blank=True)
    people = models.DecimalField(max_digits=8, decimal_places=1, null=True, blank=True)
    share = models.CharField(max_length=16, choices=Share.choices, blank=True)
    sureness = models.CharField(max_length=12, choices=Sureness.choices, default=Sureness.FAIRLY_SURE)
    state = models.CharField(max_length=12, choices=State.choices, default=State.DRAFT)
    assessor = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    deferred_until = models.DateField(null=True, blank=True)
    team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, blank=True, related_name="candidates")
    rate_job = models.CharField(max_length=80, blank=True)
    token_model = models.CharField(max_length=160, blank=True, help_text="provider/model of the price book")
    horizon_months = models.PositiveSmallIntegerField(null=True, blank=True)
    discount_rate = models.DecimalField(max_digits=5, decimal_places=4, null=True, blank=True)
    external_id = models.CharField(max_length=80, blank=True)
    filed_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", help_text="if not the owner"
    )
    funder = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", help_text="whose budget pays"
    )
    parked_until = models.DateField(null=True, blank=True)
    parked_why = models.CharField(max_length=200, blank=True)
    merged_into = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="merged"
    )
    form_version = models.ForeignKey(
        "backlog.FormVersion", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    answers = models.JSONField(default=dict, blank=True, help_text="by field name of the form version")
    search = models.GeneratedField(
        expression=SearchVector("title", weight="A", config="english")
        + SearchVector("description", weight="B", config="english"),
        output_field=SearchVectorField(),
        db_persist=True,
    )
    client_token = models.CharField(max_length=40, blank=True)
    simulated = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True, blank=True)

    objects = CandidateQuerySet.as_manager()

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.CheckConstraint(condition=Q(count=None) | Q(count__gt=0), name="candidate_count_positive"),
            models.CheckConstraint(
                condition=Q(minutes=None) | Q(minutes__gt=0), name="candidate_minutes_positive"
            ),
            models.CheckConstraint(
                condition=Q(people=None) | Q(people__gt=0), name="candidate_people_positive"
            ),
            models.CheckConstraint(
                condition=~Q(state="deferred") | Q(deferred_until__isnull=False),
                name="candidate_deferred_has_date",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "withdrawn"]) | Q(submitted_at__isnull=False),
                name="candidate_submitted_has_time",
            ),
            models.CheckConstraint(
                condition=Q(horizon_months=None) | Q(horizon_months__gte=1, horizon_months__lte=120),
                name="candidate_horizon",
            ),
            models.CheckConstraint(
                condition=Q(discount_rate=None) | Q(discount_rate__gte=0, discount_rate__lte=1),
                name="candidate_discount_rate",
            ),
            models.UniqueConstraint(
                fields=["owner", "client_token"], condition=~Q(client_token=""), name="candidate_token_once"
            ),
            models.UniqueConstraint(
                fields=["external_id"], condition=~Q(external_id=""), name="candidate_external_id_once"
            ),
            models.CheckConstraint(
                condition=Q(parked_until=None) | ~Q(parked_why=""), name="candidate_parked_has_reason"
            ),
            models.CheckConstraint(
                condition=Q(merged_into=None) | ~Q(merged_into=F("pk")),
                name="candidate_not_merged_into_itself",
            ),
        ]
        indexes = [GinIndex(fields=["search"], name="candidate_search")]

    def __str__(self) -> str:
        return f"{self.key} {self.title}".strip()

    @property
    def key(self) -> str:
        return f"C-{self.number}"

    @property
    def is_open(self) -> bool:
        return self.state in (State.DRAFT, *OPEN)

    def may_move_to(self, state: str) -> bool:
        return state in MOVES[self.state]


class StageEntry(models.Model):
    """A candidate's stay in one state: who has it and since when."""

    candidate = models.ForeignKey(Candidate, on_delete=models.CASCADE, related_name="stages")
    state = models.CharField(max_length=12, choices=State.choices)
    holder = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    holder_role = models.CharField(max_length=60, blank=True)
    entered_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["entered_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["candidate"], condition=Q(left_at=None), name="stage_one_current"
            ),
            models.CheckConstraint(
                condition=Q(left_at=None) | Q(left_at__gte=F("entered_at")), name="stage_forward"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.candidate}: {self.get_state_display()}"

    @property
    def held_by(self) -> str:
        return str(self.holder) if self.holder_id else self.holder_role
