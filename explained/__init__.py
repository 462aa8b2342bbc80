"""Errors that are written for whoever runs a command: one paragraph, and no traceback."""


class ExplainedError(Exception):
    """Something that the person at the command line can mend.

    The message says what is wrong, what it would cause, and the command or value that mends it. Every command prints
    it alone and exits with 1; an error of any other class is a defect and keeps its traceback.
    """
