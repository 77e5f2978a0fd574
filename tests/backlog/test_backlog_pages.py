"""The pages of the backlog: who gets what, and what happens when the input is wrong."""

import json
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.urls import reverse

from aiops.models import AuditEvent
from backlog import operations as do
from backlog.calc.ranges import Range
from backlog.models import Candidate, Estimate, State
from tests.backlog.conftest import ANSWERS

BUDGETS = json.loads((Path(__file__).parent / "query_budgets.json").read_text())
HTMX = {"HTTP_HX_REQUEST": "true"}
TYPED = ANSWERS | {"client_token": "t1", "people": "", "share": ""}


def url(name, *args):
    return reverse(f"backlog:{name}", args=args)


def rows(**changes):
    """The assessor's page as a browser posts it."""
    data = {"klass": "business_ai", "systems": "", "risk_tier": ""}
    for quantity in Estimate.Quantity.values:
        data |= {f"{quantity}_{name}": "" for name in ("low", "likely", "high", "note", "as_of")}
        data |= {f"{quantity}_meaning": "percentiles", f"{quantity}_evidence": "expert"}
    return data | changes


# who gets in

PAGES = ("candidate", "edit", "estimates")
POSTS = ("submit", "withdraw", "send_to_review", "assign")


def test_nobody_without_signing_in(client, received):
    for path in [url("candidates"), url("file"), *(url(p, received.number) for p in (*PAGES, *POSTS))]:
        assert client.get(path).status_code == 302 and client.post(path).status_code == 302


def test_a_stranger_finds_nothing(cast, received):
    client = cast.client(cast.stranger)
    for page in PAGES:
        assert client.get(url(page, received.number)).status_code == 404
    for verb in ("edit", "estimates", *POSTS):
        assert client.post(url(verb, received.number)).status_code == 404
    assert received.title not in client.get(url("candidates")).content.decode()


def test_a_draft_is_found_by_its_owner_only(cast, draft):
    assert cast.client(cast.owner).get(url("candidate", draft.number)).status_code == 200
    for person in (cast.lead, cast.assessor, cast.executive, cast.stranger):
        assert cast.client(person).get(url("candidate", draft.number)).status_code == 404


def test_readers_do_not_write(cast, received):
    n = received.number
    client = cast.client(cast.executive)
    assert client.get(url("candidate", n)).status_code == 200
    assert client.get(url("file")).status_code == 403
    for path in (url("edit", n), url("estimates", n)):
        assert client.get(path).status_code == 403
    for verb in ("submit", "withdraw", "send_to_review"):
        assert client.post(url(verb, n)).status_code == 403
    assert client.post(url("edit", n), TYPED).status_code == 403
    assert client.post(url("assign", n), {"assessor": cast.assessor.pk}).status_code == 403
    assert cast.client(cast.owner).get(url("estimates", n)).status_code == 403
    received.refresh_from_db()
    assert received.state == "received"


def test_get_changes_nothing(cast, received):
    for verb in POSTS:
        assert cast.client(cast.owner).get(url(verb, received.number)).status_code == 405


# filing


def test_filing_without_javascript(cast):
    client = cast.client(cast.owner)
    page = client.get(url("file")).content.decode()
    assert 'name="client_token"' in page and reverse("roi:preview") in page
    answer = client.post(url("file"), TYPED | {"then": "submit"}, follow=True)
    made = Candidate.objects.get()
    assert answer.redirect_chain == [(url("candidate", made.number), 302)]
    assert made.state == "received" and f"Received, {made.key}" in answer.content.decode()


def test_a_draft_saves_itself_once_and_is_continued_at_its_address(cast):
    client = cast.client(cast.owner)
    for title in ("Ch", "Check", "Check reports"):
        answer = client.post(
            url("file"),
            {"client_token": "t", "title": title, "period": "month", "sureness": "guess", "then": "autosave"},
            **HTMX,
        )
        assert (
            answer.status_code == 200 and b"Draft saved" in answer.content and b"<html" not in answer.content
        )
    made = Candidate.objects.get()
    assert made.title == "Check reports" and url("edit", made.number) in answer.content.decode()
    assert "Check reports" in client.get(url("edit", made.number)).content.decode()
    client.post(url("edit", made.number), TYPED | {"then": "submit"})
    made.refresh_from_db()
    assert made.state == "received"


def test_half_typed_people_save_too(cast):
    data = {"client_token": "t", "people": "9", "period": "month", "sureness": "guess"}
    assert cast.client(cast.owner).post(url("file"), data | {"then": "autosave"}, **HTMX).status_code == 200
    assert cast.client(cast.owner).post(url("file"), data | {"then": "submit"}).status_code == 422


@pytest.mark.parametrize(
    "wrong", [{"count": "-3"}, {"minutes": "many"}, {"period": "decade"}, {"title": "x" * 121}]
)
def test_wrong_input_is_422_and_stores_nothing(cast, wrong):
    client = cast.client(cast.owner)
    assert client.post(url("file"), TYPED | wrong).status_code == 422
    part = client.post(url("file"), TYPED | wrong | {"then": "autosave"}, **HTMX)
    assert part.status_code == 422 and b"Not saved yet" in part.content
    assert not Candidate.objects.exists()


def test_submitting_an_incomplete_one_keeps_the_draft_and_names_the_field(cast):
    answer = cast.client(cast.owner).post(url("file"), TYPED | {"minutes": "", "then": "submit"})
    assert answer.status_code == 422 and "how many people do it" in answer.content.decode()
    assert Candidate.objects.get().state == "draft"


def test_somebody_without_a_unit_is_told_so(cast):
    answer = cast.client(cast.reviewer).post(url("file"), TYPED)
    assert answer.status_code == 422 and "business unit" in answer.content.decode()


def test_text_is_text(cast, now):
    made = do.save_draft(
        by=cast.owner,
        at=now,
        title="<script>alert(1)</script>",
        description="{{ 7|add:7 }}",
        count=1,
        minutes=1,
    )
    page = cast.client(cast.owner).get(url("candidate", made.number)).content.decode()
    assert "<script>alert" not in page and "{{ 7|add:7 }}" in page


# its page and its moves


def test_edit_submit_withdraw_and_twice(cast, received):
    client, n = cast.client(cast.owner), received.number
    assert client.post(url("edit", n), TYPED | {"count": "500", "then": "save"}).status_code == 302
    assert received.estimates.get(quantity="volume").likely == 6000
    for verb, state in (
        ("withdraw", "withdrawn"),
        ("withdraw", "withdrawn"),
        ("submit", "received"),
        ("submit", "received"),
    ):
        answer = client.post(url(verb, n), follow=True)
        received.refresh_from_db()
        assert answer.status_code == 200 and received.state == state
    assert "already" in answer.content.decode()
    assert AuditEvent.objects.filter(action="candidate.withdrawn").count() == 1


def test_withdrawing_asks_first(cast, received):
    page = cast.client(cast.owner).get(url("candidate", received.number)).content.decode()
    assert f"Withdraw {received.key}?" in page and "data-confirm" in page


def test_a_withdrawn_one_is_not_edited(cast, now, received):
    do.withdraw(candidate=received, by=cast.owner, at=now)
    answer = cast.client(cast.owner).post(url("edit", received.number), TYPED | {"then": "save"})
    assert answer.status_code == 422 and "withdrawn" in answer.content.decode()


def test_the_page_shows_strip_ranges_history_and_parts(cast, in_review):
    page = cast.client(cast.owner).get(url("candidate", in_review.number)).content.decode()
    for word in (
        "received",
        "being sized",
        "in review",
        "building",
        "live",
        "the ROI review",
        "assumed",
        "4,800",
    ):
        assert word in page
    for part in ("roi:candidate_score", "roi:candidate_decision", "workloads:candidate_workload"):
        assert reverse(part, args=[in_review.number]) in page


@pytest.mark.parametrize(
    ("state", "until", "words"),
    [
        ("deferred", date(2027, 1, 15), "Deferred until 15 Jan 2027"),
        ("measuring", None, "measured first"),
        ("rejected", None, "Rejected on"),
        ("approved", None, "Approved"),
    ],
)
def test_side_states_are_plain(cast, now, in_review, state, until, words):
    do.mark_decided(
        candidate=in_review, state=State(state), until=until, by=cast.lead, at=now + timedelta(days=2)
    )
    assert words in cast.client(cast.owner).get(url("candidate", in_review.number)).content.decode()


def test_assigning_and_sending_to_review(cast, received):
    client, n = cast.client(cast.lead), received.number
    assert client.post(url("assign", n), {"assessor": cast.owner.pk}).status_code == 302
    received.refresh_from_db()
    assert received.assessor is None
    client.post(url("assign", n), {"assessor": cast.assessor.pk})
    client.post(url("send_to_review", n))
    received.refresh_from_db()
    assert (received.assessor, received.state) == (cast.assessor, "in_review")


def test_money_is_for_the_unit_the_review_and_finance(cast, now, received):
    do.set_estimates(
        candidate=received, ranges={"build_cost": Range(11111, 22222, 33333)}, by=cast.lead, at=now
    )
    shown = {
        p: "22,222" in cast.client(getattr(cast, p)).get(url("candidate", received.number)).content.decode()
        for p in ("owner", "finance", "lead", "it", "evaluator")
    }
    assert shown == {"owner": True, "finance": True, "lead": True, "it": False, "evaluator": False}


# the assessor's page


def test_sharpening(cast, received):
    client, n = cast.client(cast.assessor), received.number
    assert client.get(url("estimates", n)).status_code == 200
    data = rows(
        minutes_low="5",
        minutes_likely="8",
        minutes_high="14",
        minutes_note="timed",
        risk_tier="high",
        build_cost_low="1",
        build_cost_likely="2",
        build_cost_high="3",
        build_cost_as_of="2026-10-01",
    )
    assert client.post(url("estimates", n), data).status_code == 302
    received.refresh_from_db()
    assert received.risk_tier == "high" and received.state == "sizing"
    assert set(received.estimates.values_list("quantity", flat=True)) == {"minutes", "build_cost"}
    assert received.estimates.get(quantity="build_cost").as_of == date(2026, 10, 1)


def test_a_note_alone_is_kept_and_nothing_else_moves(cast, now, received):
    do.set_estimates(
        candidate=received, ranges={"minutes": Range(5, 8, 14), "volume": None}, by=cast.lead, at=now
    )
    data = rows(
        minutes_low="5",
        minutes_likely="8",
        minutes_high="14",
        minutes_evidence="assumed",
        minutes_as_of=now.date().isoformat(),
        minutes_note="asked Ada",
    )
    assert cast.client(cast.assessor).post(url("estimates", received.number), data).status_code == 302
    assert received.estimates.get().note == "asked Ada"


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"minutes_low": "8", "minutes_likely": "5", "minutes_high": "9"}, "low 8 is above likely 5"),
        ({"minutes_low": "1", "minutes_likely": "5", "minutes_high": "3"}, "likely 5 is above high 3"),
        ({"minutes_low": "1", "minutes_high": "3"}, "likely is missing"),
        (
            {"cashable_share_low": "0.1", "cashable_share_likely": "0.5", "cashable_share_high": "60"},
            "between 0 and 1",
        ),
        ({"run_cost_low": "-1", "run_cost_likely": "2", "run_cost_high": "3"}, "cannot be below zero"),
        ({"build_cost_low": "a", "build_cost_likely": "2", "build_cost_high": "3"}, "Enter a number"),
    ],
)
def test_a_wrong_row_is_named_and_nothing_is_stored(cast, received, wrong, words):
    good = {"volume_low": "1", "volume_likely": "2", "volume_high": "3", "risk_tier": "high"}
    answer = cast.client(cast.assessor).post(url("estimates", received.number), rows(**good, **wrong))
    received.refresh_from_db()
    assert answer.status_code == 422 and words in answer.content.decode()
    assert received.risk_tier == "" and received.estimates.get(quantity="volume").likely == 4800


# the list


@pytest.fixture
def many(cast, now):
    made = []
    for i, title in enumerate(["=SUM(A1)", "Refund e-mails", "Contract review"]):
        unit = cast.other_unit if i == 2 else cast.unit
        draft = do.save_draft(
            by=cast.system, owner=cast.owner, unit=unit, at=now, title=title, count=1, minutes=1
        )
        made.append(do.submit(candidate=draft, by=cast.system, at=now))
    return made


def listed(client, query=""):
    return [c.title for c in client.get(f"{url('candidates')}?{query}").context["page"].object_list]


def test_search_filter_sort(cast, many):
    client = cast.client(cast.lead)
    assert listed(client) == ["Contract review", "Refund e-mails", "=SUM(A1)"]
    assert (
        listed(client, "q=refund")
        == listed(client, f"q={many[1].key}")
        == listed(client, f"q={many[1].number}")
        == ["Refund e-mails"]
    )
    assert listed(client, f"unit={cast.other_unit.pk}") == ["Contract review"]
    assert listed(client, "sort=title")[0] == "=SUM(A1)" and len(listed(client, "q=ada owner")) == 3
    assert listed(client, "state=live") == [] and listed(client, "mine=true") == []
    assert len(listed(cast.client(cast.owner), "mine=true")) == 3


@pytest.mark.parametrize(
    "query",
    ["sort=build_cost", "state=nonsense", "unit=999", "page=abc", "page=99", "q=%00", "q=C-99999999999999"],
)
def test_odd_addresses_do_not_break_it(cast, many, query):
    assert cast.client(cast.lead).get(f"{url('candidates')}?{query}").status_code == 200


def test_an_empty_list_says_what_to_do(cast):
    page = cast.client(cast.owner).get(url("candidates")).content.decode()
    assert url("file") in page and "File a candidate" in page
    assert "Nothing fits" in cast.client(cast.owner).get(url("candidates") + "?q=zzz").content.decode()


def test_search_has_a_key(cast):
    assert 'data-shortcut="/"' in cast.client(cast.owner).get(url("candidates")).content.decode()


def test_csv_cells_cannot_start_a_formula(cast, many):
    answer = cast.client(cast.lead).get(url("candidates") + "?format=csv&q=SUM")
    text = answer.content.decode("utf-8-sig")
    assert answer["Content-Type"].startswith("text/csv") and "'=SUM(A1)" in text and "Refund" not in text


def test_query_budgets(cast, now, many, django_assert_max_num_queries):
    client, n = cast.client(cast.lead), many[0].number
    for i in range(20):
        made = do.save_draft(
            by=cast.system, owner=cast.stranger, unit=cast.unit, at=now, title=f"T{i}", count=1, minutes=1
        )
        do.submit(candidate=made, by=cast.system, at=now)
    for name, args in (("candidates", ()), ("candidate", (n,)), ("estimates", (n,)), ("api_candidates", ())):
        with django_assert_max_num_queries(BUDGETS[f"backlog:{name}"]):
            assert client.get(url(name, *args)).status_code == 200
