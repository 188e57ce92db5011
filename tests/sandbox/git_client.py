"""What stands in a bare repository, and commits by somebody else's hand."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

WHO = ("-c", "user.name=somebody", "-c", "user.email=somebody@example.com", "-c", "safe.directory=*")


@dataclass(frozen=True)
class Checkout:
    """A bare repository on disk."""

    path: Path

    def git(self, *arguments: str, given: bytes | None = None) -> bytes:
        """Return what Git prints."""
        argv = ("git", *WHO, f"--git-dir={self.path}", *arguments)
        return subprocess.run(argv, input=given, check=True, capture_output=True).stdout

    def heads(self) -> dict[str, str]:
        """Return the commit of each branch."""
        lines = self.git("for-each-ref", "--format=%(refname:short) %(objectname)", "refs/heads").decode().splitlines()
        return dict(line.split(" ", 1) for line in lines)

    def files(self, branch: str) -> list[str]:
        """Return the paths of a branch's files."""
        return self.git("ls-tree", "-r", "--name-only", branch).decode().splitlines()

    def text(self, branch: str, path: str) -> str:
        """Return a file of a branch."""
        return self.git("show", f"{branch}:{path}").decode()

    def document(self, branch: str, path: str) -> dict[str, dict[str, str]]:
        """Return a YAML file of a branch."""
        found: dict[str, dict[str, str]] = yaml.safe_load(self.text(branch, path))
        return found

    def changed(self, before: str, after: str) -> list[str]:
        """Return the paths that differ between two commits."""
        return self.git("diff", "--name-only", before, after).decode().splitlines()

    def history(self) -> bytes:
        """Return every commit of every branch with its changes, as text."""
        return self.git("log", "--all", "--patch", "--format=raw")

    def begin(self, files: Mapping[str, str]) -> None:
        """Commit files onto a main branch that is not there yet."""
        lines = ["commit refs/heads/main\ncommitter somebody <somebody@example.com> 1700000000 +0000\ndata 5\nbegin\n"]
        lines += [f"M 100644 inline {path}\ndata {len(text.encode())}\n{text}\n" for path, text in files.items()]
        self.git("fast-import", "--quiet", given="".join(lines).encode())

    def remove(self, branch: str, path: str) -> str:
        """Commit the removal of a file; return the new head."""
        head = self.heads()[branch]
        lines = f"commit refs/heads/{branch}\ncommitter somebody <somebody@example.com> 1700000002 +0000\n"
        self.git("fast-import", "--quiet", given=f"{lines}data 6\nremove\nfrom {head}\nD {path}\n\n".encode())
        return self.heads()[branch]

    def write(self, branch: str, path: str, text: str) -> str:
        """Commit a file onto a branch, as somebody with an editor would; return the new head."""
        head = self.heads()[branch]
        body = text.encode()
        lines = (
            f"commit refs/heads/{branch}\ncommitter somebody <somebody@example.com> 1700000001 +0000\n",
            f"data 4\nedit\nfrom {head}\nM 100644 inline {path}\ndata {len(body)}\n",
        )
        self.git("fast-import", "--quiet", given="".join(lines).encode() + body + b"\n")
        return self.heads()[branch]
