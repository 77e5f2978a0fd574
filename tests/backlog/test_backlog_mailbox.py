"""A forwarded mail becomes a draft of its sender, read by rules, once; strangers and programs make nothing."""

from decimal import Decimal

import pytest

from aiops.errors import DomainError
from backlog import operations as do
from backlog.models import Candidate, State
from integrations.messages import InboundMail, MailFile
from integrations.models import Delivery

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 40
TEXT = (
    "Hi,\n\nwe book about 400 supplier invoices a week, 8 minutes each.\n\n-- \nAda Owner\nAccounts payable\n"
)


def mail(sender="ada.owner@example.com", key="<m1@corp>", files=(), **more):
    about = {"subject": "Booking supplier invoices", "text": TEXT} | more
    return InboundMail(message_id=key, sender=sender, files=tuple(files), **about)


def test_a_mail_is_a_draft_that_only_its_sender_sees(cast, now) -> None:
    said = do.file_from_mail(mail(), at=now)
    draft = Candidate.objects.get()
    assert said == f"{draft.key}, a draft of Ada Owner"
    assert (draft.state, draft.owner, draft.title) == (State.DRAFT, cast.owner, "Booking supplier invoices")
    assert (draft.count, draft.period, draft.minutes) == (Decimal(400), "week", Decimal(8))
    assert "Accounts payable" not in draft.description, "the signature is not the work"
    assert not Candidate.objects.visible_to(cast.lead).exists()
    reply = Delivery.objects.get(kind="mail").payload
    assert reply["to"] == ["ada.owner@example.com"] and f"/candidates/{draft.number}/edit/" in reply["text"]
    do.file_from_mail(mail(), at=now)
    assert Candidate.objects.count() == 1, "the same message again is the same draft"


def test_its_files_are_evidence_and_what_is_not_kept_is_said(cast, now) -> None:
    files = [MailFile("screen.png", "image/png", PNG), MailFile("run.exe", "image/png", b"MZ\x90\x00")]
    do.file_from_mail(mail(files=files), at=now)
    assert Candidate.objects.get().evidences.get().file_name == "screen.png"
    assert "Not kept: run.exe" in Delivery.objects.get(kind="mail").payload["text"]


@pytest.mark.parametrize("who", ["nobody", "auditor", "left", "no unit"])
def test_others_make_nothing(cast, now, who) -> None:
    people = {"nobody": None, "auditor": cast.auditor, "left": cast.owner, "no unit": cast.lead}
    person = people[who]
    if who == "left":
        person.is_active = False
        person.save()
    with pytest.raises(DomainError, match="its sender"):
        do.file_from_mail(mail(sender=person.email if person else "eve@elsewhere.example"), at=now)
    assert not Candidate.objects.exists() and not Delivery.objects.exists()
