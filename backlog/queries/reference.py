"""Usual ranges beside the fields of the short form."""

from django.contrib.postgres.search import SearchQuery

from backlog.calc import similarity
from backlog.calc.reference_ranges import Reference, own_history, rule_of_thumb
from backlog.models import Estimate, State
from integrations.models import Connection

MOST = 200
# They say what is done, not with what: "check contracts" is no history of "check invoices".
VERBS = frozenset(
    "check checking review reviewing process processing sort sorting answer answering enter entering read "
    "reading write writing "
    "handle handling prepare preparing create creating update updating manage managing send sending".split()
)


def reference_ranges(title: str, klass: str = "") -> list[Reference]:
    """What the company measured of such work, then the rule of thumb; empty where neither speaks of it.

    Measured minutes are open to all, and fewer than three are not shown: no single candidate can be read off.
    """
    words = [word for word in similarity.words_of(title) if word not in VERBS][:8]
    history = own_history("similar work here", _measured(words, klass)) if words else None
    return [one for one in (history, rule_of_thumb(title)) if one is not None]


def _measured(words: list[str], klass: str) -> list[float]:
    """Measured minutes of candidates with one of these words in their title, of the same class if named."""
    query = SearchQuery(" | ".join(f"{word}:A" for word in words), search_type="raw", config="english")
    rows = Estimate.objects.filter(quantity="minutes", evidence="measured", candidate__search=query)
    rows = rows.exclude(candidate__state__in=(State.DRAFT, State.WITHDRAWN))
    if klass:
        rows = rows.filter(candidate__klass=klass)
    return [float(value) for value in rows.values_list("likely", flat=True)[:MOST]]


def reading_model() -> Connection | None:
    """The model endpoint that pasted texts are read with too, if one is switched on."""
    return (
        Connection.objects.filter(kind=Connection.Kind.MODEL_ENDPOINT, enabled=True)
        .order_by("name", "pk")
        .first()
    )
