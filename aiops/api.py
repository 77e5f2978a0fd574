"""What every API endpoint shares: tokens, scopes, paging, and refusals in one shape."""

import hashlib
import secrets
from typing import Any

from django.core.exceptions import PermissionDenied as DjangoPermissionDenied
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework import status
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.pagination import PageNumberPagination
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView, exception_handler

from aiops.errors import DomainError
from aiops.models import Token, User

TOKEN_PREFIX = "pbt_"


def digest(secret: str) -> str:
    """SHA-256 of a high-entropy secret: enough, since it cannot be guessed from a dictionary."""
    return hashlib.sha256(secret.encode()).hexdigest()


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


class TokenScheme(OpenApiAuthenticationExtension):
    """Tells the OpenAPI document about personal tokens."""

    target_class = "aiops.api.TokenAuthentication"
    name = "personalToken"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer"}


class SignedInWithScope(BasePermission):
    """Signed in; a token also needs the scope «read» or, to change something, «write»."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        if not request.user or not request.user.is_authenticated:
            return False
        if not isinstance(request.auth, Token):
            return True
        return ("read" if request.method in SAFE_METHODS else "write") in request.auth.scopes


class Page(PageNumberPagination):
    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 500


def explain(error: Exception, context: dict[str, Any]) -> Response | None:
    """DomainError is 409 with its code, a permission refused is 403; the rest as DRF does."""
    if isinstance(error, DomainError):
        body = {"code": error.code, "message": error.message, "field": error.field}
        return Response(body, status=status.HTTP_409_CONFLICT)
    if isinstance(error, DjangoPermissionDenied):
        body = {"code": "forbidden", "message": str(error) or "Not allowed.", "field": None}
        return Response(body, status=status.HTTP_403_FORBIDDEN)
    return exception_handler(error, context)


def readable_schema(view: Any) -> Any:
    """The document says nothing secret, but stays behind sign-in; tokens must reach it, so DRF decides."""
    view.login_required = False
    return view


def client_address(request: HttpRequest) -> str:
    return str(request.META.get("REMOTE_ADDR", ""))
