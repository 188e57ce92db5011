"""Bare repositories on disk: where each lies, how it begins, where its branches stand."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from orchestration.drivers.process import clean_environment, run
from orchestration.errors import SandboxError

PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._ -]*")
URL = re.compile(r"(?:https://|ssh://(?:[^/@]+@)?|[^/@:]+@)(?P<host>[^/:@]+)(?::[0-9]+(?=/))?[/:](?P<path>.+)")
COMMIT = re.compile(r"[0-9a-f]{40}")
COMMITTER = b"Sandbox <sandbox@localhost>"
PRIVATE_MARK = "ewo-private"

ENVIRONMENT: Mapping[str, str] = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_COUNT": "3",
    "GIT_CONFIG_KEY_0": "core.hooksPath",
    "GIT_CONFIG_VALUE_0": "/dev/null",
    "GIT_CONFIG_KEY_1": "safe.directory",
    "GIT_CONFIG_VALUE_1": "*",
    "GIT_CONFIG_KEY_2": "receive.autogc",
    "GIT_CONFIG_VALUE_2": "false",
    "LC_ALL": "C",
}
"""Git's settings here: nobody's configuration, no hooks; the folder is ours whoever owns it in a container."""


def locate(root: Path, host: str, path: str) -> Path | None:
    """Return the place of a repository, or None if host and path cannot name one."""
    parts = (host.partition(":")[0].lower(), *path.strip("/").removesuffix(".git").split("/"))
    if len(parts) < 2 or not all(PART.fullmatch(part) and ".." not in part for part in parts):
        return None
    return root.joinpath(*parts[:-1]) / f"{parts[-1]}.git"


def repository_path(root: Path, url: str) -> Path:
    """Return the place of the repository that stands for *url*; raise `SandboxError` if it names none."""
    match = URL.fullmatch(url)
    found = locate(root, match["host"], match["path"]) if match else None
    if found is None:
        raise SandboxError(f"{url!r} names no repository", hint="write https://HOST/OWNER/NAME")
    return found


def create(path: Path, *, private: bool = True) -> bool:
    """Make an empty repository; return False if there is one; raise `SandboxError` if it cannot be written."""
    if path.exists():
        return False
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".new-") as name:
            fresh = Path(name) / "git"
            _git(fresh, "init", "--quiet", "--bare", "--template=", "--initial-branch=main")
            if private:
                (fresh / PRIVATE_MARK).touch()
            return _moved(fresh, path)
    except OSError as error:
        raise SandboxError(
            f"the repository {path} cannot be written: {error.strerror}", hint="make room, or make the folder writable"
        ) from error


def _moved(fresh: Path, path: Path) -> bool:
    """Put a finished repository in its place; False if somebody else was faster."""
    try:
        fresh.rename(path)
    except OSError:
        if not path.exists():
            raise
        return False
    return True


def seed(root: Path, url: str, branches: Mapping[str, Mapping[str, bytes]], *, seconds: int = 1_700_000_000) -> bool:
    """Give *url* a repository with *branches* unless it has one; return whether it was made.

    Every branch is one commit dated *seconds* since the epoch: the same content has the same commits everywhere.
    Raises `SandboxError`.
    """
    path = repository_path(root, url)
    if path.exists():
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".new-") as name:
        fresh = Path(name) / "git"
        create(fresh)
        _git(fresh, "fast-import", "--quiet", "--done", given=b"".join(_stream(branches, seconds)))
        shutil.rmtree(fresh / "hooks", ignore_errors=True)
        return _moved(fresh, path)


def _stream(branches: Mapping[str, Mapping[str, bytes]], seconds: int) -> Iterator[bytes]:
    yield b"feature done\n"
    for branch, files in branches.items():
        yield b"commit refs/heads/%b\ncommitter %b %d +0000\n" % (branch.encode(), COMMITTER, seconds)
        yield _data(b"Begin\n")
        for path, content in sorted(files.items()):
            quoted = path.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
            yield b'M 100644 inline "%b"\n' % os.fsencode(quoted) + _data(content)
    yield b"done\n"


def _data(content: bytes) -> bytes:
    return b"data %d\n" % len(content) + content + b"\n"


def head(root: Path, url: str, branch: str) -> str | None:
    """Return the commit of a branch, or None if there is no such repository or branch; starts no process."""
    path = repository_path(root, url)
    if ".." in branch or branch.startswith("/"):
        return None
    loose = path / "refs" / "heads" / branch
    if loose.is_file():
        text = loose.read_text(encoding="ascii").strip()
        return text if COMMIT.fullmatch(text) else None
    packed = path / "packed-refs"
    lines = packed.read_text(encoding="utf-8").splitlines() if packed.is_file() else []
    return next((line[:40] for line in lines if line[41:] == f"refs/heads/{branch}"), None)


def _git(path: Path, *arguments: str, given: bytes | None = None) -> None:
    environment = clean_environment(extra={**ENVIRONMENT, "GIT_DIR": str(path)})
    done = run(("git", *arguments), env=environment, input=given, timeout=60)
    if done.code:
        raise SandboxError(
            f"git {arguments[0]} failed in {path}: {done.stderr.strip()}", hint="is there room, and may we write there?"
        )
