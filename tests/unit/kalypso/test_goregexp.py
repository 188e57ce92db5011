"""Go's regular expressions."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from orchestration.kalypso.goregexp import BadPattern, compile_pattern
from tests.unit.kalypso.samples import recorded

ATOMS = some.sampled_from(["a", "b", "ab", ".", "[ab]", "[^a]", "(a|b)", "(?:ab|a)", "(?:(a)(b)?)", "^"])
PARTS = some.tuples(ATOMS, some.sampled_from(["", "", "*", "+?", "?", "{1,2}"]))
PATTERNS = some.lists(PARTS, min_size=1, max_size=4).map(
    lambda parts: "".join(atom + (repeat if atom != "^" else "") for atom, repeat in parts)
)


@pytest.mark.parametrize("row", recorded("regexps.json"), ids=lambda row: row["pattern"])
def test_pattern_matches_as_in_go(row: dict[str, Any]) -> None:
    """Matches and groups are Go's, and so are the errors."""
    text = row["text"]
    if "error" in row:
        with pytest.raises(BadPattern) as raised:
            compile_pattern(row["pattern"])
        assert str(raised.value) == row["error"]
        return
    found = [list(match.captures) for match in compile_pattern(row["pattern"]).finditer(text)]
    offsets = [[at if at < 0 else len(text[:at].encode()) for at in captures] for captures in found]
    assert offsets == row["matches"]


@settings(deadline=None)
@given(PATTERNS, some.text("abc", max_size=8))
def test_first_match_is_that_of_a_backtracking_matcher(pattern: str, text: str) -> None:
    """Where the languages agree, the first match is Python's."""
    expected = re.search(pattern, text)
    match = compile_pattern(pattern).search(text)

    assert (match and (match.start, match.end)) == (expected and expected.span())
