"""The same work twice: seen while typing, joined, or told apart before it is filed."""

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from aiops.errors import DomainError
from aiops.models import AuditEvent
from backlog import operations as do
from backlog import queries
from backlog.models import Candidate, Comment, Distinct, Follower, Vote
from integrations.models import DigestLine
from tests.backlog.conftest import ANSWERS

MINE = {
    "title": "Expense report checks",
    "description": "We read every report and compare it with the policy of travel.",
    "count": "90",
    "period": "week",
    "minutes": "7",
    "sureness": "fairly_sure",
    "who_does_it": "assistants",
    "client_token": "mine",
}


def url(name, *args):
    return reverse(f"backlog:{name}", args=args)


def page_of(answer):
    return answer.content.decode()


def similar(person, title=MINE["title"], **more):
    return queries.similar_to(user=person, title=title, description=MINE["description"], **more)


def test_across_units_title_unit_and_owner_are_shown_and_nothing_else(cast, now, received, draft):
    (found,) = similar(cast.stranger)
    assert found.candidate == received and found.is_same and not found.is_visible
    page = page_of(cast.client(cast.stranger).post(url("similar"), MINE))
    assert received.title in page and str(received.unit) in page and str(received.owner) in page
    assert received.key not in page and "read against" not in page and "both:" not in page
    assert f'href="{url("candidate", received.number)}"' not in page and url("join", received.number) in page
    assert "Expense reports: usually 6 to 20 minutes each" in page and "not a study" in page
    (own,) = similar(cast.lead)
    assert own.is_visible and own.why_words[0] in ("expense", "reports", "report", "checks")


def test_drafts_what_was_taken_back_and_itself_are_not_shown(cast, now, draft):
    assert not similar(cast.owner)
    do.submit(candidate=draft, by=cast.owner, at=now)
    assert len(similar(cast.owner)) == 1 and not similar(cast.owner, exclude=draft)
    do.withdraw(candidate=draft, by=cast.owner, at=now)
    assert not similar(cast.owner)


@pytest.mark.parametrize(
    "title", ["", "the of and", "!!! ' & | :* \\ <->", "٣ İstanbul ﬁle", "x" * 200, "expense'); --"]
)
def test_any_words_may_be_typed(cast, received, title):
    assert isinstance(similar(cast.owner, title), list)
    answer = cast.client(cast.owner).post(url("similar"), {"title": title, "candidate": "9" * 30})
    assert answer.status_code == 200


def test_it_asks_the_database_as_often_for_many(cast, now, received, django_assert_max_num_queries):
    for n in range(8):
        made = do.save_draft(by=cast.owner, at=now, title=f"Check expense reports {n}", count=1, minutes=1)
        do.submit(candidate=made, by=cast.system, at=now)
    cast.stranger.active_memberships  # noqa: B018  read once, as a request does
    with django_assert_max_num_queries(4):
        assert len(similar(cast.stranger)) == 5


# joining


def test_joining_from_the_form_votes_follows_keeps_what_was_typed_and_takes_the_draft_back(
    cast, now, received
):
    client = cast.client(cast.stranger)
    client.post(url("file"), MINE | {"then": "save"})
    draft = Candidate.objects.get(client_token="mine")
    assert url("join", received.number) in page_of(client.post(url("similar"), MINE))
    answer = client.post(url("join", received.number), MINE, follow=True)
    assert "You joined" in page_of(answer) and answer.status_code == 200
    assert Vote.objects.get().by == cast.stranger and Follower.objects.get(by=cast.stranger).left_at is None
    assert "90 a week; 7 minutes each; done by assistants" in Comment.objects.get().text
    draft.refresh_from_db()
    assert draft.state == "withdrawn"
    assert cast.owner in {line.user for line in DigestLine.objects.all()}
    client.post(url("join", received.number), MINE)
    assert Vote.objects.count() == 1 and AuditEvent.objects.filter(action="candidate.joined").count() == 1


def test_a_number_alone_opens_nothing_of_another_unit(cast, received):
    client = cast.client(cast.stranger)
    assert client.post(url("join", received.number)).status_code == 404
    assert client.post(url("join", received.number), {"title": "Water the plants"}).status_code == 404
    assert client.get(url("join", received.number)).status_code == 405
    assert not Vote.objects.exists()


def test_what_cannot_be_joined_says_so(cast, now, received, draft):
    with pytest.raises(DomainError, match="yours already"):
        do.join_candidate(candidate=received, by=cast.owner, at=now)
    with pytest.raises(DomainError, match="At most"):
        do.join_candidate(candidate=received, by=cast.lead, at=now, note="x" * 4001)
    with pytest.raises(PermissionDenied):
        do.join_candidate(candidate=received, by=cast.executive, at=now)
    do.withdraw(candidate=received, by=cast.owner, at=now)
    with pytest.raises(DomainError, match="cannot be joined"):
        do.join_candidate(candidate=received, by=cast.lead, at=now)
    assert "yours already" in page_of(cast.client(cast.owner).post(url("join", received.number), follow=True))


# telling apart


def test_filing_a_very_similar_one_asks_once(cast, received):
    client = cast.client(cast.stranger)
    asked = client.post(url("file"), MINE | {"then": "submit"})
    made = Candidate.objects.get(client_token="mine")
    assert asked.status_code == 422 and made.state == "draft"
    assert "looks like work that is filed already" in page_of(asked) and received.title in page_of(asked)
    assert 'name="asked_similar"' in page_of(asked)
    client.post(url("edit", made.number), MINE | {"then": "submit", "asked_similar": "1"})
    made.refresh_from_db()
    assert made.state == "received" and not Distinct.objects.exists()


def test_saying_how_it_differs_is_kept_and_files_it(cast, now, received):
    client = cast.client(cast.stranger)
    client.post(
        url("file"),
        MINE | {"then": "submit", f"differs-{received.number}": "Ours are in French", "differs-999": "x"},
    )
    made, said = Candidate.objects.get(client_token="mine"), Distinct.objects.get()
    assert made.state == "received" and (said.candidate, said.other, said.reason) == (
        made,
        received,
        "Ours are in French",
    )
    again = do.differ(candidate=made, other=received, reason="  And  longer ", by=cast.stranger, at=now)
    assert again.reason == "And longer" and Distinct.objects.count() == 1
    for other, reason in ((received, " "), (received, "x" * 301), (made, "itself")):
        with pytest.raises(DomainError):
            do.differ(candidate=made, other=other, reason=reason, by=cast.stranger, at=now)
    with pytest.raises(PermissionDenied):
        do.differ(candidate=made, other=received, reason="no", by=cast.owner, at=now)


def test_a_half_typed_reason_survives_the_next_look(cast, received):
    page = page_of(
        cast.client(cast.lead).post(url("similar"), MINE | {f"differs-{received.number}": "Ours <b>"})
    )
    assert 'value="Ours &lt;b&gt;"' in page and ANSWERS["title"] in page
