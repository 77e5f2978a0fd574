"""Scores over the API: previewed whole without a trace, refused with field and reason, listed and compared."""

import json
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from aiops.models import Company, RateCard
from backlog.calc.ranges import Range
from roi.calc.simulation import CALC_VERSION, SEED
from roi.models import Assessment
from tests.roi.scored import file, freeze, older, size

pytestmark = pytest.mark.django_db
PREVIEW, COMPARE = "/api/v1/assessments/preview", "/api/v1/assessments/compare"
ROWS: dict[str, tuple[float, float, float]] = {
    "volume": (9e3, 12e3, 15e3),
    "minutes": (8, 10, 14),
    "automation_share": (0.4, 0.5, 0.6),
    "cashable_share": (0.4, 0.5, 0.6),
    "build_cost": (1e4, 2e4, 4e4),
    "run_cost": (1e3, 2e3, 3e3),
}


def rows(**changes: Any) -> list[dict[str, Any]]:
    known = ROWS | changes
    points = ("low", "likely", "high")
    return [{"quantity": q, **dict(zip(points, p, strict=True))} for q, p in known.items() if p]


@pytest.fixture
def rate(cast, now):
    return RateCard.objects.create(unit=cast.unit, hourly_rate=Decimal(42), valid_from=now.date())


@pytest.fixture
def candidate(cast, now):
    return file(cast, now)


def post(client, body=None, **more):
    said = body if body is not None else {"estimates": rows(), **more}
    return client.post(PREVIEW, said if isinstance(said, str) else json.dumps(said), "application/json")


# --- the preview --------------------------------------------------------------------


def test_a_preview_says_everything_and_stores_nothing(cast, rate):
    answer = post(cast.client(cast.owner))
    made = answer.json()
    assert answer.status_code == 200 and not Assessment.objects.exists()
    assert (made["seed"], made["draws"], made["calc_version"]) == (SEED, 4096, CALC_VERSION)
    assert made["currency"] == "USD" and "in cash over 36 months" in made["sentence"]
    core, analysis = made["core"], made["analysis"]
    for name in ("npv", "roi", "hours", "capacity", "cash_year", "run_year", "build"):
        assert core[name]["p10"] <= core[name]["p50"] <= core[name]["p90"]
    for name in (
        "npv_mean",
        "cvar",
        "prob_positive",
        "payback",
        "discounted_payback",
        "mirr",
        "irr",
        "wsjf",
        "rice",
    ):
        assert core[name] is not None
    assert len(core["fan"]) == 37 and core["cost_of_delay"]["value"] > 0
    assert core["wsjf"]["value"] is None and core["wsjf"]["words"]
    assert {row["quantity"] for row in analysis["tornado"]} == set(ROWS)
    assert analysis["evpi"] >= 0 and analysis["breakevens"] and analysis["sobol"]
    assert made["corrected"]["core"]["npv"]["p50"] < core["npv"]["p50"]
    assert made["corrected"]["uplifts"][0]["factor"] == pytest.approx(1.27)
    assert made["formula"][-1].startswith("NPV =") and made["missing"] == []
    assert {row["quantity"]: row["became"] for row in made["inputs"]}["volume"] == "log metalog"


def test_the_same_body_gives_the_same_answer_and_another_seed_another(cast, rate):
    client = cast.client(cast.owner)
    one, two = (post(client, seed=5, draws=512).json() for _ in range(2))
    other = post(client, seed=6, draws=512).json()
    assert one == two and one["inputs_hash"] == other["inputs_hash"]
    assert one["core"]["npv"] != other["core"]["npv"]


def test_only_what_is_asked_for_is_computed(cast, rate):
    client = cast.client(cast.owner)
    assert "analysis" not in post(client, parts=["core"]).json()
    assert "core" not in post(client, parts=["analysis"]).json()


def test_settings_replace_the_companys(cast, rate):
    said = {"horizon_months": 12, "discount_rate": 0.2, "hours_cap": 100, "effort_days": 40}
    said["correlations"] = [{"first": "volume", "second": "run_cost", "rho": 0.5}]
    made = post(cast.client(cast.owner), **said).json()
    assert (made["horizon_months"], made["discount_rate"], len(made["core"]["fan"])) == (12, 0.2, 13)
    assert made["core"]["hours"]["p90"] == 100 and made["core"]["rice"]["value"] is not None
    assert made["analysis"]["sobol"] is None


def test_tokens_are_priced_by_the_book_with_the_day(cast, rate):
    more = rows(tokens_in=(1000, 2000, 4000), tokens_out=(100, 200, 300))
    client = cast.client(cast.owner)
    unpriced, priced = (
        post(client, {"estimates": more, "token_model": model}).json() for model in ("", "openai/gpt-4o-mini")
    )
    assert unpriced["missing"] == ["token_price"] and priced["missing"] == []
    assert priced["core"]["run_year"]["p50"] > unpriced["core"]["run_year"]["p50"]
    assert any("list price of openai/gpt-4o-mini on" in line for line in priced["formula"])


def test_the_rate_of_the_card_is_a_band_for_all_but_finance(cast, rate):
    def of(made):
        return next(row for row in made["inputs"] if row["quantity"] == "loaded_rate")

    mine = post(cast.client(cast.owner)).json()
    assert of(mine)["likely"] is None and of(mine)["band"] == "$40 to 50" and not of(mine)["note"]
    assert "loaded_rate" not in {row["quantity"] for row in mine["analysis"]["breakevens"]}
    assert all("cost" not in row for row in mine["analysis"]["information"])
    cast.finance.home_unit = cast.unit
    cast.finance.save()
    from aiops.roles import Role
    from tests.factories import grant

    grant(cast.finance, Role.OWNER, cast.unit, cast.system, rate_day(rate))
    theirs = post(cast.client(cast.finance)).json()
    assert of(theirs)["likely"] == 42
    assert "loaded_rate" in {row["quantity"] for row in theirs["analysis"]["breakevens"]}


def rate_day(rate):
    from datetime import UTC, datetime

    return datetime(rate.valid_from.year, rate.valid_from.month, rate.valid_from.day, tzinfo=UTC)


@pytest.mark.parametrize(
    ("estimates", "told"),
    [([], "Not enough is known"), (rows(build_cost=None), "if it costs less than")],
)
def test_little_is_told_in_words(cast, rate, estimates, told):
    made = post(cast.client(cast.owner), {"estimates": estimates}).json()
    assert told in made["sentence"] and made["core"]["npv"] is None and made["corrected"] is None
    assert made["analysis"]["evpi"] is None and made["analysis"]["breakevens"] == []


def test_a_preview_is_for_those_who_file(cast):
    assert post(Client()).status_code in (401, 403)
    assert post(cast.client(cast.executive)).status_code == 403
    assert cast.client(cast.owner).get(PREVIEW).status_code == 405


def test_another_units_rate_is_nobodys_business(cast, now, rate):
    RateCard.objects.create(unit=cast.other_unit, hourly_rate=Decimal(90), valid_from=now.date())
    refused = post(cast.client(cast.owner), unit="legal")
    assert refused.status_code == 400 and "unit" in refused.json()
    assert post(cast.client(cast.owner), unit="nowhere").json().keys() == {"unit"}
    assert post(cast.client(cast.stranger), unit="legal").status_code == 200


# --- refusals -------------------------------------------------------------------------


def row(quantity, low, likely, high, **more):
    return {"estimates": [{"quantity": quantity, "low": low, "likely": likely, "high": high, **more}]}


@pytest.mark.parametrize(
    ("body", "field", "reason"),
    [
        (row("volume", 9, 5, 10), "low", "low 9 <= likely 5 <= high 10 must hold"),
        (row("volume", 1, 5, 4), "low", "must hold"),
        (row("automation_share", 0.4, 0.9, 1.2), "high", "a share lies between 0 and 1"),
        (row("error_share_after", -0.1, 0.9, 1), "low", "a share lies between 0 and 1"),
        (row("volume", -5, 5, 9), "low", "cannot be below zero"),
        (row("build_cost", 1, 2, 3, currency="EUR"), "currency", "the company counts in USD"),
        (row("luck", 1, 2, 3), "quantity", "not a valid choice"),
        (row("volume", "NaN", 5, 9), "low", ""),
        (row("volume", 1, 5, "Infinity"), "high", ""),
        (row("volume", 1, 5, 1e300), "high", ""),
        (row("volume", 1, 5, None), "high", "may not be null"),
        (row("volume", 1, 5, 9, meaning="maybe"), "meaning", "not a valid choice"),
    ],
)
def test_an_impossible_estimate_is_refused_with_field_and_reason(cast, body, field, reason):
    answer = post(cast.client(cast.owner), body)
    told = answer.json()["estimates"]["0"]
    assert answer.status_code == 400 and set(told) == {field} and told[field]
    assert reason in str(told)


@pytest.mark.parametrize(
    ("said", "field", "reason"),
    [
        ({"horizon_months": 0}, "horizon_months", "greater than or equal to 1"),
        ({"horizon_months": 121}, "horizon_months", "less than or equal to 120"),
        ({"discount_rate": 1.5}, "discount_rate", "less than or equal to 1"),
        ({"discount_rate": -0.1}, "discount_rate", "greater than or equal to 0"),
        ({"discount_rate": "NaN"}, "discount_rate", "number"),
        ({"draws": 10**12}, "draws", "less than or equal to 16384"),
        ({"draws": 1}, "draws", "greater than or equal to 128"),
        ({"seed": -1}, "seed", "greater than or equal to 0"),
        ({"seed": 2**70}, "seed", "less than or equal"),
        ({"hours_cap": "Infinity"}, "hours_cap", "number"),
        ({"hours_cap": -1}, "hours_cap", "greater than or equal to 0"),
        ({"effort_days": "NaN"}, "effort_days", "number"),
        ({"parts": ["luck"]}, "parts", "not a valid choice"),
        ({"currency": "EUR"}, "currency", "EUR is not USD"),
        ({"token_model": "acme/none-such"}, "token_model", "price book has no model"),
    ],
)
def test_an_impossible_setting_is_refused_with_field_and_reason(cast, rate, said, field, reason):
    answer = post(cast.client(cast.owner), **said)
    assert answer.status_code == 400 and set(answer.json()) == {field}
    assert reason in str(answer.json())


def pair(first, second, rho):
    return {"first": first, "second": second, "rho": rho}


@pytest.mark.parametrize(
    ("pairs", "reason"),
    [
        ([pair("volume", "volume", 0.5)], "moves with itself"),
        ([pair("volume", "run_cost", 0.99)], "less than or equal to 0.95"),
        ([pair("volume", "luck", 0.5)], "not a valid choice"),
        ([pair("volume", "run_cost", "NaN")], "number"),
        ([pair("volume", "run_cost", 0.5), pair("run_cost", "volume", 0.1)], "named twice"),
        (
            [
                pair("volume", "run_cost", 0.9),
                pair("volume", "minutes", 0.9),
                pair("run_cost", "minutes", -0.9),
            ],
            "cannot hold together",
        ),
    ],
)
def test_impossible_correlations_are_refused(cast, rate, pairs, reason):
    answer = post(cast.client(cast.owner), correlations=pairs)
    assert (
        answer.status_code == 400 and set(answer.json()) == {"correlations"} and reason in str(answer.json())
    )


def test_a_quantity_is_named_once(cast):
    answer = post(cast.client(cast.owner), {"estimates": rows()[:1] * 2})
    assert answer.status_code == 400 and answer.json()["estimates"]["1"] == {
        "quantity": ["volume is named twice."]
    }


@pytest.mark.parametrize("literal", ["NaN", "Infinity", "-Infinity"])
def test_numbers_that_are_none_are_refused_as_literals_too(cast, literal):
    body = '{"estimates": [{"quantity": "volume", "low": 1, "likely": 2, "high": HERE}]}'.replace(
        "HERE", literal
    )
    answer = post(cast.client(cast.owner), body)
    named = {"estimates": {"0": {"high": [f"{literal} is not a number."]}}}
    assert answer.status_code == 400 and answer.json() == named


@pytest.mark.parametrize("body", ["[]", "{}", "null", '{"estimates": 5}', "{", "[" * 5000, "[NaN]", "NaN"])
def test_a_body_of_another_shape_is_refused(cast, body):
    assert post(cast.client(cast.owner), body).status_code == 400


# --- frozen ones ------------------------------------------------------------------------


def test_the_assessments_of_a_candidate_newest_first(cast, now, candidate):
    first = freeze(candidate, cast, now)
    second = freeze(size(candidate, cast, now, run_cost=Range(1, 2, 3)), cast, now)
    address = f"/api/v1/candidates/{candidate.number}/assessments/"
    listed = cast.client(cast.owner).get(address).json()["results"]
    assert [found["id"] for found in listed] == [second.pk, first.pk]
    assert listed[0]["candidate"] == candidate.number and "details" not in listed[0]
    assert cast.client(cast.stranger).get(address).status_code == 404
    assert cast.client(cast.evaluator).get(address).status_code == 403
    assert Client().get(address).status_code in (401, 403)


def test_one_assessment_has_the_details_of_the_preview(cast, now, candidate):
    frozen = freeze(candidate, cast, now)
    address = f"/api/v1/assessments/{frozen.pk}/"
    mine, theirs = (cast.client(who).get(address).json() for who in (cast.owner, cast.finance))
    assert set(mine["details"]) == {"core", "analysis", "became"} and mine["details"]["core"]["fan"]
    rate = {q["quantity"]: q for q in mine["inputs"]["quantities"]}["loaded_rate"]
    assert rate["likely"] is None and rate["band"] == "$40 to 50"
    assert {q["quantity"]: q for q in theirs["inputs"]["quantities"]}["loaded_rate"]["likely"] == 40
    assert cast.client(cast.stranger).get(address).status_code == 404
    assert cast.client(cast.evaluator).get(address).status_code == 403


def test_an_assessment_of_the_first_calculation_is_read_as_it_is(cast, now, candidate):
    frozen = older(freeze(candidate, cast, now))
    made = cast.client(cast.owner).get(f"/api/v1/assessments/{frozen.pk}/").json()
    assert made["calc_version"] == "1" and made["details"] == {}


def test_freezing_answers_with_the_same_shape(cast, candidate):
    made = cast.client(cast.owner).post(f"/api/v1/candidates/{candidate.number}/assess/").json()
    assert made["inputs_hash"] and "analysis" in made["details"]


def test_a_comparison_adds_up_to_the_cent(cast, now, candidate):
    first = freeze(candidate, cast, now)
    RateCard.objects.update(hourly_rate=62)
    second = freeze(size(candidate, cast, now, volume=Range(1e4, 2e4, 3e4)), cast, now)
    made = cast.client(cast.owner).get(COMPARE, {"a": first.pk, "b": second.pk}).json()
    assert sum(Decimal(part["part"]) for part in made["rows"]) == Decimal(made["total"])
    assert Decimal(made["total"]) == second.npv_p50 - first.npv_p50 and made["why_not"] == ""
    changed = {part["factor"]: part for part in made["rows"]}
    assert changed["volume"]["now"]["likely"] == 2e4
    assert (
        changed["loaded_rate"]["now"]["likely"] is None
        and changed["loaded_rate"]["now"]["band"] == "$60 to 70"
    )


def test_a_comparison_is_refused_with_its_reason(cast, now, candidate):
    mine, other = freeze(candidate, cast, now), freeze(file(cast, now, title="Other"), cast, now)
    client = cast.client(cast.owner)
    refused = client.get(COMPARE, {"a": mine.pk, "b": other.pk})
    assert refused.status_code == 400 and "two different candidates" in str(refused.json()["b"])
    assert set(client.get(COMPARE).json()) == {"a", "b"}
    assert client.get(COMPARE, {"a": "x", "b": 10**30}).status_code == 400
    assert client.get(COMPARE, {"a": mine.pk, "b": 10**9}).status_code == 404
    assert cast.client(cast.stranger).get(COMPARE, {"a": mine.pk, "b": mine.pk}).status_code == 404
    assert cast.client(cast.evaluator).get(COMPARE, {"a": mine.pk, "b": mine.pk}).status_code == 403


def test_money_is_in_the_companys_currency_or_refused(cast, rate):
    Company.objects.filter(pk=Company.load().pk).update(currency="EUR")
    client = cast.client(cast.owner)
    assert post(client, currency="EUR").json()["currency"] == "EUR"
    mixed = [{**r, "currency": "EUR"} if r["quantity"] == "build_cost" else r for r in rows()]
    assert post(client, {"estimates": mixed}).status_code == 200
    assert post(client, {"estimates": [{**r, "currency": "USD"} for r in mixed[4:]]}).status_code == 400
