"""What every API endpoint shares: reading JSON, paging, and refusals in one shape."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from django.core.exceptions import PermissionDenied as DjangoPermissionDenied
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework import status
from rest_framework.exceptions import ParseError, ValidationError
from rest_framework.pagination import PageNumberPagination
from rest_framework.parsers import JSONParser
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


class NoNumber(str):
    """NaN, Infinity or -Infinity where JSON has a number."""


class NamingJSONParser(JSONParser):
    """Refuses numbers that are none by their place, as a serializer would: {"estimates": {"0": {"low": [...]}}}."""

    def parse(
        self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        met: list[str] = []

        def no_number(word: str) -> NoNumber:
            met.append(word)
            return NoNumber(word)

        try:
            body = json.loads(stream.read(), parse_constant=no_number)
            refusal = next(_refusals(body), None) if met else None
        except (ValueError, RecursionError) as error:
            raise ParseError(f"JSON parse error - {error}") from error
        if refusal:
            raise ValidationError(refusal)
        return body


def _refusals(value: Any) -> Iterator[Any]:
    """For each NoNumber inside, what is wrong, under the names and places that lead to it."""
    if isinstance(value, NoNumber):
        yield [f"{value} is not a number."]
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, inner in steps:
        for found in _refusals(inner):
            yield {str(step): found}


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
