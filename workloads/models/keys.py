"""The keys that senders of telemetry and outcomes hold."""

import hashlib
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import connections, models
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


# A row's place and the transaction that wrote it: another for every change of the row.
VERSIONS = """
SELECT k.ctid::text, k.xmin::text, w.ctid::text, w.xmin::text, m.ctid::text, m.xmin::text
FROM workloads_ingestkey k LEFT JOIN workloads_workload w ON w.id = k.workload_id
LEFT JOIN workloads_mapping m ON m.workload_id = w.id WHERE k.digest = %s
"""
MOST_OPENED = 1000
_opened: dict[str, tuple[Any, "IngestKey"]] = {}


def _keep(digest: str, versions: Any, key: "IngestKey") -> None:
    """Read after the versions: a change in between is told by the next comparison."""
    if len(_opened) >= MOST_OPENED:
        _opened.clear()
    _opened[digest] = (versions, key)


class IngestKeyQuerySet(WorkloadRowQuerySet):
    def visible_to(self, user):
        """Keys of the workloads that somebody sees; those of an environment for IT of the whole company."""
        seen = super().visible_to(user)
        connects = permissions.scope(user, Permission.CONNECT).everything
        return self.filter(Q(pk__in=seen.values("pk")) | Q(workload=None)) if connects else seen

    def by_plain(self, plain: str):
        """The key that this text is, usable or not; None when nobody issued it.

        Kept as long as the rows of key, workload and mapping are the versions that it was made of, so that a stream of
        requests asks for those only, and what somebody changes counts for the next request.
        """
        digest = digest_of(plain)
        with connections[self.db].cursor() as cursor:
            cursor.execute(VERSIONS, [digest])
            versions = cursor.fetchone()
        kept = _opened.get(digest)
        if versions is not None and kept is not None and kept[0] == versions:
            return kept[1]
        key: Any = self.select_related("workload__mapping").filter(digest=digest).first()
        if key is not None:
            _keep(digest, versions, key)
        return key


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
