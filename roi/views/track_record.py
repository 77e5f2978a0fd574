"""Track records: one's own first, then those that one may read."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from aiops import permissions
from aiops.models import User
from aiops.permissions import Permission
from roi.queries import track_record as queries
from roi.queries.past_cases import importable
from roi.views.table_files import KINDS, table_file


@require_safe
def track_record(request: HttpRequest) -> HttpResponse:
    """The record of ?person=, ?unit=, ?klass= or ?company=1, by default one's own; 404 for what one may not see.

    ?format=csv, xlsx or json gives the figures as a file.
    """
    reader: User = request.user  # type: ignore[assignment]
    now = timezone.now()
    subject = queries.subject_of(reader, request.GET, now)
    if subject is None:
        raise Http404
    found = queries.records(subject, reader, now)
    if (kind := request.GET.get("format", "")) in KINDS:
        return table_file(kind, "payback-track-record", queries.EXPORT_HEAD, queries.export_rows(found))
    own = subject.person is not None and subject.person.pk == reader.pk
    context = {"subject": subject, "own": own, "records": found, "published": queries.PUBLISHED, "today": now}
    context |= {"tables": queries.tables(reader, now), "may_import": importable(reader)}
    context |= {"whole_company": permissions.has(reader, Permission.READ_MONEY)}
    return render(request, "roi/track_record.html", context)
