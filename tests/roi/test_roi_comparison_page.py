"""Two assessments of one candidate side by side: what changed, and what it did, to the cent."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from aiops.models import RateCard
from backlog.calc.ranges import Range
from roi.models import Assessment
from tests.roi.scored import file, freeze, older, size

pytestmark = pytest.mark.django_db


@pytest.fixture
def candidate(cast, now):
    return file(cast, now)


@pytest.fixture
def two(cast, now, candidate):
    """Frozen, then with another volume and build cost."""
    first = freeze(candidate, cast, now)
    changed = {"volume": Range(12_000, 15_000, 18_000), "build_cost": Range(30_000, 50_000, 99_000)}
    size(candidate, cast, now, **changed)
    return first, freeze(candidate, cast, now + timedelta(days=1))


def page(client, candidate, **query):
    return client.get(reverse("roi:compare", args=[candidate.number]), query)


def test_nobody_without_signing_in_no_stranger_nobody_without_money(cast, candidate, two):
    assert page(Client(), candidate).status_code == 302
    assert page(cast.client(cast.stranger), candidate).status_code == 404
    assert page(cast.client(cast.evaluator), candidate).status_code == 403
    assert page(cast.client(cast.owner), candidate).status_code == 200


def test_the_two_newest_are_compared_and_the_parts_add_up(cast, candidate, two):
    answer = page(cast.client(cast.lead), candidate)
    made, first, second = answer.context["made"], *two
    assert (made.before, made.after) == (first, second)
    assert {row.factor for row in made.rows} == {"volume", "build_cost"}
    assert sum(row.part for row in made.rows) == made.total == second.npv_p50 - first.npv_p50
    shown = answer.content.decode()
    for words in (
        "9,600 to 15,000, likely 12,000",
        "12,000 to 18,000, likely 15,000",
        "waterfall-chart",
        "Together",
    ):
        assert words in shown


def test_any_two_can_be_picked_in_either_direction(cast, now, candidate, two):
    size(candidate, cast, now, run_cost=Range(100, 200, 300))
    third = freeze(candidate, cast, now + timedelta(days=2))
    made = page(cast.client(cast.lead), candidate, a=third.pk, b=two[0].pk).context["made"]
    assert made.total == two[0].npv_p50 - third.npv_p50 and len(made.rows) == 3


@pytest.mark.parametrize("asked", ["0", "x", "-1", "99999999999999999999"])
def test_an_assessment_of_nobody_is_not_found(cast, candidate, two, asked):
    assert page(cast.client(cast.lead), candidate, a=asked).status_code == 404


def test_an_assessment_of_another_candidate_is_not_found(cast, now, candidate, two):
    other = freeze(file(cast, now, title="Other"), cast, now)
    assert page(cast.client(cast.lead), candidate, a=other.pk).status_code == 404


def test_with_one_there_is_nothing_to_compare(cast, now, candidate):
    assert "Nothing to compare yet" in page(cast.client(cast.lead), candidate).content.decode()
    first = freeze(candidate, cast, now)
    assert "Nothing to compare yet" in page(cast.client(cast.lead), candidate).content.decode()
    twice = older(first, calc_version="2", seed=first.seed, inputs=first.inputs)
    same = page(cast.client(cast.lead), candidate, a=first.pk, b=twice.pk)
    assert "Nothing changed between the two" in same.content.decode()


def test_the_first_calculation_is_a_part_of_its_own(cast, now, candidate):
    newer = freeze(candidate, cast, now)
    ends = {"npv_p10": newer.npv_p10, "npv_p50": newer.npv_p50 + 1000, "npv_p90": newer.npv_p50 + 9000}
    before = older(newer, at=now - timedelta(days=30), **ends)
    answer = page(cast.client(cast.lead), candidate, a=before.pk, b=newer.pk)
    (row,) = answer.context["made"].rows
    assert row.factor == "calculation" and row.part == Decimal("-1000.00")
    assert "version 1" in answer.content.decode() and "today's calculation" in answer.content.decode()


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"npv_p10": None, "npv_p50": None, "npv_p90": None}, "The first has no NPV"),
        ({"currency": "EUR"}, "amounts are not compared"),
    ],
)
def test_what_cannot_be_split_shows_the_inputs_only(cast, now, candidate, two, columns, words):
    before = older(two[0], at=now - timedelta(days=9), **columns)
    answer = page(cast.client(cast.lead), candidate, a=before.pk, b=two[1].pk)
    shown = answer.content.decode()
    assert words in shown and "waterfall-chart" not in shown and answer.context["made"].total is None
    assert "likely 15,000" in shown


def test_a_changed_rate_card_is_a_band_for_all_but_finance(cast, now, candidate):
    freeze(candidate, cast, now)
    RateCard.objects.update(hourly_rate=62)
    freeze(candidate, cast, now)
    owner, finance = (
        page(cast.client(who), candidate).content.decode() for who in (cast.owner, cast.finance)
    )
    assert "$40 to 50, rate card" in owner and "$60 to 70, rate card" in owner and "$62" not in owner
    assert "$62" in finance


def test_settings_are_told_in_words(cast, now, candidate):
    from aiops.models import Company

    freeze(candidate, cast, now)
    Company.objects.filter(pk=Company.load().pk).update(horizon_months=24, discount_rate=Decimal("0.08"))
    freeze(candidate, cast, now)
    shown = page(cast.client(cast.lead), candidate).content.decode()
    for words in ("36 months", "24 months", "10 % a year", "8 % a year", "The horizon", "The discount rate"):
        assert words in shown
    assert Assessment.objects.count() == 2
