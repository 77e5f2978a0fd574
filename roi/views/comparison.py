"""Two assessments of one candidate side by side: what was changed, and what each change did."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from aiops.models import User, currency_symbol
from backlog.models import Candidate
from roi import queries
from roi.calc import words
from roi.calc.comparison import by_size
from roi.models import Assessment
from roi.operations.telling import exact_money
from roi.queries import score_charts, sight
from roi.queries.comparison import ChangeRow, Comparison, compare
from roi.queries.proposals import money_of
from roi.views.score_parts import reader


@dataclass(frozen=True)
class ShownChange:
    """A change as this reader may see it."""

    name: str
    was: str
    now: str
    part: Decimal | None


@require_safe
def comparison(request: HttpRequest, number: int) -> HttpResponse:
    """?a= and ?b= are frozen assessments of this candidate; the two newest when left out."""
    candidate = get_object_or_404(Candidate.objects.visible_to(request.user), number=number)
    if not queries.may_read_money(reader(request), candidate):
        raise PermissionDenied("Money is shown to the unit, the review and finance.")
    known = list(queries.assessments_of(candidate))
    context: dict[str, Any] = {"candidate": candidate, "known": known}
    if len(known) < 2:
        return render(request, "roi/compare.html", context)
    before, after = _chosen(request, known)
    made = compare(before, after)
    context |= {"made": made, "rows": [_shown(reader(request), row, made) for row in made.rows]}
    context["gap"] = None if made.total is None else abs(made.total)
    return render(request, "roi/compare.html", context | {"chart": _chart(made)})


def _chosen(request: HttpRequest, known: Sequence[Assessment]) -> tuple[Assessment, Assessment]:
    """Those in the address; 404 for one of another candidate, which is none of the reader's business here."""
    by_key = {str(row.pk): row for row in known}
    asked = request.GET.get("a") or str(known[1].pk), request.GET.get("b") or str(known[0].pk)
    if not set(asked) <= set(by_key):
        raise Http404("No such assessment of this candidate.")
    return by_key[asked[0]], by_key[asked[1]]


def _shown(user: User, row: ChangeRow, made: Comparison) -> ShownChange:
    was = setting_words(user, row.factor, row.was, made.before.currency)
    return ShownChange(row.name, was, setting_words(user, row.factor, row.now, made.after.currency), row.part)


def setting_words(user: User, factor: str, value: Any, currency: str) -> str:
    """A stored input or setting in words: "8 to 14, likely 10", "36 months", "none"."""
    if isinstance(value, Mapping):
        return _range_words(user, value, currency)
    if factor == "correlations":
        return "; ".join(words.correlation_words(value or [])) or "none"
    if value is None:
        return "none"
    if factor == "discount_rate":
        return f"{float(value) * 100:g} % a year"
    if factor.startswith("price_"):
        return f"{currency_symbol(currency)}{float(value) * 1e6:,.2f} a million"
    if factor == "hours_cap":
        return f"{float(value):,.0f} hours a year"
    return f"{value} months" if factor == "horizon_months" else str(value)


def _range_words(user: User, row: Mapping[str, Any], currency: str) -> str:
    if sight.is_hidden(user, row["quantity"], row["source"]):
        return f"{sight.rate_band(row['likely'], currency)}, rate card"
    low, likely, high = (
        words.amount(row["quantity"], row[k], exact_money(currency)) for k in ("low", "likely", "high")
    )
    hard = ", never outside" if row["meaning"] == "hard_limits" and low != high else ""
    return likely if low == high else f"{low} to {high}, likely {likely}{hard}"


def _chart(made: Comparison) -> dict[str, Any] | None:
    before, after = made.before.npv_p50, made.after.npv_p50
    if made.total is None or before is None or after is None:
        return None
    money = money_of(made.after.currency)
    parts = {row.factor: row.part for row in made.rows if row.part is not None}
    steps = [
        (words.SHORT.get(f, f), float(p), f"{'+' if p > 0 else ''}{money(float(p))}")
        for f, p in by_size(parts)
    ]
    ends = (float(before), money(float(before))), (float(after), money(float(after)))
    return score_charts.waterfall_chart(*ends, steps)
