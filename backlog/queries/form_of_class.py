"""The form of a class of candidate: the version that is asked now, and all that were."""

from django.db.models import QuerySet

from backlog.models import Candidate, FormVersion, State


def form_now(klass: str) -> FormVersion | None:
    """The latest version; None where a class is asked the short form only."""
    return FormVersion.objects.filter(klass=klass).order_by("-version").first()


def form_of(candidate: Candidate | None, klass: str) -> FormVersion | None:
    """What this candidate is asked: the version it was filed with, the latest while it is a draft or changes class."""
    if candidate is not None and candidate.state != State.DRAFT and candidate.klass == klass:
        return candidate.form_version
    return form_now(klass)


def form_versions(klass: str) -> QuerySet[FormVersion]:
    """Newest first."""
    return FormVersion.objects.filter(klass=klass).select_related("by").order_by("-version")


def forms_in_use() -> dict[str, FormVersion]:
    """By class, the latest version; classes without one are missing."""
    rows = FormVersion.objects.select_related("by").order_by("klass", "-version").distinct("klass")
    return {row.klass: row for row in rows}
