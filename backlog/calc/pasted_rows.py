"""A row of a spreadsheet: cells between tabs, semicolons or commas, with or without the row of their headings."""

import re
from dataclasses import dataclass

from backlog.calc.pasted_found import Reading, number_text
from backlog.calc.pasted_numbers import FIGURE, SPELT, figure, numbers, spelt
from backlog.calc.pasted_people import nearest
from backlog.calc.pasted_periods import PERIOD, Period, periods

FEWEST_CELLS = 3
MOST_WORDS = 6
# What a heading means; the first that fits counts, so the narrow ones come first.
HEADINGS: list[tuple[str, str]] = [
    ("who_does_it", r"done by|who|performed|team|role|department|bearbeiter|abteilung|responsible"),
    (
        "title",
        r"title|name|task|process|activity|use case|idea|work|titel|aufgabe|prozess|tätigkeit|candidate|subject",
    ),
    ("share", r"share|% of time|percent|time share|anteil"),
    ("people", r"people|ftes?\b|headcount|staff|persons|mitarbeiter|personen"),
    ("hours", r"hours|hrs|\bh\b|stunden|std"),
    ("seconds", r"seconds|\bsecs?\b|sekunden"),
    (
        "minutes",
        r"minutes|\bmins?\b|minuten|duration|handling time|\baht\b|effort|dauer|time (?:each|per)|bearbeitungszeit",
    ),
    ("period", r"period|frequency|how often|per what|zeitraum|häufigkeit|cadence"),
    (
        "count",
        r"count|volume|how many|number|quantity|qty|items|cases|anzahl|menge|amount|per (?:day|week|month"
        r"|quarter|year)|/ ?(?:day|week|month|year)|monthly|weekly|daily|yearly|annual",
    ),
    ("systems", r"system|tool|software|application|it used"),
    ("sureness", r"sure|confidence|certainty|quality|source|sicherheit"),
    ("description", r"description|detail|what happens|notes?|comment|beschreibung|bemerkung|explanation"),
]
SURE = (
    ("measured", r"measured|counted|timed|exact|high|gemessen|gezählt|log"),
    ("guess", r"guess|low|unsure|geschätzt|schätzung|unknown"),
    ("fairly_sure", r"sure|medium|estimate|roughly|about|mittel"),
)
ADVERBS = {
    "day": r"dai?ly|day|täglich|tag",
    "week": r"week|wöchentlich|woche",
    "month": r"month|monat",
    "year": r"year|annu|jahr|jähr",
}
NUMBER_ONLY = re.compile(
    r"\s*[~≈]?\s*(?:ca\.?\s*|about\s+)?-?[\d.,' ]+\s*(?:k)?(?:\s*(?:-|–|to|bis)\s*[\d.,' ]+\s*k?)?\s*%?\s*\Z",
    re.I,
)
DATE = re.compile(r"\s*\d{1,4}[./-]\d{1,2}[./-]\d{1,4}\s*\Z")


@dataclass(frozen=True)
class Cell:
    """A cell's text at text[start:end], without its quotation marks."""

    text: str
    start: int
    end: int


@dataclass(frozen=True)
class Row:
    """The first row of figures with the headings above it, if any, and how many rows follow."""

    cells: list[Cell]
    heads: list[Cell] | None
    following: int


def row_of(text: str) -> Row | None:
    """The row, or None where the text is prose."""
    for mark in ("\t", ";", "|", ","):
        rows = [cells for cells in _split(text, mark) if any(cell.text for cell in cells)]
        if _is_table(rows, mark):
            heads = rows[0] if len(rows) > 1 and _is_head(rows[0]) else None
            if heads is None and len(rows) > 1 and mark in ",;" and len({len(row) for row in rows}) > 1:
                return None
            first = 1 if heads else 0
            return Row(rows[first], heads, len(rows) - first - 1)
    return None


def _is_table(rows: list[list[Cell]], mark: str) -> bool:
    if not rows or any(len(row) < FEWEST_CELLS for row in rows[:2]):
        return False
    if mark == "\t":
        return True
    last = max(rows[:2], key=len)
    if any(len(cell.text.split()) > MOST_WORDS * 3 for cell in last):
        return False
    figures = sum(
        bool(NUMBER_ONLY.match(cell.text) and any(c.isdigit() for c in cell.text))
        for row in rows[:2]
        for cell in row
    )
    short = sum(len(cell.text.split()) <= MOST_WORDS for cell in last) >= len(last) - 1
    return short and (
        figures >= 1
        if mark != ","
        else figures >= 2 or (len(rows) > 1 and _is_head(rows[0]) and figures >= 1)
    )


def _is_head(row: list[Cell]) -> bool:
    named = sum(heading(cell.text) is not None for cell in row)
    has_figures = any(NUMBER_ONLY.match(cell.text) and any(c.isdigit() for c in cell.text) for cell in row)
    return named >= 2 and not has_figures


def heading(text: str) -> str | None:
    """What a heading means, or None."""
    return next((name for name, words in HEADINGS if re.search(words, text, re.I)), None)


def _split(text: str, mark: str) -> list[list[Cell]]:
    """Rows of cells with their places; a cell in quotation marks may hold the mark and line breaks."""
    rows: list[list[Cell]] = [[]]
    start, quoted = 0, False
    for place, sign in enumerate(text + "\n"):
        if sign == '"':
            quoted = not quoted and not text[start:place].strip()
        elif (sign == mark or sign in "\r\n") and not quoted or place == len(text):
            rows[-1].append(_cell(text, start, min(place, len(text))))
            start = place + 1
            if sign in "\r\n":
                rows.append([])
    return [row for row in rows if row]


def _cell(text: str, start: int, end: int) -> Cell:
    while start < end and text[start] in ' "\u00a0':
        start += 1
    while end > start and text[end - 1] in ' "\u00a0\r':
        end -= 1
    return Cell(text[start:end], start, end)


def readings_of(row: Row) -> dict[str, list[Reading]]:
    """Readings by field. Without headings, numbers count in their order: how many, then minutes each."""
    found: dict[str, list[Reading]] = {}
    # The period last: it may change how many there are.
    later: list[Cell] = []
    if row.heads is not None:
        for cell, head in zip(row.cells, row.heads, strict=False):
            if (name := heading(head.text)) == "period":
                later.append(cell)
            elif cell.text and name:
                _by_heading(found, name, cell, head)
    else:
        _by_content(found, row.cells)
    for cell in later:
        _period(found, cell)
    return found


def _add(
    found: dict[str, list[Reading]], name: str, value: str, cell: Cell, weight: float = 3.0, note: str = ""
) -> None:
    if value:
        found.setdefault(name, []).append(
            Reading(value, cell.start, cell.end, weight - len(found.get(name, ())) / 10, note)
        )


def _by_heading(found: dict[str, list[Reading]], name: str, cell: Cell, head: Cell) -> None:
    if name in ("hours", "seconds", "minutes"):
        _minutes(found, name, cell, head)
    elif name == "count":
        _count(found, cell, head)
    elif name == "people":
        if (number := value_of(cell.text)) is not None:
            _add(found, "people", number_text(number[0], 1), cell, note=number[1])
            if re.search(r"\bftes?\b", head.text, re.I):
                _add(found, "share", "all", cell, note="full-time equivalents")
    elif name == "share":
        _share(found, cell)
    elif name == "sureness":
        value = next((value for value, words in SURE if re.search(words, cell.text, re.I)), "")
        _add(found, "sureness", value, cell)
    else:
        _add(found, name, " ".join(cell.text.split())[: 80 if name == "title" else 900], cell)


def _minutes(found: dict[str, list[Reading]], unit: str, cell: Cell, head: Cell) -> None:
    number = value_of(cell.text)
    if number is None:
        return
    own = next(
        (
            u
            for u, words in (
                ("hours", r"\bh(?:ours?|rs?)?\b|std"),
                ("minutes", r"min"),
                ("seconds", r"\bs(?:ec\w*)?\b"),
            )
            if re.search(words, cell.text, re.I)
        ),
        unit,
    )
    times = {"hours": 60.0, "minutes": 1.0, "seconds": 1 / 60}[own]
    note = number[1] or (f"{own} in minutes" if own != "minutes" else "")
    other = re.search(r"\b(?:per|/|a|each)\s*(?:day|week|month|year)\b", head.text, re.I)
    _add(found, "minutes", number_text(number[0] * times), cell, 0.0 if other else 3.0, note)


def _count(found: dict[str, list[Reading]], cell: Cell, head: Cell) -> None:
    number = value_of(cell.text)
    if number is None:
        return
    said = (periods(cell.text) or periods(head.text) or _adverb(head.text))[:1]
    factor, note = (said[0].factor, said[0].words) if said else (1.0, "")
    _add(
        found, "count", number_text(number[0] * factor), cell, note="; ".join(filter(None, [number[1], note]))
    )
    if said:
        where = cell if periods(cell.text) else head
        _add(found, "period", said[0].name, where)


def _adverb(text: str) -> list[Period]:
    """ "Volume month" and "Invoices/Monat" name a period without "per"."""
    match = (
        PERIOD.search(f"per {text.split('/')[-1].strip()}")
        if "/" in text
        else PERIOD.search(f"per {text.split()[-1] if text.split() else ''}")
    )
    return periods(match.group()) if match else []


def _period(found: dict[str, list[Reading]], cell: Cell) -> None:
    said = periods(cell.text) or periods(f"per {cell.text}")
    if not said:
        return
    _add(found, "period", said[0].name, cell, 4.0)
    if said[0].factor != 1 and found.get("count"):
        first = found["count"][0]
        first.value = number_text(float(first.value) * said[0].factor)
        first.note = "; ".join(filter(None, [first.note, said[0].words]))


def _share(found: dict[str, list[Reading]], cell: Cell) -> None:
    number = value_of(cell.text.replace("%", ""))
    if number is None:
        return
    share = number[0] / 100 if "%" in cell.text or number[0] > 1 else number[0]
    if 0 < share <= 1:
        made = nearest(share, cell.start, cell.end, cell.text)
        _add(found, "share", made.value, cell, note=made.note)


def value_of(text: str) -> tuple[float, str] | None:
    """The amount in a cell and a note of its range; a cell of money or of a date has none."""
    if DATE.match(text) or re.search(r"[€$£]|\b(?:eur|usd|gbp|chf)\b", text, re.I):
        return None
    if re.fullmatch(r"\s*(?:19|20)\d\d\s*", text):
        return float(text), ""
    found = numbers(f" {text} ")
    if found and found[0].value > 0:
        return found[0].value, found[0].note
    if (match := FIGURE.search(text)) and match.group("digits"):
        value = figure(match.group("digits"))[0]
        return (value, "") if value > 0 else None
    return (spelt(match.group()), "") if (match := SPELT.search(text)) else None


def _by_content(found: dict[str, list[Reading]], cells: list[Cell]) -> None:
    bare = []
    for cell in cells:
        if not cell.text or DATE.match(cell.text):
            continue
        if NUMBER_ONLY.match(cell.text) and any(c.isdigit() for c in cell.text):
            _share(found, cell) if "%" in cell.text else bare.append(cell)
        else:
            _worded(found, cell)
    for name, cell in zip([n for n in ("count", "minutes", "people") if n not in found], bare, strict=False):
        if (number := value_of(cell.text)) is not None:
            words = {"count": "how many", "minutes": "minutes each", "people": "people"}[name]
            _add(
                found,
                name,
                number_text(number[0], 1 if name == "people" else 2),
                cell,
                note=f"no heading: taken for {words}",
            )


def _worded(found: dict[str, list[Reading]], cell: Cell) -> None:
    """A cell of words: a duration, an amount with its period, a period, people, or text."""
    number = value_of(cell.text)
    if number and re.search(r"\d\s*(?:min|h\b|hours?|hrs?|std|sec)", cell.text, re.I):
        _minutes(found, "minutes", cell, Cell("", 0, 0))
    elif number and (periods(cell.text)):
        _count(found, cell, Cell("", 0, 0))
    elif number and re.search(r"\b(?:people|ftes?|persons?|clerks?|mitarbeiter)\b", cell.text, re.I):
        _add(found, "people", number_text(number[0], 1), cell, note=number[1])
    elif (
        number is None and len(cell.text.split()) <= 3 and (periods(cell.text) or periods(f"per {cell.text}"))
    ):
        _period(found, cell)
    elif (
        number is None
        and len(cell.text.split()) <= 2
        and any(re.fullmatch(w, cell.text, re.I) for _, w in SURE)
    ):
        _add(found, "sureness", next(v for v, w in SURE if re.fullmatch(w, cell.text, re.I)), cell)
    else:
        name = (
            "title"
            if "title" not in found
            else "description"
            if len(cell.text.split()) > 4
            else "who_does_it"
        )
        _add(found, name, " ".join(cell.text.split())[: 80 if name == "title" else 900], cell)
