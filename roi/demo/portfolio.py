"""People, units, rates and the twenty-five candidates, each as far as its history says."""

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from aiops import operations as kernel
from aiops.models import BusinessUnit, User
from aiops.roles import NEEDS_SECOND_PERSON, Role
from backlog import operations as backlog_operations
from backlog.calc.ranges import Range
from backlog.models import Candidate
from roi.demo.data import (
    COMPANY_RATE,
    COST_UNKNOWN,
    EFFORT,
    HISTORIES,
    LARGE_BUILD,
    LIVES,
    MEASURE,
    PEOPLE,
    RAMP,
    RATE_JOB,
    REASONS,
    RELATIONS,
    START_LARGE,
    START_SMALL,
    TEAMS,
    UNIT_RATES,
    UNITS,
    Person,
)
from roi.operations.assessment import assess
from roi.operations.decision import Build, decide
from workloads import operations as workload_operations
from workloads.models import Workload

FILE = Path(__file__).with_name("candidates.csv")
SIZED, REVIEWED, DECIDED, STARTED, PILOTED = 6, 15, 22, 26, 55
VERDICTS = {"deferred": "defer", "measuring": "measure", "rejected": "reject"}
Say = Callable[[str], None]


@dataclass
class Company:
    """What was made, by the names that the data use."""

    at: datetime
    units: dict[str, BusinessUnit] = field(default_factory=dict)
    people: dict[str, User] = field(default_factory=dict)
    candidates: dict[str, Candidate] = field(default_factory=dict)
    workloads: dict[str, Workload] = field(default_factory=dict)

    def before(self, days: float) -> datetime:
        return self.at - timedelta(days=days)

    def owner_of(self, unit: str) -> User:
        return self.people[next(p.key for p in PEOPLE if unit in p.owns)]


def rows() -> list[dict[str, str]]:
    with FILE.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def make_people(company: Company) -> None:
    """Units, people with roles confirmed by another person, and finance's rates."""
    system, start = User.objects.system(), company.before(460)
    for name in dict.fromkeys(UNITS.values()):
        company.units[name] = kernel.create_unit(name=name, simulated=True, by=system, at=start)
    second = None
    for person in PEOPLE:
        company.people[person.key] = second_now = _make_person(company, person, second, start)
        second = second_now if person.role in ("it_admin", "lead", "finance") else second
    _make_rates(company, start.date())


def _make_person(company: Company, person: Person, second: User | None, at: datetime) -> User:
    system = User.objects.system()
    user = kernel.create_user(
        email=person.email,
        name=person.name,
        title=person.title,
        home_unit=company.units[person.home],
        simulated=True,
        by=system,
        at=at,
    )
    owned: list[BusinessUnit | None] = [company.units[name] for name in person.owns]
    for unit in owned or [None]:
        grant = kernel.grant_role(user=user, role=person.role, unit=unit, by=system, at=at)
        if Role(person.role) in NEEDS_SECOND_PERSON and second is not None:
            kernel.confirm_grant(grant=grant, by=second, at=at)
    # Read again: roles are remembered on the object, and it has none in mind yet.
    return User.objects.select_related("home_unit").get(pk=user.pk)


def _make_rates(company: Company, day: date) -> None:
    rates: list[tuple[BusinessUnit | None, int]] = [(None, COMPANY_RATE)]
    rates += [(company.units[name], rate) for name, rate in UNIT_RATES.items()]
    for unit, rate in rates:
        kernel.add_rate(
            unit=unit,
            hourly_rate=Decimal(rate),
            valid_from=day,
            job=RATE_JOB,
            by=company.people["finance"],
            at=company.before(460),
        )


def make_candidates(company: Company, say: Say) -> None:
    """File all of the file's candidates in its order and move each as far as its history says."""
    listed = rows()
    for done, row in enumerate(listed, 1):
        _make_candidate(company, row)
        if done % 5 == 0:
            say(f"Candidates {done}/{len(listed)}")


def _make_candidate(company: Company, row: dict[str, str]) -> None:
    days, goal = HISTORIES[row["id"]]
    candidate = _file(company, row, company.before(days))
    if goal != "received":
        candidate = _size(company, row, candidate, company.before(days - min(SIZED, days / 3)))
    if goal not in ("received", "sizing"):
        at = company.before(days - REVIEWED)
        candidate = backlog_operations.send_to_review(
            candidate=candidate, by=company.people["assessor"], at=at
        )
        assess(candidate=candidate, by=company.people["assessor"], at=at)
    company.candidates[row["id"]] = candidate
    if goal in VERDICTS or goal in ("approved", "building", "live"):
        _decide(company, row["id"], goal, company.before(days - DECIDED))


def _file(company: Company, row: dict[str, str], at: datetime) -> Candidate:
    unit = UNITS[row["department"]]
    owner = company.owner_of(unit)
    draft = backlog_operations.save_draft(
        by=owner,
        at=at,
        unit=company.units[unit],
        simulated=True,
        title=row["title"][:120],
        description=f"Simulated. {row['workload_type']} for {row['department']}.",
        count=Decimal(row["volume_likely"]),
        period="year",
        minutes=Decimal(row["minutes_likely"]),
        sureness="guess" if row["source"] == "own" else "fairly_sure",
        who_does_it=f"People in {unit}",
    )
    return backlog_operations.submit(candidate=draft, by=owner, at=at)


def _size(company: Company, row: dict[str, str], candidate: Candidate, at: datetime) -> Candidate:
    klass = {"business AI": "business_ai", "AI for Ops": "ai_for_ops"}[row["class"]]
    ranges = dict(_ranges(row, at.date()))
    team = TEAMS.get(row["id"])
    return backlog_operations.size(
        candidate=candidate,
        ranges=ranges,
        notes={"loaded_rate": "what this work is paid, from the candidate's own file", **_notes(ranges)},
        details={
            "klass": klass,
            "risk_tier": row["risk_tier"].split()[0],
            "systems": row["workload_type"],
        },
        team=(team[0], Decimal(team[1])) if team else None,
        efforts=_efforts(row),
        relations=_relations(company, row["id"]),
        by=company.people["assessor"],
        at=at,
    )


def _notes(ranges: dict[str, Range]) -> dict[str, str]:
    return {q: "assumed by the size of the build" for q in ("start_months", "ramp_months") if q in ranges}


def _efforts(row: dict[str, str]) -> dict[str, Decimal | None] | None:
    if row["id"] in COST_UNKNOWN:
        return None
    size = float(row["build_likely_kusd"])
    return {role: Decimal(max(1, round(size * days))) for role, days in EFFORT.items()}


def _relations(company: Company, key: str) -> list[tuple[int, str, float | None]] | None:
    if key not in RELATIONS:
        return None
    other, kind, overlap = RELATIONS[key]
    return [(company.candidates[other].number, kind, overlap)]


def _ranges(row: dict[str, str], day: date) -> Iterator[tuple[str, Range]]:
    """Every quantity that the file gives; money in thousands of dollars there, in dollars here."""
    evidence = "expert" if row["source"] == "own" else "history"
    columns = {
        "volume": ("volume", "", 1),
        "minutes": ("minutes", "", 1),
        "automation": ("automation_share", "", 1),
    }
    money = {"build": ("build_cost", "_kusd", 1000), "run": ("run_cost", "_kusd", 1000)}
    columns |= {"other": ("other_cash", "_kusd", 1000)}
    columns |= {} if row["id"] in COST_UNKNOWN else money
    for column, (quantity, unit, scale) in columns.items():
        low, likely, high = (float(row[f"{column}_{end}{unit}"]) * scale for end in ("low", "likely", "high"))
        tight = low == likely or likely == high
        yield quantity, Range(low, likely, high, "hard_limits" if tight else "percentiles", evidence, day)
    if row["id"] not in COST_UNKNOWN:
        small = float(row["build_likely_kusd"]) < LARGE_BUILD
        yield "start_months", Range(*(START_SMALL if small else START_LARGE), "percentiles", "assumed", day)
        yield "ramp_months", Range(*RAMP, "percentiles", "assumed", day)
    rate, cash = float(row["loaded_rate_usd_h"]), float(row["cashable_share"])
    yield "loaded_rate", Range(rate, rate, rate, "hard_limits", "history", day)
    low, high = round(max(cash - 0.15, cash / 2), 3), round(min(cash + 0.15, 0.95), 3)
    yield "cashable_share", Range(low, round(cash, 3), high, "percentiles", "assumed", day)


def _decide(company: Company, key: str, goal: str, at: datetime) -> None:
    candidate, verdict = company.candidates[key], VERDICTS.get(goal, "approve")
    live = next((known for known in LIVES if known.key == key), None)
    planned = company.before(live.go_live_days).date() if live else (company.at + timedelta(days=45)).date()
    build = Build(
        business_owner=candidate.owner,
        deputy=company.people["lead2"],
        builder=company.people["assessor"],
        it_steward=company.people["it"],
        planned_go_live=planned,
        item_noun=live.noun if live else "item",
    )
    decide(
        candidate=candidate,
        verdict=verdict,
        reason=REASONS[verdict],
        until=(company.at + timedelta(days=70)).date() if verdict == "defer" else None,
        measure=MEASURE if verdict == "measure" else "",
        build=build if verdict == "approve" else None,
        by=company.people["lead"],
        at=at,
    )
    if verdict == "approve":
        _build(company, key, goal, at + timedelta(days=STARTED - DECIDED))


def _build(company: Company, key: str, goal: str, at: datetime) -> None:
    workload = Workload.objects.select_related("unit", "candidate").get(candidate=company.candidates[key])
    stages = {"approved": [], "building": [("building", at)]}.get(goal)
    live = next((known for known in LIVES if known.key == key), None)
    if live is not None:
        first = _midnight(company.before(live.go_live_days))
        stages = [("building", at), ("pilot", at + timedelta(days=PILOTED - STARTED)), ("live", first)]
    for stage, when in stages or []:
        workload = workload_operations.move_stage(
            workload=workload, stage=stage, on=when.date(), by=company.people["assessor"], at=when
        )
    company.workloads[key] = workload


def _midnight(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
