"""What a plan must know beside the money: whose posts, whose days, and what excludes or needs what."""

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from aiops import permissions
from aiops.models import BusinessUnit
from aiops.permissions import Permission


class TeamQuerySet(models.QuerySet["Team"]):
    def kept_by(self, user: Any) -> "TeamQuerySet":
        """Teams of the units in which this person sizes candidates."""
        where = permissions.scope(user, Permission.ESTIMATE)
        return self if where.everything else self.filter(unit_id__in=where.unit_ids)


class Team(models.Model):
    """The people of a unit who do a piece of work today; their posts can be set free once.

    `people` are full-time posts: candidates of one team can never free more hours than those have.
    """

    unit = models.ForeignKey(BusinessUnit, on_delete=models.PROTECT, related_name="teams")
    name = models.CharField(max_length=120)
    people = models.DecimalField(max_digits=8, decimal_places=1)

    objects = TeamQuerySet.as_manager()

    class Meta:
        ordering = ["unit__name", "name"]
        constraints = [
            models.UniqueConstraint("unit", Lower("name"), name="team_once"),
            models.CheckConstraint(condition=Q(people__gt=0), name="team_has_people"),
        ]

    def __str__(self) -> str:
        return self.name


class Effort(models.Model):
    """Days that a role spends on building a candidate."""

    class Role(models.TextChoices):
        ENGINEERING = "engineering", "engineering"
        DATA = "data", "data"
        INTEGRATION = "integration", "integration (IT)"
        BUSINESS = "business", "business"
        SECURITY = "security", "security and legal"

    candidate: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        "backlog.Candidate", on_delete=models.CASCADE, related_name="efforts"
    )
    role = models.CharField(max_length=12, choices=Role.choices)
    days = models.DecimalField(max_digits=7, decimal_places=1)

    class Meta:
        ordering = ["candidate_id", "role"]
        constraints = [
            models.UniqueConstraint(fields=["candidate", "role"], name="effort_once"),
            models.CheckConstraint(condition=Q(days__gt=0), name="effort_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.days} days of {self.get_role_display()}"


class Relation(models.Model):
    """How one candidate stands to another: excludes it, needs it, or takes a share of its benefit.

    `overlap` is the share of the smaller one's benefit that is lost when both are done; for "overlaps" only.
    """

    class Kind(models.TextChoices):
        EXCLUDES = "excludes", "only one of the two"
        NEEDS = "needs", "needs the other first"
        OVERLAPS = "overlaps", "they share part of the benefit"

    candidate: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        "backlog.Candidate", on_delete=models.CASCADE, related_name="relations"
    )
    other: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        "backlog.Candidate", on_delete=models.CASCADE, related_name="related_by"
    )
    kind = models.CharField(max_length=8, choices=Kind.choices)
    overlap = models.DecimalField(max_digits=4, decimal_places=3, null=True, blank=True)

    class Meta:
        ordering = ["candidate_id", "other_id"]
        constraints = [
            models.UniqueConstraint(fields=["candidate", "other"], name="relation_once"),
            models.CheckConstraint(condition=~Q(candidate=F("other")), name="relation_of_two"),
            models.CheckConstraint(
                condition=Q(kind="overlaps", overlap__gt=0, overlap__lte=1)
                | (~Q(kind="overlaps") & Q(overlap=None)),
                name="relation_overlap_share",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.candidate} {self.get_kind_display()} {self.other}"
