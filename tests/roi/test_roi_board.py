"""The board, the score and the decision as people meet them: pages, parts, CSV and API."""

import csv
import io
import time
from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from aiops.models import RateCard
from backlog import operations as backlog
from backlog.calc.ranges import Range
from roi import operations
from roi.models import Assessment, Decision
from workloads.models import Workload

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
BOARD = "/board/"
COSTED = {
    "automation_share": Range(0.4, 0.55, 0.7),
    "cashable_share": Range(0.4, 0.5, 0.6),
    "build_cost": Range(20_000, 35_000, 70_000),
    "run_cost": Range(4_000, 6_000, 9_000),
}


@pytest.fixture
def filed(cast, now):
    """Files, sizes and sends to review; the more a month, the better."""
    RateCard.objects.create(unit=None, hourly_rate=Decimal(40), valid_from=now.date() - timedelta(days=900))

    def _filed(title, count=2000, owner=None, sized=True, **changes):
        owner = owner or cast.owner
        draft = backlog.save_draft(by=owner, at=now, title=title, count=Decimal(count), minutes=Decimal(8))
        made = backlog.submit(candidate=draft, by=owner, at=now)
        if sized:
            made = backlog.set_estimates(candidate=made, ranges=COSTED | changes, by=cast.assessor, at=now)
        return backlog.send_to_review(candidate=made, by=cast.lead, at=now)

    return _filed


@pytest.fixture
def candidate(filed):
    return filed("Match invoices")


def url(name, candidate):
    return reverse(f"roi:{name}", args=[candidate.number])


def titles(response):
    return [row.candidate.title for row in response.context["rows"]]


# --- the board ---------------------------------------------------------------


def test_the_best_comes_first_and_the_uncosted_last_with_its_reason(cast, now, filed):
    filed("Small", count=500)
    filed("Large", count=9000)
    filed("No cost yet", count=20_000, sized=False)
    operations.assess_open(at=now)
    page = cast.client(cast.lead).get(BOARD)
    assert titles(page) == ["Large", "Small", "No cost yet"]
    assert "waits for its build cost" in page.content.decode()
    assert titles(cast.client(cast.lead).get(BOARD + "?sort=hours"))[0] == "No cost yet"


@pytest.mark.parametrize("sort", ["npv", "probability", "payback", "hours"])
def test_every_rank_is_a_page(cast, now, candidate, sort):
    operations.assess_open(at=now)
    assert cast.client(cast.lead).get(BOARD, {"sort": sort}).status_code == 200


def test_a_score_that_is_not_there_yet_is_said_to_be_pending(cast, candidate):
    assert "waits for its score" in cast.client(cast.lead).get(BOARD).content.decode()


def test_filters_live_in_the_address(cast, now, candidate, filed):
    filed("Sort tickets")
    client = cast.client(cast.lead)
    assert titles(client.get(BOARD, {"q": "invoice"})) == ["Match invoices"]
    assert titles(client.get(BOARD, {"q": candidate.key})) == ["Match invoices"]
    assert titles(client.get(BOARD, {"unit": cast.other_unit.pk})) == []
    assert len(titles(client.get(BOARD, {"state": "in_review", "klass": "business_ai"}))) == 2


def test_drafts_and_the_decided_are_not_on_the_board(cast, now, candidate):
    backlog.save_draft(by=cast.owner, at=now, title="Only an idea")
    operations.decide(candidate=candidate, verdict="reject", reason="No.", by=cast.lead, at=now)
    assert titles(cast.client(cast.lead).get(BOARD)) == []


def test_an_owner_ranks_the_own_unit_and_a_stranger_sees_none_of_it(cast, now, candidate):
    operations.assess_open(at=now)
    page = cast.client(cast.owner).get(BOARD)
    assert titles(page) == ["Match invoices"] and page.context["rows"][0].shows_money
    assert titles(cast.client(cast.stranger).get(BOARD)) == []


def test_money_is_hidden_from_those_who_may_not_read_it_and_ranks_nothing_for_them(cast, now, filed):
    filed("Large but costly", count=9000, build_cost=Range(4e6, 5e6, 6e6))
    filed("Small and cheap", count=2000)
    operations.assess_open(at=now)
    page = cast.client(cast.evaluator).get(BOARD, {"sort": "npv"})
    assert page.context["sort"] == "hours" and page.context["refused"]
    assert titles(page) == ["Large but costly", "Small and cheap"]
    assert "$" not in page.content.decode().partition("<tbody>")[2]


def test_the_csv_has_the_same_rows_and_no_money_for_the_same_people(cast, now, candidate):
    operations.assess_open(at=now)

    def row(who):
        text = cast.client(who).get(BOARD, {"format": "csv"}).content.decode("utf-8-sig")
        return next(csv.DictReader(io.StringIO(text)))

    assert row(cast.lead)["score_npv_p50"] and row(cast.lead)["key"] == candidate.key
    assert "score_npv_p50" not in row(cast.evaluator) and row(cast.evaluator)["score_hours_p50"]
    assert "build_cost_likely" not in row(cast.evaluator)


def test_the_number_of_queries_does_not_grow_with_the_board(cast, now, filed, django_assert_max_num_queries):
    for n in range(6):
        filed(f"Work {n}")
    operations.assess_open(at=now)
    client = cast.client(cast.lead)
    client.get(BOARD)
    with django_assert_max_num_queries(12):
        client.get(BOARD)


def test_only_the_lead_finds_a_way_to_decide_and_not_on_own(cast, candidate):
    link = url("decide", candidate)
    assert link in cast.client(cast.lead).get(BOARD).content.decode()
    assert link not in cast.client(cast.reviewer).get(BOARD).content.decode()


# --- the score ---------------------------------------------------------------


def test_the_score_is_a_part_for_htmx_and_a_page_otherwise(cast, now, candidate):
    client = cast.client(cast.owner)
    part = client.get(url("candidate_score", candidate), headers=HTMX).content.decode()
    page = client.get(url("candidate_score", candidate)).content.decode()
    assert "<html" not in part and "<html" in page
    for words in ("Finance details", "What moves it most", "not counted as money", "Hours a year ="):
        assert words in part


def test_a_frozen_score_says_when_its_inputs_have_moved_on(cast, now, candidate):
    operations.assess(candidate=candidate, by=cast.lead, at=now)
    client = cast.client(cast.owner)
    assert "changed since" not in client.get(url("candidate_score", candidate)).content.decode()
    backlog.set_estimates(candidate=candidate, ranges={"minutes": Range(2, 3, 4)}, by=cast.assessor, at=now)
    assert "changed since" in client.get(url("candidate_score", candidate)).content.decode()


def test_finance_sees_the_rate_and_the_unit_its_band(cast, candidate):
    shown = {
        who: cast.client(getattr(cast, who)).get(url("candidate_score", candidate)).content.decode()
        for who in ("owner", "finance")
    }
    assert "$40 to 50" in shown["owner"] and "× $40 to 50 ×" in shown["owner"]
    assert "$40 to 50" not in shown["finance"] and "rate card" in shown["finance"]


def test_those_without_money_read_hours(cast, candidate):
    part = cast.client(cast.evaluator).get(url("candidate_score", candidate), headers=HTMX).content.decode()
    assert "hours a year" in part and "$" not in part and "build cost</th>" not in part.lower()


@pytest.mark.parametrize("name", ["candidate_score", "candidate_decision", "decide"])
def test_a_stranger_finds_nothing(cast, candidate, name):
    assert cast.client(cast.stranger).get(url(name, candidate)).status_code == 404


# --- the live preview --------------------------------------------------------


def preview(client, **answers):
    return client.post(reverse("roi:preview"), answers, headers=HTMX)


def test_a_preview_moves_with_the_short_form_and_stores_nothing(cast, filed):
    answers = {"count": "3000", "period": "month", "minutes": "20", "sureness": "guess"}
    answer = preview(cast.client(cast.owner), **answers)
    text = answer.content.decode()
    assert answer.status_code == 200 and "hours a year" in text and "if it costs less than" in text
    assert "assumed" in text and "the build cost: IT sizes it" in text
    assert not Assessment.objects.exists()


def test_people_and_their_time_do_instead_of_minutes(cast, filed):
    answers = {"count": "1000", "period": "month", "people": "9", "share": "half", "sureness": "fairly_sure"}
    hours = preview(cast.client(cast.owner), **answers).context["score"].result.hours
    assert hours.p50 == pytest.approx(9 * 0.5 * 1600 * 0.5, rel=0.1)


def test_the_assessors_table_gives_an_npv(cast, filed):
    rows = {
        "volume": (9e3, 1e4, 12e3),
        "minutes": (8, 10, 14),
        "build_cost": (1e4, 2e4, 4e4),
        "run_cost": (100, 200, 300),
    }
    rows |= {"automation_share": (0.4, 0.5, 0.6), "cashable_share": (0.4, 0.5, 0.6)}
    sent = {
        f"{q}_{point}": v
        for q, three in rows.items()
        for point, v in zip(("low", "likely", "high"), three, strict=True)
    }
    made = preview(cast.client(cast.assessor), **sent).context["score"]
    assert made.result.npv is not None and not [i for i in made.inputs if i.note and i.source == "assumed"]


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"volume_low": "9", "volume_likely": "5", "volume_high": "10"}, "Volume: low 9 is above likely 5."),
        ({"volume_low": "1", "volume_likely": "5", "volume_high": "4"}, "Volume: likely 5 is above high 4."),
        ({"volume_low": "1", "volume_likely": "5"}, "Volume: high is missing."),
        (
            {"automation_share_low": "0", "automation_share_likely": "1", "automation_share_high": "2"},
            "between 0 and 1",
        ),
        (
            {"minutes_low": "-1", "minutes_likely": "1", "minutes_high": "2"},
            "Minutes an item: it cannot be below zero.",
        ),
        ({"volume_low": "1", "volume_likely": "many", "volume_high": "2"}, "Volume: Enter a number."),
        ({"count": "-4"}, "How many:"),
        ({"count": "NaN"}, "How many:"),
        ({"count": "5", "period": "century"}, "Period:"),
        ({"candidate": "none"}, "Candidate:"),
    ],
)
def test_what_cannot_be_scored_is_named(cast, sent, words):
    answer = preview(cast.client(cast.assessor), **sent)
    assert answer.status_code == 422 and words in answer.content.decode()


@pytest.mark.parametrize("sent", [{}, {"title": "Half a thought"}, {"minutes": "5"}])
def test_a_form_that_is_hardly_begun_gets_words_not_a_number(cast, sent):
    answer = preview(cast.client(cast.owner), **sent)
    assert answer.status_code == 200 and "Not enough is known" in answer.content.decode()


def test_a_preview_is_for_those_who_file_and_of_what_they_see(cast, candidate):
    assert preview(cast.client(cast.executive), count="5").status_code == 403
    assert preview(cast.client(cast.stranger), candidate=candidate.number).status_code == 404


def test_a_preview_is_quick(cast, filed):
    client, answers = cast.client(cast.owner), {"count": "3000", "minutes": "20", "period": "month"}
    preview(client, **answers)
    times = []
    for _ in range(5):
        start = time.perf_counter()
        preview(client, **answers)
        times.append(time.perf_counter() - start)
    assert min(times) < 0.1, times


# --- deciding ----------------------------------------------------------------


def test_the_lead_approves_on_the_page_and_lands_on_the_candidate(cast, now, candidate):
    client = cast.client(cast.lead)
    assert client.get(url("decide", candidate)).status_code == 200
    said = {
        "verdict": "approve",
        "reason": "Pays back.",
        "builder": cast.evaluator.pk,
        "it_steward": cast.it.pk,
    }
    answer = client.post(url("decide", candidate), said)
    assert answer.status_code == 302 and answer.url == reverse("backlog:candidate", args=[candidate.number])
    workload = Workload.objects.get()
    assert (workload.business_owner, workload.it_steward) == (cast.owner, cast.it)
    part = cast.client(cast.owner).get(url("candidate_decision", candidate), headers=HTMX).content.decode()
    assert "Pays back." in part and "As seen then" in part


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"verdict": "reject"}, "This field is required."),
        ({"reason": "Because."}, "Choose approve"),
        ({"verdict": "maybe", "reason": "Because."}, "Choose approve"),
        ({"verdict": "defer", "reason": "Later."}, "Name the date"),
        ({"verdict": "defer", "reason": "Later.", "until": "2020-01-01"}, "Name the date"),
        ({"verdict": "measure", "reason": "Unsure."}, "what is to be measured"),
        ({"verdict": "approve", "reason": "Yes.", "planned_go_live": "2020-01-01"}, "lies in the past"),
    ],
)
def test_an_unfinished_verdict_comes_back_with_its_reason(cast, candidate, said, words):
    answer = cast.client(cast.lead).post(url("decide", candidate), said)
    assert answer.status_code == 422 and words in answer.content.decode()
    assert not Decision.objects.exists()


def test_a_second_verdict_on_the_page_is_told_that_there_is_nothing_to_decide(cast, candidate):
    client, said = cast.client(cast.lead), {"verdict": "reject", "reason": "No."}
    client.post(url("decide", candidate), said)
    answer = client.post(url("decide", candidate), said)
    assert answer.status_code == 422 and "nothing to decide" in answer.content.decode()
    assert Decision.objects.count() == 1


@pytest.mark.parametrize("who", ["owner", "reviewer", "finance", "auditor", "assessor"])
def test_readers_may_not_decide(cast, candidate, who):
    said = {"verdict": "reject", "reason": "No."}
    assert cast.client(getattr(cast, who)).post(url("decide", candidate), said).status_code == 403


def test_a_lead_with_an_own_candidate_is_told_that_somebody_else_decides(cast, now):
    cast.lead.home_unit = cast.unit
    cast.lead.save()
    draft = backlog.save_draft(by=cast.lead, at=now, title="Mine", count=Decimal(10), minutes=Decimal(5))
    own = backlog.send_to_review(
        candidate=backlog.submit(candidate=draft, by=cast.lead, at=now), by=cast.second_lead, at=now
    )
    client = cast.client(cast.lead)
    assert client.post(url("decide", own), {"verdict": "approve", "reason": "Mine."}).status_code == 403
    assert "somebody else decides" in client.get(url("candidate_decision", own)).content.decode()


# --- the API -----------------------------------------------------------------


def test_the_api_ranks_as_the_page_does(cast, now, candidate):
    operations.assess_open(at=now)
    (row,) = cast.client(cast.lead).get("/api/v1/board/").json()
    assert row["key"] == candidate.key and row["npv_p50"] is not None
    (hidden,) = cast.client(cast.evaluator).get("/api/v1/board/").json()
    assert hidden["npv_p50"] is None and hidden["hours_p50"] is not None
    assert cast.client(cast.evaluator).get("/api/v1/board/?sort=npv").status_code == 403
    assert cast.client(cast.lead).get("/api/v1/board/?sort=luck").status_code == 400
    assert cast.client(cast.stranger).get("/api/v1/board/").json() == []


def test_the_api_previews_without_storing(cast, filed):
    rows = [{"quantity": "volume", "low": 900, "likely": 1000, "high": 1200}]
    rows += [{"quantity": "minutes", "low": 8, "likely": 10, "high": 14}]
    client, address = cast.client(cast.owner), reverse("roi:api_preview")
    body = client.post(address, {"estimates": rows}, "application/json")
    assert body.status_code == 200 and body.json()["core"]["hours"]["p50"] > 0
    rows[0]["low"] = 5000
    assert client.post(address, {"estimates": rows}, "application/json").status_code == 400
    assert (
        cast.client(cast.executive).post(address, {"estimates": rows}, "application/json").status_code == 403
    )
    assert not Assessment.objects.exists()


def test_the_api_freezes_for_the_owner_and_refuses_readers(cast, candidate):
    address = url("api_assess", candidate)
    assert cast.client(cast.owner).post(address).json()["inputs_hash"]
    assert cast.client(cast.reviewer).post(address).status_code == 403
    assert cast.client(cast.stranger).post(address).status_code == 404


def test_the_api_decides_once_with_the_people_it_was_told(cast, candidate):
    address = "/api/v1/decisions/"
    said = {
        "candidate": candidate.number,
        "verdict": "approve",
        "reason": "Yes.",
        "it_steward": cast.it.email,
    }

    def post(who, **changes):
        return cast.client(who).post(address, said | changes, "application/json")

    assert post(cast.reviewer).status_code == 403
    assert post(cast.stranger).status_code == 404
    assert post(cast.lead, it_steward="nobody@example.com").status_code == 400
    assert post(cast.lead, verdict="defer").status_code == 409
    assert post(cast.lead).status_code == 201
    assert post(cast.lead).status_code == 409
    assert Workload.objects.get().it_steward == cast.it
    listed = cast.client(cast.auditor).get(address).json()
    assert [row["candidate"] for row in listed["results"]] == [candidate.number]
    assert cast.client(cast.stranger).get(address).json()["results"] == []
