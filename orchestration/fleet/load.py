"""From a fleet file or folder to a `Fleet`, or to all its problems at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from orchestration.errors import InvalidFleet
from orchestration.fleet.defaults import with_defaults
from orchestration.fleet.draft import Draft
from orchestration.fleet.files import read_source
from orchestration.fleet.model import Fleet, Problem
from orchestration.fleet.resolve import resolve
from orchestration.fleet.shape import check_shape
from orchestration.fleet.validate import DOUBTS, RULES, check_rules


def load_fleet(path: str | Path) -> Fleet:
    """Return the fleet of a file, or of a folder's YAML files together; raise `InvalidFleet` with every problem.

    Only files of the fleet folder are read, never a secret or a kubeconfig, and no socket is opened.
    """
    return check_draft(*read_draft(Path(path)))


def check_draft(draft: Draft | None, problems: Sequence[Problem]) -> Fleet:
    """Return the fleet that a draft is; raise `InvalidFleet` with *problems*, of its form, and what rules add."""
    if draft is None:
        raise InvalidFleet(_in_order(problems))
    problems = [*problems, *check_rules(draft, RULES)]
    if any(problem.severity == "error" for problem in problems):
        raise InvalidFleet(_in_order(problems))
    return resolve(draft, tuple(_in_order([*problems, *check_rules(draft, DOUBTS)])))


def read_draft(path: Path) -> tuple[Draft | None, list[Problem]]:
    """Return the fleet at *path* as it is written, None if it cannot be read, and what is wrong with its form."""
    source = read_source(path)
    if source.root is None:
        return None, source.problems
    root = with_defaults(source.root)
    document, problems = check_shape(root)
    return Draft(document, root, source.folder, source.files), [*source.problems, *problems]


def _in_order(problems: Iterable[Problem]) -> list[Problem]:
    """Return *problems* by place, each once; of an ambiguous scalar nothing else is said."""
    once = dict.fromkeys(problems)
    ambiguous = {problem.origin for problem in once if problem.code == "ambiguous-scalar"}
    kept = [problem for problem in once if problem.code == "ambiguous-scalar" or problem.origin not in ambiguous]
    return sorted(kept, key=lambda problem: (problem.origin.file, problem.origin.line, problem.origin.column))
