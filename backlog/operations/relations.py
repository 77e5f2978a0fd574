"""How candidates stand to each other: only one of two, one first, or a shared benefit."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import transaction

from aiops import audit
from aiops.errors import DomainError
from aiops.models import Company, User
from backlog.models import Candidate, Relation
from backlog.operations.estimates import require_estimate
from backlog.operations.stages import locked_open

Kind = Relation.Kind


class Link(NamedTuple):
    """The other candidate's number, a kind of Relation and, for "overlaps", the share of benefit lost."""

    number: int
    kind: str
    overlap: float | Decimal | None = None


@transaction.atomic
def set_relations(
    *, candidate: Candidate, relations: Iterable[tuple[Any, ...]], by: User, at: datetime
) -> Candidate:
    """Replace what is said here of other candidates; `relations` are (number, kind[, overlap]).

    Only candidates that `by` can see are named; a relation to one that they cannot see stays as it is.
    """
    require_estimate(candidate, by)
    wanted = [Link(*link) for link in relations]
    # One writer of relations in the company at a time: two edges of a circle never pass each other.
    Company.load()
    Company.objects.select_for_update().get(pk=1)
    candidate = locked_open(candidate, "its relations stand.")
    others = _others(candidate, wanted, by)
    for link in wanted:
        _refuse(candidate, others[link.number], link)
    _refuse_circle(candidate, [others[link.number] for link in wanted if link.kind == Kind.NEEDS], by)
    _replace(candidate, {others[link.number]: link for link in wanted}, by, at)
    return candidate


def _others(candidate: Candidate, links: list[Link], by: User) -> dict[int, Candidate]:
    numbers = [link.number for link in links]
    found = {c.number: c for c in Candidate.objects.visible_to(by).filter(number__in=numbers)}
    for number in numbers:
        if number == candidate.number:
            raise _wrong(f"{candidate.key} cannot stand to itself.")
        if number not in found:
            raise _wrong(f"There is no candidate C-{number} that you can see.")
        if numbers.count(number) > 1:
            raise _wrong(f"C-{number} is named twice.")
    return found


def _wrong(words: str) -> DomainError:
    return DomainError("relation", words, "relations")


def _refuse(candidate: Candidate, other: Candidate, link: Link) -> None:
    if link.kind not in Kind.values:
        raise _wrong(f"{other.key}: there is no relation «{link.kind}».")
    if link.kind != Kind.OVERLAPS and link.overlap is not None:
        raise _wrong(f"{other.key}: a share belongs to «{Kind.OVERLAPS.label}» only.")
    if link.kind == Kind.OVERLAPS and not (link.overlap is not None and 0.0005 <= link.overlap <= 1):
        raise _wrong(f"{other.key}: say which share of the smaller benefit is lost, above 0 and up to 1.")
    there = Relation.objects.filter(candidate=other, other=candidate).first()
    if there is not None and {there.kind, link.kind} != {Kind.NEEDS.value}:
        words = f"{other.key} says already of {candidate.key}: {there.get_kind_display()}."
        raise _wrong(f"{words} Change it there.")


def _refuse_circle(candidate: Candidate, needed: list[Candidate], by: User) -> None:
    rows = Relation.objects.filter(kind=Kind.NEEDS).exclude(candidate=candidate)
    needs: dict[int, list[int]] = {candidate.pk: [other.pk for other in needed]}
    for first, second in rows.values_list("candidate_id", "other_id"):
        needs.setdefault(first, []).append(second)
    circle = _circle(candidate.pk, needs)
    if circle:
        seen = {c.pk: c.key for c in Candidate.objects.visible_to(by).filter(pk__in=circle)}
        keys = [seen.get(pk, "a candidate of another unit") for pk in circle]
        raise _wrong(f"{keys[0]} needs {', which needs '.join(keys[1:])}: that is a circle.")


def _circle(start: int, needs: dict[int, list[int]]) -> list[int]:
    """The way from `start` back to itself, both ends included; empty when there is none."""
    came: dict[int, int] = {}
    open_ends = [start]
    while open_ends:
        here = open_ends.pop()
        for after in needs.get(here, []):
            if after == start:
                return [start, *_way_back(here, start, came), start]
            if after not in came:
                came[after] = here
                open_ends.append(after)
    return []


def _way_back(here: int, start: int, came: dict[int, int]) -> list[int]:
    way: list[int] = []
    while here != start:
        way.append(here)
        here = came[here]
    return way[::-1]


def _replace(candidate: Candidate, wanted: dict[Candidate, Link], by: User, at: datetime) -> None:
    stored = candidate.relations.filter(other__in=Candidate.objects.visible_to(by)).select_related("other")
    before = {row.other.key: _said(row.kind, row.overlap) for row in stored}
    after = {other.key: _said(link.kind, link.overlap) for other, link in wanted.items()}
    if before == after:
        return
    stored.delete()
    for other, link in wanted.items():
        Relation.objects.create(
            candidate=candidate, other=other, kind=link.kind, overlap=_share(link.overlap)
        )
    log = {key: [before.get(key), after.get(key)] for key in sorted({*before, *after})}
    audit.record(by=by, at=at, action="candidate.relations_set", obj=candidate, changes=log)


def _share(overlap: float | Decimal | None) -> Decimal | None:
    return None if overlap is None else Decimal(str(overlap)).quantize(Decimal("0.001"))


def _said(kind: str, overlap: float | Decimal | None) -> str:
    return f"{kind} {_share(overlap)}" if overlap is not None else kind
