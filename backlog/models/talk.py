"""What people say and add to a candidate: comments, questions, votes, followers, evidence."""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from aiops.models import User
from backlog.models.candidate import Candidate


class OfCandidateQuerySet(models.QuerySet[Any]):
    """Rows that whoever sees the candidate sees."""

    def visible_to(self, user: Any) -> "OfCandidateQuerySet":
        return self.filter(candidate__in=Candidate.objects.visible_to(user))


class OfCandidate(models.Model):
    """A row of a candidate. `origin` is the merged candidate that it came from, if any."""

    candidate = models.ForeignKey(Candidate, on_delete=models.CASCADE, related_name="%(class)ss")
    origin = models.ForeignKey(Candidate, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    objects = OfCandidateQuerySet.as_manager()

    class Meta:
        abstract = True
        ordering = ["at", "pk"]


class Comment(OfCandidate):
    """What somebody said; a removed one keeps its place without its words."""

    text = models.TextField(max_length=4000)
    mentions = ArrayField(models.BigIntegerField(), default=list, blank=True, help_text="ids of people")
    edited_at = models.DateTimeField(null=True, blank=True)
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta(OfCandidate.Meta):
        indexes = [models.Index(fields=["candidate", "at"], name="comment_of_candidate")]

    def __str__(self) -> str:
        return f"{self.by} on {self.candidate.key}"


class Question(OfCandidate):
    """Something that a candidate waits for: asked of a person, answered by them (or for them)."""

    of = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    text = models.TextField(max_length=1000)
    answer = models.TextField(max_length=4000, blank=True)
    answered_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta(OfCandidate.Meta):
        constraints = [
            models.CheckConstraint(
                condition=Q(answered_at=None) | ~Q(answer=""), name="question_answered_has_words"
            )
        ]
        indexes = [
            models.Index(
                fields=["of"], condition=Q(answered_at=None, withdrawn_at=None), name="question_open"
            )
        ]

    def __str__(self) -> str:
        return f"question to {self.of} on {self.candidate.key}"

    @property
    def is_open(self) -> bool:
        return self.answered_at is None and self.withdrawn_at is None


class Vote(OfCandidate):
    """Somebody else has this work too. One a person."""

    class Meta(OfCandidate.Meta):
        constraints = [models.UniqueConstraint(fields=["candidate", "by"], name="vote_once")]

    def __str__(self) -> str:
        return f"{self.by} for {self.candidate.key}"


class Follower(OfCandidate):
    """Somebody who is told what becomes of it. `left_at` marks who stopped: joining again is a choice of theirs."""

    left_at = models.DateTimeField(null=True, blank=True)

    class Meta(OfCandidate.Meta):
        constraints = [models.UniqueConstraint(fields=["candidate", "by"], name="follower_once")]

    def __str__(self) -> str:
        return f"{self.by} follows {self.candidate.key}"


class Evidence(OfCandidate):
    """A link, a file or a note that backs the numbers."""

    class Kind(models.TextChoices):
        LINK = "link", "link"
        FILE = "file", "file"
        NOTE = "note", "note"
        TICKETS = "tickets", "tickets"

    kind = models.CharField(max_length=8, choices=Kind.choices)
    title = models.CharField(max_length=200)
    url = models.URLField(max_length=600, blank=True)
    text = models.TextField(blank=True, max_length=4000)
    file_name = models.CharField(max_length=200, blank=True)
    content_type = models.CharField(max_length=100, blank=True)
    size = models.PositiveIntegerField(default=0, help_text="bytes")
    sha256 = models.CharField(max_length=64, blank=True)
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta(OfCandidate.Meta):
        verbose_name_plural = "evidence"
        constraints = [
            models.CheckConstraint(condition=~Q(kind="link") | ~Q(url=""), name="evidence_link_has_address")
        ]

    def __str__(self) -> str:
        return f"{self.title}, {self.candidate.key}"


class EvidenceFile(models.Model):
    """The bytes of a file, apart so that no list ever reads them; in the database so that one backup holds all."""

    evidence = models.OneToOneField(Evidence, on_delete=models.CASCADE, related_name="file")
    data = models.BinaryField()

    def __str__(self) -> str:
        return f"file of {self.evidence}"


class Distinct(OfCandidate):
    """Why a candidate is not the one it looks like, in the words of whoever filed it."""

    other = models.ForeignKey(Candidate, on_delete=models.CASCADE, related_name="+")
    reason = models.CharField(max_length=300)

    class Meta(OfCandidate.Meta):
        constraints = [
            models.UniqueConstraint(fields=["candidate", "other"], name="distinct_once"),
            models.CheckConstraint(condition=~Q(reason=""), name="distinct_has_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.candidate.key} differs from {self.other.key}"
