"""People are counted and never watched: what a page may say of them, and the weekly figures read from a file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from workloads.calc.outcome_rows import RowError

# Below this a figure may be read as a person.
FEWEST = 5
FIGURES = ("eligible", "active", "volume", "offered", "taken")
COLUMNS = ("unit", "week", *FIGURES)
MOST = 10**12
# What must not be larger than what, and how it is said.
WITHIN = (
    ("active", "eligible", "more people used it than could"),
    ("offered", "volume", "more was offered than there was"),
    ("taken", "offered", "more was taken than offered"),
)


@dataclass(frozen=True, slots=True)
class People:
    """A count of people as it may be told; `at_least` where small parts are left out of it."""

    count: int | None
    at_least: bool = False
    about: bool = False

    @property
    def is_told(self) -> bool:
        """Whether the figure itself may stand on a page."""
        return self.count is not None and self.count >= FEWEST

    def __str__(self) -> str:
        if self.count is None:
            return "—"
        if self.count < FEWEST:
            return f"fewer than {FEWEST}"
        return f"{'at least ' if self.at_least else 'about ' if self.about else ''}{self.count:,}"


def together(counts: Sequence[int | None]) -> People:
    """The sum over units. With a small one among several, the sum of the others: the total must not give it away."""
    known = [count for count in counts if count is not None]
    if not known:
        return People(None)
    told = [count for count in known if count >= FEWEST]
    if len(told) == len(known) or len(known) == 1:
        return People(sum(known))
    return People(sum(told), at_least=True) if told else People(0)


def beside(count: int | None, counts: Sequence[int | None]) -> People:
    """A count of the whole next to counts of units: to the nearest ten where it could give a small one away."""
    small = any(one is not None and one < FEWEST for one in counts)
    if count is None or count < FEWEST or not small:
        return People(count)
    return People(max(FEWEST, round(count, -1)), about=True)


def used_share(active: People, eligible: People) -> float | None:
    """People who used it of those who could; None where one of the two must not be told exactly."""
    exact = all(people.is_told and not people.at_least and not people.about for people in (active, eligible))
    return active.count / eligible.count if exact and active.count is not None and eligible.count else None


def share(part: int | None, whole: int | None) -> float | None:
    """Part of whole; None where either is not known or there is no whole."""
    return part / whole if part is not None and whole else None


def monday(day: date) -> date:
    """The week that a day belongs to."""
    return day - timedelta(days=day.weekday())


def impossible(figures: Mapping[str, int | None]) -> tuple[str, str] | None:
    """The field that cannot be and why; None when all can. Fields that are not known are not compared."""
    for name, value in figures.items():
        if value is not None and not 0 <= value <= MOST:
            return name, "lies below zero or is larger than a million millions"
    for small, large, words in WITHIN:
        part, whole = figures.get(small), figures.get(large)
        if part is not None and whole is not None and part > whole:
            return small, f"{words}: {part:,} of {whole:,}"
    return None


def read_row(number: int, raw: Mapping[str, Any], last_day: date) -> tuple[dict[str, Any], list[RowError]]:
    """Unit, week and figures of one row of a file; every mistake in it by field."""
    values: dict[str, Any] = {"unit": str(raw.get("unit") or "").strip()}
    errors = [] if values["unit"] else [RowError(number, "unit", "is missing")]
    for name, read in (("week", _week), *((name, _figure) for name in FIGURES)):
        try:
            values[name] = read(raw.get(name), last_day)
        except ValueError as error:
            errors.append(RowError(number, name, str(error)))
    if not errors and (wrong := impossible({name: values[name] for name in FIGURES})):
        errors.append(RowError(number, *wrong))
    return values, errors


def _week(value: Any, last_day: date) -> date:
    try:
        day = value if isinstance(value, date) else date.fromisoformat(str(value or "").strip()[:10])
    except ValueError:
        raise ValueError("is no date; write the Monday like 2026-11-16") from None
    day = date(day.year, day.month, day.day)
    if day.weekday():
        raise ValueError(f"is no Monday; that week began on {monday(day).isoformat()}")
    if day > last_day:
        raise ValueError("has not begun")
    return day


def _figure(value: Any, last_day: date) -> int | None:
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    text = str(value).strip().removesuffix(".0")
    if not (text.isascii() and text.isdigit()) or len(text) > 13:
        raise ValueError("is no whole number")
    return int(text)
