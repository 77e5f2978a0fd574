"""What to measure next, over all open candidates."""

import csv
import io

import pytest
from django.test import Client
from django.urls import reverse

from backlog.calc.ranges import Range
from roi import operations
from roi.queries.measuring import to_measure
from tests.roi.scored import file, freeze, older, size

pytestmark = pytest.mark.django_db
URL = "/measure-next/"
# Wide enough around zero that knowing more changes the decision.
UNSURE = {"build_cost": Range(10_000, 25_000, 90_000), "automation_share": Range(0.2, 0.55, 0.9)}


@pytest.fixture
def unsure(cast, now):
    made = file(cast, now, title="Unsure", **UNSURE)
    freeze(made, cast, now)
    return made


def text(client, **query):
    answer = client.get(URL, query)
    assert answer.status_code == 200
    return answer.content.decode("utf-8-sig")


def test_it_needs_signing_in_and_the_address_is_the_one_in_the_table(client):
    assert client.get(URL).status_code == 302 and reverse("roi:measure_next") == URL


def test_the_best_measurement_comes_first_with_its_cost(cast, now, unsure):
    rows = to_measure(cast.lead).rows
    left = [row.finding.net for row in rows]
    assert rows and left == sorted(left, reverse=True) and all(net > 0 for net in left)
    assert all(row.finding.net == row.finding.worth - row.finding.cost for row in rows)
    shown = text(cast.client(cast.lead))
    assert "Unsure" in shown and "is worth up to $" in shown and "±" in shown and "hour" in shown


def test_a_sure_one_has_nothing_to_measure(cast, now):
    freeze(file(cast, now, build_cost=Range(10, 20, 30), run_cost=Range(1, 2, 3)), cast, now)
    assert not to_measure(cast.lead).rows and "Nothing is worth measuring" in text(cast.client(cast.lead))


def test_those_without_money_and_strangers_see_none_of_it(cast, unsure):
    for who in (cast.evaluator, cast.stranger):
        shown = text(cast.client(who))
        assert "Unsure" not in shown and "$" not in shown and "Nothing" in shown


def test_an_owner_sees_the_own_ones(cast, unsure):
    assert "Unsure" in text(cast.client(cast.owner))


def test_the_cost_of_an_hour_is_a_band_for_all_but_finance(cast, unsure):
    for who, hourly in ((cast.finance, 40.0), (cast.lead, 45.0)):
        for row in to_measure(who).rows:
            assert row.finding.cost == pytest.approx(row.finding.hours * hourly)


def test_what_has_no_analysis_waits_and_is_counted(cast, now, unsure):
    file(cast, now, title="Not scored yet")
    older(freeze(file(cast, now, title="Old"), cast, now))
    found = to_measure(cast.lead)
    assert (found.looked_at, found.waiting) == (3, 2)
    assert "2 of 3 open candidates have no NPV yet" in text(cast.client(cast.lead))


def test_the_newest_score_counts_and_decided_ones_do_not(cast, now, unsure):
    size(unsure, cast, now, build_cost=Range(10, 20, 30), run_cost=Range(1, 2, 3))
    freeze(unsure, cast, now)
    assert not to_measure(cast.lead).rows
    size(unsure, cast, now, **UNSURE)
    freeze(unsure, cast, now)
    assert to_measure(cast.lead).rows
    operations.decide(candidate=unsure, verdict="reject", reason="No.", by=cast.lead, at=now)
    assert to_measure(cast.lead).looked_at == 0


def test_the_csv_has_the_rows_of_the_page(cast, unsure):
    rows = list(csv.DictReader(io.StringIO(text(cast.client(cast.lead), format="csv"))))
    assert len(rows) == len(to_measure(cast.lead).rows) and rows[0]["title"] == "Unsure"
    assert float(rows[0]["leaves"]) == pytest.approx(
        float(rows[0]["worth_up_to"]) - float(rows[0]["costs_about"])
    )
    empty = text(cast.client(cast.stranger), format="csv")
    assert empty.strip().startswith("key,") and "Unsure" not in empty


def test_queries_do_not_grow_with_the_candidates(cast, now, unsure, django_assert_max_num_queries):
    for n in range(5):
        freeze(file(cast, now, title=f"More {n}", **UNSURE), cast, now)
    client: Client = cast.client(cast.lead)
    client.get(URL)
    with django_assert_max_num_queries(8):
        client.get(URL)
