"""Real answers of providers with their expected prices: how many are priced to the last digit, and why others are not.

The expectations were made with the price list of one commit in summer 2026. Each payload is priced by the list that is
installed; what differs must have one of the reasons below, and each reason is checked, not believed.
"""

import gzip
import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from genai_prices import data_snapshot
from genai_prices.types import _providers_from_raw  # the library has no public way to read its own file

from workloads.calc.dialects import NormalisedCall
from workloads.calc.pricing import price, unit_prices

FOLDER = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "llm_usage"
PAYLOADS, CATALOGUE = FOLDER / "provider_usages_expected_cost.jsonl.gz", FOLDER / "genai_prices_data.json.gz"
ON = datetime(2026, 7, 20, 9, tzinfo=UTC)
TEXT = {"input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens"}
pytestmark = pytest.mark.skipif(not PAYLOADS.is_file(), reason=f"the payloads are not at {PAYLOADS}")


class Case(NamedTuple):
    provider: str
    model: str
    usage: dict[str, int]
    wanted: Decimal


def cases() -> Iterator[Case]:
    """One for each provider that the list prices the answer with: a model is sold by several."""
    with gzip.open(PAYLOADS, "rt") as lines:
        for row in map(json.loads, lines):
            for found in row["extracted"]:
                for seller in found["extractors"]:
                    parts = [seller.get(name) for name in ("input_price", "output_price")]
                    if parts != [None, None]:
                        wanted = sum((Decimal(part) for part in parts if part), Decimal(0))
                        yield Case(seller["provider_id"], row["model"], found["usage"], wanted)


def priced(case: Case) -> Decimal | None:
    used = {name: case.usage.get(name, 0) for name in TEXT}
    return price(
        NormalisedCall(
            trace_id="a",
            span_id="b",
            started_at=ON,
            model=case.model,
            provider=case.provider,
            input_tokens=used["input_tokens"],
            output_tokens=used["output_tokens"],
            cached_tokens=used["cache_read_tokens"],
            cache_write_tokens=used["cache_write_tokens"],
        )
    ).amount


def by_modality(case: Case) -> bool:
    """Sound, pictures and video in or out have prices of their own, and spans do not say how many tokens they were."""
    return any(word in name for name in case.usage for word in ("audio", "image", "video"))


@pytest.fixture
def then() -> Iterator[Any]:
    """The price list as it was when the expectations were made."""
    with gzip.open(CATALOGUE, "rt") as lines:
        sellers = _providers_from_raw(json.load(lines))
    unit_prices.cache_clear()
    data_snapshot.set_custom_snapshot(data_snapshot.DataSnapshot(sellers, from_auto_update=False))
    yield
    data_snapshot.set_custom_snapshot(None)
    unit_prices.cache_clear()


def test_by_the_list_of_their_day_all_are_exact_but_what_spans_cannot_say(then):
    found: Counter[str] = Counter()
    for case in cases():
        amount = priced(case)
        if amount == case.wanted:
            found["exact"] += 1
        elif by_modality(case):
            found["modality"] += 1
        elif amount is None and not case.usage:
            found["answers without a figure of use: unpriced, where the expectation says 0"] += 1
        elif amount is None and not case.wanted:
            found["the list names no price: unpriced, where the expectation says 0"] += 1
        else:
            # The file of that day does not match these names; its library did, by rules that are not in the file.
            assert amount is None and case.model in ("openai.gpt-5.6-luna", "glm-5.2"), case
            found["not matched"] += 1
    assert found == {
        "exact": 1699,
        "modality": 24,
        "not matched": 4,
        "answers without a figure of use: unpriced, where the expectation says 0": 3,
        "the list names no price: unpriced, where the expectation says 0": 1,
    }


def test_by_the_installed_list_what_differs_is_what_has_a_new_price(then):
    now_exact, moved = 0, []
    same_then = {index for index, case in enumerate(cases()) if priced(case) == case.wanted}
    data_snapshot.set_custom_snapshot(None)
    unit_prices.cache_clear()
    for index, case in enumerate(cases()):
        if priced(case) == case.wanted:
            now_exact += 1
        elif index in same_then:
            moved.append(case.model)
        else:
            assert by_modality(case) or not case.usage or not case.wanted or "luna" in case.model, case
    assert (now_exact, len(moved)) == (1683, 20), (now_exact, Counter(moved))
