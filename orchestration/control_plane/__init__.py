"""Kalypso without a cluster: render, validate, explain and compare control planes from checkouts.

::

    sources = read_sources("dev", "plane@dev", bases={"main": "plane@main"}, workloads={"shop": "shop"})
    rendering = render(sources)

Sources are read by drivers, `kalypso` works out what becomes of them; nothing is fetched.
"""

from orchestration.control_plane.checkouts import Reader, Sources, read_configs, read_sources
from orchestration.control_plane.verbs import diff, explain, render, validate
from orchestration.control_plane.write import write_tree
from orchestration.drivers.checkout import list_checkout, read_checkout
from orchestration.kalypso import Difference, Explanation, FileChange, Issue, Miss, Problem, Rendering

__all__ = [
    "Difference",
    "Explanation",
    "FileChange",
    "Issue",
    "Miss",
    "Problem",
    "Reader",
    "Rendering",
    "Sources",
    "diff",
    "explain",
    "list_checkout",
    "read_checkout",
    "read_configs",
    "read_sources",
    "render",
    "validate",
    "write_tree",
]
