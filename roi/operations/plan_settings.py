"""What may be asked of the planner: every setting checked, each refusal with its field and its reason."""

from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from aiops.errors import DomainError
from aiops.models import User
from backlog.models import Candidate, Effort

MOST_QUARTERS = 4
MOST_MONEY = Decimal(10) ** 13
MOST_DAYS = Decimal(100_000)
MOST_CORRELATION = 0.9
LARGEST = 2**31
DEFAULTS: dict[str, Any] = {
    "budget": None,
    "quarters": MOST_QUARTERS,
    "capacity": [],
    "must": [],
    "never": [],
    "max_high_risk": None,
    "cvar_floor": None,
    "correlation": 0.3,
}


def check_settings(
    given: Mapping[str, Any], by: User, kept: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The settings as they are stored: plain JSON, defaults filled in, lists sorted. See Plan for their meaning.

    `kept` are the settings that a plan has already: what is not given stays, and a candidate that was open when it
    was named there may stay named.
    """
    for name in given:
        if name not in DEFAULTS:
            raise DomainError("unknown", f"There is no setting «{name}».", str(name))
    before = kept or {}
    asked = {**DEFAULTS, **before, **given}
    quarters = _whole("quarters", asked["quarters"], "The number of quarters", 1, MOST_QUARTERS)
    must, never = _numbers("must", asked["must"]), _numbers("never", asked["never"])
    _check_candidates(must, never, {*before.get("must", []), *before.get("never", [])}, by)
    return {
        "budget": float(_budget(asked["budget"])),
        "quarters": quarters,
        "capacity": _capacity(asked["capacity"], quarters),
        "must": must,
        "never": never,
        "max_high_risk": _max_high_risk(asked["max_high_risk"]),
        "cvar_floor": _cvar_floor(asked["cvar_floor"]),
        "correlation": _correlation(asked["correlation"]),
    }


def _budget(value: Any) -> Decimal:
    if value is None:
        raise DomainError("budget", "Say how much money there is to build with.", "budget")
    return _number("budget", value, "The budget", Decimal(0), MOST_MONEY)


def _max_high_risk(value: Any) -> int | None:
    return None if value is None else _whole("max_high_risk", value, "The number of high risk", 0, 10_000)


def _cvar_floor(value: Any) -> float | None:
    if value is None:
        return None
    return float(_number("cvar_floor", value, "The floor of the worst tenth", -MOST_MONEY, MOST_MONEY))


def _number(field: str, value: Any, words: str, low: Decimal, high: Decimal) -> Decimal:
    try:
        number = Decimal(str(value))
    except InvalidOperation as error:
        raise DomainError(field, f"{words} must be a number.", field) from error
    if isinstance(value, bool) or not number.is_finite():
        raise DomainError(field, f"{words} must be a number.", field)
    if not low <= number <= high:
        raise DomainError(field, f"{words} must lie between {low:,f} and {high:,f}.", field)
    return number


def _whole(field: str, value: Any, words: str, low: int, high: int) -> int:
    number = _number(field, value, words, Decimal(low), Decimal(high))
    if number != number.to_integral_value():
        raise DomainError(field, f"{words} must be a whole number.", field)
    return int(number)


def _correlation(value: Any) -> float:
    most = Decimal(str(MOST_CORRELATION))
    return float(_number("correlation", value, "The correlation", Decimal(0), most))


def _capacity(given: Any, quarters: int) -> list[dict[str, Any]]:
    """Days by role and quarter (from 1), each pair once; a pair that is not named has no limit."""
    if not isinstance(given, list | tuple):
        raise DomainError("capacity", "Capacity is a list of role, quarter and days.", "capacity")
    found: dict[tuple[int, str], float] = {}
    for row in given:
        role, quarter, days = _cell(row, quarters)
        if (quarter, role) in found:
            raise DomainError("capacity", f"The days of {role} in Q{quarter} are given twice.", "capacity")
        found[quarter, role] = days
    return [{"role": role, "quarter": q, "days": days} for (q, role), days in sorted(found.items())]


def _cell(row: Any, quarters: int) -> tuple[str, int, float]:
    if not isinstance(row, Mapping) or set(row) != {"role", "quarter", "days"}:
        raise DomainError("capacity", "Each capacity names its role, its quarter and its days.", "capacity")
    role = str(row["role"])
    if role not in Effort.Role.values:
        known = ", ".join(Effort.Role.values)
        raise DomainError("capacity", f"«{role}» is no role; choose one of {known}.", "capacity")
    quarter = _whole("capacity", row["quarter"], f"The quarter of {role}", 1, MOST_QUARTERS)
    if quarter > quarters:
        words = f"{role.capitalize()} has days in Q{quarter}, but only {quarters} quarters are planned."
        raise DomainError("capacity", words, "capacity")
    days = _number("capacity", row["days"], f"The days of {role} in Q{quarter}", Decimal(0), MOST_DAYS)
    return role, quarter, float(days)


def _numbers(field: str, given: Any) -> list[int]:
    plain = isinstance(given, list | tuple | set)
    if not plain or any(type(n) is not int or not 0 < n < LARGEST for n in given):
        raise DomainError(field, "Give a list of candidate numbers.", field)
    return sorted(set(given))


def _check_candidates(must: list[int], never: list[int], kept: set[int], by: User) -> None:
    if both := sorted(set(must) & set(never)):
        words = f"{_keys(both)} cannot be both always in and never in."
        raise DomainError("never", words, "never")
    rows = Candidate.objects.visible_to(by).open().filter(number__in=[*must, *never])
    known = set(rows.values_list("number", flat=True)) | kept
    for field, numbers in (("must", must), ("never", never)):
        if unknown := [n for n in numbers if n not in known]:
            raise DomainError(field, f"{_keys(unknown)}: not an open candidate.", field)


def _keys(numbers: Iterable[int]) -> str:
    return ", ".join(f"C-{n}" for n in numbers)
