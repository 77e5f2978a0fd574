"""Questions that a candidate waits for: asked, told the same day, answered once."""

import pytest
from django.core.exceptions import PermissionDenied

from aiops.errors import DomainError
from aiops.models import Membership
from backlog import operations, queries
from integrations.models import Delivery, DigestLine
from roi.queries.home import needs

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked(cast, now, received):
    text = "Is the check by hand of every report?"
    return operations.ask(candidate=received, of=cast.owner, text=text, by=cast.assessor, at=now)


def mailed():
    rows = Delivery.objects.filter(kind="mail").order_by("pk")
    told = [(row.payload["to"][0], row.payload["subject"]) for row in rows]
    return [(to, subject) for to, subject in told if " on C-1" in subject]


def test_a_question_is_told_the_same_day_and_so_is_its_answer(cast, now, received, asked):
    assert list(queries.open_questions(cast.owner)) == [asked]
    (need,) = [one for one in needs(cast.owner, now.date()) if one.kind == "Question"]
    assert need.sentence == "Ann Assessor asks about C-1 Check expense reports" and need.reason == asked.text
    operations.comment(candidate=received, text="I wonder too", by=cast.finance, at=now)
    done = operations.answer_question(question=asked, answer="Every one.", by=cast.owner, at=now)
    assert (done.answer, done.answered_by, done.is_open) == ("Every one.", cast.owner, False)
    assert mailed() == [
        (cast.owner.email, "A question on C-1 Check expense reports"),
        (cast.assessor.email, "Ada Owner answered on C-1 Check expense reports"),
    ]
    told = DigestLine.objects.filter(user=cast.finance).values_list("sentence", flat=True)
    assert list(told) == ["Ada Owner answered a question about C-1 Check expense reports."]
    assert not queries.open_questions(cast.owner).exists()
    with pytest.raises(DomainError, match="Ada Owner has answered"):
        operations.answer_question(question=asked, answer="Again", by=cast.owner, at=now)


def test_who_can_answer(cast, now, received):
    of_it = operations.ask(candidate=received, of=cast.it, text="Is there an API?", by=cast.owner, at=now)
    for person in (cast.finance, cast.stranger):
        with pytest.raises(PermissionDenied):
            operations.answer_question(question=of_it, answer="Yes", by=person, at=now)
    # The lead triages the unit and may answer for them.
    assert (
        operations.answer_question(question=of_it, answer="Yes", by=cast.lead, at=now).answered_by
        == cast.lead
    )


def test_who_moved_away_since_does_not_answer(cast, now, received):
    of_it = operations.ask(candidate=received, of=cast.it, text="Is there an API?", by=cast.owner, at=now)
    Membership.objects.filter(user=cast.it).update(revoked_at=now)
    assert not queries.open_questions(cast.it).exists()
    with pytest.raises(PermissionDenied):
        operations.answer_question(
            question=of_it, answer="Yes", by=type(cast.it).objects.get(pk=cast.it.pk), at=now
        )


@pytest.mark.parametrize(
    ("who", "text", "words"),
    [
        ("stranger", "Well?", "Sam Stranger cannot see C-1"),
        ("assessor", "Well?", "this is you"),
        ("owner", " ", "Write something"),
        ("owner", "x" * 1001, "1,001 characters"),
    ],
)
def test_what_cannot_be_asked(cast, now, received, who, text, words):
    with pytest.raises(DomainError, match=words):
        operations.ask(candidate=received, of=getattr(cast, who), text=text, by=cast.assessor, at=now)


def test_nobody_is_asked_about_a_draft_nor_by_readers(cast, now, draft):
    with pytest.raises(DomainError, match="C-1 is a draft"):
        operations.ask(candidate=draft, of=cast.lead, text="Well?", by=cast.owner, at=now)
    received = operations.submit(candidate=draft, by=cast.owner, at=now)
    with pytest.raises(PermissionDenied):
        operations.ask(candidate=received, of=cast.owner, text="Well?", by=cast.auditor, at=now)


def test_a_question_is_taken_back_by_whoever_asked(cast, now, asked):
    with pytest.raises(PermissionDenied):
        operations.withdraw_question(question=asked, by=cast.finance, at=now)
    gone = operations.withdraw_question(question=asked, by=cast.assessor, at=now)
    assert not gone.is_open and not queries.questions_of(asked.candidate).exists()
    with pytest.raises(DomainError, match="taken back"):
        operations.answer_question(question=asked, answer="Late", by=cast.owner, at=now)
