"""How alike two descriptions of work are: shared rare words, and titles that are spelt alike.

score = 0.65 x cosine of TF-IDF vectors (title words count double) + 0.35 x Dice coefficient of character trigrams of
the titles. Both lie in 0..1. Rare words weigh more: idf = ln(1 + N / df), N texts in all, df with the word.
Where the titles alone are more alike than the whole (the same work described by two people), 0.8 of their score counts.
Cosine finds the same work in other order, trigrams find it in other spelling; neither knows synonyms.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

COSINE, SPELLING = 0.65, 0.35
# From here on it is worth showing; from here on it is very likely the same.
ALIKE, SAME = 0.22, 0.55
TITLE_TWICE = 2
TITLES_ALONE = 0.8
WORD = re.compile(r"[^\W_]{2,40}")
ENDINGS = ("ations", "ation", "ings", "ing", "ies", "ied", "ers", "ed", "es", "er", "s", "y", "e")
STOP = frozenset(
    "a about after all also an and any are as at be been before but by can do does done each every first for "
    "from get has have "
    "how if in into is it its just made make many may more most much must need no not of off on once one only "
    "or other our out "
    "over per same so some such than that the their them then there these they this those through to too today "
    "two under up us "
    "use used using very was we were what when where which while who why will with without work would you your "
    "new month week "
    "day year currently manually automatically automate automation ai".split()
)


@dataclass(frozen=True)
class Text:
    """A title and what happens."""

    title: str
    description: str = ""


@dataclass(frozen=True)
class Likeness:
    """0..1, and the words that both have, the rarest first."""

    score: float
    shared: tuple[str, ...]


def stem(word: str) -> str:
    """A word without its ending: "invoices", "invoicing" and "invoice" are one."""
    for ending in ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return word[: -len(ending)]
    return word


def words_of(text: str) -> list[str]:
    """The words that say something, lower case, in reading order."""
    return [word for word in WORD.findall(text.lower()) if word not in STOP and not word.isdigit()]


def terms_of(text: Text) -> Counter[str]:
    counted = Counter(stem(word) for word in words_of(text.description))
    for word in words_of(text.title):
        counted[stem(word)] += TITLE_TWICE
    return counted


def trigrams(text: str) -> set[str]:
    plain = f"  {' '.join(words_of(text))} "
    return {plain[i : i + 3] for i in range(len(plain) - 2)} if plain.strip() else set()


def dice(one: set[str], other: set[str]) -> float:
    return 2 * len(one & other) / (len(one) + len(other)) if one and other else 0.0


def likeness(text: Text, others: Sequence[Text], known: Mapping[str, int], total: int) -> list[Likeness]:
    """How alike `text` is to each of `others`.

    `known` is the number of texts, out of `total`, that have a word (unstemmed words are stemmed); words that it does
    not know are counted among `others`.
    """
    terms = [terms_of(other) for other in others]
    weights = _weights(text, terms, known, max(total, len(others) + 1))
    mine, title = _vector(terms_of(text), weights), Text(text.title)
    heading, spelling = _vector(terms_of(title), weights), trigrams(text.title)
    found = []
    for counted, other in zip(terms, others, strict=True):
        alike = dice(spelling, trigrams(other.title))
        whole = _likeness(mine, alike, _vector(counted, weights))
        titles = _likeness(heading, alike, _vector(terms_of(Text(other.title)), weights))
        found.append(Likeness(max(whole.score, TITLES_ALONE * titles.score), whole.shared))
    return found


def _weights(
    text: Text, terms: Iterable[Counter[str]], known: Mapping[str, int], total: int
) -> dict[str, float]:
    here = Counter(term for counted in terms for term in counted)
    told = {stem(word): df for word, df in known.items()}
    every = set(here) | set(terms_of(text))
    return {term: math.log(1 + total / max(1, told.get(term, here.get(term, 1)))) for term in every}


def _vector(counted: Counter[str], weights: Mapping[str, float]) -> dict[str, float]:
    raw = {term: (1 + math.log(n)) * weights[term] for term, n in counted.items()}
    length = math.sqrt(sum(value * value for value in raw.values()))
    return {term: value / length for term, value in raw.items()} if length else {}


def _likeness(mine: Mapping[str, float], alike: float, other: Mapping[str, float]) -> Likeness:
    parts = {term: value * other[term] for term, value in mine.items() if term in other}
    score = COSINE * min(1.0, sum(parts.values())) + SPELLING * alike
    return Likeness(score, tuple(sorted(parts, key=lambda term: (-parts[term], term))))


def shared_words(text: str, stems: Iterable[str], most: int = 4) -> list[str]:
    """The shared stems as they are written in `text`, the first `most`."""
    written: dict[str, str] = {}
    for word in words_of(text):
        written.setdefault(stem(word), word)
    return [written[term] for term in stems if term in written][:most]
