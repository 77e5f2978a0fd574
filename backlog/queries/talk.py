"""Who sees a candidate, who follows it, and what they said of it."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from aiops.models import Membership, User
from aiops.permissions import Permission
from aiops.roles import ROLE_PERMISSIONS
from backlog.calc.plain_text import Person
from backlog.models import Candidate, Comment, Question

EDIT_FOR = timedelta(minutes=15)


def _roles(permission: Permission) -> list[str]:
    return [role.value for role, held in ROLE_PERMISSIONS.items() if permission in held]


def people_who_see(candidate: Candidate) -> QuerySet[User]:
    """The other way round of `Candidate.objects.visible_to`: who, active, may open this candidate."""
    people = User.objects.people().filter(is_active=True)
    seen = Q(pk=candidate.owner_id) | Q(pk=candidate.assessor_id)
    if candidate.submitted_at is not None:
        of_unit = Q(unit=candidate.unit_id) | Q(unit=None)
        read_unit = of_unit & Q(role__in=_roles(Permission.READ_UNIT))
        read_all = Q(unit=None, role__in=_roles(Permission.READ_PORTFOLIO))
        grants = Membership.objects.active().filter(read_unit | read_all)
        seen |= Q(pk__in=grants.values("user"))
    return people.filter(seen).order_by("name", "pk")


def followers_of(candidate: Candidate) -> QuerySet[User]:
    """Who is told what becomes of it, the owner always.

    Followers who lost sight of it are told no more; those who joined it from another unit, by a vote or because
    theirs was merged into it, know its title and owner, and stay.
    """
    staying = candidate.followers.filter(left_at=None).values("by")
    joined = candidate.votes.values("by")
    merged = Candidate.objects.filter(merged_into=candidate.pk).values("owner")
    seeing = people_who_see(candidate).order_by().values("pk")
    knows = Q(pk__in=seeing) | Q(pk__in=joined) | Q(pk__in=merged)
    people = User.objects.people().filter(is_active=True)
    return people.filter(Q(pk=candidate.owner_id) | Q(pk__in=staying) & knows).order_by("name", "pk")


def found_people(candidate: Candidate, words: str, most: int = 20) -> QuerySet[User]:
    """People to mention: those who see the candidate, by a part of their name or e-mail."""
    rows = people_who_see(candidate)
    if words:
        rows = rows.filter(Q(name__icontains=words) | Q(email__icontains=words))
    return rows[:most]


def as_people(rows: Any) -> list[Person]:
    """Users as the plain rules know them."""
    return [Person(*row) for row in rows.values_list("pk", "name", "email")]


def comments_of(candidate: Candidate) -> QuerySet[Comment]:
    """Oldest first; removed ones keep their place."""
    return candidate.comments.select_related("by", "origin").order_by("at", "pk")


def questions_of(candidate: Candidate) -> QuerySet[Question]:
    """Open ones first, then the newest answers."""
    rows = candidate.questions.filter(withdrawn_at=None).select_related("by", "of", "answered_by", "origin")
    return rows.order_by("answered_at", "at", "pk")


def open_questions(user: User) -> QuerySet[Question]:
    """What others wait for from this person, the oldest first, where they still see the candidate."""
    rows = Question.objects.filter(of=user, answered_at=None, withdrawn_at=None)
    return rows.filter(candidate__in=Candidate.objects.visible_to(user)).select_related("candidate", "by")


def is_within_edit(comment: Comment, at: datetime) -> bool:
    """Its writer may still change the words."""
    return comment.removed_at is None and at - comment.at <= EDIT_FOR
