"""Made-up regular expressions, right and wrong, with texts."""

from __future__ import annotations

from random import Random
from typing import Any

from tests.fidelity import words

_ATOMS = (
    "a", "b", "ab", ".", "[ab]", "[^a]", "[a-c]", "[[:alpha:]]", "[[:^digit:]a]", "\\d", "\\D", "\\w", "\\W", "\\s",
    "\\S", "\\pL", "\\p{Greek}", "\\P{Lu}", "\\p{^Lu}", "\\b", "\\B", "^", "$", "\\A", "\\z", "\\n", "\\t", "\\x41",
    "\\x{1F600}", "\\Qa.b\\E", "\\.", "é", "k", "\u017f", "(?i)", "(?s)", "(?m)", "(?U)", "(?-i)", "[\\d-z]", "[a\\]b]",
    "[]a]", "[^]a]", "\\101", "\\07", "[\\x00-\\x7f]", "[K]", "\\pN", "-", "\\-", "{", "a{", "a{1", "a{,2}", "\\C",
    "\\1", "\\Z", "\\G", "[a-\\d]", "[z-a]", "\\p{No}", "\\pZ", "\\p{Han}", "[[:word:]]", "[[:nope:]]", "\\x4",
    "\\x{110000}", "\\8", "\\_", "\\<",
)  # fmt: skip
_REPEATS = (
    "", "", "", "", "*", "+", "?", "*?", "+?", "??", "{2}", "{1,2}", "{0,1}?", "{2,}", "{0}", "**", "{1001}", "{2,1}",
    "{1,2}{3}",
)  # fmt: skip
_OPENINGS = ("(", "(?:", "(?P<n>", "(?<m>", "(?i:", "(?s-i:", "(?", "(?=", "(?P=n", "(?P<1>", "(?P<n-1>", "(?x:")
_NOISE = ("(", ")", "[", "]", "*", "?", "\\", "{", "}", "|", "^", "-", ":", "é", "\x00", "\\p", "\\x", "(?")
_CHARACTERS = "abcABCkK\u017fé \n\tz01_-.😀αΑ日"


def _pattern(random: Random, depth: int = 2) -> str:
    parts = []
    for _ in range(random.choice((1, 1, 2, 2, 3))):
        if depth and random.random() < 0.3:
            opening = random.choice(_OPENINGS[:6]) if random.random() < 0.9 else random.choice(_OPENINGS)
            part = f"{opening}{_pattern(random, depth - 1)})"
        else:
            part = random.choice(_ATOMS)
        parts.append(part + random.choice(_REPEATS[:13] if random.random() < 0.95 else _REPEATS))
    text = "".join(parts)
    return f"{text}|{_pattern(random, depth - 1)}" if depth and random.random() < 0.2 else text


def cases(random: Random, count: int) -> list[dict[str, Any]]:
    """Return *count* cases."""
    made = []
    for _ in range(count):
        pattern = _pattern(random)
        while random.random() < 0.1:
            pattern = words.broken(random, pattern, _NOISE)
        text = "".join(random.choice(_CHARACTERS) for _ in range(random.randrange(12)))
        made.append({"kind": "regexp", "pattern": pattern, "text": text})
    return made
