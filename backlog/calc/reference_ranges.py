"""What such work usually takes: rules of thumb to compare an answer with, and the median of what the company measured.

The rules of thumb are the product's own, from general knowledge of such work. They are no study, they name none, and
they change nothing: an answer outside of them may well be right.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

RULE_OF_THUMB = "rule of thumb of this product, not a study"
# Fewer measurements are no history.
FEWEST = 3


@dataclass(frozen=True)
class Reference:
    """A usual range of a quantity; `n` counts the own measurements behind it, 0 for a rule of thumb."""

    quantity: str
    words: str
    low: float
    likely: float
    high: float
    source: str
    n: int = 0


# (words that name the work, minutes of one: low, likely, high). The first that fits counts.
MINUTES: list[tuple[str, str, float, float, float]] = [
    ("passwords and access", r"password|unlock|access\s+request|account\s+(?:creation|request)", 3, 8, 15),
    ("invoices", r"invoic|accounts\s+payable|\bap\b|rechnung", 5, 8, 14),
    ("expense reports", r"expense|travel\s+claim|spesen|reisekosten", 6, 12, 20),
    ("tickets sorted", r"ticket.*(?:triage|rout|sort|assign|categor)"
     r"|(?:triage|rout|sort|assign|categor).*ticket", 2, 5, 9),
    ("tickets answered", r"ticket|incident|help\s?desk|service\s+desk", 8, 15, 30),
    ("orders entered", r"(?:sales|purchase)?\s*order\s+(?:entry|process)|enter\w*\s+order|order|bestellung", 6, 12, 20),
    ("contracts and NDAs", r"contract|\bnda|vertr[aä]g", 40, 75, 120),
    ("claims", r"claim|warrant|complaint|reklamation|schaden", 8, 14, 30),
    ("applications read", r"resume|\bcvs?\b|applica(?:nt|tions?)|candidate\s+screening|bewerb", 2, 4, 7),
    ("supplier files checked", r"onboard|kyc|supplier\s+(?:check|file)|vendor\s+(?:check|file)|due\s+diligence",
     60, 120, 200),
    ("tenders answered", r"\brfps?\b|tender|proposal|ausschreibung", 600, 1100, 1800),
    ("mails answered", r"e-?mail|mailbox|inbox|\bmails?\b", 4, 8, 15),
    ("calls noted", r"\bcalls?\b|phone|telephone", 5, 9, 15),
    ("meeting notes", r"meeting|minutes\s+of|transcri", 10, 20, 40),
    ("reports written", r"report|commentar|bericht", 30, 60, 150),
    ("alerts looked at", r"alert|alarm|monitoring", 1, 2, 6),
    ("documents read", r"document|letter|form\b|forms\b|dokument|scan|\bpdf", 3, 7, 15),
]  # fmt: skip


def rule_of_thumb(title: str) -> Reference | None:
    """Minutes that one usually takes, by the words of a title; None where no rule speaks of it."""
    for words, pattern, low, likely, high in MINUTES:
        if re.search(pattern, title, re.I):
            return Reference("minutes", words, low, likely, high, RULE_OF_THUMB)
    return None


def own_history(words: str, measured: Sequence[float]) -> Reference | None:
    """Median and range of measured minutes; None for fewer than three."""
    if len(measured) < FEWEST:
        return None
    source = f"{len(measured)} similar candidates of this company, measured"
    return Reference("minutes", words, min(measured), median(measured), max(measured), source, len(measured))
