"""The YAML reader: what it refuses, with which reason and place, and how fast."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from orchestration.fleet.builder import DEEPEST, MOST_VALUES
from orchestration.fleet.reader import LARGEST_FILE, read_bytes, read_file
from orchestration.fleet.scalars import read_plain
from orchestration.fleet.tree import plain

BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 12)
)
CHAIN = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}]\n" for n in range(1, 20_000))

REFUSED = {
    "alias bomb": (BOMB.encode(), "yaml-too-big", 6),
    "aliases that nest": (CHAIN.encode(), "yaml-too-deep", 63),
    "alias of itself": (b"a: &a [*a]\n", "yaml-alias", 1),
    "alias of nothing": (b"a: 1\nb: *a\n", "yaml-alias", 2),
    "deep brackets": (b"[" * (LARGEST_FILE - 1), "yaml-too-deep", 1),
    "deep braces": (b"{a: " * 100_000, "yaml-too-deep", 1),
    "deep indentation": ("\n".join(" " * n + "a:" for n in range(2000)).encode(), "yaml-too-deep", DEEPEST),
    "many values": (b"[" + b"a," * (MOST_VALUES * 2) + b"]", "yaml-too-big", 1),
    "not UTF-8": ("a: 1\nbé: \xff".encode("latin-1"), "yaml-encoding", 2),
    "UTF-16": ("a: 1\n".encode("utf-16"), "yaml-encoding", 1),
    "tab": (b"a:\n\tb: 1\n", "yaml-tab", 2),
    "tab after blanks": (b"a:\n  b: 1\n \tc: 2\n", "yaml-tab", 3),
    "tab in braces": (b"{a:\n\t1}\n", "yaml-tab", 2),
    "two documents": (b"a: 1\n---\nb: 2\n", "yaml-documents", 2),
    "control character": (b"a: 1\nb: \x07\n", "yaml-syntax", 2),
    "colon in text": (b"a: b: c\n", "yaml-syntax", 1),
    "open bracket": (b"a: [1\nb: 2\n", "yaml-syntax", 2),
    "open quote": (b"a: 'x\n", "yaml-syntax", 2),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused_soon(name: str) -> None:
    """A hostile or broken file is refused with its place and one reason, within a second (of a machine at leisure)."""
    data, code, line = REFUSED[name]
    begun = time.process_time()

    root, problems = read_bytes(data, "fleet.yaml")

    assert time.process_time() - begun < 3
    assert root is None
    assert [(problem.code, problem.origin.file, problem.origin.line) for problem in problems] == [
        (code, "fleet.yaml", line)
    ]


def test_too_large_is_not_even_read(tmp_path: Path) -> None:
    """A file beyond the limit is refused by its size."""
    file = tmp_path / "fleet.yaml"
    with file.open("wb") as stream:
        stream.truncate(LARGEST_FILE + 1)

    assert [problem.code for problem in read_file(file, "fleet.yaml")[1]] == ["yaml-too-big"]


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    """What is not a regular file is not read."""
    assert [problem.code for problem in read_file(tmp_path, "fleet.yaml")[1]] == ["unreadable"]


PARTS = {
    "a: 1\nb: 2\na: 3\n": ("duplicate-key", 3, 1),
    "a: {b: 1, c: 2, b: 3}\n": ("duplicate-key", 1, 17),
    "a: !!python/object:os.system x\n": ("yaml-tag", 1, 4),
    "a: !secret x\n": ("yaml-tag", 1, 4),
    "1: a\n": ("yaml-key", 1, 1),
    "true: a\n": ("yaml-key", 1, 1),
    "a:\n  ? [x]\n  : y\n": ("yaml-key", 2, 5),
    "é: NO\n": ("ambiguous-scalar", 1, 4),
    "a: &x {b: 1}\nc: {<<: [*x, 2]}\n": ("yaml-merge", 2, 14),
}


@pytest.mark.parametrize("text", PARTS)
def test_a_part_is_reported_and_the_rest_read(text: str) -> None:
    """What is wrong with a part is reported at its line and column, and the document is still there."""
    root, problems = read_bytes(text.encode(), "f")

    assert root is not None
    assert [(problem.code, problem.origin.line, problem.origin.column) for problem in problems] == [PARTS[text]]


def test_anchors_and_merge_keys_work() -> None:
    """Anchors, aliases and merge keys mean what they mean elsewhere; a key's own value wins."""
    root, problems = read_bytes(b"a: &a {x: 1, y: 2}\nb: *a\nc: {y: 3, <<: *a}\n", "f")

    assert problems == []
    assert plain(root) == {"a": {"x": 1, "y": 2}, "b": {"x": 1, "y": 2}, "c": {"y": 3, "x": 1}}


def test_a_byte_order_mark_is_no_matter() -> None:
    """A mark that some editors put first is taken off."""
    assert plain(read_bytes("\ufeffa: 1\n".encode(), "f")[0]) == {"a": 1}


READINGS = {
    "text": "text",
    "": None,
    "~": None,
    "null": None,
    "true": True,
    "False": False,
    "0": 0,
    "-12": -12,
    "1.10": 1.1,
    "1.5e+3": 1500.0,
    ".5": 0.5,
    "1.0.0": "1.0.0",
    "50%": "50%",
    "11111111-1111-1111-1111-111111111111": "11111111-1111-1111-1111-111111111111",
    "15m": "15m",
    "-": "-",
    "y": "y",
    "nothing": "nothing",
    "9" * 400: "9" * 400,
}


@pytest.mark.parametrize("text", READINGS)
def test_plain_scalars(text: str) -> None:
    """A scalar that all readers take alike is read so, without doubt."""
    reading = read_plain(text)

    assert (reading.value, type(reading.value)) == (READINGS[text], type(READINGS[text]))
    assert reading.doubt == ""


AMBIGUOUS = {
    "NO": "false",
    "on": "true",
    "Yes": "true",
    "010": "8",
    "0o17": "15",
    "08": "",
    "0x1F": "",
    "0b11": "",
    "1_000": "",
    "12:30": "",
    "190:20:30.15": "",
    "2024-01-31": "",
    "2024-01-31T10:00:00Z": "",
    ".inf": "",
    ".NaN": "",
    "1.0e+999": "",
    "1e3": "1000.0",
    "12e4567": "",
    "-.5": "-0.5",
}
NUMBERS = {"010": 10, "0o17": 15, "08": 8, "0x1F": 31, "1e3": 1000.0, "-.5": -0.5}
"""What of these YAML 1.2's core schema takes for a number that can be held."""


@pytest.mark.parametrize("text", AMBIGUOUS)
def test_ambiguous_scalars_are_doubtful(text: str) -> None:
    """A scalar that YAML 1.1 and 1.2 take differently is read as 1.2 does, and what may have been meant is shown."""
    reading = read_plain(text)

    assert repr(reading.value) == repr(NUMBERS.get(text, text))
    assert reading.doubt
    assert reading.instead == AMBIGUOUS[text]
