"""Alerts from outside: POST /hooks/alertmanager/<connection>/ with the connection's bearer token."""

import secrets

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from integrations.connectors.alertmanager import NotAnAlert, parse
from integrations.models import Connection
from workloads import operations

LARGEST = 1024 * 1024


@login_not_required
@csrf_exempt
@require_POST
def alertmanager(request: HttpRequest, pk: int) -> HttpResponse:
    """Answers 200 after commit; 4xx with a sentence otherwise, so that nothing is retried in vain."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal() or int(length) > LARGEST:
        return _refuse(413, "The body is larger than 1 MB: lower max_alerts of the receiver.")
    connection = Connection.objects.filter(pk=pk, kind=Connection.Kind.ALERTMANAGER).first()
    if connection is None or not _knows_secret(request, connection):
        return _refuse(401, "The bearer token is missing or wrong.")
    if not connection.enabled:
        return _refuse(403, "This connection is switched off.")
    try:
        batch = parse(request.body)
    except NotAnAlert as error:
        return _refuse(400, str(error))
    seen = operations.take_alerts(connection=connection, batch=batch, at=timezone.now())
    return JsonResponse({"alerts": len(batch.alerts), **seen, "problems": batch.problems})


def _knows_secret(request: HttpRequest, connection: Connection) -> bool:
    words = request.headers.get("Authorization", "").split()
    given = words[1] if len(words) == 2 and words[0].lower() == "bearer" else ""
    return bool(connection.secret) and secrets.compare_digest(given.encode(), connection.secret.encode())


def _refuse(status: int, message: str) -> JsonResponse:
    response = JsonResponse({"message": message}, status=status)
    if status == 401:
        response["WWW-Authenticate"] = "Bearer"
    return response
