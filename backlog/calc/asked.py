"""What is asked of a class of candidate beside the short form: what a form may ask, and whether an answer fits.

A form's fields are a list of {"name", "label", "help", "kind", "required", "choices"}. Answers are kept as text or
as true and false, by the name of their field.
"""

import math
import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

KINDS = ("text", "long_text", "number", "yes_no", "choice", "date")
MOST_FIELDS = 20
MOST_CHOICES = 30
LONGEST = {"name": 40, "label": 120, "help": 300, "choice": 80, "text": 200, "long_text": 4000}
NAME = re.compile(r"[a-z][a-z0-9_]*\Z")

Problem = tuple[int, str, str]


def name_of(label: str) -> str:
    """A field's name from its label: "How urgent?" -> "how_urgent"; empty where no letter is left."""
    return re.sub(r"[^a-z0-9]+", "_", label.lower()).strip("_").lstrip("0123456789_")[: LONGEST["name"]]


def problems_of(fields: Sequence[Mapping[str, Any]], taken: Sequence[str] = ()) -> list[Problem]:
    """(place in the list, part of the field, sentence) for each thing wrong with a form; empty when it may be saved.

    `taken` are the names of the short form.
    """
    found: list[Problem] = []
    if len(fields) > MOST_FIELDS:
        found.append((MOST_FIELDS, "label", f"At most {MOST_FIELDS} questions: nobody fills in more."))
    seen = set(taken)
    for at, field in enumerate(fields):
        found += [(at, part, words) for part, words in _wrong(field, seen)]
        seen.add(str(field.get("name", "")))
    return found


def _wrong(field: Mapping[str, Any], seen: set[str]) -> list[tuple[str, str]]:
    name, label = str(field.get("name", "")), str(field.get("label", "")).strip()
    wrong = []
    if not label or len(label) > LONGEST["label"]:
        wrong.append(("label", f"A question has 1 to {LONGEST['label']} characters."))
    elif not NAME.match(name) or len(name) > LONGEST["name"]:
        wrong.append(("label", "A question needs letters from a to z in it."))
    elif name in seen:
        wrong.append(("label", f"«{label}» is asked already."))
    if len(str(field.get("help", ""))) > LONGEST["help"]:
        wrong.append(("help", f"Help has at most {LONGEST['help']} characters."))
    if field.get("kind") not in KINDS:
        wrong.append(("kind", "There is no such kind of answer."))
    return wrong + _wrong_choices(field)


def _wrong_choices(field: Mapping[str, Any]) -> list[tuple[str, str]]:
    choices = list(field.get("choices") or ())
    if field.get("kind") != "choice":
        return []
    if not 2 <= len(set(choices)) <= MOST_CHOICES or len(set(choices)) < len(choices):
        return [("choices", f"Give 2 to {MOST_CHOICES} different choices, one a line.")]
    if any(not 0 < len(choice) <= LONGEST["choice"] for choice in choices):
        return [("choices", f"A choice has 1 to {LONGEST['choice']} characters.")]
    return []


def clean(
    fields: Sequence[Mapping[str, Any]], given: Mapping[str, Any], complete: bool = False
) -> tuple[dict[str, Any], dict[str, str]]:
    """The answers as they are kept, and by field name why one does not fit; unknown names are left out.

    With `complete`, required questions without an answer are named too.
    """
    kept: dict[str, Any] = {}
    wrong: dict[str, str] = {}
    for field in fields:
        name, value = field["name"], given.get(field["name"])
        if value is None or (isinstance(value, str) and not value.strip()):
            if complete and field.get("required"):
                wrong[name] = f"«{field['label']}» is asked of this class of candidate."
            continue
        try:
            kept[name] = _fitting(field, value)
        except ValueError as error:
            wrong[name] = f"«{field['label']}»: {error}"
    return kept, wrong


def _fitting(field: Mapping[str, Any], value: Any) -> Any:
    """The value as kept; ValueError with a sentence."""
    kind = field["kind"]
    if kind == "yes_no":
        return _yes_no(value)
    text = str(value).strip()
    if kind == "number":
        return _number(text)
    if kind == "date":
        return _date(text)
    if kind == "choice" and text not in field["choices"]:
        raise ValueError("choose one of the list.")
    if len(text) > (most := LONGEST["long_text" if kind == "long_text" else "text"]):
        raise ValueError(f"at most {most} characters.")
    return text


def _yes_no(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    known = {"yes": True, "true": True, "no": False, "false": False}
    if str(value).strip().lower() not in known:
        raise ValueError("answer yes or no.")
    return known[str(value).strip().lower()]


def _number(text: str) -> str:
    try:
        number = float(text)
    except ValueError:
        raise ValueError("a number, such as 12 or 0.5.") from None
    if not math.isfinite(number) or abs(number) > 1e13:
        raise ValueError("that is no number that could be meant.")
    return text


def _date(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise ValueError("a date, such as 2026-12-04.") from None
