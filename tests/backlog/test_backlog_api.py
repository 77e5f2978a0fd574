"""Candidates over the API: the same operations, the same refusals."""

import pytest
from rest_framework.test import APIClient

from backlog import operations as do
from backlog.calc.ranges import Range
from backlog.models import Candidate
from tests.backlog.conftest import ANSWERS

BASE = "/api/v1/candidates/"


def api(user=None):
    client = APIClient()
    if user:
        client.force_authenticate(user)
    return client


def row(**changes):
    return {"quantity": "minutes", "low": 5, "likely": 8, "high": 14} | changes


def test_file_read_change_and_withdraw(cast):
    client = api(cast.owner)
    made = client.post(BASE, ANSWERS | {"submit": True}, format="json")
    assert made.status_code == 201 and made.json()["state"] == "received"
    here = f"{BASE}{made.json()['number']}/"
    assert client.get(here).json()["title"] == ANSWERS["title"]
    assert client.patch(here, {"count": 500}, format="json").json()["count"] == "500.00"
    assert [r["likely"] for r in client.get(f"{here}estimates/").json()] == [6000, 12]
    assert client.post(f"{here}withdraw/").json()["state"] == "withdrawn"
    again = client.post(f"{here}withdraw/")
    assert again.status_code == 409 and set(again.json()) >= {"code", "message"}
    assert client.post(f"{here}submit/").json()["state"] == "received"


def test_a_retried_post_is_one_candidate(cast):
    numbers = {
        api(cast.owner).post(BASE, {"client_token": "k", "title": "T"}, format="json").json()["number"]
        for _ in range(2)
    }
    assert len(numbers) == Candidate.objects.count() == 1


def test_incomplete_is_409_with_its_field(cast):
    answer = api(cast.owner).post(BASE, {"title": "T", "submit": True}, format="json")
    assert answer.status_code == 409 and answer.json()["field"] == "count"


@pytest.mark.parametrize(
    "wrong", [{"count": -1}, {"count": "many"}, {"period": "decade"}, {"title": "x" * 121}]
)
def test_shape_is_400(cast, wrong):
    assert api(cast.owner).post(BASE, ANSWERS | wrong, format="json").status_code == 400
    assert not Candidate.objects.exists()


def test_anonymous_stranger_reader(cast, received):
    here = f"{BASE}{received.number}/"
    assert api().get(BASE).status_code in (401, 403) and api().get(here).status_code in (401, 403)
    stranger = api(cast.stranger)
    assert stranger.get(BASE).json()["results"] == []
    for path in (here, f"{here}estimates/"):
        assert stranger.get(path).status_code == 404
    for verb in ("submit", "withdraw", "send-to-review"):
        assert stranger.post(f"{here}{verb}/").status_code == 404
        assert api(cast.executive).post(f"{here}{verb}/").status_code == 403
    assert stranger.patch(here, {"title": "x"}, format="json").status_code == 404
    assert stranger.put(f"{here}estimates/", [row()], format="json").status_code == 404
    for person in (cast.executive, cast.finance):
        assert api(person).patch(here, {"title": "x"}, format="json").status_code == 403
        assert api(person).put(f"{here}estimates/", [row()], format="json").status_code == 403
    assert api(cast.executive).post(BASE, ANSWERS, format="json").status_code == 403


def test_sharpen_and_send_to_review(cast, received):
    client, here = api(cast.assessor), f"{BASE}{received.number}/"
    answer = client.put(f"{here}estimates/", [row(note="timed", evidence="measured")], format="json")
    assert answer.status_code == 200 and {r["quantity"]: r["high"] for r in answer.json()}["minutes"] == 14
    assert client.post(f"{here}send-to-review/").json()["state"] == "in_review"


@pytest.mark.parametrize(
    ("rows", "status"),
    [
        ([row(low=9)], 400),
        ([row(high="Infinity")], 400),
        ([row(low="nan")], 400),
        ([row(high=1e300)], 400),
        ([row(quantity="colour")], 400),
        ([row(), row(low=6)], 400),
        ({"minutes": 1}, 400),
        ([row(quantity="cashable_share")], 409),
        ([row(low=-1)], 409),
    ],
)
def test_wrong_ranges_change_nothing(cast, received, rows, status):
    answer = api(cast.assessor).put(f"{BASE}{received.number}/estimates/", rows, format="json")
    assert answer.status_code == status and received.estimates.get(quantity="minutes").likely == 12


def test_money_is_hidden_from_those_who_may_not_see_it(cast, now, received):
    do.set_estimates(candidate=received, ranges={"build_cost": Range(1, 2, 3)}, by=cast.lead, at=now)
    seen = {
        p: {r["quantity"] for r in api(getattr(cast, p)).get(f"{BASE}{received.number}/estimates/").json()}
        for p in ("it", "owner")
    }
    assert "build_cost" not in seen["it"] and "build_cost" in seen["owner"]


def test_one_filter_for_page_and_api(cast, received):
    client = api(cast.lead)
    for query, count in (
        ("q=expense", 1),
        ("q=zzz", 0),
        ("mine=true", 0),
        ("state=received", 1),
        ("state=live", 0),
    ):
        assert client.get(f"{BASE}?{query}").json()["count"] == count, query
