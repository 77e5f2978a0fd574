"""How much of the company is simulated."""

from aiops.models import User
from backlog.models import Candidate
from workloads.models import Call, Workload


def simulated_counts() -> dict[str, int]:
    """What «Use it for real» removes, and what it keeps."""
    return {
        "candidates": Candidate.objects.filter(simulated=True).count(),
        "workloads": Workload.objects.filter(simulated=True).count(),
        "calls": Call.objects.filter(workload__simulated=True).count(),
        "people": User.objects.filter(simulated=True).count(),
        "kept": Candidate.objects.filter(simulated=False).count(),
    }
