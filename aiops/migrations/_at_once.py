"""Many operations in one step. Django renders every related model again after each operation; here once for all."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.db.migrations.operations import CreateModel
from django.db.migrations.operations.base import Operation, OperationCategory


class AtOnce(Operation):
    """Operations on models, in an order that would do without this class; none renames or touches a thing twice.

    A table made here is made with all that the other operations add to it. Tables of `by_hand` are made by SQL of
    the same migration; only the state learns of them here.
    """

    category = OperationCategory.MIXED

    def __init__(self, operations: Sequence[Any], by_hand: Sequence[CreateModel] = ()) -> None:
        self.operations, self.by_hand = operations, by_hand

    def state_forwards(self, app_label: str, state: Any) -> None:
        # Rendered models would be rendered again with each operation; without them, once when they are asked for.
        state.__dict__.pop("apps", None)
        for operation in (*self.operations, *self.by_hand):
            operation.state_forwards(app_label, state)

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        for operation in self._for_the_database():
            operation.database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        for operation in reversed([*self._for_the_database()]):
            operation.database_backwards(app_label, schema_editor, from_state, to_state)

    def _for_the_database(self) -> Iterator[Any]:
        made = {operation.name_lower for operation in self.operations if isinstance(operation, CreateModel)}
        for operation in self.operations:
            if isinstance(operation, CreateModel) or operation.model_name_lower not in made:
                yield operation

    def describe(self) -> str:
        return f"{len(self.operations)} operations at once"
