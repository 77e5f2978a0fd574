"""What came late: items of a month that is closed already, so that the ledger has a correction to show."""

from datetime import datetime, time, timedelta
from decimal import Decimal

from aiops.models import User
from roi.demo.portfolio import Company
from roi.operations.ledger import refresh_workload
from workloads import operations as workload_operations

LATE = 14


def make_late_news(company: Company) -> None:
    """A site of the invoices' workload sends its last items of the month before the last one only now."""
    workload, at = company.workloads["C01"], company.at
    month = (at.date().replace(day=1) - timedelta(days=1)).replace(day=1)
    day = datetime.combine(month - timedelta(days=2), time(15), at.tzinfo)
    rows = [
        {
            "external_id": f"late-{n}",
            "finished_at": (day + timedelta(minutes=n)).isoformat(),
            "accepted": n > 0,
            "minutes": Decimal("1.5"),
        }
        for n in range(LATE)
    ]
    system = User.objects.system()
    workload_operations.record_outcomes(workload=workload, rows=rows, source="csv", by=system, at=at)
    refresh_workload(workload=workload, at=at)
