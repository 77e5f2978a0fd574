"""What every connector keeps to: settings in, a result or a ConnectorError out. No models, no queue."""

import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from integrations.http import Answer, Blocked


class ConnectorError(Exception):
    """What went wrong in a sentence, whether trying again can help, and what to do about it."""

    def __init__(self, message: str, permanent: bool, fix: str = "", status: int | None = None) -> None:
        super().__init__(message)
        self.message, self.permanent, self.fix, self.status = message, permanent, fix, status


@dataclass(frozen=True)
class Settings:
    """A connection as a connector sees it; the secret never appears in its repr."""

    url: str = ""
    host: str = ""
    port: int | None = None
    encryption: str = "starttls"
    username: str = ""
    sender: str = ""
    default_model: str = ""
    secret: str = field(default="", repr=False)
    allowed_hosts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Step:
    """One step of a connection test; `fix` says what to do where it failed."""

    name: str
    ok: bool
    words: str
    fix: str = ""


@dataclass(frozen=True)
class Kind:
    """A kind of connection: what it asks for, and what it can do."""

    fields: tuple[str, ...]
    secret_label: str
    help: str
    deliver: Callable[[Settings, str, Mapping[str, Any], str], int | None] | None = None
    sample: Callable[[Settings], str] | None = None


FIXES = {
    401: "The secret was refused: set a new one.",
    403: "The secret is known but may not do this: widen its rights there.",
    404: "Nothing answers at this path: check the address.",
    429: "They ask to be called less often; it is tried again later.",
}


def calling(action: Callable[[], Answer]) -> Answer:
    """Run a request and turn every way to fail into a ConnectorError with a fix."""
    try:
        return _checked(action())
    except Blocked as error:
        raise ConnectorError(str(error), permanent=True, fix=error.fix) from error
    # `from None`: the text of these errors may hold the address, and an address can be the secret.
    except httpx.TimeoutException:
        raise ConnectorError(
            "No answer in time.", False, "Check that the host is up and reachable."
        ) from None
    except httpx.DecodingError as error:
        raise ConnectorError(str(error), False, "Check that the address is that of an API.") from None
    except httpx.InvalidURL:
        raise ConnectorError("This is not an address.", True, "Correct the address.") from None
    except (httpx.HTTPError, OSError) as error:
        raise _unreached(error) from None


def _unreached(error: Exception) -> ConnectorError:
    if isinstance(error, socket.gaierror):
        return ConnectorError(
            "The host name does not resolve.", False, "Check the name and this server's DNS."
        )
    if "CERTIFICATE" in str(error) or "SSL" in str(error):
        return ConnectorError(
            "TLS failed.", False, "Test the connection: it says what is wrong with the certificate."
        )
    if isinstance(error, httpx.ConnectError):
        return ConnectorError("The connection was refused.", False, "Check host, port and firewall.")
    return ConnectorError(f"The connection failed ({type(error).__name__}).", False, "Check the address.")


def _checked(answer: Answer) -> Answer:
    status = answer.status
    if 200 <= status < 300:
        return answer
    if 300 <= status < 400:
        words = f"It answered {status}, a redirect, which is not followed."
        raise ConnectorError(words, True, "Enter the final address.", status)
    permanent = 400 <= status < 500 and status not in (408, 425, 429)
    fix = FIXES.get(
        status, "It failed on their side; it is tried again." if status >= 500 else "Check the settings."
    )
    raise ConnectorError(f"It answered {status}.", permanent, fix, status)
