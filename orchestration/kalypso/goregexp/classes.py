"""Classes of characters."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from importlib.resources import files

_PERL = {
    "d": (("0", "9"),),
    "s": (("\t", "\n"), ("\f", "\r"), (" ", " ")),
    "w": (("0", "9"), ("A", "Z"), ("_", "_"), ("a", "z")),
}
_POSIX = {
    "alnum": (("0", "9"), ("A", "Z"), ("a", "z")),
    "alpha": (("A", "Z"), ("a", "z")),
    "ascii": (("\0", "\x7f"),),
    "blank": (("\t", "\t"), (" ", " ")),
    "cntrl": (("\0", "\x1f"), ("\x7f", "\x7f")),
    "digit": (("0", "9"),),
    "graph": (("!", "~"),),
    "lower": (("a", "z"),),
    "print": ((" ", "~"),),
    "punct": (("!", "/"), (":", "@"), ("[", "`"), ("{", "~")),
    "space": (("\t", "\r"), (" ", " ")),
    "upper": (("A", "Z"),),
    "word": (("0", "9"), ("A", "Z"), ("_", "_"), ("a", "z")),
    "xdigit": (("0", "9"), ("A", "F"), ("a", "f")),
}
_CATEGORIES = frozenset(
    [
        "C",
        "Cc",
        "Cf",
        "Co",
        "Cs",
        "L",
        "Ll",
        "Lm",
        "Lo",
        "Lt",
        "Lu",
        "M",
        "Mc",
        "Me",
        "Mn",
        "N",
        "Nd",
        "Nl",
        "No",
        "P",
        "Pc",
        "Pd",
        "Pe",
        "Pf",
        "Pi",
        "Po",
        "Ps",
        "S",
        "Sc",
        "Sk",
        "Sm",
        "So",
        "Z",
        "Zl",
        "Zp",
        "Zs",
    ]
)
_ORBITS = {"k": "\u212a", "s": "\u017f", "å": "\u212b", "ω": "\u2126", "θ": "\u03f4", "ß": "\u1e9e", "µ": "\u03bc"}
Range = tuple[str, str]
Test = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class CharClass:
    """Ranges and tests, of which one must hold; or, negated, none."""

    ranges: tuple[Range, ...] = ()
    tests: tuple[Test, ...] = ()
    negated: bool = False
    folded: bool = False

    def has(self, char: str) -> bool:
        """Whether *char* is in the class."""
        found = self._holds(char) or (self.folded and any(map(self._holds, variants(char))))
        return found != self.negated

    def _holds(self, char: str) -> bool:
        return any(low <= char <= high for low, high in self.ranges) or any(test(char) for test in self.tests)


def variants(char: str) -> set[str]:
    """Return *char* in its other cases."""
    lower = char.lower()
    found = {char, lower, char.upper(), char.title(), lower.upper(), _ORBITS.get(lower, char)}
    found |= {small for small, other in _ORBITS.items() if other == char}
    return {one for one in found | {one.upper() for one in found} if len(one) == 1}


def perl(letter: str) -> Test | None:
    """Return the test of `\\d`, `\\s` or `\\w`, None for another letter."""
    ranges = _PERL.get(letter)
    return partial(_among, ranges) if ranges else None


def posix(name: str) -> Test | None:
    """Return the test of a name as in `[:alpha:]`, None if there is none."""
    ranges = _POSIX.get(name)
    return partial(_among, ranges) if ranges else None


def named(name: str) -> Test | None:
    """Return the test of a category or script, as in `\\p{Lu}` or `\\p{Greek}`, None if there is none."""
    if name == "Any":
        return lambda _: True
    if name in _CATEGORIES:
        return lambda char: unicodedata.category(char).startswith(name)
    ranges = _scripts().get(name)
    return partial(_among, ranges) if ranges else None


def _among(ranges: tuple[Range, ...], char: str) -> bool:
    return any(low <= char <= high for low, high in ranges)


@cache
def _scripts() -> dict[str, tuple[Range, ...]]:
    text = files(__package__).joinpath("scripts.txt").read_text(encoding="utf-8")
    rows = (line.split() for line in text.splitlines() if not line.startswith("#"))
    return {name: tuple(map(_range, ranges)) for name, *ranges in rows}


def _range(text: str) -> Range:
    low, _, high = text.partition("-")
    return chr(int(low, 16)), chr(int(high or low, 16))
