"""What of a pasted text was written for this: no mail headers, quoted lines, greeting or signature.

What does not count is blanked out character by character, so that every place in the text stays where it is.
"""

import re
from dataclasses import dataclass

HEADER = re.compile(
    r"[ \t]*\*?(?P<name>From|To|Cc|Bcc|Date|Sent|Subject|Reply-To|Importance|Attachments?|Von|An|Gesendet|Datum"
    r"|Betreff)\*?[ \t]*:\*?[ \t]*(?P<value>.*)\Z",
    re.I,
)
SUBJECTS = ("subject", "betreff")
REPLY_MARKS = re.compile(r"^(?:\s*(?:re|aw|fwd?|wg|antwort)\s*:\s*|\s*\[[^\]]{1,30}\]\s*)+", re.I)
QUOTE_FROM = re.compile(
    r"[ \t]*(?:-{2,}\s*(?:Original Message|Ursprüngliche Nachricht)\s*-{2,}|(?:On|Am)\b.{5,120}(?:wrote"
    r"|schrieb)\b.{0,60}:)\s*\Z",
    re.I,
)
FORWARDED = re.compile(
    r"[ \t]*(?:-{2,}\s*Forwarded message\s*-{2,}|Begin forwarded message:"
    r"|-{2,}\s*Weitergeleitete Nachricht\s*-{2,})\s*\Z",
    re.I,
)
QUOTED = re.compile(r"[ \t]*>")
SIGNATURE = re.compile(
    r"[ \t]*(?:--[ \t]*|(?:(?:best|kind|warm|many)\s+(?:regards|wishes)|regards|thanks(?:\s+(?:a\s+lot|again"
    r"|in\s+advance|and\s+regards))?|many\s+thanks"
    r"|thank\s+you|cheers|best|sincerely(?:\s+yours)?|yours\s+(?:sincerely|faithfully|truly)"
    r"|(?:mit\s+)?(?:freundlichen|besten|vielen|lieben)\s+grüßen"
    r"|(?:viele|beste|liebe|schöne|freundliche)\s+grüße|vg|mfg|lg|br"
    r"|danke)\s*[,.!]?[ \t]*(?:[A-ZÄÖÜ][\w.-]*(?:\s+[A-ZÄÖÜ][\w.-]*)?)?"
    r"|(?:Sent|Gesendet)\s+(?:from|von)\s+(?:my|meinem)\b.*)\s*\Z",
    re.I,
)
GREETING = re.compile(
    r"[ \t]*(?:hi|hello|hey|dear|good\s+(?:morning|afternoon|day)|hallo|liebe[rs]?|guten\s+(?:tag|morgen)"
    r"|sehr\s+geehrte[rs]?|moin|servus)\b[^.:!?\n]{0,40}[,!:.]?[ \t]*\Z",
    re.I,
)
GREETING_AHEAD = re.compile(
    r"[ \t]*(?:hi|hello|hey|dear|hallo|liebe[rs]?)\s+(?:[A-ZÄÖÜ]\w+|all|team"
    r"|everyone)(?:\s+[A-ZÄÖÜ]\w+)?\s*[,!–-]\s+",
    re.I,
)
PLEASANTRY = re.compile(r"[ \t]*(?:I\s+)?hope\s+(?:you|this|all)\b[^.!?\n]*[.!?]", re.I)
FEWEST_HEADERS = 2


@dataclass(frozen=True)
class Body:
    """The text with everything blanked that is not its message, as long as before; the subject's place, if any."""

    text: str
    subject: tuple[int, int] | None = None
    is_mail: bool = False
    is_quote_dropped: bool = False
    is_signature_dropped: bool = False


def lines_of(text: str) -> list[tuple[int, int]]:
    """(start, end) of each line without its line break."""
    found, start = [], 0
    for line in text.splitlines(keepends=True):
        found.append((start, start + len(line.rstrip("\r\n\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"))))
        start += len(line)
    return found


def body_of(text: str) -> Body:
    """The message itself. A text that is no mail loses a greeting and a signature at most."""
    lines = lines_of(text)
    kinds = [_kind(text[a:b]) for a, b in lines]
    headers = kinds.count("header")
    is_mail = headers >= FEWEST_HEADERS or "subject" in kinds or "forwarded" in kinds
    drop, state = _dropped(kinds, is_mail)
    kept = text
    for (start, end), gone in zip(lines, drop, strict=True):
        if gone:
            kept = kept[:start] + " " * (end - start) + kept[end:]
    subject = next(
        (_value(text, line) for line, kind in zip(lines, kinds, strict=True) if kind == "subject"), None
    )
    return Body(_without_greeting(kept), subject, is_mail, "quote" in state, "signature" in state)


def _kind(line: str) -> str:
    if match := HEADER.match(line):
        return "subject" if match.group("name").lower() in SUBJECTS else "header"
    for name, pattern in (
        ("quote", QUOTED),
        ("cut", QUOTE_FROM),
        ("forwarded", FORWARDED),
        ("signature", SIGNATURE),
        ("greeting", GREETING),
    ):
        if pattern.match(line):
            return name
    return "text" if line.strip() else "blank"


def _dropped(kinds: list[str], is_mail: bool) -> tuple[list[bool], set[str]]:
    """For each line whether it goes, and what kinds of things went."""
    drop, seen, skipping, said = [], set(), "", False
    for kind in kinds:
        if kind == "forwarded" or (kind in ("header", "subject") and is_mail and skipping == "signature"):
            skipping = ""
        gone = kind in ("forwarded", "quote", "greeting") or (kind in ("header", "subject") and is_mail)
        if kind == "cut" or (kind == "signature" and said):
            skipping = "cut" if kind == "cut" else (skipping or "signature")
        if kind == "cut" and not said:
            skipping, gone = "", True
        if kind in ("quote", "cut"):
            seen.add("quote")
        if skipping:
            seen.add("quote" if skipping == "cut" else "signature")
        said = said or (kind == "text" and not skipping)
        drop.append(gone or bool(skipping))
    return drop, seen


def _value(text: str, line: tuple[int, int]) -> tuple[int, int] | None:
    """Where the words of a subject are, without Re: and Fwd:."""
    match = HEADER.match(text[line[0] : line[1]])
    if match is None:
        return None
    start, end = line[0] + match.start("value"), line[0] + match.end("value")
    if marks := REPLY_MARKS.match(text[start:end]):
        start += marks.end()
    while end > start and text[end - 1].isspace():
        end -= 1
    return (start, end) if end > start else None


def _without_greeting(text: str) -> str:
    """Also where the greeting and the first sentence share a line."""
    first = len(text) - len(text.lstrip())
    if match := GREETING_AHEAD.match(text, first):
        text = text[: match.start()] + " " * (match.end() - match.start()) + text[match.end() :]
    first = len(text) - len(text.lstrip())
    if match := PLEASANTRY.match(text, first):
        text = text[: match.start()] + " " * (match.end() - match.start()) + text[match.end() :]
    return text
