"""Kalypso's rules, pure: files by path in, values out.

`references` says what must be fetched, `render_environment` makes a schedule of it.
"""

from orchestration.kalypso.compare import Difference, FileChange, compare
from orchestration.kalypso.environment import References, Rendering, blocked, references, render_environment
from orchestration.kalypso.explain import Explanation, Miss, explain
from orchestration.kalypso.kinds import Repository
from orchestration.kalypso.kustomize import is_kustomization
from orchestration.kalypso.namespace import Inputs
from orchestration.kalypso.problems import Issue, Place, Problem
from orchestration.kalypso.schedule import Assignment
from orchestration.kalypso.sources import Source, is_there, normalized
from orchestration.kalypso.validate import validate

__all__ = [
    "Assignment",
    "Difference",
    "Explanation",
    "FileChange",
    "Inputs",
    "Issue",
    "Miss",
    "Place",
    "Problem",
    "References",
    "Rendering",
    "Repository",
    "Source",
    "blocked",
    "compare",
    "explain",
    "is_kustomization",
    "is_there",
    "normalized",
    "references",
    "render_environment",
    "validate",
]
