"""Doors beside the one for traces: logs, metrics, and what Langfuse's SDKs call when they are pointed here."""

from functools import partial

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from workloads.calc import dialects, otlp
from workloads.calc.scores import read_scores, scores_answer
from workloads.operations.arrivals import note_arrival, take, wants_content
from workloads.operations.log_content import keep_texts
from workloads.views.doorkeeper import CHALLENGE, key_of
from workloads.views.ingest import Export, Refused, guarded, read_body, receive

# To find it by its trace would take an index on trace ids, which would cost ingest a third of its rate.
NO_PROGRAM = (
    "A score says its trace and no program, and a key of an environment opens many workloads: send scores with an "
    "ingest key of the workload that the trace belongs to."
)


@login_not_required
@csrf_exempt
@require_POST
def logs(request: HttpRequest) -> HttpResponse:
    """Takes log records: evaluations are stored, content is kept where the policy says so, the rest is counted."""
    return receive(request, "logs", _logs)


def _logs(export: Export) -> tuple[int, str]:
    batch = otlp.decode_logs(export.body, export.kind)
    read = dialects.read_logs(batch, wants_content(export.key), export.at)
    if read.evaluations:
        take(key=export.key, evaluations=read.evaluations, at=export.at)
    if read.texts:
        keep_texts(key=export.key, texts=read.texts, at=export.at)
    _note(export, "logs", read.records, read.sentence)
    return read.rejected, read.sentence


@login_not_required
@csrf_exempt
@require_POST
def metrics(request: HttpRequest) -> HttpResponse:
    """Takes metrics and counts them. Nothing is built on them: cost comes from calls, one by one."""
    return receive(request, "metrics", _metrics)


def _metrics(export: Export) -> tuple[int, str]:
    _note(export, "metrics", otlp.decode_metrics(export.body, export.kind), "")
    return 0, ""


def _note(export: Export, signal: str, items: int, words: str) -> None:
    if export.key.workload is not None:
        note_arrival(workload=export.key.workload, signal=signal, items=items, words=words, at=export.at)


@login_not_required
@csrf_exempt
@require_POST
def scores(request: HttpRequest) -> HttpResponse:
    """Takes scores of answers: one, a list, or the events of Langfuse's older batches."""
    return guarded(partial(_scores, request), _refuse)


def _scores(request: HttpRequest) -> HttpResponse:
    key, at = key_of(request), timezone.now()
    if key.workload is None:
        raise Refused(400, NO_PROGRAM)
    export = Export(key, read_body(request, (otlp.JSON,)), otlp.JSON, at)
    read = read_scores(export.body, at)
    take(key=key, evaluations=read.evaluations, at=at)
    _note(export, "scores", len(read.evaluations), "; ".join(sorted({words for _, words in read.errors})))
    status, body = scores_answer(read)
    return HttpResponse(body, status=status, content_type=otlp.JSON)


@login_not_required
@require_safe
def health(request: HttpRequest) -> HttpResponse:
    """What Langfuse's SDKs ask before they send anything."""
    return JsonResponse({"status": "OK", "version": "payback"})


@login_not_required
@require_safe
def projects(request: HttpRequest) -> HttpResponse:
    """Langfuse's check of a key: the one project that it opens."""
    return guarded(partial(_projects, request), _refuse)


def _projects(request: HttpRequest) -> HttpResponse:
    key = key_of(request)
    identity = f"workload-{key.workload.number}" if key.workload is not None else f"key-{key.pk}"
    organisation = {"id": "payback", "name": "Payback"}
    project = {"id": identity, "name": key.reach, "metadata": {}, "organization": organisation}
    return JsonResponse({"data": [project]})


def _refuse(status: int, message: str) -> HttpResponse:
    response = JsonResponse({"message": message, "error": message}, status=status)
    if status == 401:
        response["WWW-Authenticate"] = CHALLENGE
    return response
