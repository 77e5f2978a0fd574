"""The keys that senders of telemetry and outcomes hold."""

import hashlib

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from aiops import permissions
from aiops.permissions import Permission
from workloads.models.rows import WorkloadRowQuerySet

TELEMETRY_WRITE = "telemetry:write"
OUTCOMES_WRITE = "outcomes:write"
SCOPES = {TELEMETRY_WRITE: "send telemetry", OUTCOMES_WRITE: "send outcomes"}


def digest_of(plain: str) -> str:
    """What is stored of a key: enough to recognise it, too little to use it."""
    return hashlib.sha256(plain.encode()).hexdigest()


class IngestKeyQuerySet(WorkloadRowQuerySet):
    def visible_to(self, user):
        """Keys of the workloads that somebody sees; those of an environment for IT of the whole company."""
        seen = super().visible_to(user)
        connects = permissions.scope(user, Permission.CONNECT).everything
        return self.filter(Q(pk__in=seen.values("pk")) | Q(workload=None)) if connects else seen

    def by_plain(self, plain: str):
        """The key that this text is, usable or not; None when nobody issued it."""
        return self.select_related("workload__mapping").filter(digest=digest_of(plain)).first()


class IngestKey(models.Model):
    """Lets one program write to one workload, or all programs of an environment to the workloads that IT gave
    them to by their service names. The key itself is shown once and stored as a digest."""

    workload = models.ForeignKey(
        "workloads.Workload", models.PROTECT, null=True, blank=True, related_name="ingest_keys"
    )
    environment = models.CharField(
        max_length=200, blank=True, help_text="of all calls that come with it; empty: as each call says"
    )
    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=12)
    digest = models.CharField(max_length=64, unique=True)
    scopes = ArrayField(models.CharField(max_length=40))
    created_by = models.ForeignKey("aiops.User", models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    objects = IngestKeyQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(scopes__contained_by=list(SCOPES)) & Q(scopes__len__gt=0),
                name="ingest_key_known_scopes",
            ),
            models.CheckConstraint(
                condition=Q(workload__isnull=False, environment="")
                | Q(workload=None, scopes__contained_by=[TELEMETRY_WRITE]),
                name="ingest_key_of_workload_or_environment",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    @property
    def reach(self) -> str:
        """What it writes to, in words."""
        if self.workload is not None:
            return str(self.workload)
        return f"environment {self.environment}" if self.environment else "every environment"

    def is_usable(self, at) -> bool:
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > at)
