"""Mail by SMTP, to a vetted host and port. smtplib opens its own socket, so it gets the vetted one."""

import smtplib
import ssl
from collections.abc import Callable, Mapping
from email.message import EmailMessage
from typing import Any

from integrations.connectors.base import ConnectorError, Settings
from integrations.vetting import MAIL_PORTS, Blocked, Target, vet

TIMEOUT = 15


def deliver(settings: Settings, kind: str, payload: Mapping[str, Any], message_id: str) -> None:
    """Send one mail; ConnectorError tells a refusal for good (5xx) from one for now (4xx)."""
    message = build(settings.sender, payload, message_id)
    server = _server(settings)
    try:
        refused: dict[str, Any] = _refusals(lambda: server.send_message(message))
    finally:
        _leave(server)
    if refused:
        words = (
            f"The mail server refused {len(refused)} of {len(payload['to'])} recipients; the others have it."
        )
        raise ConnectorError(words, True, "Check the addresses.")


def build(sender: str, payload: Mapping[str, Any], message_id: str) -> EmailMessage:
    """A plain-text mail that says that a program sent it; the same message keeps its Message-ID."""
    message = EmailMessage()
    message["From"], message["To"] = sender, ", ".join(payload["to"])
    message["Subject"] = " ".join(str(payload["subject"]).split())
    message["Message-ID"] = f"<{message_id}@{sender.rpartition('@')[2] or 'payback'}>"
    message["Auto-Submitted"] = "auto-generated"
    if payload.get("unsubscribe"):
        message["List-Unsubscribe"] = f"<{payload['unsubscribe']}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(str(payload["text"]))
    return message


def sample(settings: Settings) -> str:
    """Say hello and sign in, without sending anything."""
    server = _server(settings)
    try:
        _refusals(server.noop)
    finally:
        _leave(server)
    return "The server greeted us" + (" and took the sign-in." if settings.username else ".")


def _leave(server: smtplib.SMTP) -> None:
    """Say goodbye. A mail that was taken stays taken, whatever the server answers now."""
    try:
        server.quit()
    except (smtplib.SMTPException, OSError):
        server.close()


class _Pinned(smtplib.SMTP):
    """Connects to the vetted address, but greets and checks the certificate by name."""

    def __init__(self, target: Target) -> None:
        self._target = target
        super().__init__(timeout=TIMEOUT)

    def connect_pinned(self) -> None:
        self.connect(self._target.address, self._target.port)
        self._host = self._target.host


class _PinnedTls(smtplib.SMTP_SSL):
    def __init__(self, target: Target) -> None:
        self._target = target
        super().__init__(timeout=TIMEOUT, context=ssl.create_default_context())
        self._host = target.host

    def connect_pinned(self) -> None:
        self.connect(self._target.address, self._target.port)


def _server(settings: Settings) -> smtplib.SMTP:
    try:
        target = vet(settings.host, settings.port or 587, allowed=settings.allowed_hosts, ports=MAIL_PORTS)
    except Blocked as error:
        raise ConnectorError(str(error), True, error.fix) from error
    except OSError as error:
        raise ConnectorError(f"{settings.host} does not resolve.", False, "Check the host name.") from error
    server: _Pinned | _PinnedTls = _PinnedTls(target) if settings.encryption == "tls" else _Pinned(target)
    try:
        _refusals(lambda: _greet(server, settings))
    except ConnectorError:
        server.close()
        raise
    return server


def _greet(server: Any, settings: Settings) -> None:
    server.connect_pinned()
    server.ehlo_or_helo_if_needed()
    if settings.encryption == "starttls":
        server.starttls(context=ssl.create_default_context())
        server.ehlo()
    if settings.username:
        server.login(settings.username, settings.secret)


def _refusals(action: Callable[[], Any]) -> Any:
    """Run a step of the talk; a refusal for now (4xx) may be tried again, one for good (5xx) may not."""
    try:
        return action()
    except smtplib.SMTPAuthenticationError as error:
        words, code = "The mail server refused the sign-in.", error.smtp_code
        raise ConnectorError(words, code >= 500, "Set user name and password anew.", code) from None
    except smtplib.SMTPRecipientsRefused as error:
        code = min(code for code, _ in error.recipients.values())
        raise ConnectorError(
            "The mail server refused the recipient.", code >= 500, "Check the address.", code
        ) from None
    except smtplib.SMTPResponseException as error:
        words, code = f"The mail server answered {error.smtp_code}.", error.smtp_code
        raise ConnectorError(words, code >= 500, "Read its log for the reason.", code) from None
    except smtplib.SMTPNotSupportedError:
        words = "The mail server does not offer what is asked of it."
        raise ConnectorError(words, True, "Check the encryption, and whether it wants a sign-in.") from None
    except ssl.SSLError:
        raise ConnectorError(
            "TLS with the mail server failed.", False, "Check encryption, port and certificate."
        ) from None
    except (smtplib.SMTPException, OSError) as error:
        words = f"The mail server could not be reached ({type(error).__name__})."
        raise ConnectorError(words, False, "Check host, port and encryption.") from None
