"""What Flux would see in the sandbox's bare repositories: a branch's head, and whether a folder of it applies."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit

import yaml

from orchestration.drivers.process import clean_environment, run
from orchestration.errors import OrchestrationError

_SCP = re.compile(r"^[^/@]+@([^/:]+):(.+)$")
_OBJECT = re.compile(r"^[0-9a-f]{40}$")
_KUSTOMIZE = ("kustomization.yaml", "kustomization.yml", "Kustomization")
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def repository(root: Path, url: str) -> Path | None:
    """Return the bare repository that stands for *url*, or None if there is none."""
    match = _SCP.match(url)
    parts = urlsplit(f"ssh://{match[1]}/{match[2]}" if match else url)
    path = parts.path.strip("/").removesuffix(".git")
    if not parts.hostname or not path or ".." in path.split("/"):
        return None
    found = root / parts.hostname / f"{path}.git"
    return found if found.is_dir() else None


def branch_head(git_dir: Path, branch: str) -> str | None:
    """Return the commit at the head of *branch*, or None if there is no such branch."""
    if not branch or ".." in branch:
        return None
    loose = git_dir / "refs" / "heads" / branch
    if loose.is_file():
        text = loose.read_text(encoding="ascii", errors="replace").strip()
        return text if _OBJECT.match(text) else None
    packed = git_dir / "packed-refs"
    lines = packed.read_text(encoding="utf-8", errors="replace").splitlines() if packed.is_file() else []
    return next((line[:40] for line in lines if line[41:] == f"refs/heads/{branch}"), None)


def folder_problem(git_dir: Path, commit: str, folder: str) -> str:
    """Return why Flux could not apply *folder* of *commit*, empty if it could."""
    try:
        return _folder_problem(git_dir, commit, folder)
    except OrchestrationError as error:
        return f"failed to checkout {commit}: {error}"


@lru_cache(maxsize=4096)  # a commit never changes, and every cluster of a type asks for the same folder
def _folder_problem(git_dir: Path, commit: str, folder: str) -> str:
    path = folder.removeprefix("./").strip("/")
    listed = _git(git_dir, "ls-tree", "-r", "-z", commit, *(["--", f"{path}/"] if path and path != "." else []))
    entries = [entry.split(b"\t", 1) for entry in listed.split(b"\0") if entry]
    if not entries:
        return f"kustomization path not found: {folder}"
    blobs = {name.decode("utf-8", "replace"): about.split()[2].decode() for about, name in entries}
    wanted = {name: blob for name, blob in blobs.items() if name.endswith((".yaml", ".yml"))}
    return _first_problem(wanted, _blobs(git_dir, list(wanted.values())))


def _first_problem(names: dict[str, str], contents: list[bytes]) -> str:
    for name, content in zip(names, contents, strict=True):
        try:
            documents = list(yaml.load_all(content, _LOADER))
        except (yaml.YAMLError, UnicodeError, ValueError, RecursionError) as error:
            return f"kustomize build failed: {name}: {' '.join(str(error).split())[:300]}"
        if name.rpartition("/")[2] not in _KUSTOMIZE and not all(map(_is_object, documents)):
            return f"kustomize build failed: {name}: a document has no apiVersion and kind"
    return ""


def _is_object(document: object) -> bool:
    return document is None or (isinstance(document, dict) and {"apiVersion", "kind"} <= document.keys())


def _blobs(git_dir: Path, names: list[str]) -> list[bytes]:
    """Return the contents of blobs, in their order."""
    if not names:
        return []
    found = _git(git_dir, "cat-file", "--batch", given="\n".join(names).encode() + b"\n")
    contents, at = [], 0
    for _ in names:
        end = found.index(b"\n", at)
        size = int(found[at:end].split()[2])
        contents.append(found[end + 1 : end + 1 + size])
        at = end + 2 + size
    return contents


def _git(git_dir: Path, *arguments: str, given: bytes | None = None) -> bytes:
    environment = clean_environment(
        extra={"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_NO_LAZY_FETCH": "1"}
    )
    argv = ("git", f"--git-dir={git_dir}", *arguments)
    return run(argv, env=environment, input=given, timeout=30).require().output
