"""IT's page: connections, incidents, programs and spend without an owner, and who no longer answers."""

from datetime import datetime

from django.urls import reverse

from aiops.models import Company, User
from integrations.models import Connection
from roi.queries.dashboards.shapes import COUNT, DAY, MONEY, Column, Dashboard, Figure, Sentence, Table
from roi.queries.ownership import gaps
from workloads.calc.months import later
from workloads.models import Incident, Workload
from workloads.queries.bills import unowned_spend
from workloads.queries.services import unclaimed_count

INCIDENTS = (
    Column("incident", "Incident"),
    Column("workload", "Workload"),
    Column("severity", "Severity"),
    Column("state", "State"),
    Column("opened", "Open since", DAY),
)
CONNECTIONS = (Column("connection", "Connection"), Column("kind", "Kind"), Column("state", "State"))
UNOWNED = (
    Column("what", "Spend"),
    Column("account", "Account"),
    Column("amount", "Amount", MONEY),
    Column("final", "Bill"),
)
MOST = 50


def it_admin(user: User, at: datetime) -> Dashboard:
    """Connections and programs of the whole company; incidents of the workloads that this person sees."""
    today, gaps_found = at.date(), gaps(user, at.date())
    tables = [_incidents(user), _connections(), _unowned(at)]
    failing = [row for row in tables[1].rows if row["failing"]]
    unclaimed = unclaimed_count(user)
    told = [Sentence(f"{row['connection']} fails: {row['state']}", row["url"], "bad") for row in failing]
    if unclaimed:
        noun = "program sends" if unclaimed == 1 else "programs send"
        told.append(
            Sentence(f"{unclaimed} {noun} telemetry that nobody claimed.", reverse("workloads:services"), "warn")
        )
    if gaps_found:
        told.append(
            Sentence(f"{len(gaps_found)} gaps in who answers for what.", reverse("roi:ownership"), "warn")
        )
    figures = [
        Figure("Open incidents", len(tables[0].rows), COUNT, reverse("workloads:incidents")),
        Figure("Failing connections", len(failing), COUNT, reverse("integrations:connections")),
        Figure("Programs nobody claimed", unclaimed, COUNT, reverse("workloads:services")),
        Figure("Gaps in who answers", len(gaps_found), COUNT, reverse("roi:ownership")),
    ]
    return Dashboard("it", "IT", today, Company.load().currency, told, figures, tables)


def _incidents(user: User) -> Table:
    seen = Workload.objects.visible_to(user)
    rows = Incident.objects.filter(workload__in=seen).exclude(state=Incident.State.RESOLVED)
    listed = [
        {
            "url": reverse("workloads:incident", args=[row.number]),
            "incident": f"{row.key} {row.title}",
            "workload": row.workload.name,
            "severity": row.get_severity_display(),
            "state": row.get_state_display(),
            "opened": row.opened_at.date(),
        }
        for row in rows.select_related("workload").order_by("opened_at")[:MOST]
    ]
    return Table("incidents", "Open incidents", INCIDENTS, listed, "The oldest first.", "No incident is open.")


def _connections() -> Table:
    rows = Connection.objects.filter(enabled=True).order_by("name", "pk")
    listed = [
        {
            "url": reverse("integrations:connection", args=[row.pk]),
            "connection": row.name,
            "kind": row.get_kind_display(),
            "state": row.last_failure if row.is_failing else "works",
            "failing": row.is_failing,
        }
        for row in rows
    ]
    listed.sort(key=lambda row: not row["failing"])
    return Table("connections", "Connections", CONNECTIONS, listed, "", "Nothing is connected yet.")


def _unowned(at: datetime) -> Table:
    """Of this month and the two before."""
    first = later(at.date().replace(day=1), -2)
    listed = [
        {
            "url": reverse("workloads:bill_owners"),
            "what": " ".join(part for part in (row.provider, row.service, row.model) if part),
            "account": row.account_name or row.account,
            "amount": round(row.amount, 2),
            "final": "final" if row.final else "not final",
        }
        for row in unowned_spend(first, later(at.date().replace(day=1)))[:MOST]
    ]
    note = f"Billed since {first:%B %Y}, by nobody's rule."
    return Table("unowned", "Spend without an owner", UNOWNED, listed, note, "All billed spend has an owner.")
