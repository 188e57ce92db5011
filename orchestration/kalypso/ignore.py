"""Which files of a repository Flux leaves out: its defaults, and `.sourceignore` in gitignore's syntax
(https://fluxcd.io/flux/components/source/gitrepositories/#excluding-files)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

_TOKEN = re.compile(r"\*|\?|\[\^?(?:\\.|[^\\\]])+\]|\\.|[^\\\[]", re.DOTALL)
_CLASS_PART = re.compile(r"(\\.|[^\\])(?:-(\\.|[^\\]))?", re.DOTALL)
_SPECIAL = frozenset("*?[\\")
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
        depth = len(self.folder)
        if depth and (len(path) <= depth or tuple(path[:depth]) != self.folder):
            return False
        if len(self.parts) > 1:
            return self._matches_path(list(path[depth:]))
        matches = _matcher(self.parts[0])
        return any(map(matches, path[depth : -1 if self.folders_only else None]))

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
                if not _matcher(part)(path.pop(0)):
                    return False
                matched = True
        return matched and (bool(path) or not self.folders_only)


def _skip_to(part: str, path: list[str]) -> bool:
    matches = _matcher(part)
    while path:
        if matches(path.pop(0)):
            return True
    return False


@lru_cache(maxsize=1024)
def _matcher(pattern: str) -> Callable[[str], bool]:
    """Return what says whether a shell pattern means a name; a malformed one means nothing."""
    tokens = tuple(match[0] for match in _TOKEN.finditer(pattern))
    if "".join(tokens) != pattern:
        return lambda name: False
    if not _SPECIAL & set(pattern):
        return pattern.__eq__
    if pattern[0] == "*" and not _SPECIAL & set(pattern[1:]):
        return lambda name: name.endswith(pattern[1:])
    return lambda name: _matches(tokens, name)


def _matches(tokens: tuple[str, ...], name: str) -> bool:
    """Whether a shell pattern's parts (`*`, `?`, classes, letters) mean *name*; takes no longer than both are long."""
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
