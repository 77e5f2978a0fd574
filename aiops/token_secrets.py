"""What a personal token looks like and what is kept of it; apart from the door that reads it."""

import hashlib

TOKEN_PREFIX = "pbt_"


def digest(secret: str) -> str:
    """SHA-256 of a high-entropy secret: enough, since it cannot be guessed from a dictionary."""
    return hashlib.sha256(secret.encode()).hexdigest()
