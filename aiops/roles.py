"""Roles and what they allow, in code: the table of docs/ARCHITECTURE.md, tested cell by cell."""

from enum import StrEnum


class Permission(StrEnum):
    """One verb that an operation may require."""

    FILE = "file"
    TRIAGE = "triage"
    ESTIMATE = "estimate"
    DECIDE = "decide"
    OBJECT = "object"
    FINANCE = "finance"
    CONNECT = "connect"
    ADMIN_PEOPLE = "admin_people"
    EVALUATE = "evaluate"
    ANSWER = "answer"
    OPERATE_WORKLOAD = "operate_workload"
    READ_UNIT = "read_unit"
    READ_MONEY = "read_money"
    READ_PORTFOLIO = "read_portfolio"
    READ_AUDIT = "read_audit"


class Role(StrEnum):
    """A responsibility, granted for one business unit or for the whole company."""

    OWNER = "owner"
    ASSESSOR = "assessor"
    LEAD = "lead"
    REVIEWER = "reviewer"
    FINANCE = "finance"
    IT_ADMIN = "it_admin"
    EVALUATOR = "evaluator"
    AUDITOR = "auditor"
    EXECUTIVE = "executive"


P = Permission

ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.OWNER: frozenset({P.FILE, P.TRIAGE, P.READ_UNIT, P.READ_MONEY}),
    Role.ASSESSOR: frozenset({P.FILE, P.TRIAGE, P.ESTIMATE, P.READ_UNIT, P.READ_MONEY}),
    Role.LEAD: frozenset(
        {P.FILE, P.TRIAGE, P.ESTIMATE, P.DECIDE, P.ANSWER, P.OPERATE_WORKLOAD}
        | {P.READ_UNIT, P.READ_MONEY, P.READ_PORTFOLIO, P.READ_AUDIT}
    ),
    Role.REVIEWER: frozenset({P.FILE, P.OBJECT, P.READ_UNIT, P.READ_MONEY, P.READ_PORTFOLIO}),
    Role.FINANCE: frozenset(
        {P.FILE, P.OBJECT, P.FINANCE, P.READ_UNIT, P.READ_MONEY, P.READ_PORTFOLIO, P.READ_AUDIT}
    ),
    Role.IT_ADMIN: frozenset({P.FILE, P.CONNECT, P.ADMIN_PEOPLE, P.READ_UNIT, P.READ_AUDIT}),
    Role.EVALUATOR: frozenset({P.FILE, P.EVALUATE, P.READ_UNIT}),
    Role.AUDITOR: frozenset({P.READ_AUDIT, P.READ_UNIT, P.READ_MONEY, P.READ_PORTFOLIO}),
    Role.EXECUTIVE: frozenset({P.READ_UNIT, P.READ_MONEY, P.READ_PORTFOLIO}),
}

DESCRIPTIONS: dict[Role, str] = {
    Role.OWNER: "Files candidates, triages the unit's backlog and answers for the unit's workloads.",
    Role.ASSESSOR: "Sharpens the estimates of candidates.",
    Role.LEAD: "Chairs the ROI review and decides, never on an own candidate.",
    Role.REVIEWER: "Sits in the ROI review: may object, never decides.",
    Role.FINANCE: "Sets rates, hurdle and fiscal year; signs claims.",
    Role.IT_ADMIN: "Manages connections, ingest keys and users.",
    Role.EVALUATOR: "Approves suites, datasets, graders and references.",
    Role.AUDITOR: "Reads everything with its audit log, changes nothing.",
    Role.EXECUTIVE: "Reads the portfolio.",
}

NEEDS_SECOND_PERSON = frozenset({Role.LEAD, Role.FINANCE})
