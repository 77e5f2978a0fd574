"""What each role looks at first: sentences, figures and tables of one shape, for page, file, API and digest."""

from collections.abc import Callable
from datetime import datetime

from aiops import permissions
from aiops.models import User
from aiops.permissions import Permission
from roi.queries.dashboards.executive import executive
from roi.queries.dashboards.finance import finance
from roi.queries.dashboards.it import it_admin
from roi.queries.dashboards.lead import lead
from roi.queries.dashboards.owner import owner
from roi.queries.dashboards.shapes import Dashboard, Figure, Sentence, Table
from workloads.models import Workload

__all__ = ["ROLES", "Dashboard", "Figure", "Sentence", "Table", "dashboard", "first_role", "roles_of"]

ROLES: dict[str, tuple[str, Callable[[User, datetime], Dashboard]]] = {
    "owner": ("My workloads", owner),
    "lead": ("Portfolio", lead),
    "finance": ("Finance", finance),
    "it": ("IT", it_admin),
    "executive": ("Executive", executive),
}


def roles_of(user: User) -> list[str]:
    """Whose dashboards this person may open, their own first."""
    everywhere = {p: permissions.scope(user, p).everything for p in Permission}
    reads = everywhere[Permission.READ_PORTFOLIO] and everywhere[Permission.READ_MONEY]
    may = {
        "finance": everywhere[Permission.FINANCE],
        "lead": permissions.has(user, Permission.DECIDE) or reads,
        "it": permissions.has(user, Permission.CONNECT),
        "executive": reads,
    }
    answers = Workload.objects.answered_by(user).exists()
    may["owner"] = answers or (permissions.has(user, Permission.FILE) and not any(may.values()))
    first = ["owner"] if answers and not may["lead"] else []
    return first + [role for role, allowed in may.items() if allowed and role not in first]


def first_role(user: User) -> str | None:
    """The dashboard that a person's home leads to; None for somebody who holds no role at all."""
    return next(iter(roles_of(user)), None)


def dashboard(role: str, user: User, at: datetime) -> Dashboard:
    """One dashboard as of a moment; KeyError for a role that has none. Whether the person may is asked before."""
    return ROLES[role][1](user, at)
