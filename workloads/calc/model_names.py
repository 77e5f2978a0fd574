"""What a bill calls a model, matched to what the calls call it: only names that are surely the same, else a hint."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

Key = tuple[str, str]
"""(provider, model): as the calls say it, or as a bill says it."""

NOISE = frozenset(
    """input output inp outp opt in out tokens token tok cached cache cchd read reads write writes hit hits miss
    batch btch global glbl regional regnl data zone dz dzone standard on demand ondemand per 1k 1m 1000 million
    thousand usage prompt completion response requests request reasoning audio text image units unit price
    azure openai bedrock amazon aws anthropic google vertex ai gcp model models invocation inference api us eu east
    west north south central europe region 2 1""".split()
)
REGION = re.compile(r"^(us[ew]|use|usw|eu[cnsw]?|ap[nsec]{1,2}|ca|sa|me|af)\d$")
HOUSE = re.compile(
    r"^(?:[a-z]{2,6}\.)?(?:anthropic|meta|amazon|mistral|cohere|ai21|deepseek|openai|google|stability)\."
)
EDITION = re.compile(r"(?:[-@](?:\d{8}|\d{4}-\d{2}-\d{2}|latest)|:\d+|-v\d+)$")
FAMILIES = (
    (("aws", "amazon", "bedrock"), ("aws", "amazon", "bedrock")),
    (("microsoft", "azure"), ("azure", "microsoft")),
    (("google", "gcp", "vertex", "gemini"), ("gcp", "google", "vertex", "gemini")),
    (("openai",), ("openai",)),
    (("anthropic",), ("anthropic",)),
    (("mistral",), ("mistral",)),
    (("x.ai", "xai", "x_ai"), ("x_ai", "xai")),
)


@dataclass(frozen=True)
class Match:
    """Where a bill's name leads: `keys` as the calls say them, `how` it is known, else a `suggestion`."""

    keys: tuple[Key, ...] = ()
    how: str = ""
    suggestion: str = ""


SAID, SAME = "said here", "the same name"


def provider_fits(billed: str, traced: str) -> bool:
    """Whether calls of this provider are on that one's bill: "Microsoft" bills "azure.ai.openai", not "openai"."""
    if not traced:
        return True
    bill, call = billed.lower(), traced.lower()
    for bills, calls in FAMILIES:
        if any(word in bill for word in bills):
            return any(call.startswith(word) for word in calls)
    return _letters(call) in _letters(bill) or _letters(bill) in _letters(call)


def same_name(name: str) -> str:
    """A model's name without house, edition and punctuation: "us.anthropic.claude-3-5-sonnet-20241022-v2:0"."""
    bare = HOUSE.sub("", name.strip().lower().rpartition("/")[2])
    while (shorter := EDITION.sub("", bare)) != bare:
        bare = shorter
    return _letters(bare)


def billed_name(text: str) -> str:
    """A bill's words without those that every meter has: "Claude 3.5 Sonnet - input tokens" -> "claude35sonnet"."""
    words = re.split(r"[^a-z0-9.]+", EDITION.sub("", text.strip().lower()))
    first = [word.strip(".") for word in words if word and not REGION.fullmatch(word)]
    while first and first[0] in NOISE:
        first.pop(0)
    # Only words at the ends are noise: the "2" of a name inside stays.
    while first and first[-1] in NOISE:
        first.pop()
    return _letters("".join(word for word in first if word not in NOISE or word.isdigit()))


def _letters(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def match(billed: Iterable[Key], traced: Iterable[Key], said: Mapping[Key, str]) -> dict[Key, Match]:
    """Each name on a bill and the traced models that it pays for. What somebody said goes before what looks alike."""
    calls = sorted(set(traced))
    return {key: _match(key, calls, said.get(key, "")) for key in set(billed)}


def _match(key: Key, calls: list[Key], said: str) -> Match:
    provider, name = key
    if said:
        return Match(tuple(call for call in calls if call[1] == said), SAID)
    near = [call for call in calls if call[1] and provider_fits(provider, call[0])]
    exact = tuple(call for call in near if call[1] == name)
    wanted = {same_name(name), billed_name(name)} - {""}
    same = exact or tuple(call for call in near if same_name(call[1]) in wanted)
    return Match(same, SAME) if same else Match(suggestion=_suggestion(name, near))


def _suggestion(name: str, calls: list[Key]) -> str:
    """The longest traced name whose letters stand in the bill's: a hint to confirm, never a match."""
    letters = _letters(name)
    inside = [model for _, model in calls if len(same_name(model)) > 2 and same_name(model) in letters]
    return max(inside, key=lambda model: (len(same_name(model)), model), default="")
