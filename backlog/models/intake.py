"""How candidates come in: the rules of intake, the form of each class, and when the next review is."""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from aiops.models import BusinessUnit, User


class Policy(models.Model):
    """The one row of rules of intake that the lead keeps."""

    waiting_days = models.PositiveSmallIntegerField(
        default=10,
        validators=[MinValueValidator(1), MaxValueValidator(90)],
        help_text="nothing waits longer without a name on it",
    )
    sizing_days = models.PositiveSmallIntegerField(
        default=5,
        validators=[MinValueValidator(1), MaxValueValidator(60)],
        help_text="days in which a new candidate's cost is sized",
    )
    largest_file_mb = models.PositiveSmallIntegerField(
        default=10, validators=[MinValueValidator(1), MaxValueValidator(25)]
    )

    class Meta:
        verbose_name_plural = "policy"
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="intake_policy_one_row")]

    def __str__(self) -> str:
        return "rules of intake"

    @classmethod
    def load(cls) -> "Policy":
        """The row, made with its defaults on first use."""
        return cls.objects.get_or_create(pk=1)[0]


class ReviewDate(models.Model):
    """When the next review of a unit (or of all) is: a dated fact that the review hands down to intake."""

    unit = models.OneToOneField(
        BusinessUnit, on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    starts_at = models.DateTimeField()
    freeze_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["unit"], nulls_distinct=False, name="review_date_once")
        ]

    def __str__(self) -> str:
        return f"next review of {self.unit or 'all units'}"


class FormVersion(models.Model):
    """What is asked beside the short form, for one class of candidate. A change is a new version.

    `fields` is a list of {"name", "label", "help", "kind", "required", "choices"}; kind is one of calc.asked.KINDS.
    `help` replaces the help of fields of the short form, by their name.
    """

    klass = models.CharField("class", max_length=12)
    version = models.PositiveIntegerField()
    fields = models.JSONField(default=list)
    help = models.JSONField(default=dict)
    note = models.CharField(max_length=200, blank=True)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["klass", "-version"]
        constraints = [models.UniqueConstraint(fields=["klass", "version"], name="form_version_once")]

    def __str__(self) -> str:
        return f"form of {self.klass}, version {self.version}"


class ColumnMapQuerySet(models.QuerySet["ColumnMap"]):
    def visible_to(self, user: Any) -> "ColumnMapQuerySet":
        return self.filter(by_id=getattr(user, "pk", None))


class ColumnMap(models.Model):
    """Which column of a file means what, remembered by a person for the next file with the same header."""

    class Purpose(models.TextChoices):
        CANDIDATES = "candidates", "candidates"
        TICKETS = "tickets", "tickets"

    purpose = models.CharField(max_length=10, choices=Purpose.choices)
    by = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    head = ArrayField(models.CharField(max_length=200))
    head_hash = models.CharField(max_length=64)
    mapping = models.JSONField(help_text="our name to the column's name")
    options = models.JSONField(
        default=dict, blank=True, help_text="day first, decimal comma, words for missing"
    )
    used_at = models.DateTimeField()

    objects = ColumnMapQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["purpose", "by", "head_hash"], name="column_map_once")]

    def __str__(self) -> str:
        return f"columns of {self.purpose}"
