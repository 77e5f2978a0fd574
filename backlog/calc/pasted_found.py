"""What was found in a pasted text: a value for a field of the form, and the words that it came from."""

from collections.abc import Iterable
from dataclasses import dataclass, field

FIELDS = (
    "title", "description", "count", "period", "minutes", "people", "share", "who_does_it", "systems", "sureness",
)  # fmt: skip
MOST_OTHERS = 3


@dataclass(frozen=True)
class Other:
    """A second reading of the same field."""

    value: str
    words: str


@dataclass(frozen=True)
class Proposal:
    """A value as the form takes it; `words` is text[start:end], `note` says what was done to them."""

    field: str
    value: str
    words: str
    start: int
    end: int
    note: str = ""
    others: tuple[Other, ...] = ()
    by: str = "rules"


@dataclass(frozen=True)
class Pasted:
    """The proposals by field, and sentences about the text as a whole."""

    proposals: tuple[Proposal, ...]
    notes: tuple[str, ...] = ()

    def of(self, name: str) -> Proposal | None:
        return next((found for found in self.proposals if found.field == name), None)


@dataclass
class Reading:
    """One reading of a field with its weight; the heaviest is proposed, the others are offered beside it."""

    value: str
    start: int
    end: int
    weight: float
    note: str = ""
    more: dict[str, "Reading"] = field(default_factory=dict)


def number_text(value: float, places: int = 2) -> str:
    """12.0 -> "12", 7.50 -> "7.5": as a number field takes it."""
    return f"{value:.{places}f}".rstrip("0").rstrip(".") if places else f"{value:.0f}"


def best(readings: Iterable[Reading]) -> tuple[Reading, list[Reading]] | None:
    """The heaviest reading above zero and the other values, heaviest first; None when nothing weighs."""
    order = sorted(readings, key=lambda one: (-one.weight, one.start))
    if not order or order[0].weight <= 0:
        return None
    first, rest, seen = order[0], [], {order[0].value}
    for one in order[1:]:
        if one.value not in seen:
            seen.add(one.value)
            rest.append(one)
    return first, rest[:MOST_OTHERS]


def proposed(name: str, text: str, first: Reading, rest: Iterable[Reading] = ()) -> Proposal:
    others = tuple(Other(one.value, text[one.start : one.end]) for one in rest)
    words = text[first.start : first.end]
    return Proposal(name, first.value, words, first.start, first.end, first.note, others)
