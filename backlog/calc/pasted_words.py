"""The words of a pasted text: a title, what happens, who does it, in which systems, how sure somebody is."""

import re

from backlog.calc.pasted_found import Reading
from backlog.calc.pasted_numbers import NOT_AMOUNTS
from backlog.calc.pasted_sentences import sentences

LONGEST_TITLE, LONGEST_DESCRIPTION, LONGEST_WHO = 80, 900, 80

# Names of programs: written so, since "access", "teams" and "epic" are words too.
SYSTEMS = re.compile(
    r"(?<![\w/])(?:SAP(?:\s+(?:ERP|ECC|S/4\s?HANA|Ariba|Concur|SuccessFactors|CRM|FI|MM|BW))?|S/4\s?HANA"
    r"|Salesforce|ServiceNow|Jira|JIRA|Confluence|MS\s+Teams"
    r"|Microsoft\s+Teams|Outlook|Excel|SharePoint|Sharepoint|Power\s?BI|Power\s?Point|PowerPoint|MS\s+Access"
    r"|Microsoft\s+Access|MS\s+Word|Google\s+Sheets"
    r"|Oracle(?:\s+EBS)?|Workday|Zendesk|Freshdesk|Freshservice|Dynamics(?:\s+(?:365|NAV|AX|CRM))?|NetSuite"
    r"|Netsuite|Navision|Coupa|Ariba|Concur|DATEV|Datev"
    r"|HubSpot|Hubspot|Gmail|QuickBooks|Xero|Slack|Tableau|Snowflake|Notion|Asana|Trello|Monday\.com|Genesys"
    r"|Active\s+Directory|Remedy|BMC\s+Helix|Ivanti"
    r"|Personio|BambooHR|Greenhouse|SuccessFactors|Pega|Guidewire|DocuSign|OneDrive|Dropbox|Bloomberg|Kofax"
    r"|Basware|Tungsten|Infor|Sage|Lotus\s+Notes"
    r"|Office\s+365|Splunk|Grafana|Prometheus|GitHub|GitLab|Zuora|Stripe|Shopify|Magento|Intercom|Epic\s+EHR"
    r"|Cerner)(?![\w/])"
)
SYSTEMS_SAID = re.compile(
    r"\b(?:systems?|tools?|software|applications?|systeme?)\s*(?:used)?\s*[:=]\s*([^\n;.]{2,200})", re.I
)

_LOWER_NP = r"(?:[\w&/'-]+\s+){0,4}?"
_GROUP = (
    r"(?:team|department|desk|unit|group|office|clerks?|agents?|assistants?|accountants?|analysts?|staff"
    r"|back\s+office|service\s+desk|help\s?desk|abteilung)"
)
WHO_SAID = re.compile(
    r"\b(?:done by|who does it|who|performed by|bearbeiter|erledigt von|durch)\s*[:=]\s*([^\n;.]{2,80})", re.I
)
WHO_BY = re.compile(
    r"\b(?:done|handled|processed|checked|performed|reviewed|keyed(?:\s+in)?|entered|typed|answered|sorted"
    r"|written|prepared|made|read|verified|approved|managed"
    r"|routed|coded|matched|assigned|carried\s+out|copied)\s+(?:\w+ly\s+|by\s+hand\s+"
    r"|in\s+\w+\s+)?by\s+(?:(?:the|our|a|an|my|one\s+of\s+our|two|three|four|five|\d+)\s+)?"
    r"((?!hand\b|mail\b|e-mail\b|phone\b|machine\b)[A-Za-zÀ-ÿ&/'-]+(?:\s+(?!each\b|and\b|every\b|in\b|for\b"
    r"|with\b|at\b|on\b|about\b|per\b|a\b|into\b|who\b|which\b|against\b|from\b|to\b)[A-Za-zÀ-ÿ&/'-]+){0,4})",
    re.I,
)
WHO_TEAM = re.compile(
    rf"\b(?:the|our|my|in|from)\s+((?!whole|entire|same|other|rest|next){_LOWER_NP}{_GROUP})\b(?!\s+(?:meeting"
    rf"|of\s+\d))",
    re.I,
)
NO_WHO = re.compile(r"^(?:team|group|unit|staff|office|whole team|people|us|them|hand)$", re.I)

UNMEASURED = re.compile(
    r"\b(?:(?:not|never|n't|nobody(?:\s+has)?|no\s+one(?:\s+has)?|yet\s+to)\s+(?:\w+\s+){0,2}?(?:measured?"
    r"|counted?|timed?|tracked?|know\w*)|not\s+sure|unsure|no\s+idea|a\s+guess|guess(?:ing|ed|timate)?"
    r"|gut\s+feeling|maybe|perhaps|hard\s+to\s+say|wild(?:ly)?|i\s+(?:think|suppose|believe)|might\s+be"
    r"|geschätzt|schätzung|vermutlich|vielleicht|keine\s+ahnung)\b",
    re.I,
)
MEASURED = re.compile(
    r"\b(?:(?:we|i|have|was|were|been)\s+(?:\w+\s+)?(?:measured|counted|timed|tracked|clocked)|measured"
    r"|stopwatch|time\s+study|according\s+to\s+(?:the\s+)?(?:system|log|report|sap|erp)\w*"
    r"|(?:system|log|erp|sap)\s+(?:says|shows|report)|report\s+shows|from\s+the\s+(?:system|log|erp)"
    r"|exact(?:ly)?|gemessen|gezählt|laut\s+system|counted)\b",
    re.I,
)
ROUGHLY = re.compile(
    r"(?<!\w)(?:roughly|about|around|approximately|approx\.?|circa|ca\.?|some\s+(?=\d)|more\s+or\s+less"
    r"|give\s+or\s+take|estimated?|on\s+average|~|etwa|rund|ungefähr)(?!\w)",
    re.I,
)

TITLE_SAID = re.compile(
    r"^[ \t]*(?:title|task|process|work|titel|aufgabe|prozess|candidate|idea)[ \t]*[:=][ \t]*([^\n]{3,120})",
    re.I | re.M,
)
LEAD_IN = re.compile(
    r"(?:(?:currently|today|last\s+(?:year|month|week)|at\s+the\s+moment|right\s+now|basically|in\s+short"
    r"|as\s+discussed|so|well|please|also|each|every|on\s+average)\b,?\s*(?:(?:day|week|month|quarter|year"
    r"|morning)\b,?\s*)?"
    r"|(?:in\s+[\w&-]+(?:\s+[\w&-]+){0,2}|here\s+in\s+\w+(?:\s+\w+)?),\s*|(?:we|i)\s+(?:have\s+an\s+idea"
    r"|was\s+wondering\s+(?:if|whether)|wonder\s+(?:if|whether))\b[,:]?\s*"
    r"|(?:could|can|would\s+it\s+be\s+possible|is\s+it\s+possible|would\s+it\s+make\s+sense"
    r"|is\s+there\s+a\s+way)\s+(?:you|we|ai|a\s+bot|somebody)?\s*(?:please\s+)?(?:to\s+)?(?:look\s+(?:in)?to\s+"
    r"|help\s+(?:us\s+)?(?:with\s+)?)?(?:automat\w+\s+)?"
    r"|(?:we|i)(?:'d|\s+would)\s+(?:like|love)\s+(?:to\s+)?(?:have\s+)?(?:automat\w+\s+)?"
    r"|it\s+would\s+be\s+(?:great|nice|good)\s+(?:if\s+)?(?:ai\s+could\s+|we\s+could\s+)?(?:automat\w+\s+)?"
    r"|(?:our|the|my)\s+(?:[\w&-]+\s+){0,3}?(?:team|department|desk|colleagues|clerks|agents|people"
    r"|staff)\s+(?=[a-z])|(?:we|i|they|somebody|someone|people|everybody)\s+(?=[a-z])"
    r"|(?:[\d.,]+|an?|one|two|three|four|five|six|seven|eight|nine|ten|twelve|a\s+dozen)\s+(?:of\s+us"
    r"|(?:[\w&-]+\s+){0,3}?(?:people|clerks?|agents?|ftes?|colleagues|nurses?|accountants?|analysts?|staff"
    r"|assistants?))\s+(?:each\s+)?(?=[a-z])"
    r"|in\s+(?:our|the|my)\s+[\w&-]+(?:\s+(?:team|department|office|desk))?,?\s+(?=we\b|\d|two|three|four|five|six)"
    r"|wir\s+(?=[a-zäöü])|(?:the|our|a|an|die|der|das)\s+(?=[a-zA-Z])"
    r"|(?:spend|spends|spending|waste|wastes|lose|loses)\s+[^,.;]{0,50}?\b(?:on|with)\s+"
    r"|(?:still|manually|currently|usually|always|often|have\s+to|has\s+to|need\s+to|needs\s+to|must|are"
    r"|is)\s+(?=[a-z])"
    r"|(?:spend|spends|spending|waste|lose)\s+[^,.;]{0,50}?\b(?:on|with|to|in)?\s*(?=\w+ing\b))",
    re.I,
)
VERB = re.compile(r"[a-zäöüß]+(?:\s+(?:in|out|through))?\s+", re.I)
# "we get 400 invoices" is about invoices; "we check 400 invoices" about checking them.
EMPTY_VERBS = frozenset(
    "get gets receive receives have has do does are is there handle handles process processes".split()
)
NO_TITLE = re.compile(
    r"(?:volume|budget|handling\s+time|duration|dauer|room|needs?|from|last|previous|nobody|twice|once|are|is"
    r"|was|were|about|please|an?\s+(?:day|week|month|quarter|year|hour|minute)"
    r"|team|agents?|clerks?|people|\w+\s+(?:minutes|hours)|it|this|that|there|they|not|save|do|does|spend|each"
    r"|one|all|every|both|used|takes?|would|could|should|which|roughly|a\s+day|in|at|for|on|of|if|when|hours?"
    r"|minutes?)\b|\W*\Z",
    re.I,
)
QUANTITY = re.compile(
    r"(?:(?:daily|weekly|monthly|täglich|wöchentlich|monatlich|jährlich)\s+)?(?:(?:rund|etwa|ungefähr|about"
    r"|around|roughly|some|approximately|approx\.|ca\.|circa|between|over|up\s+to|more\s+than|~)\s*)*(?:(?:a"
    r"|the)\s+(?:lot|few|couple|number)\s+of\s+|many\s+|\d[\d.,' ]*k?(?:\s*(?:-|to|–|and"
    r"|or)\s*\d[\d.,']*k?)?\s+|(?:a\s+|two\s+|half\s+a\s+)?dozens?\s+(?:of\s+)?|(?:hundreds|thousands)\s+of\s+)",
    re.I,
)
TITLE_END = re.compile(
    r"[,;:.!?()\n–]|\s-\s|\b(?:every|each|per|which|that|who|where|because|and\s+(?:it|then|each|we|every|that"
    r"|they)|so\s+that|takes?|took|by\s+hand|manually|a\s+(?:day|week|fortnight|month|year|quarter)"
    r"|im\s+(?:monat|jahr|schnitt)|ca\.?"
    r"|an\s+(?:hour|average)|(?:daily|weekly|monthly|yearly|quarterly|annually)(?=\s*(?:[,.;:!?)]|$|and\b|in\b"
    r"|by\b|for\b|from\b|with\b|we\b|about\b|around\b|at\b))|roughly|about\s+(?=\d)|around\s+(?=\d)"
    r"|approximately|in\s+20\d\d|using|today|last\s+\w+|with\s+\d|(?:is|are|gets?|get)\s+(?:\w+\s+)?(?:\w+ed"
    r"|written|done|made|sent|read|kept|put|typed|taken|by)|täglich|wöchentlich|monatlich|jährlich|pro|je"
    r"|rund)\b|\s~?\d",
    re.I,
)


def systems(text: str) -> Reading | None:
    """The programs that are named, in reading order; the words are those of the first."""
    if said := SYSTEMS_SAID.search(text):
        return Reading(said.group(1).strip()[:300], *said.span(1), 3.0)
    found = list(SYSTEMS.finditer(text))
    if not found:
        return None
    names = list(dict.fromkeys(re.sub(r"\s+", " ", match.group()) for match in found))
    note = f"and {', '.join(names[1:])}" if len(names) > 1 else ""
    return Reading(", ".join(names)[:300], *found[0].span(), 2.0, note)


def who(text: str, kind: tuple[int, int] | None) -> list[Reading]:
    """Readings of who does it; `kind` is where the people who were counted are named."""
    found = [Reading("", *match.span(1), 4.0) for match in WHO_SAID.finditer(text)]
    found += [Reading("", *match.span(1), 3.0) for match in WHO_BY.finditer(text)]
    if kind is not None:
        found.append(Reading("", *kind, 2.5))
    found += [Reading("", *match.span(1), 2.0) for match in WHO_TEAM.finditer(text)]
    kept = []
    for one in found:
        words = text[one.start : one.end].strip()
        if not NO_WHO.match(words) and words.lower() not in (
            "people",
            "persons",
            "colleagues",
            "fte",
            "ftes",
            "members",
            "employees",
        ):
            one.value, one.end = words[:LONGEST_WHO], one.start + len(text[one.start : one.end].rstrip())
            kept.append(one)
    return kept


def sureness(text: str) -> list[Reading]:
    """Not measured weighs more than measured, both more than "about"."""
    kinds = ((UNMEASURED, "guess", 3.0), (MEASURED, "measured", 2.0), (ROUGHLY, "fairly_sure", 1.0))
    return [
        Reading(value, *match.span(), weight)
        for pattern, value, weight in kinds
        for match in pattern.finditer(text)
    ]


def title(text: str, subject: tuple[int, int] | None, whole: str) -> list[Reading]:
    """The subject of a mail, what is called a title, a heading, else the work in the first sentences."""
    found = []
    if said := TITLE_SAID.search(text):
        found.append(Reading(_title_text(said.group(1)), *said.span(1), 5.0))
    if subject is not None:
        found.append(Reading(_title_text(whole[subject[0] : subject[1]]), *subject, 4.0))
    parts = sentences(text)
    if heading := _heading(text, parts):
        found.append(heading)
    for weight, part in zip((2.0, 1.0, 0.5), parts, strict=False):
        work = _work_of(text, *part)
        if not NO_TITLE.match(work.value) and re.search(r"[^\W\d_]{4}", work.value):
            work.weight = weight - (1.5 if len(work.value.split()) == 1 else 0)
            found.append(work)
    return [one for one in found if len(one.value) >= 3]


def _heading(text: str, parts: list[tuple[int, int]]) -> Reading | None:
    """A first line on its own, short and without a full stop, is a heading."""
    first = len(text) - len(text.lstrip())
    end = text.find("\n", first)
    if end < 0 or not text[end:].strip():
        return None
    line = text[first:end].rstrip()
    is_short = 4 <= len(line) <= LONGEST_TITLE and line[-1] not in ".,;!" and len(line.split()) <= 10
    if not is_short or re.search(r"\d", NOT_AMOUNTS.sub("", line)):
        return None
    return Reading(_title_text(line.rstrip(":")), first, first + len(line.rstrip(":")), 3.0)


def _work_of(text: str, start: int, end: int) -> Reading:
    """The work that a sentence names: after "we currently", before "every month", without its number."""
    start = _after_lead_in(text, start, end)
    verb = VERB.match(text, start, end)
    quantity = QUANTITY.match(text, verb.end() if verb else start, end)
    if verb and quantity and verb.group().strip().lower() in EMPTY_VERBS:
        verb, start = None, quantity.end()
    elif quantity is None:
        verb = None
    body = quantity.end() if quantity else start
    stop = TITLE_END.search(text, min(body + 1, end), end)
    end = min(stop.start() if stop else end, body + LONGEST_TITLE)
    while end > body and not text[end - 1].isalnum() and text[end - 1] not in ")'\"":
        end -= 1
    if verb is None:
        start = body
    words = f"{verb.group().strip()} {text[body:end]}" if verb else text[body:end]
    return Reading(_title_text(words), start, end, 0.0)


def _after_lead_in(text: str, start: int, end: int) -> int:
    for _ in range(6):
        match = LEAD_IN.match(text, start, end)
        if match is None or match.end() <= start:
            break
        start = match.end()
    return start


def _title_text(words: str) -> str:
    """In one line, at most 80 characters whole words, with a capital."""
    line = " ".join(words.split()).strip(" .,:;-–—\"'")
    if len(line) > LONGEST_TITLE:
        line = line[: LONGEST_TITLE + 1].rsplit(" ", 1)[0]
    return line[:1].upper() + line[1:]


def description(text: str) -> Reading | None:
    """What happens, as it was written: the first paragraphs up to about 900 characters."""
    start = len(text) - len(text.lstrip())
    if start == len(text):
        return None
    gap = re.search(r"\n[ \t]*\n[ \t]*\n|\n[ ]{20,}", text[start:])
    end = start + (gap.start() if gap else len(text) - start)
    if end - start > LONGEST_DESCRIPTION:
        ends = [b for _, b in sentences(text[start:end]) if b <= LONGEST_DESCRIPTION]
        end = start + (ends[-1] if ends else LONGEST_DESCRIPTION)
    while end > start and text[end - 1].isspace():
        end -= 1
    lines = [" ".join(line.split()) for line in text[start:end].splitlines()]
    return Reading("\n".join(line for line in lines if line), start, end, 1.0) if end - start >= 12 else None
