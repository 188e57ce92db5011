"""What all texts of an environment may take together: each has a limit, and many just below it are no way around it."""

from __future__ import annotations


class Allowance:
    """So much of something for an environment, and so much more for each of its assignments; `str` is the refusal."""

    def __init__(self, who: str, what: str, base: int, each: int, assignments: int) -> None:
        most = base + each * assignments
        self.left = most
        self._text = f"refused: {who} of this environment take more than {most} {what} together"

    def __str__(self) -> str:
        return self._text

    @property
    def spent(self) -> bool:
        """Whether more was taken than there was."""
        return self.left < 0
