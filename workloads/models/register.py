"""The register: what a workload is made of, in which version, since when; and how many people use it."""

from django.db import models
from django.db.models import F, Q

from aiops.models import BusinessUnit, User
from workloads.models.checks import OfWorkload
from workloads.models.inventory import Workload


class Component(models.Model):
    """A model, prompt, pipeline, tool, dataset or release that a workload uses."""

    class Kind(models.TextChoices):
        MODEL = "model", "model"
        PROMPT = "prompt", "prompt"
        PIPELINE = "pipeline", "pipeline"
        TOOL = "tool", "tool"
        DATASET = "dataset", "dataset"
        RELEASE = "release", "release"

    workload = models.ForeignKey(Workload, on_delete=models.PROTECT, related_name="components")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    name = models.CharField(max_length=200)
    note = models.CharField(max_length=300, blank=True)

    objects = OfWorkload.as_manager()

    class Meta:
        ordering = ["workload_id", "kind", "name"]
        constraints = [
            models.UniqueConstraint(fields=["workload", "kind", "name"], name="component_once"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.name}"


class ComponentVersion(models.Model):
    """A version in use from `seen_from` to `seen_to` (the last time it was seen, or the day somebody ended it)."""

    component = models.ForeignKey(Component, on_delete=models.CASCADE, related_name="versions")
    version = models.CharField(max_length=120, blank=True)
    seen_from = models.DateTimeField()
    seen_to = models.DateTimeField(null=True, blank=True)
    by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", help_text="None: telemetry"
    )
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-seen_from", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["component", "version"], name="component_version_once"),
            models.CheckConstraint(
                condition=Q(seen_to=None) | Q(seen_to__gte=F("seen_from")), name="component_version_forward"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.component} {self.version}".strip()


class ActivePerson(models.Model):
    """That somebody used a workload in a week: a digest that cannot be turned back into a name, for counting only."""

    workload = models.ForeignKey(Workload, on_delete=models.CASCADE, related_name="+", db_index=False)
    week = models.DateField(help_text="its Monday")
    digest = models.BinaryField(max_length=16)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workload", "week", "digest"], name="active_person_once"),
        ]

    def __str__(self) -> str:
        return f"somebody, week of {self.week:%Y-%m-%d}"


class Adoption(models.Model):
    """Of a unit in a week: who could use a workload, how much work was offered to it and how much it took."""

    workload = models.ForeignKey(Workload, on_delete=models.PROTECT, related_name="adoption")
    unit = models.ForeignKey(BusinessUnit, on_delete=models.PROTECT, related_name="+")
    week = models.DateField(help_text="its Monday")
    eligible = models.PositiveIntegerField(null=True, blank=True)
    active = models.PositiveIntegerField(null=True, blank=True)
    volume = models.PositiveBigIntegerField(null=True, blank=True, help_text="all work items of the week")
    offered = models.PositiveBigIntegerField(null=True, blank=True)
    taken = models.PositiveBigIntegerField(null=True, blank=True)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    objects = OfWorkload.as_manager()

    class Meta:
        ordering = ["-week", "unit__name"]
        constraints = [
            models.UniqueConstraint(fields=["workload", "unit", "week"], name="adoption_once"),
            models.CheckConstraint(
                condition=Q(active=None) | Q(eligible=None) | Q(active__lte=F("eligible")),
                name="adoption_active_among_eligible",
            ),
            models.CheckConstraint(
                condition=Q(offered=None) | Q(volume=None) | Q(offered__lte=F("volume")),
                name="adoption_offered_of_volume",
            ),
            models.CheckConstraint(
                condition=Q(taken=None) | Q(offered=None) | Q(taken__lte=F("offered")),
                name="adoption_taken_of_offered",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.workload}, {self.unit}, week of {self.week:%Y-%m-%d}"
