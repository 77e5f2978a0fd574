"""Groups of tickets with their figures: how many a year, how often touched and moved, how long they waited."""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np

from backlog.calc.discovery import clusters, volume
from backlog.calc.discovery.cases import Case
from backlog.calc.discovery.volume import Volume
from backlog.calc.discovery.window import Window, month_days

CATEGORY, TEXT = "category", "text"
SMALLEST, SMALLEST_SHARE = 10, 0.005
SAMPLES = 10
LONGEST_NAME = 200
REST_CATEGORIES, REST_WORDS = "other categories", "other words"
NO_CATEGORY = "without a category"


@dataclass(frozen=True)
class Group:
    """Figures are of closed cases inside the window; the volume is of all that were opened in its whole months."""

    by: str
    name: str
    cases: int
    volume: Volume | None
    touches: float
    reassignments: float
    waiting_hours: float | None
    details: dict[str, Any] = field(default_factory=dict)

    @property
    def rank(self) -> float:
        """Volume x touches x (1 + reassignments); where no time is known, volume is the number of cases."""
        many = self.volume.mid if self.volume else self.cases
        return many * self.touches * (1 + self.reassignments)


@dataclass(frozen=True)
class Frame:
    """What all groups of a log share: its window, or the days that somebody says it covers; None: not known."""

    window: Window | None
    covers_days: float | None = None

    def volume(self, cases: Sequence[Case]) -> Volume | None:
        if self.window is None:
            return volume.a_year([len(cases)], [self.covers_days]) if self.covers_days else None
        if months := self.window.months:
            per_month = self.months(cases)
            return volume.a_year(
                [per_month[month] for month in months], [month_days(month) for month in months]
            )
        inside = sum(1 for case in cases if case.opened and self.window.holds(case.opened.date()))
        return volume.a_year([inside], [self.window.days])

    def months(self, cases: Sequence[Case]) -> Counter[date]:
        """Openings by month, of those in a whole month or inside the window."""
        return Counter(case.opened.date().replace(day=1) for case in cases if case.opened)


def by_category(cases: Sequence[Case], frame: Frame) -> list[Group]:
    """By category, split by subcategory where that leaves enough tickets; what is small is "other"."""
    return _ranked(_grouped(cases, _namer(cases)), CATEGORY, frame, {})


def _namer(cases: Sequence[Case]) -> Callable[[Case], str]:
    """How a ticket's group is called."""
    least = max(SMALLEST, SMALLEST_SHARE * len(cases))
    pairs = Counter((case.category, case.subcategory) for case in cases if case.subcategory)
    large = {pair for pair, count in pairs.items() if count >= least}
    rest = Counter(case.category for case in cases if (case.category, case.subcategory) not in large)
    split = {category for category, _ in large}

    def name(case: Case) -> str:
        if (case.category, case.subcategory) in large:
            return f"{case.category or NO_CATEGORY} / {case.subcategory}"
        if rest[case.category] < least and len(rest) > 1:
            return REST_CATEGORIES
        return f"{case.category or NO_CATEGORY}{', other' if case.category in split else ''}"

    return name


def by_text(cases: Sequence[Case], frame: Frame) -> list[Group]:
    """By the words of their texts; named by the words that tell a group from the others."""
    found = clusters.group([case.text for case in cases])
    names = [REST_WORDS if label < 0 else ", ".join(found.words[label]) for label in found.labels]
    told = {", ".join(words): words for words in found.words}
    places = {id(case): name for case, name in zip(cases, names, strict=True)}
    return _ranked(_grouped(cases, lambda case: places[id(case)]), TEXT, frame, told)


def _grouped(cases: Sequence[Case], name: Callable[[Case], str]) -> dict[str, list[Case]]:
    found: dict[str, list[Case]] = defaultdict(list)
    for case in cases:
        found[name(case)[:LONGEST_NAME]].append(case)
    return found


def _ranked(grouped: dict[str, list[Case]], by: str, frame: Frame, told: dict[str, list[str]]) -> list[Group]:
    made = [_group(name, rows, by, frame, told.get(name, [])) for name, rows in grouped.items()]
    found = [group for group in made if group]
    # What is left over is no work of one kind, however much of it there is: it stands last.
    return sorted(found, key=lambda group: (group.details["rest"], -group.rank, group.name))


def _group(name: str, cases: Sequence[Case], by: str, frame: Frame, words: list[str]) -> Group | None:
    closed = [case for case in cases if not case.is_open]
    if not closed:
        return None
    waits = [case.waiting_hours for case in closed if case.waiting_hours is not None]
    made = frame.volume(cases)
    return Group(
        by=by,
        name=name,
        cases=len(closed),
        volume=made,
        touches=float(np.mean([case.touches for case in closed])),
        reassignments=float(np.mean([case.reassignments for case in closed])),
        waiting_hours=float(np.median(waits)) if waits else None,
        details=_details(cases, closed, waits, frame, words)
        | {"enough": bool(made and made.is_enough), "rest": name in (REST_CATEGORIES, REST_WORDS)},
    )


def _details(
    cases: Sequence[Case], closed: Sequence[Case], waits: Sequence[float], frame: Frame, words: list[str]
) -> dict[str, Any]:
    """Quartiles, months, words and sample numbers; never a text."""
    months, whole = frame.months(cases), set(frame.window.months if frame.window else ())
    step = max(1, len(closed) // SAMPLES)
    return {
        "words": words,
        "samples": [case.number for case in closed[::step][:SAMPLES]],
        "open": len(cases) - len(closed),
        "reopened": round(float(np.mean([case.reopened for case in closed])), 4),
        "months": [[month.isoformat(), months[month], month in whole] for month in sorted(months)],
        "waiting": _quartiles(waits),
        "touches": _quartiles([case.touches for case in closed]),
        "volume_known": frame.window is not None or bool(frame.covers_days),
    }


def _quartiles(values: Sequence[float]) -> list[float]:
    return [round(float(q), 2) for q in np.quantile(values, (0.25, 0.5, 0.75))] if values else []
