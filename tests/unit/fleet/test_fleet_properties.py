"""Whatever is in a fleet file: it loads, or every problem is reported; nothing else happens, and soon."""

from __future__ import annotations

import copy
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from fleet_cases import without_places
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from orchestration.errors import InvalidFleet
from orchestration.fleet import load_fleet
from orchestration.fleet.reader import read_bytes
from orchestration.fleet.scalars import read_plain
from orchestration.fleet.tree import plain
from tests.support import CONTOSO, copy_contoso

TEXT = (CONTOSO / "fleet.yaml").read_text()
DOCUMENT = yaml.safe_load(TEXT)
QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

TYPES = {str: "str", int: "int", float: "float", bool: "bool", type(None): "null"}
SNIPPETS = st.sampled_from(
    ["{", "}", "[", "]", ": ", "- ", "&a ", "*a", "<<: ", "!x ", "'", '"', "|", "#", "\n", "\t", "\0", "é", "? "]
)
LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=12), st.just("../x")
)
JSON = st.recursive(
    LEAVES,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=6), inner, max_size=3)),
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of contoso whose fleet file is written by each example."""
    return copy_contoso(tmp_path / "contoso")


def loads_or_says_why(folder: Path, text: str) -> None:
    """Load the text as contoso's fleet file: within a second there is a fleet, or there are problems with places."""
    (folder / "fleet.yaml").write_text(text, encoding="utf-8", errors="surrogatepass")
    begun = time.process_time()
    try:
        load_fleet(folder)
    except InvalidFleet as invalid:
        assert invalid.problems
        assert all(problem.origin.line > 0 and problem.origin.file and problem.message for problem in invalid.problems)
    assert time.process_time() - begun < 3


@QUICK
@given(st.binary(max_size=200))
def test_bytes(data: bytes) -> None:
    """Any bytes are read or refused, never with another error."""
    root, problems = read_bytes(data, "f")

    assert all(problem.origin.line > 0 and problem.message for problem in problems)
    assert root is None or plain(root) is not root


@QUICK
@example(edits=[(795, 0, "{"), (814, 20, "{")])  # a rule judged what stands in for the missing cluster types
@given(edits=st.lists(st.tuples(st.integers(0, len(TEXT) - 1), st.integers(0, 20), SNIPPETS), min_size=1, max_size=5))
def test_broken_text(folder: Path, edits: list[tuple[int, int, str]]) -> None:
    """Contoso with pieces of its text replaced loads, or says why not."""
    text = TEXT
    for start, length, snippet in edits:
        text = text[:start] + snippet + text[start + length :]
    loads_or_says_why(folder, text)


@QUICK
@given(st.data())
def test_broken_values(folder: Path, data: st.DataObject) -> None:
    """Contoso with values replaced by anything loads, or says why not."""
    document = copy.deepcopy(DOCUMENT)
    for _ in range(data.draw(st.integers(1, 4))):
        *above, last = data.draw(st.sampled_from(list(places(document))))
        parent = document
        for step in above:
            parent = parent[step]
        parent[last] = data.draw(JSON)
    loads_or_says_why(folder, yaml.safe_dump(document, allow_unicode=True, sort_keys=False))


@QUICK
@given(st.data())
def test_a_fleet_split_over_files_is_the_whole(folder: Path, data: st.DataObject) -> None:
    """However keys and items are spread over files, in order, the fleet is the same."""
    for old in folder.glob("*.y*ml"):
        old.unlink()
    (folder / "fleet.yaml").write_text(TEXT)
    whole = load_fleet(folder)
    parts: list[dict[str, Any]] = [{} for _ in range(data.draw(st.integers(2, 4)))]
    for key, value in DOCUMENT.items():
        spread(parts, key, value, data)
    for name, part in zip(("fleet.yaml", "a.yaml", "b.yml", "c.yaml"), parts, strict=False):
        (folder / name).write_text(yaml.safe_dump(part, sort_keys=False) if part else "")

    assert without_places(load_fleet(folder)) == without_places(whole)


@QUICK
@given(JSON.filter(lambda value: isinstance(value, dict)))
def test_what_is_dumped_is_read(value: dict[str, Any]) -> None:
    """What PyYAML writes is read as what was written, unless it is called ambiguous."""
    root, problems = read_bytes(yaml.safe_dump(value).encode(), "f")

    if not problems:
        assert (plain(root) if root else {}) == value


@QUICK
@given(st.text(alphabet="0123456789.:-+_exobETZ~nyNYaftrusloF ", max_size=24))
def test_no_scalar_is_read_unlike_pyyaml(text: str) -> None:
    """A scalar without doubt has the type that PyYAML gives it."""
    reading = read_plain(text)
    theirs = yaml.SafeLoader("").resolve(yaml.ScalarNode, text, (True, False)).rsplit(":", 1)[1]

    assert reading.doubt or TYPES[type(reading.value)] == theirs


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of everything in a document but the document itself."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield (*path, key)
        yield from places(item, (*path, key))


def spread(parts: list[dict[str, Any]], key: str, value: Any, data: st.DataObject) -> None:
    """Put a top-level key into the parts: a list cut up in order, a mapping key by key, a scalar somewhere."""
    if isinstance(value, list):
        cuts = sorted(data.draw(st.lists(st.integers(0, len(value)), min_size=len(parts) - 1, max_size=len(parts) - 1)))
        for part, start, end in zip(parts, [0, *cuts], [*cuts, len(value)], strict=True):
            if value[start:end]:
                part[key] = value[start:end]
    elif isinstance(value, dict):
        for name, item in value.items():
            data.draw(st.sampled_from(parts)).setdefault(key, {})[name] = item
    else:
        data.draw(st.sampled_from(parts))[key] = value
