"""Telling people: the same day or in one digest a week, never twice, and no more once they say so."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from integrations import operations
from integrations.models import Delivery, DigestLine, Unsubscribed
from integrations.operations.telling import digest_time, stop_address
from tests.factories import sign_in

MONDAY = datetime(2026, 11, 16, 6, 0, tzinfo=UTC)


def tell(user, topic, at, key="k", **more):
    about = {"subject": "C-7 was merged", "text": "It is part of C-3.", "path": "/candidates/7/"}
    operations.tell(user=user, topic=topic, dedup_key=key, at=at, **about | more)


def mails():
    return Delivery.objects.filter(kind="mail")


def test_a_question_is_mailed_at_once_and_once(cast) -> None:
    tell(cast.owner, "question", MONDAY)
    tell(cast.owner, "question", MONDAY)
    mail = mails().get().payload
    assert mail["to"] == ["ada.owner@example.com"]
    assert "/candidates/7/" in mail["text"] and "questions to me" in mail["text"]
    assert mail["unsubscribe"].startswith("http") and mail["unsubscribe"] in mail["text"]


@pytest.mark.parametrize("gone", ["left", "simulated"])
def test_who_left_and_what_is_simulated_is_told_nothing(cast, gone) -> None:
    if gone == "left":
        cast.owner.is_active = False
    tell(cast.owner, "question", MONDAY, simulated=gone == "simulated")
    tell(cast.system, "question", MONDAY)
    assert not mails().exists()


def test_one_digest_a_week_holds_the_lines_before_its_hour(cast) -> None:
    before, after = MONDAY - timedelta(hours=1), MONDAY + timedelta(hours=1)
    tell(cast.owner, "activity", before, key="a")
    tell(cast.owner, "activity", before, key="a")
    tell(cast.owner, "activity", after, key="b", subject="C-9 has a new vote")
    tell(cast.lead, "activity", before, key="c")
    assert not mails().exists()
    assert operations.send_digests(at=MONDAY + timedelta(minutes=5)) == 2
    assert operations.send_digests(at=MONDAY + timedelta(minutes=15)) == 0, "a retry sends nothing twice"
    mine = mails().get(payload__to=["ada.owner@example.com"]).payload
    assert mine["subject"] == "Your week in Payback: 1 thing"
    assert "C-7 was merged" in mine["text"] and "C-9" not in mine["text"]
    assert DigestLine.objects.get(sent_at=None).sentence == "C-9 has a new vote"
    operations.send_digests(at=MONDAY + timedelta(days=7))
    assert mails().filter(payload__to=["ada.owner@example.com"]).count() == 2


@pytest.mark.parametrize("day, hour, back", [(16, 6, 0), (16, 5, 7), (22, 23, 0), (23, 6, -7)])
def test_the_hour_of_the_digest(day, hour, back) -> None:
    at = datetime(2026, 11, day, hour, 0, tzinfo=UTC)
    assert digest_time(at) == MONDAY - timedelta(days=back)


def test_a_mail_program_stops_one_kind_without_signing_in(cast) -> None:
    address = stop_address(cast.owner, "question").partition("//")[2].partition("/")[2]
    anyone = Client(enforce_csrf_checks=True)
    asked = anyone.get(f"/{address}")
    assert b"questions to me" in asked.content
    assert not Unsubscribed.objects.exists(), "following the link alone stops nothing"
    assert anyone.post(f"/{address}", {"List-Unsubscribe": "One-Click"}).status_code == 200
    tell(cast.owner, "question", MONDAY)
    tell(cast.owner, "mention", MONDAY)
    assert mails().count() == 1, "only that kind stopped"
    assert anyone.post("/mail/stop/forged/").status_code == 404


def test_a_person_chooses_on_the_page(cast) -> None:
    client = sign_in(cast.owner)
    tell(cast.owner, "activity", MONDAY, key="d")
    assert "C-7 was merged" in client.get("/mail/").content.decode()
    client.post("/mail/", {"topics": ["decision"]})
    assert not Unsubscribed.objects.filter(user=cast.owner, topic="decision").exists()
    assert Unsubscribed.objects.filter(user=cast.owner).count() == len(operations.TOPICS) - 1
    client.post("/mail/", {"topics": list(operations.TOPICS)})
    assert not Unsubscribed.objects.exists()
