"""Scoring a candidate: frozen, reproducible, and never a guess without its label."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, IntegrityError, connection, transaction

from aiops.errors import DomainError
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
    sized = size(candidate, cast, now)
    shown = operations.score(case=operations.case_of(sized), day=now.date())
    made = operations.assess(candidate=sized, by=cast.lead, at=now)
    assert (made.seed, made.inputs_hash, made.sentence) == (shown.seed, shown.inputs_hash, shown.sentence)
    made.refresh_from_db()
    assert float(made.npv_p50) == pytest.approx(shown.result.npv.p50, abs=0.01)


def test_everything_that_is_said_is_frozen_and_fits_its_columns(cast, now, candidate, rate):
    backlog.size(
        candidate=candidate,
        ranges=COSTED | {"start_months": Range(2, 3, 6), "ramp_months": Range(1, 3, 6)},
        efforts={"engineering": Decimal(30), "business": Decimal(10)},
        by=cast.assessor,
        at=now,
    )
    made = operations.assess(candidate=candidate, by=cast.lead, at=now)
    core, analysis = made.details["core"], made.details["analysis"]
    assert len(core["fan"]) == 37 and len(core["npv_curve"]) == 41
    assert made.roi_p10 < made.roi_p50 < made.roi_p90 and made.cvar < made.npv_p10
    assert made.build_p10 < made.build_p50 < made.build_mean < made.build_p90
    assert made.discounted_payback_p50 is None or made.discounted_payback_p50 >= made.payback_p50
    assert float(made.cost_of_delay) == pytest.approx(core["cost_of_delay"]["value"], abs=0.01)
    assert made.wsjf > 0 and made.rice > 0
    assert float(made.evpi) == pytest.approx(analysis["evpi"], abs=0.01)
    assert all(0 <= row["value"] <= analysis["evpi"] for row in analysis["information"])
    assert {row["quantity"] for row in analysis["sobol"]} <= {
        q["quantity"] for q in made.inputs["quantities"]
    }
    assert made.details["became"]["automation_share"] and made.details["became"]["loaded_rate"] == "constant"
    assert [row["quantity"] for row in analysis["tornado"]] == [d["quantity"] for d in made.drivers]


def test_the_hours_of_a_team_are_freed_once(cast, now, candidate, rate):
    """An approved candidate of the team has taken its hours: the next one finds only the rest."""
    backlog.size(candidate=candidate, ranges=COSTED, team=("Clerks", Decimal(1)), by=cast.assessor, at=now)
    first = operations.assess(candidate=candidate, by=cast.lead, at=now)
    backlog.send_to_review(candidate=candidate, by=cast.lead, at=now)
    operations.decide(candidate=candidate, verdict="approve", reason="Yes", by=cast.lead, at=now)
    draft = backlog.save_draft(by=cast.owner, at=now, title="Again", count=Decimal(9000), minutes=Decimal(8))
    second = backlog.submit(candidate=draft, by=cast.owner, at=now)
    backlog.size(candidate=second, ranges=COSTED, team=("Clerks", None), by=cast.assessor, at=now)
    made = operations.assess(candidate=second, by=cast.lead, at=now)
    assert made.inputs["hours_cap"] == pytest.approx(1600 - float(first.hours_p50))
    assert made.hours_p90 <= Decimal(1600) - first.hours_p50
    assert "approved candidates free" in made.inputs["cap_note"]


def test_tokens_are_priced_by_the_book_in_the_companys_currency(cast, now, candidate, rate):
    tokens = {"tokens_in": Range(3000, 4000, 6000), "tokens_out": Range(200, 300, 500)}
    candidate = backlog.size(
        candidate=candidate,
        ranges=COSTED | tokens,
        frame={"token_model": "openai/gpt-4o-mini"},
        by=cast.assessor,
        at=now,
    )
    dollars = operations.score(case=operations.case_of(candidate), day=now.date())
    Company.objects.filter(pk=Company.load().pk).update(usd_rate=Decimal(2))
    doubled = operations.score(case=operations.case_of(candidate), day=now.date())
    assert dollars.frame.price_in == pytest.approx(0.15e-6) and dollars.frame.price_out == pytest.approx(
        0.6e-6
    )
    assert doubled.frame.price_in == 2 * dollars.frame.price_in
    assert doubled.result.run_year.p50 > dollars.result.run_year.p50 > 6_000
    assert "token_price" not in dollars.missing


def test_a_model_that_the_price_book_lacks_is_missing_and_refused_at_the_door(cast, now, candidate, rate):
    case = operations.Case({"tokens_in": Range(1, 2, 3)}, token_model="nobody/nothing")
    assert "token_price" in operations.score(case=case, day=now.date()).missing
    with pytest.raises(DomainError, match="price book") as refused:
        operations.require_possible(case, now.date(), Company.load())
    assert refused.value.field == "token_model"


def test_correlations_that_cannot_hold_together_are_refused_by_name(cast, now):
    pairs = (("volume", "minutes", 0.9), ("minutes", "run_cost", 0.9), ("run_cost", "volume", -0.9))
    with pytest.raises(DomainError, match="run cost with volume") as refused:
        operations.require_possible(operations.Case({}, correlations=pairs), now.date(), Company.load())
    assert refused.value.field == "correlations"


def test_a_candidates_own_horizon_and_rate_come_before_the_companys(cast, now, candidate, rate):
    backlog.set_frame(candidate=candidate, horizon_months=24, by=cast.assessor, at=now)
    backlog.set_frame(candidate=candidate, discount_rate=Decimal("0.2"), by=cast.finance, at=now)
    made = operations.assess(candidate=candidate, by=cast.owner, at=now)
    assert (made.horizon_months, made.discount_rate) == (24, Decimal("0.2"))


def test_the_rate_of_a_job_is_used_where_the_candidate_names_it(cast, now, candidate, rate):
    RateCard.objects.create(unit=cast.unit, job="lawyer", hourly_rate=Decimal(120), valid_from=now.date())
    case = operations.case_of(candidate)
    rates = [replace(case, rate_job=job) for job in ("lawyer", "", "gardener")]
    used = [operations.score(case=c, day=now.date()).inputs for c in rates]
    found = [next(i.range.likely for i in inputs if i.quantity == "loaded_rate") for inputs in used]
    assert found == [120, 40, 40]


def test_the_reference_class_stands_beside_and_changes_nothing(cast, now, candidate, rate):
    case = operations.case_of(size(candidate, cast, now))
    raw = operations.score(case=case, day=now.date())
    uplifts, sterner = operations.corrected(raw)
    assert [u.quantity for u in uplifts] == ["build_cost"] and uplifts[0].factor == pytest.approx(1.27)
    assert "1,471" in uplifts[0].words and sterner.result.npv.p50 < raw.result.npv.p50
    assert operations.score(case=case, day=now.date()).result == raw.result
    measured = {"build_cost": Range(20_000, 35_000, 70_000, evidence="measured")}
    certain = operations.score(case=replace(case, ranges=case.ranges | measured), day=now.date())
    assert operations.corrected(certain) is None


def test_figures_larger_than_any_company_do_not_stop_the_others(cast, now, candidate, rate):
    backlog.set_estimates(
        candidate=candidate,
        ranges=COSTED | {"build_cost": Range(9e12, 9e12, 9e12), "volume": Range(9e11, 9e11, 9e11)},
        by=cast.assessor,
        at=now,
    )
    other = backlog.save_draft(by=cast.owner, at=now, title="Small", count=Decimal(10), minutes=Decimal(8))
    other = backlog.submit(candidate=other, by=cast.owner, at=now)
    assert operations.assess_open(at=now) >= 1
    assert queries.latest_assessment(other) is not None


def test_a_thousand_figures_are_not_asked_for_one_by_one(cast, now, rate, django_assert_max_num_queries):
    for n in range(12):
        draft = backlog.save_draft(
            by=cast.owner, at=now, title=f"Case {n}", count=Decimal(10 + n), minutes=Decimal(8)
        )
        backlog.submit(candidate=draft, by=cast.owner, at=now)
    operations.assess_open(at=now)
    with django_assert_max_num_queries(10):
        assert operations.assess_open(at=now) == 0


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
