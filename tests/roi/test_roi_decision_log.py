"""The decision log: found, filtered, exported without formulas, each with its figures as they were seen."""

from datetime import timedelta

import pytest
from django.urls import reverse

from roi import operations
from tests.factories import make_workload
from tests.roi import scored

pytestmark = pytest.mark.django_db


@pytest.fixture
def decided(cast, now):
    first = scored.file(cast, now, "=HYPERLINK(1)")
    other = scored.file(cast, now, "Sort mail")
    said = {"by": cast.lead, "at": now}
    yes = operations.decide(candidate=first, verdict="approve", reason="It pays back.", **said)
    no = operations.decide(candidate=other, verdict="reject", reason="The vendor does it.", **said)
    keep = operations.decide_workload(
        workload=make_workload(cast), verdict="keep", reason="Fine as it is.", **said
    )
    return yes, no, keep


def test_it_is_searched_and_filtered(decided, cast, now):
    client, url = cast.client(cast.lead), reverse("roi:decisions")

    def found(**query):
        return client.get(url, query).content.decode()

    everything = found()
    assert all(words in everything for words in ("Sort mail", "Invoice coding", "It pays back."))
    for query in ({"q": "vendor"}, {"q": "C-2"}, {"verdict": "reject"}):
        page = found(**query)
        assert "Sort mail" in page and "Invoice coding" not in page, query
    assert "Sort mail" not in found(unit=cast.other_unit.pk) and "Sort mail" in found(unit=cast.unit.pk)
    assert "Sort mail" not in found(since=now.date() + timedelta(days=1))
    assert "Sort mail" not in found(review=7) and found(since="x", review="y", verdict="z")
    assert "Sort mail" not in cast.client(cast.stranger).get(url).content.decode()


def test_the_files_are_safe_and_money_is_for_who_reads_it(decided, cast):
    lead = cast.client(cast.lead)
    csv = lead.get(reverse("roi:decisions_file", args=["csv"])).content.decode("utf-8-sig")
    assert "'=HYPERLINK(1)" in csv and "npv_p50" in csv.splitlines()[0]
    xlsx = lead.get(reverse("roi:decisions_file", args=["xlsx"]))
    assert (
        xlsx.content.startswith(b"PK")
        and lead.get(reverse("roi:decisions_file", args=["doc"])).status_code == 404
    )
    rows = lead.get(reverse("roi:decisions_file", args=["json"])).json()
    assert [row["verdict"] for row in rows] == ["keep", "rejected", "approved"]
    approved = next(row for row in rows if row["verdict"] == "approved")
    assert approved["npv_p50"] and approved["quality_bar"] == "set after the first eval"
    narrow = cast.client(cast.evaluator).get(reverse("roi:decisions_file", args=["json"])).json()
    assert narrow and "npv_p50" not in narrow[0] and narrow[-1]["hours_p50"]


def test_one_decision_with_its_figures(decided, cast):
    yes, no, keep = decided
    lead = cast.client(cast.lead)
    page = lead.get(reverse("roi:decision", args=[yes.pk])).content.decode()
    assert "NPV in cash" in page and yes.assessment.inputs_hash[:12] in page
    assert lead.get(reverse("roi:decision", args=[keep.pk])).status_code == 200
    assert (
        "NPV" not in cast.client(cast.evaluator).get(reverse("roi:decision", args=[no.pk])).content.decode()
    )
    assert cast.client(cast.stranger).get(reverse("roi:decision", args=[yes.pk])).status_code == 404


def test_the_api_tells_of_both_and_takes_a_correction(decided, cast):
    yes, no, keep = decided
    client = cast.client(cast.lead)
    url = reverse("roi:api_all_decisions")
    rows = client.get(url, {"verdict": "keep"}).json()["results"]
    (row,) = rows
    assert (row["workload"], row["candidate"], row["verdict"]) == (keep.workload.number, None, "keep")
    body = {"candidate": no.candidate.number, "verdict": "approve", "reason": "New facts.", "corrects": no.pk}
    body |= {"tripwires": [{"quantity": "volume", "side": "below", "level": "500", "weeks": 4}]}
    made = client.post(url, body, content_type="application/json")
    assert made.status_code == 201, made.content
    told = made.json()
    assert told["corrects"] == no.pk and told["tripwires"][0]["level"] == "500.0000" and told["reapprove_on"]
    wrong = client.post(url, body, content_type="application/json")
    assert wrong.status_code == 409
    keepers = {"workload": keep.workload.number, "verdict": "scale", "reason": "More of it."}
    assert client.post(url, keepers, content_type="application/json").status_code == 201
    for bad in ({"verdict": "keep", "reason": "x"}, {**keepers, "candidate": 1}, {**body, "corrects": 99999}):
        assert client.post(url, bad, content_type="application/json").status_code == 400, bad


def test_the_api_keeps_amounts_from_those_who_do_not_read_money(cast, now):
    candidate = scored.file(cast, now, "Sort parcels")
    wire = {"quantity": "run_cost", "side": "above", "level": "5000", "weeks": 4, "note": ""}
    said = {"reason": "It is worth $66,000.", "by": cast.lead, "at": now, "tripwires": [wire]}
    operations.decide(candidate=candidate, verdict="approve", **said)
    for url in (reverse("roi:api_all_decisions"), reverse("roi:api_decisions", args=[candidate.number])):
        open_, shut = (cast.client(who).get(url).json() for who in (cast.lead, cast.evaluator))
        first, hidden = (found["results"][0] if "results" in found else found[0] for found in (open_, shut))
        assert first["reason"] == "It is worth $66,000." and first["tripwires"]
        assert hidden["reason"] == "It is worth (an amount)." and hidden["tripwires"] == []
