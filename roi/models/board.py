"""How a person likes the board: its columns, and views saved under a name."""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from aiops.models import User


class BoardViewQuerySet(models.QuerySet["BoardView"]):
    def visible_to(self, user: Any) -> "BoardViewQuerySet":
        """One's own, and those that others share."""
        if not getattr(user, "is_authenticated", False):
            return self.none()
        return self.filter(Q(user_id=user.pk) | Q(is_shared=True))


class BoardView(models.Model):
    """Columns and a query string; the one without a name is what the person saw last."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="board_views")
    name = models.CharField(max_length=60, blank=True)
    query = models.CharField(max_length=600, blank=True)
    columns = ArrayField(models.CharField(max_length=30), default=list)
    is_shared = models.BooleanField(default=False)
    saved_at = models.DateTimeField()

    objects = BoardViewQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["user", "name"], name="board_view_once"),
            models.CheckConstraint(condition=~Q(name="", is_shared=True), name="board_view_shared_has_name"),
        ]

    def __str__(self) -> str:
        return self.name or f"the board of {self.user}"
