"""The one way in which a mistake of the user's, or of the world's, is told."""

from __future__ import annotations


class UserError(Exception):
    """Something that a person can put right, in one sentence with its remedy.

    The command line prints it and exits with 1; the window shows it in a dialog. `problem` says
    what is wrong, naming the file or value; `remedy` says what to do about it. Both without a
    closing full stop.
    """

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(f"{problem}: {remedy}.")
        self.problem = problem
        self.remedy = remedy
