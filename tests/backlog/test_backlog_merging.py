"""Two candidates of one work: nothing that was said is lost, and a mistake is taken back."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied

from aiops.errors import DomainError
from aiops.models import AuditEvent
from backlog import operations, queries
from backlog.models import Candidate, Evidence, State
from tests.backlog.conftest import ANSWERS

pytestmark = pytest.mark.django_db


@pytest.fixture
def file(cast, now):
    """Another candidate, received; of the owner where nobody is named."""

    def filed(title, owner=None, unit=None):
        owner = owner or cast.owner
        draft = operations.save_draft(by=owner, owner=owner, unit=unit, at=now, **ANSWERS | {"title": title})
        return operations.submit(candidate=draft, by=owner, at=now)

    return filed


def talked(candidate, cast, at):
    """Something of everything, from the lead and finance."""
    said = {"candidate": candidate, "at": at}
    operations.comment(text=f"On {candidate.key}", by=cast.lead, **said)
    operations.vote(by=cast.finance, **said)
    operations.add_note(title="Count", text="Counted in May", by=cast.lead, **said)
    operations.ask(of=cast.lead, text="Open?", by=cast.finance, **said)
    answered = operations.ask(of=cast.lead, text="Done?", by=cast.finance, **said)
    operations.answer_question(question=answered, answer="Yes", by=cast.lead, at=at)


def shape(candidate):
    """What hangs on a candidate, in numbers."""
    rows = (
        candidate.comments,
        candidate.votes,
        candidate.followers,
        candidate.evidences,
        candidate.questions,
    )
    return tuple(one.count() for one in rows)


def test_everything_goes_over_with_where_it_came_from_and_comes_back(cast, now, received, file):
    twin, legal = file("Read expense reports"), file("Read the reports", cast.stranger)
    talked(twin, cast, now)
    operations.vote(candidate=received, by=cast.finance, at=now)
    operations.vote(candidate=twin, by=cast.stranger, at=now)
    gone = operations.merge(candidate=twin, into=received, by=cast.lead, at=now)
    for verb, more in ((operations.comment, {"text": "Late"}), (operations.vote, {})):
        with pytest.raises(DomainError, match="C-2 was merged into C-1: go on there"):
            verb(candidate=gone, by=cast.reviewer, at=now, **more)
    assert (gone.state, gone.merged_into) == (State.DUPLICATE, received)
    # Finance voted for both: once there; the answered question stays where it was answered.
    assert shape(received) == (1, 2, 3, 1, 1) and shape(twin) == (0, 1, 1, 0, 1)
    assert received.comments.get().origin == twin
    assert AuditEvent.objects.of(received).filter(action="candidate.took_over", changes__comments=1).exists()
    # A merge of what was merged into already: the rows keep where they came from first.
    operations.merge(candidate=received, into=legal, by=cast.system, at=now)
    assert shape(legal)[0] == 1 and legal.comments.get().origin == twin
    assert cast.owner in queries.followers_of(legal)
    operations.comment(candidate=legal, text="New here", by=cast.stranger, at=now)
    operations.unmerge(candidate=received, by=cast.owner, at=now)
    operations.unmerge(candidate=twin, by=cast.lead, at=now + timedelta(minutes=1))
    assert shape(twin) == (1, 2, 3, 1, 2) and shape(received) == (0, 1, 1, 0, 0)
    assert legal.comments.get().text == "New here"
    twin.refresh_from_db()
    assert (twin.state, twin.merged_into) == (State.RECEIVED, None) and not twin.comments.exclude(origin=None)


def test_a_deferred_one_stands_again_where_it_stood(cast, now, in_review, file):
    day, other = now.date() + timedelta(days=40), file("Other work")
    operations.mark_decided(
        candidate=in_review, state="deferred", until=day, by=cast.lead, at=now + timedelta(days=1)
    )
    operations.merge(candidate=in_review, into=other, by=cast.owner, at=now + timedelta(days=2))
    back = operations.unmerge(candidate=in_review, by=cast.owner, at=now + timedelta(days=3))
    assert (back.state, back.deferred_until) == (State.DEFERRED, day)
    assert queries.current_stage(back).entered_at == now + timedelta(days=3)


def test_what_is_not_merged(cast, now, received, file):
    twin, legal, third = file("Twin"), file("Of Legal", cast.stranger), file("Third")
    draft = operations.save_draft(by=cast.owner, at=now, **ANSWERS)
    live = operations.mark_decided(
        candidate=operations.send_to_review(candidate=file("Live"), by=cast.lead, at=now),
        state="approved", by=cast.lead, at=now,
    )  # fmt: skip
    operations.merge(candidate=third, into=live, by=cast.owner, at=now)
    cases = [
        (received, received, cast.owner, "into itself"),
        (received, legal, cast.owner, "no such candidate that you can see"),
        (received, draft, cast.owner, "C-4 is draft|is draft"),
        (received, third, cast.owner, "was merged itself, into"),
        (third, received, cast.owner, "duplicate already"),
        (live, received, cast.owner, "cannot become duplicate"),
        (draft, received, cast.owner, "cannot become duplicate"),
    ]
    for candidate, into, by, words in cases:
        with pytest.raises(DomainError, match=words):
            operations.merge(candidate=candidate, into=into, by=by, at=now)
    for person in (cast.finance, cast.stranger, cast.auditor):
        with pytest.raises(PermissionDenied):
            operations.merge(candidate=received, into=twin, by=person, at=now)
        with pytest.raises(PermissionDenied):
            operations.unmerge(candidate=third, by=person, at=now)
    with pytest.raises(DomainError, match="not merged"):
        operations.unmerge(candidate=received, by=cast.owner, at=now)
    assert not Evidence.objects.exists() and Candidate.objects.filter(merged_into=None).count() == 5


def test_by_the_page_and_back(cast, now, received, file):
    twin = file("Twin")
    page, lead = f"/candidates/{twin.number}/", cast.client(cast.lead)
    for said in ("C-99", "x", f"C-{twin.number}"):
        assert lead.post(f"{page}merge/", {"into": said}).status_code == 422
    assert lead.post(f"{page}merge/", {"into": "c-1"}).status_code == 302
    text = lead.get(page).content.decode()
    assert "Merged into" in text and "C-1 Check expense reports</a>" in text
    assert "C-2 Twin" in lead.get(f"/candidates/{received.number}/").content.decode()
    assert cast.client(cast.finance).post(f"{page}unmerge/").status_code == 403
    assert lead.post(f"{page}unmerge/").status_code == 302
    assert lead.post(f"{page}unmerge/").status_code == 302, "told that it is not merged"
