"""A mailbox on a real IMAP server of this machine: read once, marked, refused with reasons, tried again."""

import imaplib
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from aiops.errors import DomainError
from integrations import operations
from integrations.models import Delivery

MAIL = (
    b"From: Ada Owner <Ada@Corp.example>\r\nTo: candidates@corp.example\r\nSubject: Invoices by hand\r\n"
    b"Message-ID: <%s@corp.example>\r\n%s\r\nWe book 400 invoices a week, 8 minutes each.\r\n"
)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as one:
        return one.getsockname()[1]


@pytest.fixture(scope="module")
def imap_port():
    port = free_port()
    program = [str(Path(sys.executable).with_name("pymap")), "--host", "127.0.0.1", "--port", str(port)]
    server = subprocess.Popen([*program, "--no-tls", "dict", "--demo-data"], stderr=subprocess.DEVNULL)
    for _ in range(100):
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            break
        time.sleep(0.1)
    yield port
    server.terminate()
    server.wait(10)


@pytest.fixture
def mailbox(imap_port, make_connection):
    """The connection, and `put` to send mails into it; what the server was delivered with is read already."""
    settings = {"host": "127.0.0.1", "port": imap_port, "encryption": "none", "username": "demouser"}
    connection = make_connection("imap", secret="demopass", **settings)
    server = imaplib.IMAP4("127.0.0.1", imap_port)
    server.login("demouser", "demopass")
    server.select("INBOX")
    for uid in server.uid("SEARCH", "UNSEEN")[1][0].split():
        server.uid("STORE", uid.decode(), "+FLAGS", "(\\Seen)")
    connection.put = lambda key, head=b"": server.append("INBOX", "", "", MAIL % (key, head))
    connection.unread = lambda: (server.noop(), server.uid("SEARCH", "UNSEEN")[1][0].split())[1]
    yield connection
    server.logout()


def test_each_mail_is_taken_once_and_then_read(mailbox, now) -> None:
    taken = []
    mailbox.put(b"one")
    mailbox.put(b"two")
    assert operations.read_mailboxes(take=lambda mail: taken.append(mail) or "a draft", at=now) == 2
    first = taken[0]
    assert (first.sender, first.subject) == ("ada@corp.example", "Invoices by hand")
    assert "400 invoices a week" in first.text
    assert mailbox.unread() == [], "dealt with"
    mailbox.put(b"one")
    operations.read_mailboxes(take=lambda mail: taken.append(mail) or "again", at=now)
    assert len(taken) == 2, "the same message again counts once"
    assert Delivery.objects.filter(direction="in", repeats=1).count() == 1
    row = Delivery.objects.filter(direction="in").first()
    assert "invoices" not in str(row.payload).lower(), "the words of a mail are not kept with its delivery"


def test_a_program_is_never_answered_and_a_refusal_is_kept(mailbox, now) -> None:
    def refuse(mail):
        raise DomainError("unknown", "nobody here has that address")

    mailbox.put(b"robot", b"Auto-Submitted: auto-replied\r\n")
    mailbox.put(b"stranger")
    operations.read_mailboxes(take=refuse, at=now)
    effects = set(Delivery.objects.filter(direction="in").values_list("state", "effect"))
    assert ("ignored", "nobody here has that address") in effects
    assert any("sent by a program" in effect for _, effect in effects)


def test_what_broke_off_is_tried_again_when_it_is_marked_unread(mailbox, now) -> None:
    mailbox.put(b"bad")

    def broken(mail):
        raise RuntimeError("a bug of ours")

    operations.read_mailboxes(take=broken, at=now)
    assert Delivery.objects.get(direction="in").state == "failed"
    mailbox.put(b"bad")
    operations.read_mailboxes(take=lambda mail: "a draft", at=now)
    assert Delivery.objects.get(direction="in").effect == "a draft"


def test_the_test_of_the_connection_says_what_waits_or_what_is_wrong(mailbox, cast, now) -> None:
    mailbox.put(b"waiting")
    steps = operations.test_connection(connection=mailbox, by=cast.it, at=now)
    assert steps[-1].ok and "1 unread message in it" in steps[-1].words
    operations.update_connection(
        connection=mailbox, name=mailbox.name, secret="wrong", by=cast.it, at=now, username="demouser"
    )
    mailbox.refresh_from_db()
    assert operations.read_mailboxes(take=lambda mail: "", at=now) == 0
    mailbox.refresh_from_db()
    assert mailbox.last_failure == "The mail server refused the sign-in."
    assert "wrong" not in mailbox.last_failure_fix
