"""Sizing over the API, and the currency of money."""

from decimal import Decimal

import pytest

from aiops.models import Company, RateCard
from backlog import operations as do
from backlog import queries
from backlog.calc.ranges import Range
from backlog.models import State
from tests.backlog.test_backlog_api import BASE, api, row


@pytest.fixture
def other(cast, now):
    made = do.save_draft(by=cast.owner, at=now, title="Match invoices", count=5, minutes=5)
    return do.submit(candidate=made, by=cast.owner, at=now)


@pytest.fixture
def here(received):
    return f"{BASE}{received.number}/sizing/"


def everything(other):
    return {
        "team": {"name": "Clerks", "people": "12"},
        "rate_job": "",
        "token_model": "openai/gpt-4o-mini",
        "horizon_months": 24,
        "correlations": [{"first": "volume", "second": "run_cost", "rho": 0.6, "note": "seen"}],
        "efforts": [{"role": "data", "days": "20"}],
        "relations": [{"number": other.number, "kind": "overlaps", "overlap": 0.25}],
    }


def test_what_is_put_is_read_and_put_again_unchanged(cast, received, other, here):
    client = api(cast.assessor)
    assert client.put(here, everything(other), format="json").status_code == 200
    shown = client.get(here).json()
    assert shown["team"] == {"name": "Clerks", "people": "12.0"} and shown["horizon_months"] == 24
    assert shown["correlations"] == [{"first": "run_cost", "second": "volume", "rho": 0.6, "note": "seen"}]
    assert shown["efforts"] == [{"role": "data", "days": "20.0"}]
    assert shown["relations"] == [
        {
            "number": other.number, "kind": "overlaps", "overlap": 0.25, "title": "Match invoices",
            "unit": "Accounts payable", "owner": "Ada Owner",
        }
    ]  # fmt: skip
    assert (shown["hours_cap"], shown["hours_cap_words"]) == (
        19_200.0, "12 people of Clerks have 19,200 hours a year",
    )  # fmt: skip
    assert client.put(here, shown, format="json").json() == shown
    there = client.get(f"{BASE}{other.number}/sizing/").json()
    assert there["relations"] == [] and [r["number"] for r in there["related_by"]] == [received.number]


def test_only_what_is_named_is_replaced(cast, received, other, here):
    client = api(cast.assessor)
    client.put(here, everything(other), format="json")
    shown = client.put(here, {"team": None, "efforts": []}, format="json").json()
    assert shown["team"] is None and shown["efforts"] == [] and shown["horizon_months"] == 24
    assert len(shown["relations"]) == len(shown["correlations"]) == 1


@pytest.mark.parametrize(
    ("wrong", "status", "field"),
    [
        ({"team": {"name": "New"}}, 409, "team_people"),
        ({"team": {"people": 3}}, 400, "team"),
        ({"horizon_months": 0}, 409, "horizon_months"),
        ({"horizon_months": "soon"}, 400, "horizon_months"),
        ({"rate_job": "cook"}, 409, "rate_job"),
        ({"token_model": "gpt"}, 409, "token_model"),
        ({"correlations": [{"first": "volume", "second": "volume", "rho": 0.5}]}, 409, "correlations"),
        ({"correlations": [{"first": "volume", "second": "minutes", "rho": 1}]}, 400, "correlations"),
        ({"correlations": [{"first": "colour", "second": "minutes", "rho": 0.5}]}, 400, "correlations"),
        ({"efforts": [{"role": "cook", "days": 1}]}, 400, "efforts"),
        ({"efforts": [{"role": "data", "days": 0}]}, 400, "efforts"),
        ({"efforts": [{"role": "data", "days": 1}, {"role": "data", "days": 2}]}, 400, "efforts"),
        ({"relations": [{"number": 9999, "kind": "needs"}]}, 409, "relations"),
        ({"relations": [{"number": 1, "kind": "likes"}]}, 400, "relations"),
        ({"discount_rate": "2"}, 403, None),
    ],
)
def test_what_cannot_be_changes_nothing(cast, received, here, wrong, status, field):
    answer = api(cast.assessor).put(here, {"token_model": "openai/gpt-4o", **wrong}, format="json")
    received.refresh_from_db()
    assert answer.status_code == status and received.token_model == "" and received.team is None
    if field:
        assert field in answer.json() or answer.json()["field"] == field


def test_anonymous_stranger_and_readers(cast, here):
    assert api().get(here).status_code in (401, 403) and api().put(here, {}).status_code in (401, 403)
    assert api(cast.stranger).get(here).status_code == 404
    assert api(cast.stranger).put(here, {}, format="json").status_code == 404
    for person in (cast.owner, cast.executive, cast.finance, cast.it):
        assert api(person).get(here).status_code == 200
        for body in ({}, {"horizon_months": 12}):
            assert api(person).put(here, body, format="json").status_code == 403


def test_finance_sets_the_discount_rate_and_it_is_money(cast, received, here):
    answer = api(cast.finance).put(here, {"discount_rate": "0.125"}, format="json")
    assert answer.status_code == 200 and answer.json()["discount_rate"] == "0.1250"
    assert api(cast.finance).put(here, {"discount_rate": "1.5"}, format="json").status_code == 409
    assert api(cast.owner).get(here).json()["discount_rate"] == "0.1250"
    assert api(cast.it).get(here).json()["discount_rate"] is None


def test_a_decided_one_stands(cast, now, received, here):
    do.send_to_review(candidate=received, by=cast.lead, at=now)
    do.mark_decided(candidate=received, state=State.REJECTED, by=cast.lead, at=now)
    answer = api(cast.assessor).put(here, {"horizon_months": 12}, format="json")
    assert answer.status_code == 409 and answer.json()["code"] == "closed"


def test_the_rate_of_the_card_is_not_told(cast, now, received, here):
    RateCard.objects.create(unit=cast.unit, job="clerk", hourly_rate=Decimal("41.37"), valid_from=now.date())
    answer = api(cast.finance).get(here).content.decode()
    put = api(cast.lead).put(here, {"rate_job": "clerk"}, format="json")
    assert put.json()["rate_job"] == "clerk" and "41.37" not in answer + put.content.decode()


# currency of estimates


def test_money_says_its_currency_and_comes_back(cast, now, received):
    company = Company.load()
    company.currency = "EUR"
    company.save()
    do.set_estimates(candidate=received, ranges={"run_cost": Range(1, 2, 3)}, by=cast.assessor, at=now)
    path = f"{BASE}{received.number}/estimates/"
    shown = api(cast.assessor).get(path).json()
    assert {r["quantity"]: r["currency"] for r in shown} == {
        "volume": None, "minutes": None, "run_cost": "EUR",
    }  # fmt: skip
    assert api(cast.assessor).put(path, shown, format="json").status_code == 200


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (
            row(quantity="run_cost", currency="EUR"),
            "run_cost is in EUR, the company counts in USD: convert it first.",
        ),
        (row(quantity="volume", currency="USD"), "volume is not money: leave the currency out."),
        (row(quantity="cashable_share", low=0.1, likely=0.2, high=0.3, currency="USD"), "is not money"),
        (row(quantity="run_cost", currency="euros"), "no more than 3 characters"),
    ],
)
def test_another_currency_is_never_converted_in_silence(cast, received, wrong, words):
    rows = [row(quantity="build_cost", currency="USD"), wrong]
    answer = api(cast.assessor).put(f"{BASE}{received.number}/estimates/", rows, format="json")
    assert answer.status_code == 400 and words in answer.json()["1"]["currency"][0]
    assert not received.estimates.filter(quantity="build_cost").exists()


def test_an_own_rate_over_the_api_needs_its_note(cast, received):
    path, client = f"{BASE}{received.number}/estimates/", api(cast.assessor)
    answer = client.put(path, [row(quantity="loaded_rate")], format="json")
    assert answer.status_code == 409 and answer.json()["field"] == "loaded_rate"
    noted = row(quantity="loaded_rate", note="contractors")
    assert client.put(path, [noted], format="json").status_code == 200
    assert queries.estimate_ranges(received)["loaded_rate"].likely == 8
    assert "loaded_rate" not in {r["quantity"] for r in api(cast.it).get(path).json()}
