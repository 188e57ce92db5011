"""Which files of a repository Flux leaves out: its defaults, and `.sourceignore` in gitignore's syntax
(https://fluxcd.io/flux/components/source/gitrepositories/#excluding-files)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from orchestration.errors import OrchestrationError

_TOKEN = re.compile(r"\*|\?|\[\^?(?:\\.|[^\\\]])+\]|\\.|[^\\\[]", re.DOTALL)
_CLASS_PART = re.compile(r"(\\.|[^\\])(?:-(\\.|[^\\]))?", re.DOTALL)
IGNORE_FILE = ".sourceignore"
STEP_LIMIT = 1_500_000
_STEPS_A_LINE = 100
DEFAULTS = (
    ".git/", ".gitignore", ".gitmodules", ".gitattributes",
    "*.jpg", "*.jpeg", "*.gif", "*.png", "*.wmv", "*.flv", "*.tar.gz", "*.zip",
    ".github/", ".circleci/", ".travis.yml", ".gitlab-ci.yml", "appveyor.yml", ".drone.yml", "cloudbuild.yaml",
    "codeship-services.yml", "codeship-steps.yml",
    "**/.goreleaser.yml", "**/.sops.yaml", "**/.flux.yaml",
)  # fmt: skip


class TooMuchWork(OrchestrationError):
    """Matching the patterns of an ignore file takes longer than any honest one does; `path` is the file's."""

    def __init__(self, path: str) -> None:
        super().__init__(f"its patterns take more than {STEP_LIMIT} steps to match")
        self.path = path


@dataclass
class Work:
    """The steps that matching may still take; `path` is the ignore file that is to blame for them."""

    left: int = STEP_LIMIT
    path: str = IGNORE_FILE

    def take(self, steps: int) -> None:
        """Count *steps*; raises TooMuchWork when there were too many."""
        self.left -= steps
        if self.left < 0:
            raise TooMuchWork(self.path)


class Glob:
    """A shell pattern for one name; a malformed one means nothing."""

    __slots__ = ("_literal", "_suffix", "_tokens", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        plain = text.removeprefix("*")
        simple = not any(char in "*?[\\" for char in plain)
        self._literal = text if simple and plain == text else None
        self._suffix = plain if simple and plain != text else None
        self._tokens = None if simple else _tokens(text)

    def matches(self, name: str, work: Work) -> bool:
        """Whether *name* is meant; takes no longer than both are long."""
        if self._literal is not None:
            return name == self._literal
        if self._suffix is not None:
            return name.endswith(self._suffix)
        return self._tokens is not None and self._walk(self._tokens, name, work)

    def _walk(self, tokens: Sequence[str], name: str, work: Work) -> bool:
        at = token = 0
        star = retry = -1
        while at < len(name):
            work.take(1)
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


@dataclass(frozen=True, slots=True)
class Pattern:
    """One line of an ignore file, which counts below the folder of that file."""

    folder: tuple[str, ...]
    parts: tuple[Glob, ...]
    includes: bool
    folders_only: bool

    def matches(self, path: Sequence[str], work: Work) -> bool:
        """Whether the file at *path* is meant."""
        if self.folder and (len(path) <= len(self.folder) or tuple(path[: len(self.folder)]) != self.folder):
            return False
        rest = path[len(self.folder) :]
        return self._matches_name(rest, work) if len(self.parts) == 1 else self._matches_path(list(rest), work)

    def _matches_name(self, path: Sequence[str], work: Work) -> bool:
        names = path[:-1] if self.folders_only else path
        return any(self.parts[0].matches(name, work) for name in names)

    def _matches_path(self, path: list[str], work: Work) -> bool:
        matched = anywhere = False
        for index, part in enumerate(self.parts):
            work.take(1)
            if not part.text:
                anywhere = False
            elif part.text == "**":
                if index == len(self.parts) - 1:
                    break
                anywhere = True
            elif "**" in part.text or not path:
                return False
            elif anywhere:
                anywhere = False
                matched = _skip_to(part, path, work)
            else:
                if not part.matches(path.pop(0), work):
                    return False
                matched = True
        return matched and (bool(path) or not self.folders_only)


def _skip_to(part: Glob, path: list[str], work: Work) -> bool:
    while path:
        if part.matches(path.pop(0), work):
            return True
    return False


def _fits(part: str, char: str) -> bool:
    if part == "?":
        return True
    if part[0] != "[":
        return part[-1] == char
    negated = part[1] == "^"
    ranges = _CLASS_PART.findall(part[2 if negated else 1 : -1])
    return any(low.lstrip("\\") <= char <= (high or low).lstrip("\\") for low, high in ranges) != negated


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
    return Pattern(folder, tuple(map(Glob, bare.split("/"))), includes, text.endswith("/"))


def _searched(pattern: str) -> str:
    """Return the regular expression that finds, in a path, what one of the defaults means: a name, wherever it is."""
    name = pattern.removeprefix("**/")
    start = "" if name.startswith("*") else "(?:^|/)"
    end = "/" if name.endswith("/") else r"(?:/|\Z)"
    return f"{start}{re.escape(name.removeprefix('*').removesuffix('/'))}{end}"


_DEFAULT = re.compile("|".join(map(_searched, DEFAULTS)))


def kept(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the files of a repository that Flux does not leave out; raises TooMuchWork."""
    patterns: list[Pattern] = []
    longest, work = 0, Work()
    for path in sorted(files, key=lambda path: (path.count("/"), path)):
        folder, _, name = path.rpartition("/")
        if name == IGNORE_FILE:
            lines = files[path].decode("utf-8", "replace").splitlines()
            if len(lines) > longest:
                longest, work.path = len(lines), path
            work.take(_STEPS_A_LINE * len(lines))
            patterns += parse(lines, folder.split("/") if folder else ())
    return {path: data for path, data in files.items() if not is_ignored(path, patterns, work)}


def is_ignored(path: str, patterns: Sequence[Pattern], work: Work) -> bool:
    """Whether the last of *patterns* that matches *path*, or else a default, leaves it out; raises TooMuchWork."""
    work.take(1 + len(patterns))  # one for all defaults together
    parts = path.split("/")
    for pattern in reversed(patterns):
        if pattern.matches(parts, work):
            return not pattern.includes
    return _DEFAULT.search(path) is not None
