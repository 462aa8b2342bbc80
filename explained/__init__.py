"""Errors that are written for whoever runs a command: one paragraph, no traceback, and an exit status by their kind."""

from typing import Self

from explained.exits import Exit


class ExplainedError(Exception):
    """Something that the person at the command line can mend.

    The message says what is wrong, what it would cause, and the command or value that mends it. Every command prints
    it alone and exits with `exit`; an error of any other class is a defect and keeps its traceback.
    """

    exit: Exit = Exit.COULD_NOT_RUN

    def of_usage(self) -> Self:
        """The same error, of a command line that makes no sense or names something that is not there."""
        self.exit = Exit.USAGE
        return self
