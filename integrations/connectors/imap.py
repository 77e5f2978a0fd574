"""Reading a mailbox by IMAP, at a vetted host and port. imaplib opens its own socket, so it gets the vetted one."""

import imaplib
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from integrations.connectors.base import ConnectorError, Settings
from integrations.vetting import MAILBOX_PORTS, Blocked, Target, vet

TIMEOUT = 15
T = TypeVar("T")


class Mailbox:
    """An open INBOX. Messages are read without marking them; `mark` says that one is dealt with."""

    def __init__(self, server: imaplib.IMAP4) -> None:
        self._server = server

    def unseen(self, most: int) -> list[str]:
        """Ids of the messages that nobody has read, the oldest first, at most so many."""
        found = self._ask("SEARCH", "UNSEEN", "UNDELETED")
        return (found[0] or b"").decode().split()[:most]

    def size(self, uid: str) -> int:
        """Bytes of a message; 0 when it is gone meanwhile."""
        # A server may put news of other messages before what was asked.
        found = b" ".join(part for part in self._ask("FETCH", uid, "(RFC822.SIZE)") if part)
        words = found.decode().replace(")", " ").split()
        return int(words[words.index("RFC822.SIZE") + 1]) if "RFC822.SIZE" in words else 0

    def read(self, uid: str) -> bytes:
        """A message as it came; empty when it is gone meanwhile."""
        found = self._ask("FETCH", uid, "(BODY.PEEK[])")
        return next((part[1] for part in found if isinstance(part, tuple)), b"")

    def mark(self, uid: str) -> None:
        """It is dealt with: it is not read again."""
        self._ask("STORE", uid, "+FLAGS.SILENT", "(\\Seen)")

    def _ask(self, *words: str) -> list[Any]:
        status, found = _refusals(lambda: self._server.uid(*words))
        if status != "OK":
            raise ConnectorError(
                "The mail server refused to read the mailbox.", False, "Test the connection."
            )
        return list(found)


@contextmanager
def mailbox(settings: Settings) -> Iterator[Mailbox]:
    """The INBOX, signed in; ConnectorError with its fix when it cannot be opened."""
    server = _server(settings)
    try:
        yield Mailbox(server)
    finally:
        _leave(server)


def sample(settings: Settings) -> str:
    """Sign in and count what waits, without reading or marking anything."""
    with mailbox(settings) as box:
        waiting = len(box.unseen(1000))
    return f"The mailbox opens; {waiting} unread message{'' if waiting == 1 else 's'} in it."


def _leave(server: imaplib.IMAP4) -> None:
    try:
        server.logout()
    except (imaplib.IMAP4.error, OSError):
        server.shutdown()


class _Plain(imaplib.IMAP4):
    """Connects to the vetted address, but greets and checks the certificate by name."""

    def __init__(self, target: Target) -> None:
        self._target = target
        super().__init__(target.host, target.port, timeout=TIMEOUT)

    def _create_socket(self, timeout: float | None) -> socket.socket:
        return socket.create_connection((self._target.address, self._target.port), timeout)


class _Tls(_Plain):
    def _create_socket(self, timeout: float | None) -> socket.socket:
        plain = super()._create_socket(timeout)
        return ssl.create_default_context().wrap_socket(plain, server_hostname=self._target.host)


def _server(settings: Settings) -> imaplib.IMAP4:
    usual = 993 if settings.encryption == "tls" else 143
    try:
        target = vet(
            settings.host, settings.port or usual, allowed=settings.allowed_hosts, ports=MAILBOX_PORTS
        )
    except Blocked as error:
        raise ConnectorError(str(error), True, error.fix) from error
    except OSError as error:
        raise ConnectorError(f"{settings.host} does not resolve.", False, "Check the host name.") from error
    server = _refusals(lambda: (_Tls if settings.encryption == "tls" else _Plain)(target))
    try:
        _sign_in(server, settings)
    except ConnectorError:
        _leave(server)
        raise
    return server


def _sign_in(server: imaplib.IMAP4, settings: Settings) -> None:
    if settings.encryption == "starttls":
        _refusals(lambda: server.starttls(ssl.create_default_context()))
    try:
        _refusals(lambda: server.login(settings.username, settings.secret))
    except ConnectorError as error:
        if error.permanent:
            words, fix = "The mail server refused the sign-in.", "Set user name and password anew."
            raise ConnectorError(words, True, fix, 401) from None
        raise
    _refusals(lambda: server.select("INBOX"))


def _refusals(action: Callable[[], T]) -> T:
    """Run a step of the talk. What the server says is not repeated: it may hold what we sent."""
    try:
        return action()
    except ssl.SSLError:
        raise ConnectorError("TLS failed.", False, "Check encryption, port and certificate.") from None
    except imaplib.IMAP4.abort:
        raise ConnectorError("The mail server broke off.", False, "It is tried again.") from None
    except imaplib.IMAP4.error:
        raise ConnectorError("The mail server refused a step.", True, "Check the settings.") from None
    except OSError as error:
        words = f"The mail server did not answer ({type(error).__name__})."
        raise ConnectorError(words, False, "Check host, port and firewall.") from None
