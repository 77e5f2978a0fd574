"""Mail through a real SMTP server on this machine: taken, put off, refused."""

import socket
from datetime import timedelta
from email import message_from_bytes
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from integrations import operations
from integrations.messages import Mail
from integrations.models import Delivery

MAIL = Mail(to=("ada@example.com",), subject="Something\nneeds you", text="Grüße")


class Inbox:
    """Keeps mails, or answers as told."""

    def __init__(self) -> None:
        self.answer, self.rcpt_answer, self.mails = "", "", []

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if self.rcpt_answer and "bad" in address or self.rcpt_answer == "550 none of them":
            return self.rcpt_answer
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if not self.answer:
            self.mails.append(message_from_bytes(envelope.content))
        return self.answer or "250 taken"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as one:
        return one.getsockname()[1]


@pytest.fixture
def inbox():
    handler = Inbox()
    handler.port = free_port()
    server = Controller(handler, hostname="127.0.0.1", port=handler.port)
    server.start()
    yield handler
    server.stop()


@pytest.fixture
def mail_server(inbox, make_connection):
    return make_connection(
        "smtp", host="127.0.0.1", port=inbox.port, encryption="none", sender="payback@corp.example"
    )


def test_a_mail_is_sent_once_and_says_that_a_program_sent_it(inbox, mail_server, now) -> None:
    row = operations.queue_mail(mail=MAIL, dedup_key="incident-1", at=now)
    assert operations.queue_mail(mail=MAIL, dedup_key="incident-1", at=now) == row, "queued once"
    operations.deliver(delivery_id=row.pk, at=now)
    assert operations.deliver(delivery_id=row.pk, at=now) is None, "sent once"
    row.refresh_from_db()
    (mail,) = inbox.mails
    assert (row.state, row.attempts, mail["To"], mail["From"]) == (
        "sent",
        1,
        "ada@example.com",
        "payback@corp.example",
    )
    assert mail["Auto-Submitted"] == "auto-generated" and mail["Subject"] == "Something needs you"
    assert mail["Message-ID"].endswith("@corp.example>")
    mail_server.refresh_from_db()
    assert mail_server.last_success_at == now


def test_a_refusal_for_now_is_tried_again_with_the_same_message_id(inbox, mail_server, now) -> None:
    inbox.answer = "451 later"
    row = operations.queue_mail(mail=MAIL, dedup_key="k", at=now)
    operations.deliver(delivery_id=row.pk, at=now)
    row.refresh_from_db()
    assert (row.state, row.response_status) == ("queued", 451) and row.next_attempt_at > now
    assert operations.deliver(delivery_id=row.pk, at=now) is None, "not before its time"
    inbox.answer = ""
    operations.deliver(delivery_id=row.pk, at=row.next_attempt_at)
    row.refresh_from_db()
    assert (row.state, row.attempts, len(inbox.mails)) == ("sent", 2, 1)


def test_a_refusal_for_good_is_not_tried_again(inbox, mail_server, now) -> None:
    inbox.rcpt_answer = "550 none of them"
    row = operations.queue_mail(mail=MAIL, dedup_key="k", at=now)
    operations.deliver(delivery_id=row.pk, at=now)
    row.refresh_from_db()
    mail_server.refresh_from_db()
    assert (row.state, row.attempts) == ("failed", 1) and "recipient" in row.last_error
    assert mail_server.is_failing and mail_server.last_failure_fix


def test_one_refused_recipient_of_two_is_said_and_not_sent_to_the_other_again(
    inbox, mail_server, now
) -> None:
    inbox.rcpt_answer = "550 unknown"
    both = Mail(to=("bad@example.com", "ada@example.com"), subject="s", text="t")
    row = operations.queue_mail(mail=both, dedup_key="k", at=now)
    operations.deliver(delivery_id=row.pk, at=now)
    row.refresh_from_db()
    assert row.state == "failed" and "1 of 2" in row.last_error and len(inbox.mails) == 1


def test_six_attempts_are_the_most(inbox, mail_server, now) -> None:
    inbox.answer = "451 later"
    row = operations.queue_mail(mail=MAIL, dedup_key="k", at=now)
    waits = []
    while row.state != "failed":
        operations.deliver(delivery_id=row.pk, at=row.next_attempt_at)
        before = row.next_attempt_at
        row.refresh_from_db()
        waits.append(row.next_attempt_at - before)
    assert row.attempts == 6 and waits[:5] == sorted(waits[:5]) and waits[0] >= timedelta(seconds=10)


def test_a_mail_server_that_is_gone(mail_server, inbox, now, cast) -> None:
    mail_server.port = 1
    mail_server.allowed_hosts = ["127.0.0.1"]
    mail_server.save()
    row = operations.queue_mail(mail=MAIL, dedup_key="k", at=now)
    operations.deliver(delivery_id=row.pk, at=now)
    row.refresh_from_db()
    assert row.state == "queued" and "could not be reached" in row.last_error
    steps = operations.test_connection(connection=mail_server, by=cast.it, at=now)
    assert [(s.name, s.ok) for s in steps] == [("Name", True), ("Network", False)] and steps[-1].fix


@pytest.mark.parametrize(("host", "port"), [("169.254.169.254", 25), ("127.0.0.1", 22), ("10.0.0.1", 587)])
def test_host_and_port_are_vetted(host, port, make_connection, now) -> None:
    make_connection("smtp", host=host, port=port, encryption="none", sender="a@b.example", allowed_hosts=[])
    row = operations.queue_mail(mail=MAIL, dedup_key="k", at=now)
    operations.deliver(delivery_id=row.pk, at=now)
    row.refresh_from_db()
    assert row.state == "failed", "an address that is not permitted does not become so by waiting"


def test_a_server_without_starttls_gets_no_password(inbox, make_connection, cast, now) -> None:
    one = make_connection(
        "smtp", "canary-password", host="127.0.0.1", port=inbox.port, encryption="starttls", username="u",
        sender="a@b.example", secret="canary-password",
    )  # fmt: skip
    steps = operations.test_connection(connection=one, by=cast.it, at=now)
    assert not steps[-1].ok and "does not offer" in steps[-1].words and "encryption" in steps[-1].fix


def test_a_wrong_password_is_named_as_the_sign_in(make_connection, cast, now) -> None:
    refuse = AuthResult(success=False, handled=False, message="535 5.7.8 no")
    server = Controller(
        Inbox(),
        hostname="127.0.0.1",
        port=free_port(),
        authenticator=lambda *_: refuse,
        auth_require_tls=False,
    )
    server.start()
    try:
        one = make_connection(
            "smtp",
            host="127.0.0.1",
            port=server.port,
            encryption="none",
            username="u",
            secret="s",
            sender="a@b.example",
        )
        steps = operations.test_connection(connection=one, by=cast.it, at=now)
    finally:
        server.stop()
    assert [(s.name, s.ok) for s in steps] == [("Name", True), ("Network", True), ("Sign-in", False)]


def test_without_a_mail_server_mails_are_printed(cast, now, mailoutbox) -> None:
    row = operations.queue_mail(mail=MAIL, dedup_key="k", at=now)
    operations.deliver(delivery_id=row.pk, at=now)
    row.refresh_from_db()
    assert row.state == "sent" and row.effect.startswith("printed to the console")
    (mail,) = mailoutbox
    assert mail.extra_headers["Auto-Submitted"] == "auto-generated" and mail.extra_headers["Message-ID"]
    assert Delivery.objects.count() == 1


def test_only_the_greeting_is_tested_and_no_mail_is_sent(inbox, mail_server, cast, now) -> None:
    steps = operations.test_connection(connection=mail_server, by=cast.it, at=now)
    assert [s.name for s in steps] == ["Name", "Network", "Sign-in", "Sample"] and all(s.ok for s in steps)
    assert inbox.mails == []
