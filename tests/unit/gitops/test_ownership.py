"""Which files are ours, and what becomes of those that somebody touched."""

from __future__ import annotations

import subprocess
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from orchestration.gitops.ownership import Merge, blob_id, merge, owned_path

OWNED = owned_path("f")
files = st.dictionaries(st.sampled_from(["a.yaml", "b.yaml", "c/d.yaml", "e"]), st.binary(max_size=6), max_size=4)


def after(present: dict[str, bytes], merged: Merge) -> dict[str, bytes]:
    changed = {**present, **merged.changes}
    return {path: content for path, content in changed.items() if content is not None}


@given(files, files)
def test_written_twice_changes_nothing(present: dict[str, bytes], wanted: dict[str, bytes]) -> None:
    """The second merge of the same files is empty."""
    first = after(present, merge("f", present, wanted))
    assert not merge("f", first, wanted).changes


@given(files, files, files)
def test_files_of_others_are_never_touched(
    theirs: dict[str, bytes], first: dict[str, bytes], second: dict[str, bytes]
) -> None:
    """What was there before us stays byte for byte, whatever we want there."""
    tree = after(theirs, merge("f", theirs, first))
    tree = after(tree, merge("f", tree, second))
    ours = {path for path in (*first, *second) if theirs.get(path) in (first.get(path), second.get(path))}
    assert all(tree[path] == content for path, content in theirs.items() if path not in ours)


def test_a_hand_edit_is_kept_and_reported() -> None:
    """A file of ours that somebody changed stays as it is and is named."""
    tree = after({}, merge("f", {}, {"a": b"1"}))
    merged = merge("f", {**tree, "a": b"edited"}, {"a": b"2"})
    assert merged.kept == ("a",)
    assert "a" not in merged.changes


def test_take_over_writes_over_a_hand_edit() -> None:
    """With take_over the file is ours again."""
    tree = after({}, merge("f", {}, {"a": b"1"}))
    merged = merge("f", {**tree, "a": b"edited"}, {"a": b"2"}, take_over=True)
    assert merged.changes["a"] == b"2"


def test_an_exempt_file_is_written_whoever_moved_it() -> None:
    """The pin is ours to move even when somebody else moved it."""
    tree = after({}, merge("f", {}, {"pin": b"1"}))
    assert merge("f", {**tree, "pin": b"x"}, {"pin": b"2"}, exempt=("pin",)).changes["pin"] == b"2"


def test_a_file_no_longer_wanted_is_deleted_unless_edited() -> None:
    """What we wrote goes when the fleet no longer has it; an edited one stays and is reported."""
    tree = after({}, merge("f", {}, {"a": b"1", "b": b"1"}))
    merged = merge("f", {**tree, "b": b"edited"}, {})
    assert merged.changes["a"] is None
    assert merged.kept == ("b",)


def test_the_list_has_a_sorted_line_a_file() -> None:
    """Two branches that add files merge without conflict, line by line."""
    text = after({}, merge("f", {}, {"b": b"", "a": b""}))[OWNED].decode()
    assert [line.strip().split(":")[0] for line in text.splitlines()[1:-1]] == ['"a"', '"b"']


def test_blob_ids_are_gits(tmp_path: Path) -> None:
    """The id is what `git hash-object` prints."""
    (tmp_path / "f").write_bytes(b"text\n")
    said = subprocess.run(["git", "hash-object", "f"], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert blob_id(b"text\n") == said.stdout.strip()
