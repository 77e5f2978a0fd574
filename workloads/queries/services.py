"""Programs that send telemetry and whose they are; what attributes and evaluations of a workload were seen."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Avg, Count, Max, Q, QuerySet

from aiops.models import User
from workloads.models.arrivals import SeenAttribute
from workloads.models.inventory import Workload
from workloads.models.keys import IngestKey
from workloads.models.services import Evaluation, Mapping, Service

NAMES_SHOWN = 200


def services(user: User) -> QuerySet[Service]:
    """Every program that an environment's key brought, the last heard first."""
    rows = Service.objects.visible_to(user).select_related("workload")
    return rows.order_by("-last_seen_at", "name", "environment")


def unclaimed_count(user: User) -> int:
    """Programs that send and that nobody has claimed or ignored, for those who may claim them."""
    return Service.objects.visible_to(user).unclaimed().count()


def environment_keys(user: User) -> QuerySet[IngestKey]:
    return IngestKey.objects.visible_to(user).filter(workload=None).select_related("created_by", "workload")


def mapping_of(workload: Workload) -> Mapping | None:
    return Mapping.objects.filter(workload=workload).select_related("by").first()


def attribute_names(workload: Workload) -> list[str]:
    """Names of attributes that its calls carried, for a choice; never their values."""
    rows = SeenAttribute.objects.filter(workload=workload).order_by("name")
    return list(rows.values_list("name", flat=True)[:NAMES_SHOWN])


@dataclass(frozen=True)
class EvaluationRow:
    """What one version of an evaluator said of a workload's calls: how often, and on average where it gave figures."""

    name: str
    evaluator: str
    evaluator_version: str
    count: int
    figures: int
    mean: float | None
    last_at: datetime


def evaluation_rows(workload: Workload, start: datetime, end: datetime) -> list[EvaluationRow]:
    """Evaluations in [start, end) by name, evaluator and version, the most frequent first."""
    rows = (
        Evaluation.objects.filter(workload=workload, at__gte=start, at__lt=end)
        .order_by()
        .values("name", "evaluator", "evaluator_version")
        .annotate(count=Count("pk"), figures=Count("value"), mean=Avg("value"), last_at=Max("at"))
        .order_by("-count", "name", "evaluator", "evaluator_version")
    )
    return [EvaluationRow(**row) for row in rows[:50]]


def evaluations_of_span(workload: Workload, trace_id: str, span_id: str) -> QuerySet[Evaluation]:
    """What was said of this span, and of its trace as a whole."""
    rows = Evaluation.objects.filter(workload=workload, trace_id=trace_id)
    return rows.filter(Q(span_id=span_id) | Q(span_id="")).order_by("-at", "-pk")[:50]
