"""The one exception for a rule that was broken, shown as a form error or as 409."""


class DomainError(Exception):
    """A refusal in words that a user understands.

    `code` is stable and machine-readable, `message` is a sentence, `field` names the input at fault.
    """

    def __init__(self, code: str, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.field = field
