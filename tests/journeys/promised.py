"""A workload of the world that was approved with a forecast in cash: what the pages of gaps compare it with."""

from datetime import timedelta
from types import SimpleNamespace

from backlog.models import Candidate
from roi.models import Assessment, Decision
from roi.operations import refresh_workload
from tests.roi.reviewed import FIGURES

LIKELY = {"volume": 4800, "minutes": 12, "automation_share": 0.6, "loaded_rate": 60, "cashable_share": 0.5}


def promise(world: SimpleNamespace) -> None:
    """Approved in the month before, from that month on: its ledger has two months, and their gap."""
    cast, at = world.cast, world.at
    then = at.replace(day=1) - timedelta(days=10)
    candidate = Candidate.objects.create(
        number=Candidate.objects.next_number(), title=f"Secret promise {world.number}", owner=cast.owner,
        unit=cast.unit, state="live", created_at=then, submitted_at=then,
    )  # fmt: skip
    inputs = {"quantities": [{"quantity": name, "likely": likely} for name, likely in LIKELY.items()]}
    frozen = Assessment.objects.create(
        candidate=candidate, at=then, by=cast.system, sentence="It pays.", **(FIGURES | {"inputs": inputs})
    )
    said = {"verdict": "approve", "reason": "It pays", "by": cast.lead, "at": then}
    Decision.objects.create(candidate=candidate, assessment=frozen, **said)
    world.workload.candidate, world.workload.planned_go_live = candidate, then.date()
    world.workload.save(update_fields=["candidate", "planned_go_live"])
    refresh_workload(workload=world.workload, at=at)
