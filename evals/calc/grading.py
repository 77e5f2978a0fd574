"""Was this answer right? Two graders: exact after normalisation, and numeric within a tolerance.

Outputs are text that a model wrote: they are only ever read here, and only with patterns of our own.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal

QUOTES = "\"'`“”‘’«»"
MAX_DIGITS = 40
SIGNS = "-−–"  # hyphen, minus sign, en dash
GROUPING = " \u00a0\u202f\u2009'’"
_NUMBER = re.compile(
    r"(?P<open>\()?"
    r"(?<![\w.,])(?P<sign>[-−–+])?[ ]?(?P<money>[$€£¥]|USD |EUR |GBP )?[ ]?(?P<sign2>[-−–])?"
    r"(?P<body>\d{1,3}(?:[ \u00a0\u202f\u2009'’]\d{3})+(?:[.,]\d+)?|\d[\d.,]*|\.\d+)"
    r"(?P<exp>[eE][-+]?\d{1,3})?"
    r"(?P<close>\))?"
    r"(?P<percent>[ \u00a0\u202f]?(?:%|percent\b|per cent\b))?"
)
_ANSWER = re.compile(r"\banswer\s*(?:is)?\s*[:=]?\s*", re.IGNORECASE)


@dataclass(frozen=True)
class Number:
    """A figure read out of text; `percent` says that a percent sign stood behind it."""

    value: Decimal
    percent: bool = False


@dataclass(frozen=True)
class Grade:
    """passed, a score in 0..1, and in a few words why it failed."""

    passed: bool
    score: float
    why: str = ""


def normalise(text: str) -> str:
    """What exact grading ignores: Unicode forms (NFKC), case, runs of white space, one pair of quotation
    marks around the whole, and one full stop at the end. Everything else counts."""
    folded = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
    folded = _unquote(folded)
    if folded.endswith(".") and not folded.endswith(".."):
        folded = folded[:-1].rstrip()
    return _unquote(folded)


def grade_exact(expected: str, output: str) -> Grade:
    """Right when both are the same text after `normalise`."""
    same = normalise(expected) == normalise(output)
    return Grade(same, float(same), "" if same else "not the expected text")


def grade_numeric(
    expected: str, output: str, tolerance: Decimal = Decimal(0), relative: bool = False
) -> Grade:
    """Right when the figure in the output is within the tolerance of the expected one.

    The tolerance is absolute, or a share of the expected figure when `relative`; its edge counts as right.
    """
    wanted = answer_number(expected)
    if wanted is None:
        raise ValueError("the expected value holds no number")
    found = answer_number(output)
    if found is None:
        return Grade(False, 0.0, "no number in the answer")
    wanted_value, found_value = _same_scale(wanted, found)
    allowed = abs(wanted_value) * tolerance if relative else tolerance
    near = abs(found_value - wanted_value) <= allowed
    return Grade(near, float(near), "" if near else f"{found_value:,f} instead of {wanted_value:,f}")


def answer_number(text: str) -> Number | None:
    """The figure that answers: the first one after the last word "answer", else the last in the text."""
    marks = list(_ANSWER.finditer(text))
    if marks:
        after = read_numbers(text[marks[-1].end() :])
        if after:
            return after[0]
    numbers = read_numbers(text)
    return numbers[-1] if numbers else None


def read_numbers(text: str) -> list[Number]:
    """All figures in a text, left to right: 1,234.50, $1,234, 1 234,50, 1.234,50, (12.00), 3.5e-4, 94 %."""
    found = (_number(match) for match in _NUMBER.finditer(text))
    return [number for number in found if number is not None]


def _number(match: re.Match[str]) -> Number | None:
    body = _decimal_text(match["body"])
    if body is None:
        return None
    value = Decimal(body + (match["exp"] or ""))
    bracketed = bool(match["open"] and match["close"] and match["money"] or _accounting(match))
    if (match["sign"] or match["sign2"] or "+") in SIGNS or bracketed:
        value = -value
    return Number(value, bool(match["percent"]))


def _accounting(match: re.Match[str]) -> bool:
    """(1,234.50) is a negative amount; (3) in running text is a remark, so two decimals are asked for."""
    return bool(match["open"] and match["close"] and re.search(r"[.,]\d\d$", match["body"]))


def _decimal_text(body: str) -> str | None:
    """The body of a figure with its grouping taken out, or None for 1.2.3 and the like.

    With both marks the last one is the decimal mark. A lone comma before exactly three digits groups
    (1,234), any other is a decimal mark (12,5; 0,125). A lone point is a decimal mark, several group.
    """
    body = body.rstrip(".,")
    for mark in GROUPING:
        body = body.replace(mark, "")
    if sum(c.isdigit() for c in body) > MAX_DIGITS or not body.isascii():
        return None
    if "," in body and "." in body:
        return _both_marks(body)
    if "," in body:
        return body.replace(",", "") if _grouped(body, ",") else _single(body, ",")
    return body.replace(".", "") if body.count(".") > 1 and _grouped(body, ".") else _single(body, ".")


def _both_marks(body: str) -> str | None:
    decimal_mark = max(",.", key=body.rfind)
    grouping = "." if decimal_mark == "," else ","
    whole, _, fraction = body.rpartition(decimal_mark)
    if not _grouped(whole, grouping) or not fraction.isdigit():
        return None
    return whole.replace(grouping, "") + "." + fraction


def _grouped(body: str, mark: str) -> bool:
    head, *groups = body.split(mark)
    plain = head.isdigit() and len(head) <= 3 and (head != "0" or not groups)
    return plain and bool(groups) and all(len(g) == 3 and g.isdigit() for g in groups)


def _single(body: str, mark: str) -> str | None:
    return body.replace(mark, ".") if body.count(mark) <= 1 else None


def _same_scale(wanted: Number, found: Number) -> tuple[Decimal, Decimal]:
    """Both figures on one scale: two percentages, or two bare figures, are compared as they stand.

    With one percent sign missing, a bare figure up to 1 is a share (0.94 is 94 %), a greater one
    is a percentage whose sign was left out.
    """
    if wanted.percent == found.percent:
        return wanted.value, found.value
    bare = found.value if wanted.percent else wanted.value
    if abs(bare) > 1:
        return wanted.value, found.value
    hundred = Decimal(100)
    return (
        wanted.value / hundred if wanted.percent else wanted.value,
        found.value / hundred if found.percent else found.value,
    )


def _unquote(text: str) -> str:
    return text[1:-1].strip() if len(text) > 1 and text[0] in QUOTES and text[-1] in QUOTES else text
