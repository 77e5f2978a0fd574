"""What people wrote, read as plain text: who is named with an @, and which addresses become links."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

# An @ begins a mention only at the start of a word: info@example.com is an address, not a person.
AT = re.compile(r"(?<![\w@.+/-])@(?=\w)")
ADDRESS = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,6}")
WORD = re.compile(r"[\w'’-]+")
# Nothing but http and https ever becomes a link.
LINK = re.compile(r"(?<!\w)https?://[^\s<>\"'\\^`{|}]{1,2000}", re.IGNORECASE)
TRAILING = ".,;:!?*_~…"
PAIRS = {")": "(", "]": "["}


@dataclass(frozen=True)
class Person:
    """Somebody who may be named: by the whole name, the e-mail, or the first name where it is the only one."""

    pk: int
    name: str
    email: str


@dataclass(frozen=True)
class Mentions:
    """Ids of the people named, in order; `unknown` are names that nobody has, `several` those of more than one."""

    ids: tuple[int, ...] = ()
    unknown: tuple[str, ...] = ()
    several: tuple[str, ...] = ()


@dataclass(frozen=True)
class Piece:
    """A stretch of text; with `href` it is a link."""

    text: str
    href: str = ""


def mentions(text: str, people: Iterable[Person]) -> Mentions:
    """Who is named with an @ in `text`; the longest name that fits counts."""
    known = list(people)
    ids: list[int] = []
    unknown: list[str] = []
    several: list[str] = []
    for at in AT.finditer(text):
        rest = text[at.end() :]
        found = _named(rest, known)
        said = _said(rest)
        if len(found) == 1:
            ids.append(found[0].pk)
        elif said:
            (several if found else unknown).append(said)
    return Mentions(tuple(dict.fromkeys(ids)), tuple(dict.fromkeys(unknown)), tuple(dict.fromkeys(several)))


def _named(rest: str, people: list[Person]) -> list[Person]:
    address = ADDRESS.match(rest)
    if address:
        said = address.group().rstrip(".-").casefold()
        return [person for person in people if person.email.casefold() == said]
    whole = [person for person in people if _starts(rest, person.name)]
    if whole:
        longest = max(len(person.name) for person in whole)
        return [person for person in whole if len(person.name) == longest]
    return [person for person in people if _starts(rest, person.name.partition(" ")[0])]


def _starts(rest: str, name: str) -> bool:
    """`name` stands at the start of `rest` as whole words."""
    if not name or rest[: len(name)].casefold() != name.casefold():
        return False
    after = rest[len(name) : len(name) + 1]
    return not (after.isalnum() or after == "_")


def _said(rest: str) -> str:
    found = ADDRESS.match(rest) or WORD.match(rest)
    return found.group() if found else ""


def pieces(text: str) -> list[Piece]:
    """The text with its http(s) addresses as links. Nothing is taken away: joined, the pieces are the text."""
    found: list[Piece] = []
    done = 0
    for match in LINK.finditer(text):
        href = _trimmed(match.group())
        if len(href) <= len("https://"):
            continue
        found += [Piece(text[done : match.start()]), Piece(href, href)]
        done = match.start() + len(href)
    found.append(Piece(text[done:]))
    return [piece for piece in found if piece.text]


def _trimmed(href: str) -> str:
    """Without the punctuation of the sentence around it: a closing bracket stays where it was opened inside."""
    while href:
        last = href[-1]
        closes = last in PAIRS and href.count(last) > href.count(PAIRS[last])
        if last not in TRAILING and not closes:
            break
        href = href[:-1]
    return href
