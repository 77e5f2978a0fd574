"""Which items a meeting talks about, which it decides by consent, and which wait: a pure rule, the same for everybody.

1. What is not ready waits, with the reason. What somebody placed by hand stays where it was put.
2. By consent: a clear proposal that nobody pulled, at most three times as many as are discussed.
3. To discuss, while there is room in number and in minutes: first what a member pulled, then what cannot wait for the
   next meeting, then what was carried over twice (at most a third of the places, so that old small items never crowd
   out large ones), then the most money at stake a minute. What does not fit in minutes lets a shorter one pass.
4. The rest is carried over.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

DISCUSS, CONSENT, CARRIED, NOT_READY = "discuss", "consent", "carried", "not_ready"
SURE = 0.9
CONSENT_TIMES = 3
# Beyond this a rank says nothing, and would change with every candidate that moves.
RANKED = 50
OFTEN = 2
CLEAR = ("approve", "reject", "keep")


@dataclass(frozen=True)
class Weighed:
    """One thing to decide. `stake` is money or None, `carried` how many meetings did not reach it.

    `due`: it cannot wait for the next meeting. `hand` is (section, position) where a person put it.
    """

    key: int
    stake: Decimal | None = None
    minutes: int = 5
    missing: tuple[str, ...] = ()
    consent: str = ""
    due: bool = False
    carried: int = 0
    pulled: bool = False
    hand: tuple[str, int] | None = None

    @property
    def a_minute(self) -> Decimal:
        return (self.stake or Decimal(0)) / max(self.minutes, 1)


@dataclass(frozen=True)
class Place:
    """Where an item goes, from 1 in its section, and why in a sentence without a full stop."""

    key: int
    section: str
    position: int
    why: str


@dataclass
class _Room:
    """What is left of a meeting."""

    places: int
    minutes: int
    taken: list[Weighed] = field(default_factory=list)

    def take(self, item: Weighed) -> None:
        self.taken.append(item)
        self.places -= 1
        self.minutes -= item.minutes

    def fits(self, item: Weighed) -> bool:
        return self.places > 0 and item.minutes <= self.minutes


def consent_reason(
    *,
    proposed: str,
    prob_positive: float | None,
    above_hurdle: bool,
    stake: Decimal | None,
    consent_below: Decimal | None,
) -> str:
    """Why a proposal is clear enough to be decided without talk, or ""."""
    if proposed not in CLEAR:
        return ""
    if proposed == "keep":
        return "nothing changes: it is proposed to keep it"
    if proposed == "approve" and above_hurdle and prob_positive is not None and prob_positive >= SURE:
        return f"clear: it pays in {_of_hundred(prob_positive)} of 100 futures and is above the hurdle"
    if proposed == "reject" and prob_positive is not None and prob_positive <= 1 - SURE + 1e-9:
        return f"clear: it pays in only {_of_hundred(prob_positive)} of 100 futures"
    if consent_below is not None and stake is not None and stake < consent_below:
        return "little is at stake: below the amount that this review talks about"
    return ""


def _of_hundred(share: float) -> int:
    """Never 100 or 0 by rounding alone: that would claim certainty."""
    return min(99, max(1, round(share * 100))) if 0 < share < 1 else round(share * 100)


def place(items: Iterable[Weighed], *, most_items: int, minutes: int) -> list[Place]:
    """Every item once, in the order of sections and positions. Equal input gives equal order."""
    rows = sorted(items, key=lambda i: (-i.a_minute, i.key))
    byhand = [i for i in rows if i.hand is not None]
    free = [i for i in rows if i.hand is None]
    waiting = [i for i in free if i.missing and not i.pulled]
    ready = [i for i in free if not i.missing or i.pulled]
    room = _Room(most_items, minutes)
    for item in byhand:
        if item.hand and item.hand[0] == DISCUSS:
            room.take(item)
    consent = [i for i in ready if i.consent and not i.pulled][: most_items * CONSENT_TIMES]
    chosen = {i.key for i in consent}
    talk, why = _discussed([i for i in ready if i.key not in chosen], room, most_items)
    taken = {i.key for i in talk} | chosen
    rest = [i for i in ready if i.key not in taken]
    why |= {i.key: i.consent for i in consent}
    why |= {i.key: _why_carried(rank, i, talk, room) for rank, i in enumerate(rest, 1)}
    why |= {i.key: "waits for " + _and(i.missing) for i in waiting}
    why |= {i.key: "placed by hand" for i in byhand}
    sections = {DISCUSS: talk, CONSENT: consent, CARRIED: rest, NOT_READY: waiting}
    return [p for name, rows in sections.items() for p in _numbered(name, rows, byhand, why)]


def _discussed(
    ready: Sequence[Weighed], room: _Room, most_items: int
) -> tuple[list[Weighed], dict[int, str]]:
    """Those that are talked about, in order, and why; what is pulled is talked about even beyond the slot."""
    why: dict[int, str] = {}
    talk: list[Weighed] = []

    def take(rows: Iterable[Weighed], words: str, most: int) -> None:
        for item in rows:
            if most > 0 and item.key not in why and (item.pulled or room.fits(item)):
                room.take(item)
                talk.append(item)
                why[item.key] = words
                most -= 1

    take((i for i in ready if i.pulled), "a member wants to talk about it", len(ready))
    take((i for i in ready if i.due), "it cannot wait for the next meeting", most_items)
    often = [i for i in ready if i.carried >= OFTEN]
    take(often, "it was carried over twice: now it has its turn", max(1, most_items // 3))
    take(ready, "among the most money at stake a minute", most_items)
    return talk, why


def _why_carried(rank: int, item: Weighed, talk: Sequence[Weighed], room: _Room) -> str:
    if room.places > 0 and item.minutes > room.minutes:
        return f"it needs {item.minutes} minutes and {max(room.minutes, 0)} are left"
    if item.stake is None:
        return "what is at stake is not known, and the places are taken"
    worth_more = sum(1 for other in talk if other.a_minute >= item.a_minute)
    if worth_more + rank > RANKED:
        return f"more than {RANKED} are worth more a minute"
    place_words = f"{ordinal(worth_more + rank)} by money at stake a minute"
    if worth_more < len(talk):
        first = len(talk) - worth_more
        return f"{place_words}; {first} that {'goes' if first == 1 else 'go'} first could not wait"
    return f"{place_words}; {len(talk)} {'was' if len(talk) == 1 else 'were'} worth more"


def _numbered(
    name: str, rows: Sequence[Weighed], byhand: Sequence[Weighed], why: dict[int, str]
) -> list[Place]:
    """The section with what was put there by hand at its place."""
    ordered = list(rows)
    mine = sorted((i for i in byhand if i.hand and i.hand[0] == name), key=lambda i: (i.hand[1], i.key))  # type: ignore[index]
    for item in mine:
        ordered.insert(max(0, item.hand[1] - 1), item)  # type: ignore[index]
    return [Place(item.key, name, n, why[item.key]) for n, item in enumerate(ordered, 1)]


def _and(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def ordinal(n: int) -> str:
    """ "first" to "tenth", then "11th"."""
    words = "first second third fourth fifth sixth seventh eighth ninth tenth".split()
    if n <= len(words):
        return words[n - 1]
    ending = "th" if n % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")
    return f"{n}{ending}"
