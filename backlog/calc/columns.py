"""Which column of a file means what: guessed by the names that people give to such columns."""

import hashlib
import re

# Our name, its label, and the names under which it is found; the first that fits wins, in this order.
FIELDS: dict[str, tuple[str, tuple[str, ...]]] = {
    "key": ("Key (C-12)", ("key", "candidate", "candidate key", "payback key")),
    "external_id": (
        "External id",
        ("external id", "id", "ref", "reference", "issue key", "ticket", "idea id"),
    ),
    "title": (
        "Title",
        ("title", "name", "summary", "idea", "use case", "process", "titel", "short description"),
    ),
    "description": (
        "Description",
        ("description", "details", "what happens", "beschreibung", "text", "notes"),
    ),
    "unit": ("Unit", ("unit", "business unit", "department", "area", "abteilung", "bereich")),
    "owner": ("Owner's e-mail", ("owner", "owner e mail", "owner email", "process owner", "e mail", "email")),
    "klass": ("Class", ("class", "klass", "kind", "category", "type")),
    "who_does_it": ("Done by", ("who does it", "done by", "team", "role", "who")),
    "count": ("How many", ("count", "how many", "volume", "quantity", "items", "menge", "anzahl", "cases")),
    "period": ("In what time", ("period", "per", "frequency", "unit of time", "zeitraum")),
    "minutes": (
        "Minutes each",
        ("minutes", "minutes each", "min", "duration", "effort minutes", "minuten", "aht"),
    ),
    "people": ("People", ("people", "fte", "ftes", "headcount", "persons", "personen")),
    "share": ("Share of their time", ("share", "share of time", "time share")),
    "sureness": ("How sure", ("sureness", "how sure", "confidence", "certainty")),
    "systems": ("Systems", ("systems", "system", "applications", "tools", "application", "systeme")),
    "risk_tier": ("Risk tier", ("risk tier", "risk", "risk level", "risiko")),
}


def plain(name: str) -> str:
    """ "How_many?" -> "how many"."""
    return " ".join(re.sub(r"[\W_]+", " ", name.lower()).split())


def guessed(head: list[str]) -> dict[str, str]:
    """Our name to the column's name, each column used once."""
    names = {plain(name): name for name in reversed(head) if name}
    found: dict[str, str] = {}
    for field, (_, synonyms) in FIELDS.items():
        free = (names[word] for word in (plain(field), *synonyms) if word in names)
        column = next((name for name in free if name not in found.values()), None)
        if column is not None:
            found[field] = column
    return found


def problems_of(mapping: dict[str, str], head: list[str]) -> list[str]:
    """What is wrong with a mapping, in sentences; empty when it can be used."""
    wrong = [f"There is no column «{column}»." for column in mapping.values() if column not in head]
    twice = sorted({column for column in mapping.values() if list(mapping.values()).count(column) > 1})
    wrong += [f"The column «{column}» is chosen twice." for column in twice]
    wrong += [f"There is no field «{field}»." for field in mapping if field not in FIELDS]
    if not {"title", "key", "external_id"} & set(mapping):
        wrong.append("Choose the column of the title, or of the key or external id of candidates that exist.")
    return wrong


def head_hash(head: list[str]) -> str:
    """What makes two files of one kind: the same column names in the same order."""
    return hashlib.sha256("\x1f".join(plain(name) for name in head).encode()).hexdigest()
