"""Statements as pages, API, CSV and mail read them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum

from aiops import permissions
from aiops.models import User
from aiops.permissions import Permission
from aiops.roles import Role
from roi.models import Claim, Statement
from roi.queries.claims import in_their_currency, money_of_company
from roi.queries.stand_ins import signed_for
from workloads.models import Workload

CSV_HEAD = [
    "month", "unit", "unit_code", "cost_centre", "account", "column", "kind", "claim", "workload", "name", "about",
    "hours", "posts", "amount", "currency", "act",
]  # fmt: skip
KINDS = [
    *Claim.Kind.choices,
    ("correction", "corrections of closed months"),
    ("other", "on no claim of today"),
]
COLUMN_NAMES = {"cash": "cash", "avoided": "cost avoidance", "revenue": "revenue", "risk": "risk reduction"}
Line = dict[str, Any]


@dataclass(frozen=True)
class Waiting:
    """Claims of a unit that nobody has answered: how many, and their sum a month in company currency."""

    count: int = 0
    amount: Decimal = Decimal(0)


def statements(user: User) -> QuerySet[Statement]:
    return Statement.objects.visible_to(user).select_related("unit", "signed_by")


def listed(user: User) -> QuerySet[Statement]:
    """The same for lists, which need no rows and lines of any."""
    return statements(user).defer("totals", "exceptions")


def may_sign(user: User, statement: Statement) -> bool:
    """Finance of the unit, but nobody who answers for its work."""
    return permissions.has(user, Permission.FINANCE, unit=statement.unit) and not answers_for_unit(
        user, statement.unit_id
    )


def answers_for_unit(user: User, unit_id: int) -> bool:
    """An owner of the unit, or owner or deputy of one of its workloads: they do not sign its statement."""
    if any(m.role == Role.OWNER.value and m.unit_id in (None, unit_id) for m in user.active_memberships):
        return True
    return Workload.objects.filter(Q(business_owner=user) | Q(deputy=user), unit_id=unit_id).exists()


def to_sign(user: User) -> list[Statement]:
    """Open statements that this person may sign, the first due first."""
    where = permissions.scope(user, Permission.FINANCE)
    rows = listed(user).filter(state=Statement.State.OPEN)
    rows = rows if where.everything else rows.filter(unit_id__in=where.unit_ids)
    own = set(
        Workload.objects.filter(Q(business_owner=user) | Q(deputy=user)).values_list("unit_id", flat=True)
    )
    owns = {m.unit_id for m in user.active_memberships if m.role == Role.OWNER.value}
    return (
        []
        if None in owns
        else list(rows.exclude(unit_id__in=own | owns).order_by("due_on", "month", "unit__name"))
    )


def claims_waiting(unit_ids: Iterable[int]) -> dict[int, Waiting]:
    """Open claims by unit."""
    rows = Claim.objects.filter(state=Claim.State.CLAIMED, workload__unit_id__in=list(unit_ids))
    money = money_of_company()
    groups = in_their_currency(rows, money).values("workload__unit_id", "currency").order_by()
    found: dict[int, Waiting] = {}
    for row in groups.annotate(n=Count("pk"), total=Sum("amount_month")):
        so_far = found.get(row["workload__unit_id"], Waiting())
        amount = so_far.amount + money.converted(row["total"], row["currency"], money.now)
        found[row["workload__unit_id"]] = Waiting(so_far.count + row["n"], amount)
    return found


def kinds_of(statement: Statement) -> list[tuple[str, str, Decimal]]:
    """(kind, its name, amount) of every kind, zero where nothing is signed: a column each."""
    sums = statement.totals.get("kinds", {})
    always = {kind for kind, _ in Claim.Kind.choices}
    return [
        (kind, str(name), Decimal(sums.get(kind, 0)))
        for kind, name in KINDS
        if kind in always or kind in sums
    ]


def signature(statement: Statement) -> str:
    """ "Finn Finance, for Fay Finance"; empty while it is open."""
    if statement.signed_by is None or statement.signed_at is None:
        return ""
    standing_in = signed_for(statement.signed_by, statement.signed_at)
    return f"{statement.signed_by}{', ' if standing_in else ''}{standing_in}"


def sums_of(statement: Statement) -> Line:
    """The totals without rows, lines and kinds."""
    return {name: value for name, value in statement.sums.items() if name != "exceptions"}


def without_rows(totals: Line) -> Line:
    """What is kept beside the totals for lists."""
    return {name: value for name, value in totals.items() if name not in ("rows", "lines", "kinds")}


LIST_SUMS = (
    "hours_freed", "hours_low", "hours_high", "hours_signed", "cash_claimed", "cash_signed", "avoided_signed",
    "revenue_signed", "risk_signed", "run_cost", "cash_net",
)  # fmt: skip
LIST_HEAD = [
    "month", "unit", "unit_code", "state", "due_on", "exceptions", "currency", *LIST_SUMS, "signed_by", "signed_at",
]  # fmt: skip


def list_rows(rows: QuerySet[Statement]) -> list[list[Any]]:
    """One row a statement; the hours' low and high are a 90 % interval."""
    return [
        [
            row.month, row.unit.name, row.unit.code, row.state, row.due_on, row.unusual, row.currency,
            *(_number(row.sums.get(name)) for name in LIST_SUMS), row.signed_by, row.signed_at,
        ]
        for row in rows
    ]  # fmt: skip


@dataclass(frozen=True)
class ToSign:
    """A statement that waits for the reader, with the open claims of its unit."""

    statement: Statement
    waiting: Waiting | None


def with_claims(rows: list[Statement]) -> list[ToSign]:
    found = claims_waiting({row.unit_id for row in rows}) if rows else {}
    return [ToSign(row, found.get(row.unit_id)) for row in rows]


def csv_rows(statement: Statement) -> list[list[Any]]:
    """Each claim and correction of the month, by cost centre and account; the amounts add up to the totals."""
    unit, lines = statement.unit, statement.totals.get("lines", [])
    ordered = sorted(lines, key=lambda li: (li["cost_centre"], li["account"], li["column"], li["name"]))
    return [
        [
            statement.month, unit.name, unit.code, li["cost_centre"], li["account"], li["column"], li["kind"],
            li["claim"], li["key"], li["name"], li["about"], _number(li["hours"]), _number(li["posts"]),
            _number(li["amount"]), statement.currency, li["act"],
        ]
        for li in ordered
    ]  # fmt: skip


def _number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


@dataclass(frozen=True)
class Centre:
    """One cost centre and account of a statement with its lines; only cash is summed."""

    cost_centre: str
    account: str
    lines: list[Line]
    cash: Decimal


def centres_of(statement: Statement) -> list[Centre]:
    """The lines by cost centre and account, those that name none at the end."""
    groups: dict[tuple[str, str], list[Line]] = {}
    for line in statement.totals.get("lines", []):
        named = line | {"kind_name": str(dict(KINDS)[line["kind"]])}
        groups.setdefault((line["cost_centre"], line["account"]), []).append(named)
    ordered = sorted(groups.items(), key=lambda group: (group[0][0] == "", group[0]))
    return [Centre(*names, lines, _cash(lines)) for names, lines in ordered]


def _cash(lines: list[Line]) -> Decimal:
    return sum((Decimal(line["amount"]) for line in lines if line["column"] == "cash"), Decimal(0))


def figures(row: Line) -> Line:
    """The text of kept amounts as numbers, for a page to format; days as days."""
    said = {name: _of_text(name, value) for name, value in row.items()}
    said["about"] = date.fromisoformat(row["about"]) if row.get("about") else None
    return said


TEXTS = (
    "name",
    "key",
    "reason",
    "act",
    "kind",
    "column",
    "signed_by",
    "cost_centre",
    "account",
    "closed_at",
    "about",
)


def _of_text(name: str, value: Any) -> Any:
    return Decimal(value) if isinstance(value, str) and name not in TEXTS else value
