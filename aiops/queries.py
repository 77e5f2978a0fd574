"""Reads of people, units, grants, rates, tokens and the audit log, shared by pages, API and CSV."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from ipaddress import ip_address
from typing import Any
from zoneinfo import available_timezones

from django.conf import settings
from django.db import connection
from django.db.models import Prefetch, Q, QuerySet

from aiops import permissions
from aiops.models import AuditEvent, BusinessUnit, Company, CurrencyChange, Membership, RateCard, Token, User
from aiops.permissions import Permission, Role
from aiops.roles import NEEDS_SECOND_PERSON


@dataclass(frozen=True)
class DemoPerson:
    """Somebody to try Payback as, with the task that shows the most in the fewest minutes."""

    email: str
    task: str
    detail: str
    minutes: int
    name: str = ""


PROXY_HEADERS = ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP", "HTTP_VIA")

DEMO_PEOPLE = (
    DemoPerson(
        "lead@demo.payback", "Decide on a candidate", "Chairs the review: read one case, say yes or no.", 3
    ),
    DemoPerson(
        "owner@demo.payback", "File a candidate", "Owns work in the business: describe it, see its worth.", 2
    ),
    DemoPerson(
        "finance@demo.payback",
        "Sign a claim",
        "Keeps the books: turn freed hours into cash, or send back.",
        3,
    ),
    DemoPerson(
        "it@demo.payback", "Watch a call arrive", "Runs the platform: send one span, see it counted.", 4
    ),
)


def from_this_machine(meta: Mapping[str, Any]) -> bool:
    """True on loopback; a forwarded request came from elsewhere, whatever its last address says."""
    if any(name in meta for name in PROXY_HEADERS):
        return False
    try:
        return ip_address(meta.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False


def demo_people(meta: Mapping[str, Any]) -> list[DemoPerson]:
    """The four to sign in as with one click: in the demo company and on loopback only."""
    if not (settings.LOOPBACK_ONLY and from_this_machine(meta) and Company.load().demo):
        return []
    wanted = {person.email: person for person in DEMO_PEOPLE}
    found = User.objects.filter(email__in=wanted, simulated=True, is_active=True)
    names = dict(found.values_list("email", "name"))
    return [
        DemoPerson(p.email, p.task, p.detail, p.minutes, names[p.email])
        for p in DEMO_PEOPLE
        if p.email in names
    ]


def demo_user(meta: Mapping[str, Any], email: str) -> User | None:
    """The simulated person behind one of the four, or nobody."""
    if email not in {person.email for person in demo_people(meta)}:
        return None
    return User.objects.filter(email=email, simulated=True, is_active=True).first()


def needs_setup() -> bool:
    """True for a company in which nobody holds a role: whoever is at the machine names the first ones."""
    company = Company.load()
    return not company.set_up and not company.demo and not Membership.objects.active().exists()


def may_see_people(user: Any) -> bool:
    """IT keeps the list of people; lead and finance read it because they confirm grants."""
    wanted = (Permission.ADMIN_PEOPLE, Permission.FINANCE, Permission.DECIDE)
    return any(permissions.has(user, p) for p in wanted)


def people(user: Any) -> QuerySet[User]:
    """Everybody, with the roles that are not revoked; empty for those who may not see the list."""
    if not may_see_people(user):
        return User.objects.none()
    grants = Membership.objects.filter(revoked_at=None).select_related("unit", "granted_by", "confirmed_by")
    rows = User.objects.people().select_related("home_unit")
    return rows.prefetch_related(Prefetch("memberships", queryset=grants, to_attr="grants"))


def person(user: Any, pk: int) -> QuerySet[User]:
    """One person: for those who see the list, and everybody for themselves."""
    if user.pk == pk:
        return User.objects.people().filter(pk=pk).select_related("home_unit")
    return people(user).filter(pk=pk)


def grants_of(person: User) -> QuerySet[Membership]:
    rows = Membership.objects.filter(user=person).select_related("unit", "granted_by", "confirmed_by")
    return rows.order_by("revoked_at", "role", "pk")


def waiting_grants(user: Any) -> QuerySet[Membership]:
    """Grants of lead or finance that still need a second person."""
    if not may_see_people(user):
        return Membership.objects.none()
    return Membership.objects.waiting().select_related("user", "unit", "granted_by")


def role_name(role: str) -> str:
    """ "it_admin" -> "IT administrator"."""
    return "IT administrator" if role == Role.IT_ADMIN else str(role).replace("_", " ")


def is_last_holder(user: User, role: Role) -> bool:
    """True when `user` holds `role` for the whole company and no other active person does."""
    rows = Membership.objects.active().filter(role=role, unit=None, user__is_active=True)
    holders = set(rows.values_list("user_id", flat=True))
    return holders == {user.pk}


def deciders_exist() -> bool:
    """True when anybody holds lead or finance for sure: then only such a person confirms grants."""
    rows = Membership.objects.active().filter(user__is_active=True)
    return rows.filter(role__in=[role.value for role in NEEDS_SECOND_PERSON]).exists()


def units(user: Any) -> QuerySet[BusinessUnit]:
    """The names of units are no secret inside the company: everybody who is signed in reads them."""
    rows = BusinessUnit.objects.all()
    return rows if getattr(user, "is_authenticated", False) else rows.none()


def rates(user: Any) -> QuerySet[RateCard]:
    """Exact rates are finance's; everybody else sees money only as results."""
    if not permissions.has(user, Permission.FINANCE):
        return RateCard.objects.none()
    return RateCard.objects.select_related("unit")


def overlapping_rates(unit: BusinessUnit | None, job: str, start: date) -> QuerySet[RateCard]:
    """Rates of the same unit and job that hold on `start` or later."""
    return RateCard.objects.filter(unit=unit, job=job).filter(Q(valid_to=None) | Q(valid_to__gt=start))


def tokens(user: Any, at: datetime) -> QuerySet[Token]:
    """One's own tokens; IT sees everybody's live ones, in order to revoke them."""
    rows = Token.objects.select_related("user")
    if permissions.scope(user, Permission.ADMIN_PEOPLE).everything:
        return rows.filter(Q(user=user) | Q(revoked_at=None, expires_at__gt=at))
    return rows.filter(user=user)


def audit_events(user: Any) -> QuerySet[AuditEvent]:
    """The log, as far as the reader's role for it reaches."""
    scope = permissions.scope(user, Permission.READ_AUDIT)
    if scope.everything:
        return AuditEvent.objects.all()
    return AuditEvent.objects.filter(unit_id__in=scope.unit_ids)


@cache
def time_zones() -> tuple[str, ...]:
    """The names of time zones that both this program and the database know, UTC first; read once a process."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM pg_timezone_names")
        known = {name for (name,) in cursor.fetchall()} & available_timezones()
    return ("UTC", *sorted(name for name in known if "/" in name and not name.startswith("Etc/")))


@dataclass(frozen=True)
class Currencies:
    """The company's currency, now and on earlier days, and what one was worth in another; read once, asked often."""

    now: str
    changes: tuple[CurrencyChange, ...] = ()

    def on(self, day: date) -> str:
        """The currency in which the company counted on that day."""
        return next((change.old for change in self.changes if day < change.valid_from), self.now)

    def rate(self, old: str, new: str) -> Decimal:
        """Units of `new` for one of `old`, by the rates that were fixed on the changes.

        LookupError for a currency that the company never had.
        """
        if old == new:
            return Decimal(1)
        worth = {self.now: Decimal(1)}
        for change in reversed(self.changes):
            worth.setdefault(change.old, worth[change.new] * change.rate)
        if old not in worth or new not in worth:
            raise LookupError(f"no rate between {old} and {new}")
        return worth[old] / worth[new]

    def present(self, amount: Decimal, currency: str) -> Decimal:
        """The amount in the present currency, unrounded."""
        return amount if currency == self.now else amount * self.rate(currency, self.now)


def currencies(company: Company | None = None) -> Currencies:
    changes = CurrencyChange.objects.select_related("by").order_by("valid_from")
    return Currencies((company or Company.load()).currency, tuple(changes))


def currency_on(day: date) -> str:
    """The currency of the company on that day; of many days ask `currencies()` once."""
    return currencies().on(day)


def rate_between(old: str, new: str) -> Decimal:
    return currencies().rate(old, new)


def converted(amount: Decimal, currency: str, company: Company) -> Decimal:
    """An amount of any currency that the company had, in its present one, unrounded."""
    return amount if currency == company.currency else currencies(company).present(amount, currency)
