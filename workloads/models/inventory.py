"""Workloads: what is built and run, who answers for it, and the log of what changed."""

from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import connection, models
from django.db.models import F, Max, Q

from aiops import permissions
from aiops.models import BusinessUnit, User
from aiops.permissions import Permission
from backlog.models import Candidate


class Stage(models.TextChoices):
    APPROVED = "approved", "approved"
    BUILDING = "building", "building"
    PILOT = "pilot", "pilot"
    LIVE = "live", "live"
    RETIRED = "retired", "retired"


STAGE_MOVES: dict[str, tuple[str, ...]] = {
    Stage.APPROVED: (Stage.BUILDING, Stage.RETIRED),
    Stage.BUILDING: (Stage.PILOT, Stage.LIVE, Stage.RETIRED),
    Stage.PILOT: (Stage.LIVE, Stage.BUILDING, Stage.RETIRED),
    Stage.LIVE: (Stage.PILOT, Stage.RETIRED),
    Stage.RETIRED: (),
}


def take_turn(what: str) -> None:
    """Hold, until the transaction ends, the one right to hand out the next number of this kind."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"payback {what} number"])


class ContentPolicy(models.TextChoices):
    """Whether prompts and answers are kept. A sample takes whole traces, chosen by their id."""

    OFF = "off", "not kept"
    SAMPLED = "sampled", "kept for a sample of traces"
    ALL = "all", "kept"


class WorkloadQuerySet(models.QuerySet["Workload"]):
    def visible_to(self, user: Any) -> "WorkloadQuerySet":
        """The people on it, readers of its unit or of the portfolio, and IT admins."""
        if not getattr(user, "is_authenticated", False):
            return self.none()
        if any(
            permissions.scope(user, p).everything for p in (Permission.READ_PORTFOLIO, Permission.CONNECT)
        ):
            return self
        where = permissions.scope(user, Permission.READ_UNIT)
        if where.everything:
            return self
        people = Q(business_owner=user) | Q(deputy=user) | Q(builder=user) | Q(it_steward=user)
        return self.filter(people | Q(unit_id__in=where.unit_ids))

    def answered_by(self, user: User) -> "WorkloadQuerySet":
        """Those that this person owns or stands in for."""
        return self.filter(Q(business_owner=user) | Q(deputy=user))

    def next_number(self) -> int:
        """One more than the highest; others wait for the end of this transaction."""
        take_turn("workload")
        return (self.aggregate(most=Max("number"))["most"] or 0) + 1


class Workload(models.Model):
    """A deployed LLM app, agent or model, with one accountable business owner."""

    number = models.PositiveIntegerField(unique=True)
    name = models.CharField(max_length=120)
    slug = models.SlugField(max_length=120, unique=True, help_text="the name that alerts and exporters use")
    candidate = models.OneToOneField(
        Candidate, on_delete=models.PROTECT, null=True, blank=True, related_name="workload"
    )
    unit = models.ForeignKey(BusinessUnit, on_delete=models.PROTECT, related_name="workloads")
    klass = models.CharField("class", max_length=12, choices=Candidate.Klass.choices)
    business_owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="workloads_owned")
    deputy = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    builder = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    it_steward = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    stage = models.CharField(max_length=10, choices=Stage.choices, default=Stage.APPROVED)
    planned_go_live = models.DateField(null=True, blank=True)
    go_live = models.DateField(null=True, blank=True)
    first_call_at = models.DateTimeField(null=True, blank=True)
    retired_on = models.DateField(null=True, blank=True)
    spent = models.DecimalField(
        max_digits=14, decimal_places=2, default=0, help_text="company currency, to date"
    )
    monthly_budget = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    item_noun = models.CharField(max_length=40, default="item")
    simulated = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    content_policy = models.CharField(max_length=8, choices=ContentPolicy, default=ContentPolicy.OFF)
    content_percent = models.PositiveSmallIntegerField(
        default=10,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
        help_text="of the traces, when sampled",
    )
    content_days = models.PositiveSmallIntegerField(
        default=30, help_text="how long prompts and answers are kept"
    )
    calls_days = models.PositiveSmallIntegerField(default=90, help_text="how long single calls are kept")
    trusts_client_cost = models.BooleanField(
        default=True, help_text="a cost that the client sends goes before the price book"
    )

    objects = WorkloadQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(spent__gte=0), name="workload_spent_not_negative"),
            models.CheckConstraint(
                condition=Q(monthly_budget=None) | Q(monthly_budget__gt=0), name="workload_budget_positive"
            ),
            models.CheckConstraint(
                condition=~Q(stage="retired") | Q(retired_on__isnull=False), name="workload_retired_has_date"
            ),
            models.CheckConstraint(
                condition=Q(deputy=None) | ~Q(deputy=F("business_owner")), name="workload_deputy_is_another"
            ),
            models.CheckConstraint(
                condition=Q(content_percent__gte=1, content_percent__lte=100, content_days__gte=1)
                & Q(calls_days__gte=F("content_days")),
                name="workload_keeps_calls_longest",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.name}"

    @property
    def key(self) -> str:
        return f"W-{self.number}"

    @property
    def is_running(self) -> bool:
        return self.stage in (Stage.PILOT, Stage.LIVE)

    @property
    def waits_for_go_live(self) -> bool:
        """The first production call proposes a date that the owner has not confirmed."""
        return self.first_call_at is not None and self.go_live is None and self.stage != Stage.RETIRED

    def may_move_to(self, stage: str) -> bool:
        return stage in STAGE_MOVES[self.stage]

    def answers(self, user: User) -> bool:
        """True for the business owner and the deputy."""
        return user.pk in (self.business_owner_id, self.deputy_id)


class Change(models.Model):
    """One line of a workload's change log: shown beside every figure that moves."""

    class Kind(models.TextChoices):
        MODEL = "model", "model"
        PROMPT = "prompt", "prompt"
        PRICE = "price", "price"
        DATASET = "dataset", "dataset"
        PIPELINE = "pipeline", "pipeline"
        TOOL = "tool", "tool"
        RELEASE = "release", "release"
        STAGE = "stage", "stage"
        BUDGET = "budget", "budget"
        OTHER = "other", "other"

    workload = models.ForeignKey(Workload, on_delete=models.PROTECT, related_name="changes")
    at = models.DateTimeField()
    kind = models.CharField(max_length=10, choices=Kind.choices)
    summary = models.CharField(max_length=300)
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["workload", "-at"], name="change_by_time")]

    def __str__(self) -> str:
        return self.summary
