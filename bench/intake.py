"""How long list, search, similar-while-typing, triage and agenda take with 10,000 candidates and 100,000 comments.

An own PostgreSQL and Valkey with the demo company, then candidates written as rows: titles and descriptions from a
small vocabulary, a frozen assessment each (a copy of one of the demo's, its money scaled), stages, estimates,
comments, votes and followers. Each page is asked in this process through all of the app, once to warm up and seven
times for the median. A page above 100 ms, or one whose number of queries grows with the rows, is a miss.
Run: python -m bench.intake [--candidates 10000] [--comments 100000]
"""

import argparse
import random
import sys
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from statistics import median
from typing import Any

from bench.pages import LIMIT_MS, TIMES, _ask, served

VERBS = "check match chase answer sort draft translate summarise book review collect update approve route copy".split()
NOUNS = (
    "invoices contracts tickets claims orders expense-reports e-mails alerts passwords leads quotes timesheets "
    "deliveries complaints access-requests certificates tenders payslips incidents backups releases"
).split()
WHERE = "by hand|from suppliers|for the sales desk|in the old system|against the policy|every night|of new hires".split(
    "|"
)
MORE = (
    "Two people copy figures from one screen to the other.|Most of them are the same each time.|"
    "Somebody checks the amount and asks back when it differs.|The list arrives as a spreadsheet on Mondays.|"
    "About a third comes back with a question.|It is done at month end, when everybody is busy."
).split("|")

# What a page with rows asks more than one that found none.
EMPTY = 8
TYPED = {"title": "match invoices from suppliers", "description": "Two people copy figures by hand."}


def main(candidates: int, comments: int) -> int:
    return served(lambda folder: _measure(folder, candidates, comments))


def _measure(folder: Path, candidates: int, comments: int) -> int:
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    call_command("demo")
    few = _timed()
    _fill(candidates, comments)
    many = _timed()
    wrong = [f"{name} takes {ms:.0f} ms" for name, (ms, _) in many.items() if ms > LIMIT_MS]
    wrong += [
        f"{name} asks {many[name][1]} queries, {few[name][1]} with the demo alone"
        for name in many
        if many[name][1] > few[name][1] + EMPTY
    ]
    print(f"{candidates:,} candidates, {comments:,} comments; median of {TIMES}")
    for name, (ms, queries) in sorted(many.items(), key=lambda item: -item[1][0]):
        print(f"  {name:34} {ms:7.1f} ms  {queries:3} queries  ({few[name][0]:.1f} ms in the demo)")
    for sentence in wrong:
        print(f"MISSED {sentence}")
    return 1 if wrong else 0


def _fill(candidates: int, comments: int) -> None:
    """Rows, not operations: what is measured is reading."""
    from django.db import connection, transaction

    from backlog.models import Candidate

    chance = random.Random(1)
    with transaction.atomic():
        made = _candidates(candidates, chance)
        _around(made, chance)
        _comments(made, comments, chance)
        _scores(made)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    assert Candidate.objects.count() > candidates


def _people() -> list[Any]:
    from aiops.models import User

    return list(User.objects.people().filter(is_active=True).order_by("pk"))


def _candidates(count: int, chance: random.Random) -> list[Any]:
    from aiops.models import BusinessUnit
    from backlog.models import Candidate

    units, people, now = list(BusinessUnit.objects.all()), _people(), datetime.now(UTC)
    first = Candidate.objects.next_number()
    states = ["received"] * 5 + ["sizing"] * 2 + ["in_review"] * 2 + ["rejected"]
    rows = [
        Candidate(
            number=first + n,
            title=f"{chance.choice(VERBS)} {chance.choice(NOUNS)} {chance.choice(WHERE)} {n % 97}"[:120],
            description=" ".join(chance.sample(MORE, 3)),
            owner=chance.choice(people),
            unit=chance.choice(units),
            count=Decimal(100 + n % 900),
            minutes=Decimal(2 + n % 30),
            state=chance.choice(states),
            simulated=True,
            created_at=now - timedelta(days=n % 400),
            submitted_at=now - timedelta(days=n % 400),
        )
        for n in range(count)
    ]
    return Candidate.objects.bulk_create(rows, batch_size=2000)


def _around(made: list[Any], chance: random.Random) -> None:
    from backlog.models import Estimate, Feasibility, Follower, StageEntry, Vote

    people, now = _people(), datetime.now(UTC)
    StageEntry.objects.bulk_create(
        [
            StageEntry(candidate=c, state=c.state, holder_role="the lead", entered_at=c.submitted_at)
            for c in made
        ],
        batch_size=5000,
    )
    Feasibility.objects.bulk_create(
        [
            Feasibility(candidate=c, verdict="yes", line="An interface is there.", by=people[0], at=now)
            for c in made
            if chance.random() < 0.7
        ],
        batch_size=5000,
    )
    Estimate.objects.bulk_create(
        [
            Estimate(
                candidate=c,
                quantity=quantity,
                low=10,
                likely=20,
                high=40,
                meaning="percentiles",
                evidence="expert",
                as_of=now.date(),
                by=people[0],
            )  # fmt: skip
            for c in made
            for quantity in ("volume", "minutes", "build_cost")
        ],
        batch_size=5000,
    )
    for model in (Vote, Follower):
        pairs = {(chance.choice(made).pk, chance.choice(people).pk) for _ in range(2 * len(made))}
        rows = [model(candidate_id=c, by_id=p, at=now) for c, p in sorted(pairs)]
        model.objects.bulk_create(rows, batch_size=5000)


def _comments(made: list[Any], count: int, chance: random.Random) -> None:
    from backlog.models import Comment

    people, now = _people(), datetime.now(UTC)
    rows = [
        Comment(
            # A tenth of them on one candidate: the page of the most talked about counts.
            candidate=made[0] if n % 100 == 0 else chance.choice(made),
            by=chance.choice(people),
            text=chance.choice(MORE),
            at=now - timedelta(minutes=n),
        )
        for n in range(count)
    ]
    Comment.objects.bulk_create(rows, batch_size=5000)


def _scores(made: list[Any]) -> None:
    """A copy of a real assessment for each, with its details, its money times a number of its own."""
    from django.db import connection

    from roi.models import Assessment

    like = Assessment.objects.exclude(npv_p50=None).order_by("pk").first()
    assert like is not None
    money = ("npv_p10", "npv_p50", "npv_p90", "npv_mean", "cost_of_delay", "evpi")
    names = [f.column for f in Assessment._meta.concrete_fields if f.name not in ("id", "candidate")]
    columns = ", ".join(
        f'a."{name}" * (0.5 + (c.id %% 100) / 50.0)' if name in money else f'a."{name}"' for name in names
    )
    listed = ", ".join(f'"{name}"' for name in names)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO roi_assessment (candidate_id, {listed}) SELECT c.id, {columns}"
            " FROM backlog_candidate c, roi_assessment a WHERE a.id = %s AND c.id = ANY(%s)",
            [like.pk, [c.pk for c in made]],
        )


def _timed() -> dict[str, tuple[float, int]]:
    """Milliseconds and queries of each page."""
    return {name: _one(who, path) for name, who, path in _pages()}


def _one(who: Any, path: str) -> tuple[float, int]:
    from django.test import Client

    client = Client()
    client.force_login(who)
    said = TYPED if path.endswith("/similar/") else None
    _ask(client, path, said)
    rounds = [_ask(client, path, said)[0] for _ in range(TIMES)]
    return median(one.ms for one in rounds), len(rounds[0].statements)


def _pages() -> list[tuple[str, Any, str]]:
    """Name, reader and address; the candidate is the one that is talked about most."""
    from django.db.models import Count
    from django.urls import reverse

    from aiops.models import User
    from backlog.models import Candidate
    from roi.models import Review

    lead = User.objects.get(email="lead@demo.payback")
    owner = User.objects.get(email="owner@demo.payback")
    seen = Candidate.objects.visible_to(lead).filter(state__in=["received", "sizing", "in_review"])
    top = seen.annotate(n=Count("comments")).order_by("-n", "number").first()
    review = Review.objects.exclude(state__in=["closed", "cancelled"]).order_by("starts_at").first()
    assert top is not None and review is not None
    listed, triage = reverse("backlog:candidates"), reverse("roi:triage")
    similar = reverse("backlog:similar")
    return [
        ("the list", lead, listed),
        ("the list of an owner", owner, listed),
        ("page 50 of the list", lead, f"{listed}?page=50"),
        ("search: invoices", lead, f"{listed}?q=invoices"),
        ("similar while typing", owner, similar),
        ("triage", lead, triage),
        ("triage of an owner", owner, triage),
        ("triage, searched", lead, f"{triage}?q=contracts"),
        ("the most talked about candidate", lead, reverse("backlog:candidate", args=[top.number])),
        ("the board", lead, reverse("roi:board")),
        ("the agenda", lead, reverse("roi:review", args=[review.number])),
        ("why not on the agenda", lead, reverse("roi:candidate_agenda", args=[top.number])),
        ("home", lead, reverse("roi:home")),
        ("API: candidates", lead, reverse("backlog:api_candidates")),
    ]


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--candidates", type=int, default=10_000)
    parser.add_argument("--comments", type=int, default=100_000)
    given = parser.parse_args()
    sys.exit(main(given.candidates, given.comments))
