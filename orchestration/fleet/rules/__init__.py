"""The rules a fleet obeys, by theme; each is a function from a draft to its problems."""

from orchestration.fleet.rules import (
    azure,
    contents,
    control_plane,
    hierarchy,
    kalypso,
    names,
    repositories,
    solutions,
    texts,
)

__all__ = ["azure", "contents", "control_plane", "hierarchy", "kalypso", "names", "repositories", "solutions", "texts"]
