"""Reads one YAML file into a tree, and refuses what is unsafe or ambiguous.

A file is refused whole when it is too big, too deep, not UTF-8, several documents, or not YAML;
what is wrong with a part of it (a duplicate key, a tag, an ambiguous scalar) is reported and the
rest is read, so that everything is reported at once.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from orchestration.fleet.builder import MOST_VALUES, TOO_DEEP, Refused, TreeBuilder
from orchestration.fleet.model import Origin, Problem
from orchestration.fleet.tree import Node

LARGEST_FILE = 10 * 1024 * 1024

_TAB = re.compile(r"^\t[^\n]*\S", re.MULTILINE)
_HINTS = {
    "tab": "indent with spaces",
    "cannot start any token": "put the text in quotes",
    "mapping values are not allowed": "check the indentation, or put text that holds `: ` in quotes",
    "did not find expected": "check the indentation, brackets and commas just before this place",
    "end of stream": "close the quotes or brackets that this place belongs to",
}

Reading = tuple[Node | None, list[Problem]]


def read_file(path: Path, shown: str, *, strict: bool = True, many: bool = False, most: int = MOST_VALUES) -> Reading:
    """Return the file's tree (None if it is empty or refused) and its problems; *shown* is its name in them.

    With *many* the file may hold several documents, and the tree is the list of them; more than *most* values are
    refused.
    """
    try:
        if not path.is_file():
            return None, [Problem("unreadable", Origin(shown), "this is not a regular file")]
        if path.stat().st_size > LARGEST_FILE:
            message = f"the file is larger than {LARGEST_FILE // 1024**2} MB"
            return None, [Problem("yaml-too-big", Origin(shown), message, "split it into several files")]
        data = path.read_bytes()
    except OSError as error:
        return None, [Problem("unreadable", Origin(shown), f"the file cannot be read: {error.strerror or error}")]
    return read_bytes(data, shown, strict=strict, many=many, most=most)


def read_bytes(data: bytes, shown: str, *, strict: bool = True, many: bool = False, most: int = MOST_VALUES) -> Reading:
    """Return the tree of YAML text and its problems; without *strict* an ambiguous scalar is text, not a problem."""
    try:
        text = data.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8")
        place = _place(before, len(before), shown)
        return None, [Problem("yaml-encoding", place, "the file is not UTF-8 text", "save it as UTF-8")]
    if tab := _TAB.search(text):
        place = _place(text, tab.start(), shown)
        return None, [Problem("yaml-tab", place, "a line is indented with a tab", "indent with spaces")]
    return _read_text(text, shown, TreeBuilder(shown, strict=strict, many=many, most=most))


def _read_text(text: str, shown: str, builder: TreeBuilder) -> Reading:
    try:
        return builder.build(text), builder.problems
    except Refused as refused:
        fatal = refused.problem
    except yaml.MarkedYAMLError as error:
        fatal = _syntax_problem(error, shown)
    except yaml.reader.ReaderError as error:
        place = _place(text, max(0, text.find(chr(error.character))), shown)
        message = "the file holds a control character that YAML does not allow"
        fatal = Problem("yaml-syntax", place, message, "delete it, or write it as an escape in double quotes")
    return None, [*builder.problems, fatal]


def _syntax_problem(error: Any, shown: str) -> Problem:
    mark = error.problem_mark or error.context_mark
    message = error.problem or error.context or "it cannot be parsed"
    hint = next((hint for part, hint in _HINTS.items() if part in message), "")
    place = Origin(shown, mark.line + 1, mark.column + 1)
    if "nesting depth" in message:  # libyaml since 0.2.6 has a limit of its own, far above ours
        return Problem("yaml-too-deep", place, TOO_DEEP)
    return Problem("yaml-tab" if "tab" in message else "yaml-syntax", place, f"this is not YAML: {message}", hint)


def _place(text: str, index: int, shown: str) -> Origin:
    start = text.rfind("\n", 0, index) + 1
    return Origin(shown, text.count("\n", 0, index) + 1, index - start + 1)
