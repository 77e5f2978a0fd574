"""Where sentences begin and end, so that a number is read with the words that belong to it."""

import re

# A dot ends a sentence where a capital follows; not in "approx. 5", "p.a.", "1.200" or "e.g. SAP".
# How many characters away words still belong to a number.
REACH = 160
END = re.compile(
    r"(?<!\b[a-zA-Z])(?<!\bapprox)(?<!\bca)(?<!\bmin)(?<!\bincl)(?<!\bno)(?<!\betc)[.!?]+(?=\s+[^\s\da-z])"
    r"|[;\n]+|[.!?]+\s*\Z"
)


def sentences(text: str) -> list[tuple[int, int]]:
    """(start, end) of each sentence that holds a word, without the blanks around it."""
    found, start = [], 0
    for match in END.finditer(text):
        found.append((start, match.end()))
        start = match.end()
    found.append((start, len(text)))
    return [trimmed for a, b in found if (trimmed := _trim(text, a, b))[0] < trimmed[1]]


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and not text[start].isalnum():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def sentence_at(found: list[tuple[int, int]], place: int) -> tuple[int, int]:
    """The sentence that holds a place of the text; (place, place) where none does."""
    return next(((a, b) for a, b in found if a <= place < b), (place, place))


def around(text: str, start: int, end: int, sentence: tuple[int, int]) -> tuple[str, str]:
    """The words before and behind a place, within its sentence and within reach."""
    return text[max(sentence[0], start - REACH) : start], text[end : min(sentence[1], end + REACH)]
