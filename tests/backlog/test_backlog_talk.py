"""Comments with people named, votes, followers: who is told what, and what is refused."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied

from aiops.errors import DomainError
from aiops.models import AuditEvent, User
from backlog import operations, queries
from backlog.models import Candidate, Vote
from integrations.models import Delivery, DigestLine

pytestmark = pytest.mark.django_db


def mails(person):
    rows = Delivery.objects.filter(kind="mail").order_by("pk")
    return [row.payload["subject"] for row in rows if person.email in row.payload["to"]]


def lines(person):
    return list(DigestLine.objects.filter(user=person).values_list("sentence", flat=True))


def refused(code, **said):
    verb = said.pop("verb")
    with pytest.raises(DomainError) as caught:
        verb(**said)
    assert caught.value.code == code
    return caught.value.message


def test_people_who_see_a_candidate_are_those_whom_visible_to_lets_in(cast, now, draft):
    everybody = User.objects.people()

    def seeing(candidate):
        return {u for u in everybody if Candidate.objects.visible_to(u).filter(pk=candidate.pk).exists()}

    assert set(queries.people_who_see(draft)) == seeing(draft) == {cast.owner}
    received = operations.submit(candidate=draft, by=cast.owner, at=now)
    assert set(queries.people_who_see(received)) == seeing(received) == set(everybody) - {cast.stranger}


def test_a_comment_tells_the_people_it_names_today_and_the_followers_in_their_digest(cast, now, received):
    said = {"candidate": received, "at": now}
    operations.comment(text="We count these too.", by=cast.finance, **said)
    made = operations.comment(
        text="@Ann Assessor and @rob.reviewer@example.com: is this new?", by=cast.lead, **said
    )
    assert made.mentions == [cast.assessor.pk, cast.reviewer.pk]
    assert mails(cast.assessor) == ["Lea Lead mentioned you on C-1 Check expense reports"]
    assert mails(cast.reviewer) and not mails(cast.finance)
    assert lines(cast.owner) == [
        f"{who} commented on C-1 Check expense reports." for who in (cast.finance, cast.lead)
    ]
    assert len(lines(cast.finance)) == 1 and not lines(cast.lead) and not lines(cast.assessor)
    assert set(queries.followers_of(received)) == {cast.owner, cast.finance, cast.lead}
    assert AuditEvent.objects.of(received).filter(action="candidate.commented").count() == 2


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("@Sam Stranger, look", "Sam Stranger cannot see C-1"),
        ("@sam.stranger@example.com, look", "Sam Stranger cannot see C-1"),
        ("@Adam, look", "Nobody who sees C-1 is called «Adam»"),
        ("  \n", "Write something first"),
        ("x" * 4001, "4,001 characters"),
    ],
)
def test_what_cannot_be_said_is_refused_and_nothing_is_kept(cast, now, received, text, words):
    with pytest.raises(DomainError, match=words):
        operations.comment(candidate=received, text=text, by=cast.owner, at=now)
    assert not received.comments.exists()


def test_a_name_of_two_people_is_asked_for_in_full(cast, now, received):
    text = "@Lea Lead or @Leo? @Fay and @F"
    assert "«F»" in refused(
        "mention", verb=operations.comment, candidate=received, text=text, by=cast.owner, at=now
    )
    User.objects.filter(pk=cast.second_lead.pk).update(name="Lea Second")
    words = refused(
        "mention", verb=operations.comment, candidate=received, text="@Lea?", by=cast.owner, at=now
    )
    assert "More than one" in words


def test_who_does_not_see_it_or_only_reads_says_nothing(cast, now, received):
    for person in (cast.stranger, cast.auditor, cast.executive):
        with pytest.raises(PermissionDenied):
            operations.comment(candidate=received, text="Hello", by=person, at=now)


def test_a_comment_is_mended_for_a_quarter_of_an_hour_by_its_writer(cast, now, received):
    made = operations.comment(candidate=received, text="@Fay: 400?", by=cast.owner, at=now)
    soon, late = now + timedelta(minutes=15), now + timedelta(minutes=15, seconds=1)
    kept = operations.edit_comment(comment=made, text="@Fay and @Rob: 500?", by=cast.owner, at=soon)
    assert (kept.text, kept.edited_at) == ("@Fay and @Rob: 500?", soon)
    assert len(mails(cast.finance)) == 1 and len(mails(cast.reviewer)) == 1
    refused("too_late", verb=operations.edit_comment, comment=made, text="600", by=cast.owner, at=late)
    with pytest.raises(PermissionDenied):
        operations.edit_comment(comment=made, text="600", by=cast.lead, at=soon)


def test_a_removed_comment_keeps_its_place_without_its_words(cast, now, received):
    made = operations.comment(candidate=received, text="Wrong room", by=cast.owner, at=now)
    with pytest.raises(PermissionDenied):
        operations.remove_comment(comment=made, by=cast.finance, at=now)
    kept = operations.remove_comment(comment=made, by=cast.lead, at=now)
    assert (kept.text, kept.removed_at) == ("", now)
    assert list(queries.comments_of(received)) == [kept]
    refused("removed", verb=operations.remove_comment, comment=made, by=cast.owner, at=now)
    refused("removed", verb=operations.edit_comment, comment=made, text="x", by=cast.owner, at=now)


def test_votes_count_once_and_are_of_others(cast, now, received):
    for _ in range(2):
        operations.vote(candidate=received, by=cast.stranger, at=now)
    assert Vote.objects.get().by == cast.stranger
    assert "Ada" not in refused("own", verb=operations.vote, candidate=received, by=cast.owner, at=now)
    with pytest.raises(PermissionDenied):
        operations.vote(candidate=received, by=cast.auditor, at=now)
    # From another unit, they are told what becomes of it all the same.
    assert cast.stranger in queries.followers_of(received)
    operations.unvote(candidate=received, by=cast.stranger, at=now)
    assert not Vote.objects.exists() and cast.stranger not in queries.followers_of(received)


def test_a_draft_has_no_votes(cast, now, draft):
    refused("draft", verb=operations.vote, candidate=draft, by=cast.lead, at=now)


def test_who_left_stays_away_until_they_follow_again(cast, now, received):
    said = {"candidate": received, "at": now}
    operations.follow(by=cast.auditor, **said)
    operations.vote(by=cast.finance, **said)
    operations.unfollow(by=cast.finance, **said)
    operations.comment(text="One more thing", by=cast.finance, **said)
    assert set(queries.followers_of(received)) == {cast.owner, cast.auditor}
    operations.follow(by=cast.finance, **said)
    assert cast.finance in queries.followers_of(received)
    refused("own", verb=operations.unfollow, by=cast.owner, **said)
    with pytest.raises(PermissionDenied):
        operations.follow(by=cast.stranger, **said)


def test_who_lost_sight_or_left_the_company_is_told_no_more(cast, now, received):
    for person in (cast.finance, cast.reviewer):
        operations.comment(candidate=received, text="Hello", by=person, at=now)
    cast.finance.memberships.update(revoked_at=now)
    User.objects.filter(pk=cast.reviewer.pk).update(is_active=False)
    assert set(queries.followers_of(received)) == {cast.owner}


def test_followers_read_in_their_digest_where_it_stands(cast, now, received):
    operations.follow(candidate=received, by=cast.finance, at=now)
    operations.assign_assessor(candidate=received, assessor=cast.assessor, by=cast.lead, at=now)
    operations.send_to_review(candidate=received, by=cast.lead, at=now + timedelta(days=1))
    told = [f"C-1 Check expense reports is {state}." for state in ("being sized", "in review")]
    assert lines(cast.finance) == told and lines(cast.owner) == told and not lines(cast.lead)


def test_the_page_says_all_of_it_and_takes_words_with_and_without_htmx(cast, now, received):
    page, lead = f"/candidates/{received.number}/", cast.client(cast.lead)
    sent = lead.post(f"{page}comments/", {"text": "See https://e.com/<b>\nok?", "mention": "Ann Assessor"})
    assert sent.status_code == 302 and sent["Location"].endswith("#comments")
    text = lead.get(page).content.decode()
    assert (
        'href="https://e.com/" rel="noopener nofollow"' in text and "&lt;b&gt;<br>ok? @Ann Assessor" in text
    )
    assert mails(cast.assessor)
    part = lead.post(f"{page}comments/", {"text": "@Sam Stranger"}, headers={"HX-Request": "true"})
    assert part.status_code == 422 and "Sam Stranger cannot see C-1" in part.content.decode()
    assert "<html" not in part.content.decode()
    whole = lead.post(f"{page}questions/", {"ask-of": "nobody", "ask-text": "Well?"})
    assert whole.status_code == 422 and "Nobody is called nobody" in whole.content.decode()
    asked = lead.post(f"{page}questions/", {"ask-of": "ada owner", "ask-text": "Well?"})
    assert asked.status_code == 302 and received.questions.get().of == cast.owner
    answer = f"{page}questions/{received.questions.get().pk}/answer/"
    assert cast.client(cast.reviewer).post(answer, {"answer": "No"}).status_code == 403
    assert cast.client(cast.owner).post(answer, {"answer": ""}).status_code == 422
    assert cast.client(cast.owner).post(answer, {"answer": "Well."}).status_code == 302
    for verb, code in (("vote", 302), ("unfollow", 302), ("explode", 404)):
        assert lead.post(f"{page}people/{verb}/").status_code == code
    assert cast.client(cast.owner).post(f"{page}people/vote/").status_code == 422
    people = lead.get(f"{page}people/?mention=ann").content.decode()
    assert people.count("<option") == 1 and "Ann Assessor" in people


def test_activity_is_one_list_newest_first(cast, now, received):
    for n in range(25):
        said = {"candidate": received, "by": cast.lead, "at": now + timedelta(minutes=n)}
        operations.comment(text=f"Number {n}", **said)
    operations.remove_comment(comment=received.comments.last(), by=cast.lead, at=now + timedelta(hours=1))
    client = cast.client(cast.owner)
    first = client.get(f"/candidates/{received.number}/").content.decode()
    assert "Comment removed" in first and "Number 23" in first and "Number 24" not in first
    last = client.get(f"/candidates/{received.number}/activity/?activity=2").content.decode()
    assert "Submitted" in last and "Number 0" in last and "Number 23" not in last
