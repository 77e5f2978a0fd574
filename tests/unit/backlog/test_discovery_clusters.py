"""Texts that say the same are found by their words, and named by them."""

import numpy as np

from backlog.calc.discovery import Options, clusters, open_file, read_log, words

WANTS = {
    "password": ["reset my password", "password expired again", "forgot the password of my account"],
    "printer": ["printer on floor {n} jams", "the printer has no toner", "Drucker jams, printer offline"],
    "laptop": [
        "order a laptop for the new starter",
        "laptop screen is broken",
        "new laptop needed in office {n}",
    ],
}
MAIL = "Hello team, {text}. Kind regards, Ann, tel. +49 30 123456, 12.03.2024"


def texts(each: int = 40) -> tuple[list[str], list[str]]:
    made, topics = [], []
    for n in range(each):
        for topic, wordings in WANTS.items():
            made.append(MAIL.format(text=wordings[n % 3].format(n=n)))
            topics.append(topic)
    return made, topics


def test_groups_are_what_people_wanted_and_bear_its_word() -> None:
    made, topics = texts()
    found = clusters.group(made)
    assert len(found.words) >= 3
    for label, telling in enumerate(found.words):
        inside = {topic for topic, own in zip(topics, found.labels, strict=True) if own == label}
        assert len(inside) == 1 and inside <= set(telling), (inside, telling)
    again = clusters.group(made)
    assert (again.labels == found.labels).all() and again.words == found.words


def test_courtesy_numbers_and_dates_carry_nothing() -> None:
    assert words.tokens("Sehr geehrte Damen und Herren, INC0012 at 12:30, a.b@c.de https://x.y/z reset") == [
        "reset"
    ]
    weighed = words.weigh(texts()[0])
    assert not {"hello", "regards", "ann", "kind", "tel"} & set(weighed.names)


def test_small_and_lonely_texts_fall_into_other() -> None:
    made, _ = texts()
    found = clusters.group([*made, "", "quokka marsupial enclosure", "quokka marsupial feeding"])
    assert (found.labels[-3:] == clusters.OTHER).all()
    few = clusters.group(["reset password"] * 5)
    assert few.words == [] and set(few.labels) == {clusters.OTHER}
    assert np.bincount(found.labels[found.labels >= 0]).min() >= clusters.SMALLEST


def test_a_list_of_texts_alone_becomes_ranked_groups() -> None:
    lines = ["id,text", *(f'{n},"{text}"' for n, text in enumerate(texts()[0]))]
    read = read_log(
        open_file("\n".join(lines).encode()), {"case": "id", "text": "text"}, Options(covers_days=90)
    )
    by_words = [group for group in read.groups if group.by == "text"]
    assert sum(group.cases for group in by_words) == 120 and by_words == sorted(
        by_words, key=lambda g: -g.rank
    )
    assert by_words[0].volume is not None and not by_words[0].volume.is_enough
    assert all("hello" not in str(group.details).lower() for group in read.groups)
    assert "one touch" in " ".join(read.summary["notes"])
