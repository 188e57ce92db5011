"""Two renderings of an environment against each other, file by file."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, Literal

from orchestration.kalypso.environment import Rendering
from orchestration.kalypso.problems import Issue, Problem
from orchestration.kalypso.tree import Files

CONTEXT = 3
Change = Literal["added", "removed", "changed"]


@dataclass(frozen=True, slots=True)
class FileChange:
    """A generated file that is added, removed or changed; `diff` is unified, for people."""

    path: str
    change: Change
    diff: str

    @property
    def cluster_type(self) -> str:
        """The cluster type in whose folder the file lies, "" for one of the whole environment."""
        return "" if self.path.startswith(".") else self.path.split("/")[0]

    @property
    def deployment_target(self) -> str:
        """The target in whose folder the file lies, "" for one of the cluster type's or the environment's."""
        parts = self.path.split("/")
        return parts[1] if len(parts) > 2 and not self.path.startswith(".") else ""

    def to_json(self) -> dict[str, Any]:
        """Return the change as `ewo.diff/1` lists it."""
        return {
            "clusterType": self.cluster_type,
            "deploymentTarget": self.deployment_target,
            "path": self.path,
            "change": self.change,
            "diff": self.diff,
        }


@dataclass(frozen=True, slots=True)
class Difference:
    """What a new side changes; of a side that is blocked nothing is known but why, and it has no files."""

    old_blocked: bool
    new_blocked: bool
    old_issues: tuple[Issue, ...]
    issues: tuple[Issue, ...]
    changes: tuple[FileChange, ...]
    warnings: tuple[Problem, ...] = ()

    @property
    def summary(self) -> str:
        """One line: how many files, of how many targets."""
        if self.new_blocked:
            return f"the new side is blocked by {_count(self.issues, 'issue')}: nothing would be scheduled"
        if not self.changes:
            return "no change"
        counts = {kind: sum(one.change == kind for one in self.changes) for kind in ("added", "removed", "changed")}
        targets = {(one.cluster_type, one.deployment_target) for one in self.changes if one.deployment_target}
        kinds = {one.cluster_type for one in self.changes if one.cluster_type}
        files = ", ".join(f"{count} {kind}" for kind, count in counts.items() if count)
        where = f"{_count(targets, 'target')} on {_count(kinds, 'cluster type')}"
        return f"{_count(self.changes, 'file')} ({files}) of {where}"

    def to_json(self) -> dict[str, Any]:
        """Return `ewo.diff/1`."""
        return {
            "schema": "ewo.diff/1",
            "blocked": {"old": self.old_blocked, "new": self.new_blocked},
            "issues": [issue.to_json() for issue in self.issues],
            "oldIssues": [issue.to_json() for issue in self.old_issues],
            "changes": [change.to_json() for change in self.changes],
            "summary": self.summary,
        }


def compare(old: Rendering, new: Rendering) -> Difference:
    """Return what *new* generates otherwise than *old*."""
    changes = () if new.blocked else tuple(_changes(old.files, new.files))
    return Difference(old.blocked, new.blocked, old.issues, new.issues, changes, new.warnings)


def _count(items: Collection[Any], what: str) -> str:
    return f"{len(items)} {what}{'' if len(items) == 1 else 's'}"


def _changes(old: Files, new: Files) -> Iterable[FileChange]:
    differing = (path for path in {*old, *new} if old.texts.get(path) != new.texts.get(path))
    for path in sorted(differing):
        change: Change = "added" if path not in old else "changed" if path in new else "removed"
        yield FileChange(path, change, _diff(path, old.get(path, b""), new.get(path, b"")))


def _diff(path: str, before: bytes, after: bytes) -> str:
    lines = [data.decode("utf-8", "replace").splitlines(keepends=True) for data in (before, after)]
    found = difflib.unified_diff(lines[0], lines[1], f"old/{path}", f"new/{path}", n=CONTEXT)
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in found)
