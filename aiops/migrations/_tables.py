"""Many tables made in one step. Django re-renders every related model after each CreateModel; here once for all."""

from collections.abc import Sequence
from typing import Any

from django.db.migrations.operations import CreateModel
from django.db.migrations.operations.base import Operation, OperationCategory


class CreateTables(Operation):
    """Creates the tables of `models`, which may point at each other in any order.

    Tables of `by_hand` are made by SQL of the same migration; only the state learns of them here.
    """

    category = OperationCategory.ADDITION

    def __init__(self, models: Sequence[CreateModel], by_hand: Sequence[CreateModel] = ()) -> None:
        self.models, self.by_hand = models, by_hand

    def state_forwards(self, app_label: str, state: Any) -> None:
        # Rendered models would be rendered again with each of ours; without them, once when they are asked for.
        state.__dict__.pop("apps", None)
        for operation in (*self.models, *self.by_hand):
            operation.state_forwards(app_label, state)

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        for operation in self.models:
            operation.database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        for operation in reversed(self.models):
            operation.database_backwards(app_label, schema_editor, from_state, to_state)

    def describe(self) -> str:
        return f"Create {len(self.models)} tables"
