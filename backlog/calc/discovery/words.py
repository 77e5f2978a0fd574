"""Texts of tickets as weighted words. Numbers, dates, addresses and the courtesies of mails carry nothing."""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

NOISE = re.compile(r"https?://\S+|www\.\S+|\S+@\S+|<[^>]{0,200}>|\S*\d\S*")
WORD = re.compile(r"[^\W\d_]{3,30}")
MOST_WORDS = 4000
# A word that more than this share of tickets has is courtesy or boilerplate, whatever it means.
TOO_COMMON = 0.4
# A word must stand in so many tickets: a name of one person names no group.
RARE = 3

ENGLISH = (
    "about above after again against all also always and any anybody anyone anything are around because been before "
    "being below between both but can cannot could did does doing done down during each either else ever every for "
    "from further get gets getting give given going got had has have having here hers herself him himself his how "
    "into its itself just know like make made many may might more most much must myself need needs neither next nor "
    "not nothing now off once one only other others ought our ours ourselves out over own per same shall she should "
    "since some somebody someone something still such take than that the their theirs them themselves then there "
    "these they this those through too two under until unable upon use used using very want was way well were what "
    "when where whether which while who whom whose why will with within without would yes yet you your yours"
)
GERMAN = (
    "aber alle allem allen aller alles als also auch auf aus bei beim bin bis bist bitte damit dann das dass dein dem "
    "den denn der des die dies diese diesem diesen dieser dieses doch dort durch ein eine einem einen einer eines "
    "etwas euch euer für gegen geht gibt habe haben hat hatte hatten hier hin hinter ich ihm ihn ihnen ihr ihre ihrem "
    "ihren ihrer immer ist jede jedem jeden jeder jedes jetzt kann kein keine keinen können könnte machen man mehr "
    "mein meine meinem meinen meiner mich mir mit muss nach nicht nichts noch nun nur oder ohne schon sehr sein seine "
    "seit sich sie sind soll sollte über und uns unser unsere unter viel vom von vor war waren was weg weil weiter "
    "welche wenn wer werde werden wie wieder will wir wird wurde wurden würde zum zur zwei zwischen"
)
COURTESY = (
    "hello dear hey greetings regards kind kindly best sincerely faithfully thank thanks thankyou please appreciate "
    "sent importance high low subject fwd morning afternoon evening everyone team colleagues guys sir madam mailto "
    "hallo moin guten tag morgen sehr geehrte geehrter damen herren freundliche freundlichen freundlichem grüße "
    "grüßen gruß gruss gruessen beste besten viele vielen danke dank vorab liebe lieber gesendet betreff cheers hope"
)
CALENDAR = (
    "monday tuesday wednesday thursday friday saturday sunday january february march april june july august september "
    "october november december montag dienstag mittwoch donnerstag freitag samstag sonntag januar februar märz mai "
    "juni juli oktober dezember today tomorrow yesterday heute gestern week weeks day days time date hour hours"
)
# What stands under mails: disclaimers and addresses.
SMALL_PRINT = (
    "confidential confidentiality recipient recipients intended prohibited privileged disclosure disclose copying "
    "unauthorized unauthorised strictly addressee dissemination distribution registered subsidiaries subsidiary "
    "kingdom street road phone fax mobile tel vertraulich empfänger gmbh ltd inc signature disclaimer msg ref"
)
STOP = frozenset(f"{ENGLISH} {GERMAN} {COURTESY} {CALENDAR} {SMALL_PRINT}".split())
# Words that name a cluster stand in at least this share of its texts, and begin differently.
NAMES_SHARE = 0.12
SAME_START = 5


@dataclass(frozen=True)
class Texts:
    """Weights of words, a row a text and of length 1 (or 0); `names` has each word as it is mostly written.

    `present` is the same shape with 1 where a text has a word.
    """

    weights: sparse.csr_matrix
    present: sparse.csr_matrix
    names: list[str]


def tokens(text: str) -> list[str]:
    """Words of a text in lower case, without noise and stop words."""
    return [word for word in WORD.findall(NOISE.sub(" ", text.lower())) if word not in STOP]


def stem(word: str) -> str:
    """Singular and plural as one: light, since a wrong stem is worse than two words."""
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    return word[:-1] if len(word) > 4 and word.endswith("s") and word[-2] not in "suia" else word


def weigh(texts: Sequence[str]) -> Texts:
    """TF-IDF with damped counts, over the words that are neither rare nor in too many texts."""
    counted: list[Counter[str]] = []
    written: dict[str, Counter[str]] = defaultdict(Counter)
    for text in texts:
        found = tokens(text)
        for word in found:
            written[stem(word)][word] += 1
        counted.append(Counter(map(stem, found)))
    kept = _kept(counted)
    place = {word: number for number, word in enumerate(kept)}
    counts = _matrix(counted, place)
    names = [min(written[word].items(), key=lambda item: (-item[1], item[0]))[0] for word in kept]
    return Texts(_weighted(counts), _ones(counts), names)


def _kept(counted: Sequence[Counter[str]]) -> list[str]:
    """The words used: those of most texts below the limit, in the order of the alphabet."""
    frequency = Counter(word for words in counted for word in words)
    most = max(RARE, TOO_COMMON * len(counted))
    inside = [(-count, word) for word, count in frequency.items() if RARE <= count <= most]
    return sorted(word for _, word in sorted(inside)[:MOST_WORDS])


def _matrix(counted: Sequence[Counter[str]], place: dict[str, int]) -> sparse.csr_matrix:
    ends, columns, values = [0], [], []
    for words in counted:
        known = sorted((place[word], count) for word, count in words.items() if word in place)
        columns += [column for column, _ in known]
        values += [count for _, count in known]
        ends.append(len(columns))
    shape = (len(counted), len(place))
    return sparse.csr_matrix((np.asarray(values, float), np.asarray(columns, int), ends), shape=shape)


def _weighted(counts: sparse.csr_matrix) -> sparse.csr_matrix:
    made = counts.copy()
    made.data = 1 + np.log(made.data)
    having = np.bincount(counts.indices, minlength=counts.shape[1])
    made = made.multiply(np.log((1 + counts.shape[0]) / (1 + having)) + 1).tocsr()
    return normed(made)


def normed(rows: sparse.csr_matrix) -> sparse.csr_matrix:
    """Rows of length 1; empty ones stay empty."""
    length = np.sqrt(np.asarray(rows.multiply(rows).sum(axis=1)).ravel())
    length[length == 0] = 1
    return (sparse.diags(1 / length) @ rows).tocsr()


def _ones(counts: sparse.csr_matrix) -> sparse.csr_matrix:
    made = counts.copy()
    made.data = np.ones_like(made.data)
    return made


def telling(texts: Texts, labels: np.ndarray, clusters: int, most: int = 4) -> list[list[str]]:
    """The words that tell each cluster from all texts: TF-IDF of clusters, by the share of texts that have a word."""
    sizes = np.maximum(np.bincount(labels[labels >= 0], minlength=clusters), 1)
    share = np.asarray((membership(labels, clusters) @ texts.present).todense()) / sizes[:, None]
    overall = np.maximum(np.asarray(texts.present.mean(axis=0)).ravel(), 1e-9)
    score = np.round(share * np.log(np.maximum(share / overall, 1)), 9)
    return [
        _names(texts.names, row, share[n], most)
        for n, row in enumerate(np.argsort(-score, axis=1, kind="stable"))
    ]


def _names(names: list[str], order: np.ndarray, share: np.ndarray, most: int) -> list[str]:
    """The first `most` words that are common enough; the first one is always there."""
    chosen: list[str] = []
    for word in order[:50]:
        starts = {name[:SAME_START] for name in chosen}
        if not chosen or (share[word] >= NAMES_SHARE and names[word][:SAME_START] not in starts):
            chosen.append(names[word])
    return chosen[:most]


def membership(labels: np.ndarray, clusters: int) -> sparse.csr_matrix:
    """1 where a text (column) is of a cluster (row)."""
    inside = np.flatnonzero(labels >= 0)
    ones = np.ones(len(inside))
    return sparse.csr_matrix((ones, (labels[inside], inside)), shape=(clusters, len(labels)))
