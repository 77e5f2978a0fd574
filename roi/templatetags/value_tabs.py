"""The pages of a workload's value, from each to the others."""

from typing import Any

from django import template
from django.template import Context

from roi.queries.actual_costs import may_read_costs

register = template.Library()
HUB = "ledger"
PAGES = {
    "ledger": "Ledger",
    "gap": "Why more or less",
    "outlook": "Outlook",
    "baseline": "Time baseline",
    "terms": "Terms",
    "actual_costs": "Actual costs",
    "comparisons": "Is it real?",
}
# Nothing stands on these for whoever does not read the money of the unit.
OF_MONEY = ("outlook", "actual_costs")


@register.inclusion_tag("roi/_value_tabs.html", takes_context=True)
def value_tabs(context: Context, page: str, below: bool = False) -> dict[str, Any]:
    """The workload's tabs with Value marked, and under them the pages of PAGES that this reader may see.

    `page` is the open one; with `below` the page that is open lies one step under it.
    """
    workload, user = context["workload"], context["request"].user
    money = may_read_costs(workload, user)
    shown = [(name, f"roi:{name}", words) for name, words in PAGES.items() if money or name not in OF_MONEY]
    mark = "true" if below else "page"
    found = {"workload": workload, "open": page, "pages": shown, "mark": mark}
    return found | {"value_mark": mark if page == HUB else "true"}
