"""Candidates that look like what somebody is writing, while they write it."""

from dataclasses import dataclass
from itertools import combinations

from django.contrib.postgres.search import SearchQuery, SearchRank
from django.db import connection
from django.db.models import F, QuerySet

from aiops.models import User
from backlog.calc import similarity
from backlog.calc.similarity import Text
from backlog.models import Candidate, State

# Words that are looked up, rarest kept; candidates that are compared in full.
MOST_WORDS, RAREST, POOL = 24, 8, 50
# A word of more candidates than this says nothing; counting stops there.
COMMON = 400
# Candidates that the rarer words may bring together.
ROOM = 600
LONGEST = 4000
HIDDEN = (State.DRAFT, State.WITHDRAWN, State.DUPLICATE)


@dataclass(frozen=True)
class Similar:
    """A candidate that looks alike: 0..1, the words that both have, whether the reader may open it.

    Whoever may not open it is shown its title, unit and owner, nothing else.
    """

    candidate: Candidate
    score: float
    why_words: list[str]
    is_visible: bool = True

    @property
    def is_same(self) -> bool:
        """Very likely the same work: filing it again needs a word."""
        return self.score >= similarity.SAME


def similar_to(
    *, user: User, title: str, description: str = "", exclude: Candidate | None = None, most: int = 5
) -> list[Similar]:
    """The candidates of all units that are most alike, best first; drafts and what was taken back never.

    Full-text search over the rarer words and pairs of title words finds at most 50, which are then compared word by
    word (calc.similarity).
    """
    text = Text(title[:200], description[:LONGEST])
    known, total = _frequencies(_asked_words(text))
    pool = _pool(known, text.title, exclude)
    if not pool:
        return []
    found = similarity.likeness(
        text, [Text(row.title, row.description[:LONGEST]) for row in pool], known, total
    )
    order = sorted(zip(pool, found, strict=True), key=lambda pair: (-pair[1].score, pair[0].number))
    best = [(row, like) for row, like in order if like.score >= similarity.ALIKE][:most]
    visible = set(
        Candidate.objects.visible_to(user)
        .filter(pk__in=[row.pk for row, _ in best])
        .values_list("pk", flat=True)
    )
    said = f"{text.title} {text.description}"
    return [
        Similar(row, like.score, similarity.shared_words(said, like.shared), row.pk in visible)
        for row, like in best
    ]


def _asked_words(text: Text) -> list[str]:
    """Words of the title first, each once."""
    words = dict.fromkeys(similarity.words_of(text.title) + similarity.words_of(text.description))
    return list(words)[:MOST_WORDS]


def _frequencies(words: list[str]) -> tuple[dict[str, int], int]:
    """How many candidates have each word (up to COMMON + 1), and how many there are about."""
    if not words:
        return {}, 0
    sql = f"""
        SELECT word, (SELECT count(*) FROM (SELECT 1 FROM {Candidate._meta.db_table}
                      WHERE search @@ plainto_tsquery('english', word) LIMIT %s) AS few),
               (SELECT greatest(reltuples, 0) FROM pg_class WHERE oid = %s::regclass)
        FROM unnest(%s::text[]) AS word
    """
    with connection.cursor() as cursor:
        cursor.execute(sql, [COMMON + 1, Candidate._meta.db_table, words])
        rows = cursor.fetchall()
    return {word: int(count) for word, count, _ in rows if count}, int(rows[0][2])


def _pool(known: dict[str, int], title: str, exclude: Candidate | None) -> list[Candidate]:
    """At most POOL candidates that have a rarer word, or two words of the title in theirs, by rank."""
    asked = _rarer(known) + _pairs(known, title)
    if not asked:
        return []
    query = SearchQuery(" | ".join(asked), search_type="raw", config="english")
    rows: QuerySet[Candidate] = Candidate.objects.filter(search=query).exclude(state__in=HIDDEN)
    if exclude is not None and exclude.pk:
        rows = rows.exclude(pk=exclude.pk)
    rows = rows.annotate(rank=SearchRank(F("search"), query)).order_by("-rank", "-number")
    return list(rows.select_related("unit", "owner").defer("search")[:POOL])


def _rarer(known: dict[str, int]) -> list[str]:
    """The rarest words, as long as few candidates have them."""
    taken: list[str] = []
    room = ROOM
    for word, count in sorted(known.items(), key=lambda pair: pair[1])[:RAREST]:
        room -= count
        if taken and room < 0:
            break
        if count <= COMMON:
            taken.append(word)
    return taken


def _pairs(known: dict[str, int], title: str) -> list[str]:
    """Two words of the title in another title: they find what common words alone would not."""
    words = sorted(
        {word for word in similarity.words_of(title) if word in known}, key=lambda word: known[word]
    )
    if len(words) == 1:
        return [f"{words[0]}:A"] if known[words[0]] <= COMMON else []
    return [f"({one}:A & {other}:A)" for one, other in combinations(words[:4], 2)]
