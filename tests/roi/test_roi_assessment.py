"""Scoring a candidate: frozen, reproducible, and never a guess without its label."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, IntegrityError, connection, transaction

from aiops.models import AuditEvent, Company, RateCard
from backlog import operations as backlog
from backlog.calc.ranges import Range
from roi import operations, queries
from roi.models import Assessment

pytestmark = pytest.mark.django_db

COSTED = {
    "automation_share": Range(0.4, 0.55, 0.7),
    "cashable_share": Range(0.4, 0.5, 0.6),
    "build_cost": Range(20_000, 35_000, 70_000),
    "run_cost": Range(4_000, 6_000, 9_000),
}


@pytest.fixture
def candidate(cast, now):
    """1,000 a month at 8 minutes, fairly sure, cost left to IT."""
    draft = backlog.save_draft(
        by=cast.owner, at=now, title="Match invoices", count=Decimal(1000), minutes=Decimal(8)
    )
    return backlog.submit(candidate=draft, by=cast.owner, at=now)


@pytest.fixture
def rate(cast, now):
    return RateCard.objects.create(unit=cast.unit, hourly_rate=Decimal(40), valid_from=now.date())


def size(candidate, cast, now, **changes):
    return backlog.set_estimates(candidate=candidate, ranges=COSTED | changes, by=cast.assessor, at=now)


def test_an_owner_hears_hours_and_the_cost_below_which_it_pays(cast, now, candidate, rate):
    made = operations.assess(candidate=candidate, by=cast.owner, at=now)
    assert made.npv_p50 is None and made.prob_positive is None
    assert made.breakeven_build > 0
    assert "hours a year" in made.sentence and "if it costs less than" in made.sentence
    assumed = {q["quantity"]: q for q in made.inputs["quantities"] if q["source"] == "assumed" and q["note"]}
    assert set(assumed) == {"automation_share", "cashable_share"}
    assert "typical" in assumed["automation_share"]["note"]


def test_a_sized_candidate_has_npv_chance_payback_and_three_drivers(cast, now, candidate, rate):
    made = operations.assess(candidate=size(candidate, cast, now), by=cast.assessor, at=now)
    assert made.npv_p10 < made.npv_p50 < made.npv_p90
    assert 0 <= made.prob_positive <= 1
    assert made.payback_p50 is None or made.payback_p50 <= made.horizon_months
    assert len(made.drivers) >= 3
    assert made.capacity_p50 < made.hours_p50
    rate_used = next(q for q in made.inputs["quantities"] if q["quantity"] == "loaded_rate")
    assert rate_used["source"] == "rate card" and rate_used["likely"] == 40


def test_without_a_rate_card_there_is_no_money_and_it_says_so(cast, now, candidate):
    made = operations.assess(candidate=size(candidate, cast, now), by=cast.assessor, at=now)
    assert made.hours_p50 > 0 and made.cash_year_p50 is None and made.npv_p50 is None
    assert "No hourly rate is known" in made.sentence


def test_the_rate_of_the_unit_comes_before_the_companys(cast, now, candidate, rate):
    RateCard.objects.create(unit=None, hourly_rate=Decimal(99), valid_from=now.date())
    made = operations.assess(candidate=candidate, by=cast.owner, at=now)
    assert next(q["likely"] for q in made.inputs["quantities"] if q["quantity"] == "loaded_rate") == 40


def test_unchanged_inputs_are_not_scored_twice_and_changed_ones_are(cast, now, candidate, rate):
    first = operations.assess(candidate=candidate, by=cast.owner, at=now)
    assert operations.assess(candidate=candidate, by=cast.lead, at=now + timedelta(days=1)) == first
    second = operations.assess(candidate=size(candidate, cast, now), by=cast.lead, at=now)
    assert second.pk > first.pk and second.inputs_hash != first.inputs_hash
    assert queries.latest_assessment(candidate) == second
    assert AuditEvent.objects.filter(action="candidate.assessed").count() == 2


def test_what_is_frozen_is_what_a_preview_of_the_same_ranges_says(cast, now, candidate, rate):
    from backlog.queries import estimate_ranges

    sized = size(candidate, cast, now)
    shown = operations.score(ranges=estimate_ranges(sized), unit=sized.unit, day=now.date())
    made = operations.assess(candidate=sized, by=cast.lead, at=now)
    assert (made.seed, made.inputs_hash, made.sentence) == (shown.seed, shown.inputs_hash, shown.sentence)
    made.refresh_from_db()
    assert float(made.npv_p50) == pytest.approx(shown.result.npv.p50, abs=0.01)


def test_a_new_discount_rate_is_a_new_score(cast, now, candidate, rate):
    first = operations.assess(candidate=candidate, by=cast.owner, at=now)
    Company.objects.filter(pk=Company.load().pk).update(discount_rate=Decimal("0.2"))
    assert operations.assess(candidate=candidate, by=cast.owner, at=now) != first


@pytest.mark.parametrize(
    "who", ["reviewer", "stranger", "auditor", "executive", "evaluator", "it", "finance"]
)
def test_readers_and_strangers_freeze_nothing(cast, now, candidate, who):
    with pytest.raises(PermissionDenied):
        operations.assess(candidate=candidate, by=getattr(cast, who), at=now)
    assert not Assessment.objects.exists()


def test_beat_scores_what_changed_and_nothing_else(cast, now, candidate, rate):
    assert operations.assess_open(at=now) == 1
    assert operations.assess_open(at=now) == 0
    size(candidate, cast, now)
    assert operations.assess_open(at=now) == 1
    assert Assessment.objects.filter(by=cast.system).count() == 2


def test_a_draft_and_a_withdrawn_one_are_not_scored_by_beat(cast, now, candidate):
    backlog.save_draft(by=cast.owner, at=now, title="Only an idea")
    backlog.withdraw(candidate=candidate, by=cast.owner, at=now)
    assert operations.assess_open(at=now) == 0


def test_the_database_refuses_to_change_or_remove_a_frozen_score(cast, now, candidate):
    made = operations.assess(candidate=candidate, by=cast.owner, at=now)
    for sql in ("UPDATE roi_assessment SET sentence = 'better'", "DELETE FROM roi_assessment"):
        with (
            pytest.raises(DatabaseError, match="frozen"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(sql)
    made.refresh_from_db()
    assert made.sentence != "better"


@pytest.mark.parametrize(
    ("broken", "constraint"),
    [
        ({"npv_p10": 2, "npv_p50": 1, "npv_p90": 3}, "assessment_npv_ordered"),
        ({"hours_p10": 1, "hours_p50": 9, "hours_p90": 3}, "assessment_hours_ordered"),
        ({"prob_positive": Decimal("1.5")}, "assessment_probability"),
    ],
)
def test_the_database_refuses_impossible_percentiles(cast, now, candidate, broken, constraint):
    good = {"candidate": candidate, "by": cast.owner, "at": now, "inputs": {}, "inputs_hash": "x", "seed": 1}
    good |= {"calc_version": "1", "draws": 1, "horizon_months": 36, "discount_rate": 0, "ramp_months": 3}
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Assessment.objects.create(**good, currency="USD", sentence="x", **broken)
