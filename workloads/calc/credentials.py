"""The keys that a request presents, in whichever of three ways its client knows."""

import base64
import binascii
from collections.abc import Mapping

LONGEST = 2000


def presented(headers: Mapping[str, str]) -> tuple[str, ...]:
    """Every text that may be a key, the likeliest first; empty when none is sent.

    `Authorization: Bearer <key>`; `x-api-key: <key>`; `Authorization: Basic <a:b>`, in which either part may be
    the key (Langfuse clients send public:secret). A header that cannot be read presents nothing.
    """
    kind, _, rest = headers.get("Authorization", "")[:LONGEST].strip().partition(" ")
    found: tuple[str, ...] = ()
    if kind.lower() == "bearer":
        found = (rest.strip(),)
    elif kind.lower() == "basic":
        found = _pair(rest.strip())
    return tuple(part for part in (*found, headers.get("x-api-key", "")[:LONGEST].strip()) if part)


def _pair(packed: str) -> tuple[str, ...]:
    """Secret before public: that is where the key belongs."""
    try:
        name, colon, secret = base64.b64decode(packed, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return ()
    return (secret, name) if colon else (name,)
