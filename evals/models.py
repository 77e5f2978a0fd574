"""Datasets with their cases, suites, runs with their results, and frozen drift references."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from aiops.models import User
from evals.calc.intervals import Interval
from evals.calc.verdict import rate_sentence

if TYPE_CHECKING:
    from aiops.models import BusinessUnit


class WorkloadRowQuerySet(models.QuerySet[Any]):
    """Rows that hang on a workload and are seen by whoever sees it."""

    workload_path = "workload"

    def visible_to(self, user: User) -> WorkloadRowQuerySet:
        """What `user` may know of: everything of the workloads they see."""
        workload = self.model._meta.apps.get_model("workloads", "Workload")
        return self.filter(**{f"{self.workload_path}__in": workload.objects.visible_to(user)})


class RunQuerySet(WorkloadRowQuerySet):
    workload_path = "suite__workload"


class Proposable(models.Model):
    """Something an owner may propose and only an evaluator approves; proposed ones run by hand alone."""

    class State(models.TextChoices):
        PROPOSED = "proposed", "proposed"
        APPROVED = "approved", "approved"

    state = models.CharField(max_length=10, choices=State.choices, default=State.PROPOSED)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    approved_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    approved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=Q(state="proposed", approved_by=None, approved_at=None)
                | Q(state="approved", approved_by__isnull=False, approved_at__isnull=False),
                name="%(class)s_approved_by_whom",
            )
        ]

    @property
    def is_approved(self) -> bool:
        return self.state == self.State.APPROVED


class Dataset(models.Model):
    """A version of a golden set: cases with what a right answer is. Its cases never change."""

    workload = models.ForeignKey("workloads.Workload", on_delete=models.PROTECT, related_name="datasets")
    name = models.CharField(max_length=120)
    version = models.PositiveIntegerField()
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()

    objects = WorkloadRowQuerySet.as_manager()

    class Meta:
        ordering = ["name", "-version", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["workload", "name", "version"], name="dataset_version_once"),
            models.CheckConstraint(condition=Q(version__gte=1), name="dataset_version_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.name}, version {self.version}"

    @property
    def unit(self) -> BusinessUnit:
        return self.workload.unit


class Case(models.Model):
    """One input with its expected answer and, where the workload was asked elsewhere, the recorded output."""

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="cases")
    key = models.CharField(max_length=120)
    input = models.TextField()
    expected = models.TextField()
    output = models.TextField(blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["dataset", "key"], name="case_key_once")]

    def __str__(self) -> str:
        return self.key


def in_percent(share: Decimal) -> str:
    """0.97 is "97 %", 0.975 is "97.5 %": a bar is shown as it was set."""
    return f"{float(share) * 100:g} %"


class Suite(Proposable):
    """What is asked of a workload: a dataset, a grader, a quality bar, and who answers the cases."""

    class Grader(models.TextChoices):
        EXACT = "exact", "the same text"
        NUMERIC = "numeric", "the same figure"

    workload = models.ForeignKey("workloads.Workload", on_delete=models.PROTECT, related_name="suites")
    name = models.CharField(max_length=120)
    dataset = models.ForeignKey(Dataset, on_delete=models.PROTECT, related_name="suites")
    grader = models.CharField(max_length=10, choices=Grader.choices)
    tolerance = models.DecimalField(max_digits=14, decimal_places=6, default=Decimal(0))
    relative = models.BooleanField(default=False, help_text="the tolerance is a share of the expected figure")
    target = models.DecimalField(
        max_digits=5,
        decimal_places=4,
        validators=[MinValueValidator(0), MaxValueValidator(1)],
        help_text="the share of cases that must be right: the quality bar",
    )
    confidence = models.DecimalField(max_digits=4, decimal_places=3, default=Decimal("0.95"))
    connection = models.ForeignKey(
        "integrations.Connection",
        on_delete=models.PROTECT,
        related_name="suites",
        null=True,
        blank=True,
        help_text="the endpoint that answers; without one the recorded outputs are graded",
    )
    model = models.CharField(max_length=120, blank=True)
    system_prompt = models.TextField(blank=True)
    check_of = models.OneToOneField(
        "workloads.Check", on_delete=models.PROTECT, related_name="suite", db_column="check_id"
    )

    objects = WorkloadRowQuerySet.as_manager()

    class Meta(Proposable.Meta):
        ordering = ["name", "pk"]
        constraints = [
            *Proposable.Meta.constraints,
            models.UniqueConstraint(fields=["workload", "name"], name="suite_name_once"),
            models.CheckConstraint(condition=Q(target__gt=0, target__lte=1), name="suite_target_share"),
            models.CheckConstraint(condition=Q(confidence__gt=0, confidence__lt=1), name="suite_confidence"),
            models.CheckConstraint(condition=Q(tolerance__gte=0), name="suite_tolerance_positive"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def bar(self) -> str:
        return in_percent(self.target)

    @property
    def unit(self) -> BusinessUnit:
        return self.workload.unit


class Run(models.Model):
    """One pass over a dataset. What was asked is copied, so that later edits change no history."""

    suite = models.ForeignKey(Suite, on_delete=models.PROTECT, related_name="runs")
    check_run = models.OneToOneField("workloads.CheckRun", on_delete=models.PROTECT, related_name="eval_run")
    dataset = models.ForeignKey(Dataset, on_delete=models.PROTECT, related_name="runs")
    model = models.CharField(max_length=120, blank=True)
    target = models.DecimalField(max_digits=5, decimal_places=4)
    confidence = models.DecimalField(max_digits=4, decimal_places=3)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    passed = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(
        default=0, help_text="graded cases; those without an answer are not in it"
    )
    errors = models.PositiveIntegerField(default=0)
    low = models.FloatField(null=True, blank=True)
    high = models.FloatField(null=True, blank=True)

    objects = RunQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(passed__lte=F("total")), name="run_passed_of_total"),
            models.CheckConstraint(
                condition=Q(low=None, high=None)
                | Q(low__isnull=False, high__isnull=False, low__gte=0, high__lte=1, low__lte=F("high")),
                name="run_interval_ordered",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.suite}, {self.created_at:%Y-%m-%d %H:%M}"

    @property
    def rate(self) -> float | None:
        """The share of graded cases that were right, or None before any was graded."""
        return self.passed / self.total if self.total else None

    @property
    def wrong(self) -> int:
        return self.total - self.passed

    @property
    def bar(self) -> str:
        return in_percent(self.target)

    @property
    def bar_label(self) -> str:
        """The range bar in words, for those who do not see it."""
        if self.rate is None or self.low is None or self.high is None:
            return "not graded"
        rate = Interval(self.rate, self.low, self.high)
        return f"{rate_sentence(rate, float(self.target))}, {self.bar} asked for"

    @property
    def is_finished(self) -> bool:
        return self.finished_at is not None


class ResultQuerySet(WorkloadRowQuerySet):
    workload_path = "run__suite__workload"

    def wrong(self) -> ResultQuerySet:
        return self.filter(passed=False)

    def right(self) -> ResultQuerySet:
        return self.filter(passed=True)

    def without_answer(self) -> ResultQuerySet:
        return self.filter(passed=None)


class Result(models.Model):
    """What became of one case in one run: right, wrong, or (passed is null) no answer and why."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="results")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="results")
    output = models.TextField(blank=True)
    passed = models.BooleanField(null=True)
    score = models.FloatField(null=True, blank=True)
    why = models.CharField(max_length=200, blank=True)
    error = models.CharField(max_length=300, blank=True)
    latency_ms = models.PositiveIntegerField(null=True, blank=True)
    input_tokens = models.PositiveBigIntegerField(default=0)
    output_tokens = models.PositiveBigIntegerField(default=0)
    graded_at = models.DateTimeField()

    objects = ResultQuerySet.as_manager()

    class Meta:
        ordering = ["run", F("passed").asc(nulls_last=True), "pk"]
        constraints = [
            models.UniqueConstraint(fields=["run", "case"], name="result_case_once"),
            models.CheckConstraint(
                condition=Q(passed=None, score=None) & ~Q(error="")
                | Q(passed__isnull=False, score__gte=0, score__lte=1, error=""),
                name="result_graded_or_error",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id}: {self.outcome}"

    @property
    def outcome(self) -> str:
        return "no answer" if self.passed is None else "right" if self.passed else "wrong"


class ReferenceQuerySet(WorkloadRowQuerySet):
    def current(self) -> ReferenceQuerySet:
        return self.filter(replaced_at=None)


class Reference(Proposable):
    """The frozen window a drift check compares with; a new one replaces it and the old one stays."""

    workload = models.ForeignKey("workloads.Workload", on_delete=models.PROTECT, related_name="references")
    check_of = models.ForeignKey(
        "workloads.Check", on_delete=models.PROTECT, related_name="references", db_column="check_id"
    )
    start = models.DateTimeField()
    end = models.DateTimeField()
    n = models.PositiveIntegerField(help_text="calls in the window")
    replaced_at = models.DateTimeField(null=True, blank=True)

    objects = ReferenceQuerySet.as_manager()

    class Meta(Proposable.Meta):
        ordering = ["-created_at", "-pk"]
        constraints = [
            *Proposable.Meta.constraints,
            models.UniqueConstraint(
                fields=["check_of"], condition=Q(replaced_at=None), name="reference_current_once"
            ),
            models.CheckConstraint(condition=Q(end__gt=F("start")), name="reference_window_forward"),
        ]

    def __str__(self) -> str:
        return f"{self.start:%Y-%m-%d} to {self.end:%Y-%m-%d}"

    @property
    def unit(self) -> BusinessUnit:
        return self.workload.unit

    def covers(self, moment: datetime) -> bool:
        return self.start <= moment < self.end


class ReferenceFeature(models.Model):
    """One feature of a reference: bin edges, counts per bin, day medians. A trigger keeps it frozen."""

    reference = models.ForeignKey(Reference, on_delete=models.CASCADE, related_name="features")
    feature = models.CharField(max_length=40)
    edges = ArrayField(models.FloatField())
    counts = ArrayField(models.PositiveIntegerField())
    day_medians = ArrayField(models.FloatField())
    median = models.FloatField()

    class Meta:
        ordering = ["reference", "feature"]
        constraints = [
            models.UniqueConstraint(fields=["reference", "feature"], name="reference_feature_once")
        ]

    def __str__(self) -> str:
        return self.feature
