"""Track records: what estimates of a person, a unit or a class came to, once it was known."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, QuerySet

from aiops import permissions
from aiops.models import BusinessUnit, User
from aiops.permissions import Permission
from backlog.models import Candidate
from roi.calc import reference_class
from roi.calc.calibration import (
    LEAST_FOR_RIVALS,
    Case,
    Contest,
    Coverage,
    Middle,
    backtest,
    contest,
    coverage,
    middle,
)
from roi.calc.record_words import sentences
from roi.calc.reference_class import INPUTS, PRIORS, Uplift
from roi.models import PastCase
from roi.queries.learning import RATIO, Median, histories
from roi.queries.past_cases import of_others

ORDER = (PastCase.Quantity.COST, PastCase.Quantity.TIME, PastCase.Quantity.VALUE)
LISTED = 12
ENOUGH = 0.8


@dataclass(frozen=True)
class Subject:
    """Whose record it is: one of person, unit and class, or none of them: the company."""

    person: User | None = None
    unit: BusinessUnit | None = None
    klass: str = ""

    @property
    def name(self) -> str:
        if self.person is not None:
            return str(self.person)
        if self.unit is not None:
            return str(self.unit)
        return str(Candidate.Klass(self.klass).label) if self.klass else "The company"


@dataclass(frozen=True)
class Record:
    """One quantity's finished cases, the newest `listed`; the figures are None where there are too few for them.

    `enough` is the ratio that held in eight of ten cases (P80; for a value P20); `uplift` is what is offered next time.
    """

    quantity: str
    listed: tuple[PastCase, ...]
    middle: Middle
    coverage: Coverage | None
    contest: Contest | None
    enough: float | None
    uplift: Uplift | None
    sentences: tuple[str, ...]

    @property
    def label(self) -> str:
        return str(PastCase.Quantity(self.quantity).label)

    @property
    def n(self) -> int:
        return self.middle.n


@dataclass(frozen=True)
class Line:
    """A person, unit or class in the table of all: cases and median ratio by quantity."""

    name: str
    query: str
    figures: tuple[tuple[int, float | None], ...]


def records(subject: Subject, reader: User, at: datetime) -> list[Record]:
    """Cost, time and value, each apart; a quantity without a case is left out."""
    rows = _cases(subject, reader, at)
    known: dict[str, list[Case]] = {}
    for quantity, *figures in rows.values_list("quantity", "likely", "actual", "low", "high"):
        known.setdefault(quantity, []).append(Case(*(None if f is None else float(f) for f in figures)))  # type: ignore[arg-type]
    offers, whose = _offers(subject, reader), "your" if subject.person == reader else "these"
    newest = rows.select_related("unit", "workload")
    return [
        _record(quantity, known[quantity], list(newest.filter(quantity=quantity)[:LISTED]), offers, whose)
        for quantity in ORDER
        if quantity in known
    ]


def _cases(subject: Subject, reader: User, at: datetime) -> "QuerySet[PastCase]":
    rows = PastCase.objects.visible_to(reader)
    if subject.person is not None:
        own = subject.person.pk == reader.pk
        return (
            PastCase.objects.filter(owner=reader)
            if own
            else of_others(reader, at).filter(owner=subject.person)
        )
    if subject.unit is not None:
        return rows.filter(unit=subject.unit)
    return rows.filter(klass=subject.klass) if subject.klass else rows


def _offers(subject: Subject, reader: User) -> dict[str, Uplift]:
    """What a form would offer next time, by quantity."""
    person = subject.person
    unit = subject.unit if person is None else person.home_unit
    owner_id = None if person is None else person.pk
    known = histories(owner_id=owner_id, unit=unit, klass=subject.klass, reader=reader)
    offered = {uplift.quantity: uplift for uplift in reference_class.offered(known)}
    return {quantity: offered[inputs[0]] for quantity, inputs in INPUTS.items() if inputs[0] in offered}


def _record(
    quantity: str, cases: list[Case], listed: list[PastCase], offers: dict[str, Uplift], whose: str
) -> Record:
    ratios = [case.ratio for case in cases]
    found, held, against = middle(ratios), coverage(cases), contest(cases)
    assert found is not None
    chance = 1 - ENOUGH if quantity == PastCase.Quantity.VALUE else ENOUGH
    enough = reference_class.quantile(ratios, chance) if len(ratios) >= LEAST_FOR_RIVALS else None
    tried = backtest(ratios, reach=quantity == PastCase.Quantity.VALUE)
    said = sentences(found, held, enough, tried, against, quantity, whose)
    return Record(quantity, tuple(listed), found, held, against, enough, offers.get(quantity), said)


def tables(reader: User, at: datetime) -> dict[str, list[Line]]:
    """Everybody and everything whose record this reader may see, the own one left out."""
    visible = PastCase.objects.visible_to(reader)
    where = permissions.scope(reader, Permission.READ_MONEY)
    found = {"people": _lines(of_others(reader, at), "owner_id", _people)}
    if where:
        rows = visible if where.everything else visible.filter(unit_id__in=where.unit_ids)
        found["units"] = _lines(rows.filter(unit__isnull=False), "unit_id", _units)
        found["classes"] = _lines(rows.exclude(klass=""), "klass", _classes)
    return {name: lines for name, lines in found.items() if lines}


def _lines(rows: "QuerySet[PastCase]", key: str, names: Any) -> list[Line]:
    """One query for the figures, one for the names."""
    grouped = rows.order_by().annotate(times=RATIO).values(key, "quantity")
    figures: dict[Any, dict[str, tuple[int, float]]] = {}
    for row in grouped.annotate(n=Count("pk"), median=Median("times")):
        figures.setdefault(row[key], {})[row["quantity"]] = (row["n"], row["median"])
    lines = [
        Line(name, query, tuple(figures[found].get(quantity, (0, None)) for quantity in ORDER))
        for found, name, query in names(figures)
    ]
    return sorted(lines, key=lambda line: line.name.lower())


def _people(keys: Iterable[Any]) -> Iterable[tuple[Any, str, str]]:
    return [(user.pk, str(user), f"?person={user.pk}") for user in User.objects.filter(pk__in=list(keys))]


def _units(keys: Iterable[Any]) -> Iterable[tuple[Any, str, str]]:
    return [
        (unit.pk, str(unit), f"?unit={unit.code}") for unit in BusinessUnit.objects.filter(pk__in=list(keys))
    ]


def _classes(keys: Iterable[Any]) -> Iterable[tuple[Any, str, str]]:
    return [(key, str(Candidate.Klass(key).label), f"?klass={key}") for key in keys]


def subject_of(reader: User, said: Any, at: datetime) -> Subject | None:
    """The subject that a query names, the reader where it names none; None for what the reader may not see."""
    person, unit, klass = (str(said.get(name, "")).strip() for name in ("person", "unit", "klass"))
    if person:
        return _person(reader, person, at)
    if unit:
        found = BusinessUnit.objects.filter(code=unit).first()
        return (
            Subject(unit=found)
            if found and permissions.has(reader, Permission.READ_MONEY, unit=found)
            else None
        )
    if klass or said.get("company"):
        known = klass in Candidate.Klass.values if klass else True
        return Subject(klass=klass) if known and permissions.has(reader, Permission.READ_MONEY) else None
    return Subject(person=reader)


def _person(reader: User, text: str, at: datetime) -> Subject | None:
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        return None
    if int(text) == reader.pk:
        return Subject(person=reader)
    known = of_others(reader, at).filter(owner_id=int(text)).select_related("owner__home_unit").first()
    return Subject(person=known.owner) if known is not None else None


def export_rows(found: Sequence[Record]) -> list[list[Any]]:
    """A row for each quantity, under EXPORT_HEAD."""
    rows = []
    for record in found:
        held = record.coverage
        inside = (
            [held.inside, held.n, held.share.point, held.share.low, held.share.high] if held else [None] * 5
        )
        ratios = [record.n, record.middle.median, record.middle.low, record.middle.high, record.enough]
        against = record.contest
        rivals = [against.crps, *(rival.crps for rival in against.rivals)] if against else [None] * 3
        rows.append(
            [record.quantity, *ratios, *inside, *rivals, record.uplift.factor if record.uplift else None]
        )
    return rows


EXPORT_HEAD = [
    "quantity", "cases", "median_ratio", "median_low", "median_high", "eight_in_ten_ratio", "ranges_held", "ranges",
    "coverage", "coverage_low", "coverage_high", "crps", "crps_median_rule", "crps_past_ratios", "offered_factor",
]  # fmt: skip
PUBLISHED = PRIORS
__all__ = [
    "EXPORT_HEAD",
    "PUBLISHED",
    "Line",
    "Record",
    "Subject",
    "export_rows",
    "records",
    "subject_of",
    "tables",
]
