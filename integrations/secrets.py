"""Secrets at rest: encrypted with the first key, read with any (so keys rotate), shown as a fingerprint."""

import hashlib
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models


@lru_cache(maxsize=4)
def _fernet(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def encrypt(plain: str) -> str:
    return _fernet(tuple(settings.ENCRYPTION_KEYS)).encrypt(plain.encode()).decode()


def decrypt(token: str) -> str:
    """The plain text; ImproperlyConfigured when no configured key made it."""
    try:
        return _fernet(tuple(settings.ENCRYPTION_KEYS)).decrypt(token.encode()).decode()
    except InvalidToken as error:
        raise ImproperlyConfigured("A stored secret was made with a key that is not configured.") from error


def fingerprint(plain: str) -> str:
    """Eight characters to tell two secrets apart, too few to guess either."""
    return hashlib.sha256(plain.encode()).hexdigest()[:8] if plain else ""


class EncryptedField(models.TextField):
    """Text that is encrypted in the database and plain in Python."""

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> str:
        return decrypt(value) if value else ""

    def get_prep_value(self, value: Any) -> Any:
        return encrypt(value) if value else ""
