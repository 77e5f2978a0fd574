"""What the stack says when it cannot go on."""


class StackError(Exception):
    """One sentence for the person at the keyboard: what is wrong and how to mend it."""
