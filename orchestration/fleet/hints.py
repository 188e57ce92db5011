"""What to write instead of a name that is not known."""

from __future__ import annotations

import difflib
from collections.abc import Collection

MOST_LOOKUPS = 100
MOST_LISTED = 12


class Advice:
    """Finds what was probably meant, for the first hundred names only: finding it for all could take minutes."""

    def __init__(self) -> None:
        self._left = MOST_LOOKUPS

    def did_you_mean(self, name: str, known: Collection[str]) -> str:
        """Return the name of *known* that *name* was probably meant to be, or which ones there are."""
        self._left -= 1
        if self._left < 0 or len(name) > 100:
            return ""
        names = sorted(known)
        folded = {_folded(each): each for each in reversed(names)}
        close = difflib.get_close_matches(_folded(name), folded, 1, 0.7)
        if close:
            return f"did you mean {folded[close[0]]}?"
        return f"known: {', '.join(names)}" if 0 < len(names) <= MOST_LISTED else ""


def _folded(name: str) -> str:
    return name.replace("_", "").replace("-", "").lower()
