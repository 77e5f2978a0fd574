"""What a column of a ticket export may mean, and a guess of it from its name and its cells."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from backlog.calc.discovery import dates


@dataclass(frozen=True)
class Field:
    """One meaning. `names` are written without spaces and signs, the surest first."""

    name: str
    label: str
    help: str
    names: tuple[str, ...]
    is_date: bool = False


FIELDS = (
    Field(
        "case", "Ticket number", "The same in every row of one ticket.",
        ("number", "caseid", "case", "ticketid", "ticketnumber", "ticketno", "ticket", "issuekey", "key",
         "incidentnumber", "incidentid", "incident", "requestid", "requestnumber", "vorgang", "ticketnummer",
         "vorgangsnummer", "nummer", "issueid", "id", "row"),
    ),
    Field(
        "at", "Time of the change", "For a log with several rows a ticket: when this row happened.",
        ("sysupdatedat", "sysupdatedon", "completetimestamp", "timestamp", "eventtime", "changedat", "changed",
         "updatedat", "updated", "updatedon", "lastupdated", "geaendert", "zeitstempel"), is_date=True,
    ),
    Field(
        "opened", "Opened", "When the ticket was opened.",
        ("openedat", "opened", "openedon", "created", "createdat", "createdon", "creationdate", "createddate",
         "syscreatedat", "syscreatedon", "opendate", "dateopened", "reportedat", "submitdate", "erstellt",
         "erstelltam", "eroeffnet", "eroeffnetam", "angelegt", "angelegtam", "date", "datum"), is_date=True,
    ),
    Field(
        "resolved", "Resolved", "When the work on it was done.",
        ("resolvedat", "resolved", "resolvedon", "resolutiondate", "solvedat", "solved", "dateresolved",
         "geloest", "geloestam", "erledigt", "erledigtam", "completedat", "completed"), is_date=True,
    ),
    Field(
        "closed", "Closed", "Used where there is no time of resolution.",
        ("closedat", "closed", "closedon", "closedate", "dateclosed", "geschlossen", "geschlossenam"),
        is_date=True,
    ),
    Field(
        "state", "State or step", "Tells which tickets are done.",
        ("incidentstate", "state", "status", "ticketstatus", "activityid", "activity", "event", "zustand"),
    ),
    Field(
        "group", "Assigned group", "Changes of it are counted as reassignments.",
        ("assignmentgroup", "assignedgroup", "supportgroup", "team", "queue", "assignedteam", "gruppe",
         "bearbeitergruppe", "assignee", "assignedto"),
    ),
    Field(
        "reassignments", "Reassignments", "A counter kept by the system.",
        ("reassignmentcount", "reassignments", "numberofreassignments"),
    ),
    Field("reopened", "Reopened", "A counter kept by the system.", ("reopencount", "reopened", "reopens")),
    Field(
        "updates", "Updates", "A counter of changes kept by the system.",
        ("sysmodcount", "updatecount", "updates", "modcount"),
    ),
    Field(
        "who", "Changed by", "Changes made by machines are not counted as touches. Names are not kept.",
        ("sysupdatedby", "updatedby", "changedby", "author", "resource", "bearbeiter"),
    ),
    Field(
        "category", "Category", "Tickets are grouped by it.",
        ("category", "topicgroup", "issuetype", "tickettype", "type", "kategorie", "topic", "requesttype",
         "servicecategory", "service", "component", "components", "department"),
    ),
    Field(
        "subcategory", "Subcategory", "Splits a category where there are enough tickets.",
        ("subcategory", "unterkategorie", "subtype", "subject2"),
    ),
    Field(
        "text", "Text", "Similar tickets are found by its words. The text itself is not kept.",
        ("shortdescription", "summary", "subject", "title", "document", "description", "betreff", "titel",
         "kurzbeschreibung", "beschreibung", "body", "text", "message"),
    ),
)  # fmt: skip
BY_NAME: Mapping[str, Field] = {field.name: field for field in FIELDS}
DATES = tuple(field.name for field in FIELDS if field.is_date)
UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


def plain(name: str) -> str:
    """ "Geöffnet am" -> "geoeffnetam": what names are compared by."""
    return re.sub(r"[^a-z0-9]", "", name.lower().translate(UMLAUTS))


def guess(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> dict[str, str]:
    """Our names to columns of `head`, by synonyms; a column is used once and must hold what the name promises."""
    known = {plain(column): column for column in reversed(head)}
    found: dict[str, str] = {}
    for field in FIELDS:
        fits = [known[name] for name in field.names if name in known and known[name] not in found.values()]
        good = (column for column in fits if _holds(field, head.index(column), rows))
        if chosen := next(good, ""):
            found[field.name] = chosen
    return _by_content(found, head, rows)


def _holds(field: Field, place: int, rows: Sequence[Sequence[Any]]) -> bool:
    cells = [row[place] for row in rows if place < len(row) and not dates.is_missing(row[place])]
    if field.is_date:
        return bool(cells) and sum(map(dates.looks_dated, cells)) >= 0.8 * len(cells)
    if field.name == "category":
        return not cells or len({str(cell) for cell in cells}) <= max(3, len(cells) // 2)
    return True


def _by_content(found: dict[str, str], head: Sequence[str], rows: Sequence[Sequence[Any]]) -> dict[str, str]:
    """A dated column that no name explains is the opening; long varied texts are the text."""
    free = [(place, column) for place, column in enumerate(head) if column not in found.values()]
    if not set(found) & set(DATES):
        dated = [column for place, column in free if _holds(BY_NAME["opened"], place, rows)]
        found |= {"opened": dated[0]} if dated else {}
    if "text" not in found:
        wordy = [(words, column) for place, column in free if (words := _words(place, rows)) >= 4]
        found |= {"text": max(wordy)[1]} if wordy else {}
    return found


def _words(place: int, rows: Sequence[Sequence[Any]]) -> float:
    """Mean number of words of a column's texts; 0 where most cells repeat."""
    texts = [str(row[place]) for row in rows if place < len(row) and not dates.is_missing(row[place])]
    if not texts or len(set(texts)) < 0.5 * len(texts):
        return 0.0
    return sum(len(text.split()) for text in texts) / len(texts)
