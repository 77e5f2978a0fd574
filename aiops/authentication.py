"""Personal tokens for the API. Apart from api.py because DRF imports it while it loads its own views."""

import secrets
from typing import Any

from django.db.models import Q
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from aiops.models import Token, User
from aiops.token_secrets import TOKEN_PREFIX, digest


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer pbt_...`, a personal token of an active person, not expired, not revoked."""

    def authenticate(self, request: Request) -> tuple[User, Token] | None:
        words = get_authorization_header(request).decode("latin-1").split()
        if len(words) != 2 or words[0].lower() != "bearer" or not words[1].startswith(TOKEN_PREFIX):
            return None
        return self._user(words[1])

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'

    def _user(self, secret: str) -> tuple[User, Token]:
        now = timezone.now()
        live = Q(revoked_at=None, expires_at__gt=now, user__is_active=True)
        token = Token.objects.select_related("user").filter(live, prefix=secret[:12]).first()
        if token is None or not secrets.compare_digest(token.digest, digest(secret)):
            raise AuthenticationFailed("This token is unknown, expired or revoked.")
        Token.objects.filter(pk=token.pk).update(last_used_at=now)
        return token.user, token


class SignedInWithScope(BasePermission):
    """Signed in; a token also needs the scope «read» or, to change something, «write»."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if not request.user or not request.user.is_authenticated:
            return False
        if not isinstance(request.auth, Token):
            return True
        return ("read" if request.method in SAFE_METHODS else "write") in request.auth.scopes
