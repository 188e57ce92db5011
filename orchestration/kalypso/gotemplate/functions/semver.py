"""sprig's semver and semverCompare, which are Masterminds/semver's of version 1.5."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from orchestration.kalypso.gotemplate.errors import FunctionError
from orchestration.kalypso.gotemplate.signature import Function, function, table
from orchestration.kalypso.numbers import INT64_MAX, UINT64_MAX
from orchestration.kalypso.values import Int64

_TAIL = r"(-([0-9A-Za-z\-]+(?:\.[0-9A-Za-z\-]+)*))?(\+([0-9A-Za-z\-]+(?:\.[0-9A-Za-z\-]+)*))?"
_VERSION = re.compile(rf"v?([0-9]+)(\.[0-9]+)?(\.[0-9]+)?{_TAIL}", re.ASCII)
_LOOSE = rf"v?([0-9|xX*]+)(\.[0-9|xX*]+)?(\.[0-9|xX*]+)?{_TAIL}"
_CONSTRAINT = re.compile(rf"[\t\n\f\r ]*(|=|!=|>|<|>=|=>|<=|=<|~|~>|\^)[\t\n\f\r ]*({_LOOSE})[\t\n\f\r ]*", re.ASCII)
_RANGE = re.compile(rf"[\t\n\f\r ]*({_LOOSE})[\t\n\f\r ]+-[\t\n\f\r ]+({_LOOSE})[\t\n\f\r ]*", re.ASCII)
_PART = re.compile(r"[0-9A-Za-z\-]+(\.[0-9A-Za-z\-]+)*", re.ASCII)
_LENGTH_LIMIT = 500
_WILD = ("x", "X", "*")


@dataclass(frozen=True)
class Version:
    """A version; its methods are what templates may ask of it."""

    numbers: tuple[int, int, int]
    prerelease: str = ""
    metadata: str = ""
    original: str = ""
    go_type = "*semver.Version"

    @property
    def go_methods(self) -> Mapping[str, Function]:
        """The methods a template may call."""
        return {**_POINTER_METHODS, **_METHODS}

    @property
    def go_parts(self) -> dict[str, Any]:
        """The fields of the struct, which only printing shows."""
        numbers = dict(zip(("major", "minor", "patch"), map(Int64, self.numbers), strict=True))
        return {**numbers, "pre": self.prerelease, "metadata": self.metadata, "original": self.original}

    @property
    def json_text(self) -> str:
        """What JSON holds of a version."""
        return self.text

    def go_yaml(self) -> dict[str, str]:
        """Return what YAML holds of a version: it shows none of its fields."""
        return {}

    @property
    def text(self) -> str:
        """The version as it is written."""
        tail = f"-{self.prerelease}" if self.prerelease else ""
        return ".".join(map(str, self.numbers)) + tail + (f"+{self.metadata}" if self.metadata else "")

    def __str__(self) -> str:
        return self.text


class Raised(Version):
    """A version that a method gave: no pointer, so that it is printed as a struct and has fewer methods."""

    go_type = "semver.Version"

    @property
    def go_methods(self) -> Mapping[str, Function]:
        """The methods a template may call."""
        return _METHODS

    def __str__(self) -> str:
        return f"{{{' '.join(map(str, self.numbers))} {self.prerelease} {self.metadata} {self.original}}}"


def parse(text: str) -> Version:
    """Return the version that *text* is; raises FunctionError."""
    match = _VERSION.fullmatch(text)
    if match is None:
        raise FunctionError("Invalid Semantic Version")
    parts = [(match[group] or "0").lstrip(".") for group in (1, 2, 3)]
    for part in parts:
        if int(part[:20]) > INT64_MAX or len(part.lstrip("0")) > 19:
            problem = f'strconv.ParseInt: parsing "{part}": value out of range'
            raise FunctionError(f"Error parsing version segment: {problem}")
    major, minor, patch = map(int, parts)
    return Version((major, minor, patch), match[5] or "", match[7] or "", text)


def _compare(one: Version, other: Version) -> int:
    if one.numbers != other.numbers:
        return -1 if one.numbers < other.numbers else 1
    if not one.prerelease or not other.prerelease:
        return bool(other.prerelease) - bool(one.prerelease)
    left, right = one.prerelease.split("."), other.prerelease.split(".")
    length = max(len(left), len(right))
    padded = zip(left + [""] * (length - len(left)), right + [""] * (length - len(right)), strict=True)
    return next((order for order in (_compare_part(*pair) for pair in padded) if order), 0)


def _compare_part(one: str, other: str) -> int:
    if one == other:
        return 0
    if not one or not other:
        return 1 if one else -1
    numeric = [part.isdecimal() and part.isascii() and int(part[:21]) <= UINT64_MAX for part in (one, other)]
    if all(numeric):
        return 1 if int(one) > int(other) else -1
    if any(numeric):
        return -1 if numeric[0] else 1
    return 1 if one > other else -1


@dataclass(frozen=True)
class _Constraint:
    operator: str
    version: Version
    dirty: bool = False  # some part is a wildcard or left out
    minor_dirty: bool = False
    patch_dirty: bool = False

    def met_by(self, version: Version) -> bool:
        if self.operator == "!=":
            return self._differs(version)
        if version.prerelease and not self.version.prerelease:
            return False
        order = _compare(version, self.version)
        match self.operator:
            case ">":
                return order > 0
            case ">=" | "=>":
                return order >= 0
            case "<" | "<=" | "=<":
                return self._below(version, order, equal=self.operator != "<")
            case "^":
                return order >= 0 and version.numbers[0] == self.version.numbers[0]
            case "" | "=" if not self.dirty:
                return order == 0
        return self._tilde(version, order)

    def _differs(self, version: Version) -> bool:
        if not self.dirty:
            return _compare(version, self.version) != 0
        if version.prerelease and not self.version.prerelease:
            return False
        if version.numbers[0] != self.version.numbers[0]:
            return True
        return version.numbers[1] != self.version.numbers[1] and not self.minor_dirty

    def _below(self, version: Version, order: int, *, equal: bool) -> bool:
        if not self.dirty:
            return order <= 0 if equal else order < 0
        if version.numbers[0] > self.version.numbers[0]:
            return False
        return not (version.numbers[1] > self.version.numbers[1] and not self.minor_dirty)

    def _tilde(self, version: Version, order: int) -> bool:
        if order < 0:
            return False
        if self.version.numbers == (0, 0, 0) and not self.minor_dirty and not self.patch_dirty:
            return True
        if version.numbers[0] != self.version.numbers[0]:
            return False
        return version.numbers[1] == self.version.numbers[1] or self.minor_dirty


def _constraint(text: str) -> _Constraint:
    match = _CONSTRAINT.fullmatch(text)
    if match is None:
        raise FunctionError(f"improper constraint: {text}")
    operator, version, major, minor, patch, tail = (match[group] or "" for group in range(1, 7))
    if major in _WILD:
        return _Constraint(operator, parse("0.0.0"), dirty=True)
    try:
        if not minor or minor.removeprefix(".") in _WILD:
            return _Constraint(operator, parse(f"{major}.0.0{tail}"), dirty=True, minor_dirty=True)
        if patch.removeprefix(".") in _WILD:
            return _Constraint(operator, parse(f"{major}{minor}.0{tail}"), dirty=True, patch_dirty=True)
        return _Constraint(operator, parse(version))
    except FunctionError as error:
        raise FunctionError("constraint Parser Error") from error


def _semver_compare(constraint: str, version: str) -> bool:
    if len(constraint) > _LENGTH_LIMIT:
        raise FunctionError(f"refused: a constraint of more than {_LENGTH_LIMIT} characters")
    ranges = _RANGE.sub(lambda match: f">= {match[1]}, <= {match[9]}", constraint)
    groups = [[_constraint(part) for part in group.split(",")] for group in ranges.split("||")]
    parsed = parse(version)
    return any(all(one.met_by(parsed) for one in group) for group in groups)


def _raised(version: Version, numbers: tuple[int, int, int], prerelease: str = "", metadata: str = "") -> Raised:
    bare = Raised(numbers, prerelease, metadata)
    return Raised(numbers, prerelease, metadata, _prefix(version) + bare.text)


def _prefix(version: Version) -> str:
    return "v" if version.original.startswith("v") else ""


def _increment_patch(version: Version) -> Version:
    major, minor, patch = version.numbers
    return _raised(version, (major, minor, patch if version.prerelease else patch + 1))


def _with_prerelease(version: Version, text: str) -> Version:
    if text and not _PART.fullmatch(text):
        raise FunctionError("Invalid Prerelease string")
    return _raised(version, version.numbers, text, version.metadata)


def _with_metadata(version: Version, text: str) -> Version:
    if text and not _PART.fullmatch(text):
        raise FunctionError("Invalid Metadata string")
    return _raised(version, version.numbers, version.prerelease, text)


def _methods(*rows: tuple[str, str, Callable[..., Any]]) -> dict[str, Function]:
    return {name: function(name, signature, call) for name, signature, call in rows}


_METHODS = _methods(
    ("IncPatch", "", _increment_patch),
    ("IncMinor", "", lambda version: _raised(version, (version.numbers[0], version.numbers[1] + 1, 0))),
    ("IncMajor", "", lambda version: _raised(version, (version.numbers[0] + 1, 0, 0))),
    ("SetPrerelease", "string", _with_prerelease),
    ("SetMetadata", "string", _with_metadata),
)
_POINTER_METHODS = _methods(
    ("Major", "", lambda version: Int64(version.numbers[0])),
    ("Minor", "", lambda version: Int64(version.numbers[1])),
    ("Patch", "", lambda version: Int64(version.numbers[2])),
    ("Prerelease", "", lambda version: version.prerelease),
    ("Metadata", "", lambda version: version.metadata),
    ("Original", "", lambda version: version.original),
    ("String", "", str),
    ("Compare", "version", _compare),
    ("LessThan", "version", lambda version, other: _compare(version, other) < 0),
    ("GreaterThan", "version", lambda version, other: _compare(version, other) > 0),
    ("Equal", "version", lambda version, other: _compare(version, other) == 0),
)

FUNCTIONS = table(("semver", "string", parse), ("semverCompare", "string string", _semver_compare))
