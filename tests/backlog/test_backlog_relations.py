"""How candidates stand to each other, and everything that is said at once."""

from decimal import Decimal

import pytest

from aiops.errors import DomainError
from aiops.models import AuditEvent
from aiops.roles import Role
from backlog import operations as do
from backlog import queries
from backlog.calc.ranges import Range
from backlog.models import Relation, Team
from tests.backlog.test_backlog_sizing import ONE, filed, refused, said
from tests.factories import grant, make_user


@pytest.fixture
def three(cast, now):
    return [filed(cast, now, title) for title in "ABC"]


def test_relations_are_told_from_both_sides(cast, now, three):
    a, b, c = three
    links = [(b.number, "needs"), (c.number, "overlaps", 0.25)]
    do.set_relations(**said(cast, now, a, relations=links))
    do.set_relations(**said(cast, now, a, relations=links))
    assert AuditEvent.objects.filter(action="candidate.relations_set").count() == 1
    here = [(r.candidate, r.kind, r.overlap, r.here) for r in queries.relations_of(cast.assessor, a)]
    assert here == [(b, "needs", None, True), (c, "overlaps", 0.25, True)]
    there = queries.relations_of(cast.assessor, b)
    assert [(r.candidate, r.words, r.here) for r in there] == [(a, "is needed by it", False)]
    do.set_relations(**said(cast, now, a, relations=[]))
    assert not Relation.objects.exists()


def test_relations_that_cannot_be(cast, now, three):
    a, b, _ = three
    for links, words in (
        ([(a.number, "needs")], "itself"),
        ([(999, "needs")], "no candidate C-999"),
        ([(b.number, "needs"), (b.number, "excludes")], "named twice"),
        ([(b.number, "likes")], "no relation"),
        ([(b.number, "needs", 0.5)], "only"),
        ([(b.number, "overlaps")], "which share"),
        ([(b.number, "overlaps", 0)], "which share"),
        ([(b.number, "overlaps", 1.1)], "which share"),
        ([(b.number, "overlaps", float("nan"))], "which share"),
    ):
        with refused("relation", "relations", words):
            do.set_relations(**said(cast, now, a, relations=links))
    assert not Relation.objects.exists()


def test_a_circle_of_needs_is_named(cast, now, three):
    a, b, c = three
    do.set_relations(**said(cast, now, a, relations=[(b.number, "needs")]))
    do.set_relations(**said(cast, now, b, relations=[(c.number, "needs")]))
    words = f"{c.key} needs {a.key}, which needs {b.key}, which needs {c.key}: that is a circle."
    with refused("relation", "relations", words):
        do.set_relations(**said(cast, now, c, relations=[(a.number, "needs")]))
    with refused("relation", "relations", f"{b.key} needs {a.key}, which needs {b.key}"):
        do.set_relations(**said(cast, now, b, relations=[(a.number, "needs")]))


def test_what_the_other_says_already_is_not_said_twice(cast, now, three):
    a, b, _ = three
    do.set_relations(**said(cast, now, a, relations=[(b.number, "excludes")]))
    for kind in ("excludes", "needs"):
        with refused("relation", "relations", f"{a.key} says already of {b.key}: only one of the two"):
            do.set_relations(**said(cast, now, b, relations=[(a.number, kind)]))


def test_only_what_one_sees_is_named_shown_and_replaced(cast, now, three):
    a, b, _ = three
    hidden = filed(cast, now, "Secret", cast.other_unit)
    own = make_user("Uma Unit", cast.unit)
    grant(own, Role.ASSESSOR, cast.unit, cast.system, now)
    do.set_relations(**said(cast, now, a, relations=[(hidden.number, "excludes")]))
    assert queries.relations_of(own, a) == []
    with refused("relation", "relations", f"no candidate {hidden.key} that you can see"):
        do.set_relations(candidate=a, relations=[(hidden.number, "needs")], by=own, at=now)
    do.set_relations(candidate=a, relations=[(b.number, "needs")], by=own, at=now)
    assert {row.other for row in a.relations.all()} == {b, hidden}
    do.set_relations(**said(cast, now, a, relations=[(hidden.number, "needs")]))
    do.set_relations(**said(cast, now, hidden, relations=[(b.number, "needs")]))
    with refused("relation", "relations", "a candidate of another unit"):
        do.set_relations(candidate=b, relations=[(a.number, "needs")], by=own, at=now)


# all at once


def everything(three, **changes):
    _, b, _ = three
    return {
        "ranges": {"build_cost": ONE},
        "team": ("Clerks", Decimal(3)),
        "frame": {"horizon_months": 24},
        "correlations": [("volume", "build_cost", 0.6)],
        "efforts": {"data": Decimal(2)},
        "relations": [(b.number, "excludes")],
        **changes,
    }


def test_size_writes_all_of_it(cast, now, three):
    a = three[0]
    made = do.size(**said(cast, now, a, details={"risk_tier": "high"}, **everything(three)))
    assert (made.state, made.risk_tier, made.horizon_months, made.team.name) == (
        "sizing",
        "high",
        24,
        "Clerks",
    )
    assert queries.estimate_ranges(a)["build_cost"].likely == 2 and queries.effort_days(a) == 2
    assert queries.correlations_of(a) == (("build_cost", "volume", 0.6),) and a.relations.count() == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"ranges": {"volume": Range(-1, 0, 1)}},
        {"team": ("New", None)},
        {"frame": {"horizon_months": 0}},
        {"correlations": [("volume", "volume", 0.5)]},
        {"efforts": {"data": Decimal(0)}},
        {"relations": [(999, "needs")]},
    ],
)
def test_size_is_all_or_nothing(cast, now, three, wrong):
    a = three[0]
    with pytest.raises(DomainError):
        do.size(**said(cast, now, a, **everything(three, **wrong)))
    a.refresh_from_db()
    assert a.state == "received" and a.team is None and a.horizon_months is None
    assert set(queries.estimate_ranges(a)) == {"volume", "minutes"}
    assert not (
        a.correlations.exists() or a.efforts.exists() or a.relations.exists() or Team.objects.exists()
    )


def test_none_leaves_a_part_as_it_is(cast, now, three):
    a = three[0]
    do.size(**said(cast, now, a, **everything(three)))
    do.size(**said(cast, now, a, efforts={}))
    a.refresh_from_db()
    assert a.team.name == "Clerks" and a.relations.exists() and not a.efforts.exists()
