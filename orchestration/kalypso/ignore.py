"""Which files of a repository Flux leaves out: its defaults, and `.sourceignore` in gitignore's syntax
(https://fluxcd.io/flux/components/source/gitrepositories/#excluding-files)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

_TOKEN = re.compile(r"\*|\?|\[\^?(?:\\.|[^\\\]])+\]|\\.|[^\\\[]", re.DOTALL)
_CLASS_PART = re.compile(r"(\\.|[^\\])(?:-(\\.|[^\\]))?", re.DOTALL)
IGNORE_FILE = ".sourceignore"
DEFAULTS = (
    ".git/", ".gitignore", ".gitmodules", ".gitattributes",
    "*.jpg", "*.jpeg", "*.gif", "*.png", "*.wmv", "*.flv", "*.tar.gz", "*.zip",
    ".github/", ".circleci/", ".travis.yml", ".gitlab-ci.yml", "appveyor.yml", ".drone.yml", "cloudbuild.yaml",
    "codeship-services.yml", "codeship-steps.yml",
    "**/.goreleaser.yml", "**/.sops.yaml", "**/.flux.yaml",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Pattern:
    """One line of an ignore file, which counts below the folder of that file."""

    folder: tuple[str, ...]
    parts: tuple[str, ...]
    includes: bool
    folders_only: bool

    def matches(self, path: Sequence[str]) -> bool:
        """Whether the file at *path* is meant."""
        if len(path) <= len(self.folder) or tuple(path[: len(self.folder)]) != self.folder:
            return False
        rest = list(path[len(self.folder) :])
        return self._matches_name(rest) if len(self.parts) == 1 else self._matches_path(rest)

    def _matches_name(self, path: list[str]) -> bool:
        names = path[:-1] if self.folders_only else path
        return any(_matches(self.parts[0], name) for name in names)

    def _matches_path(self, path: list[str]) -> bool:
        matched = anywhere = False
        for index, part in enumerate(self.parts):
            if not part:
                anywhere = False
            elif part == "**":
                if index == len(self.parts) - 1:
                    break
                anywhere = True
            elif "**" in part or not path:
                return False
            elif anywhere:
                anywhere = False
                matched = _skip_to(part, path)
            else:
                if not _matches(part, path.pop(0)):
                    return False
                matched = True
        return matched and (bool(path) or not self.folders_only)


def _skip_to(part: str, path: list[str]) -> bool:
    while path:
        if _matches(part, path.pop(0)):
            return True
    return False


def _matches(pattern: str, name: str) -> bool:
    """Whether a shell pattern means *name*; a malformed one means nothing. Takes no longer than both are long."""
    tokens = _tokens(pattern)
    if tokens is None:
        return False
    at = token = 0
    star = retry = -1
    while at < len(name):
        if token < len(tokens) and tokens[token] == "*":
            star, retry = token, at
            token += 1
        elif token < len(tokens) and _fits(tokens[token], name[at]):
            token += 1
            at += 1
        elif star >= 0:
            retry += 1
            token, at = star + 1, retry
        else:
            return False
    return all(rest == "*" for rest in tokens[token:])


def _fits(part: str, char: str) -> bool:
    if part == "?":
        return True
    if part[0] != "[":
        return part[-1] == char
    negated = part[1] == "^"
    ranges = _CLASS_PART.findall(part[2 if negated else 1 : -1])
    return any(low.lstrip("\\") <= char <= (high or low).lstrip("\\") for low, high in ranges) != negated


@lru_cache(maxsize=1024)
def _tokens(pattern: str) -> tuple[str, ...] | None:
    """Return a shell pattern's parts: `*`, `?`, classes, characters; None if it is malformed."""
    parts = tuple(match[0] for match in _TOKEN.finditer(pattern))
    return parts if "".join(parts) == pattern else None


def parse(lines: Iterable[str], folder: Sequence[str] = ()) -> list[Pattern]:
    """Return the patterns of an ignore file that lies in *folder*."""
    return [_parse(line, tuple(folder)) for line in lines if line.strip() and not line.startswith("#")]


def _parse(line: str, folder: tuple[str, ...]) -> Pattern:
    includes = line.startswith("!")
    text = line.removeprefix("!")
    text = text if text.endswith("\\ ") else text.rstrip(" ")
    bare = text.removesuffix("/")
    return Pattern(folder, tuple(bare.split("/")), includes, text.endswith("/"))


def kept(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the files of a repository that Flux does not leave out."""
    patterns = parse(DEFAULTS)
    for path in sorted(files, key=lambda path: (path.count("/"), path)):
        folder, _, name = path.rpartition("/")
        if name == IGNORE_FILE:
            lines = files[path].decode("utf-8", "replace").splitlines()
            patterns += parse(lines, folder.split("/") if folder else ())
    return {path: data for path, data in files.items() if not is_ignored(path, patterns)}


def is_ignored(path: str, patterns: Sequence[Pattern]) -> bool:
    """Whether the last of *patterns* that matches *path* leaves it out."""
    parts = path.split("/")
    for pattern in reversed(patterns):
        if pattern.matches(parts):
            return not pattern.includes
    return False
