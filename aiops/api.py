"""What every API endpoint shares: paging, and refusals in one shape."""

from typing import Any

from django.core.exceptions import PermissionDenied as DjangoPermissionDenied
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework import status
from rest_framework.pagination import PageNumberPagination
from rest_framework.response import Response
from rest_framework.views import exception_handler

from aiops.errors import DomainError


class TokenScheme(OpenApiAuthenticationExtension):
    """Tells the OpenAPI document about personal tokens."""

    target_class = "aiops.authentication.TokenAuthentication"
    name = "personalToken"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer"}


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
