"""What the makers of cases draw from: odd texts, numbers in every spelling, values of every kind."""

from __future__ import annotations

import json
from collections.abc import Sequence
from random import Random
from typing import Any

from orchestration.kalypso.values import AnyMap

TEXTS = (
    "", " ", "a", "b", "abc", "Hello World", "hello_world-Foo.bar", "HTTPServer", "http_server", "a b  c", "a,b,c",
    "\t", "\n", "a\nb", "a\nb\n", "\n\n", " a", "a ", "a \nb", "a\n b", "\ta", "a\tb", "'", '"', "''", "'a'", '"a"',
    "`", "it's", 'say "x"', "\\", "a\\b", "a: b", "a:", ":a", "a #b", "#a", "- a", "-", "--- ", "...", "? a", "?",
    "!a", "!!str a", "&a", "*a", "@a", "%a", "%d%%", "|", ">", "[a]", "[", "{a: b}", "{", "}", "a]", ",", "a, b",
    "<<", "=", "~", "null", "Null", "NULL", "nil", "true", "True", "TRUE", "tRue", "false", "y", "Y", "yes", "Yes",
    "n", "no", "NO", "on", "off", "0", "1", "-1", "+1", "007", "08", "0o17", "0O17", "0x1F", "0X1f", "0b101", "1_000",
    "1__0", "_1", "1_", "12:30:45", "1:2", "-1:30", "1:60", "190:20:30.15", "1.5", ".5", "5.", "1e3", "1E-3", "1e+3",
    "-0", "-0.0", "0.1e1", "1e999", ".inf", "-.INF", "+.inf", ".nan", ".NaN", "inf", "NaN", "Infinity",
    "9223372036854775807", "9223372036854775808", "18446744073709551615", "18446744073709551616",
    "-9223372036854775808", "99999999999999999999999", "0x1p-2", "1e1000", "2001-12-14", "2001-1-1",
    "2001-12-14t21:59:43.10-05:00", "2001-12-14 21:59:43", "2001-13-01", "12e03", "0.", "1.2.3", "v1.2.3", "1.2",
    ">=1.2, <2", "^1.0", "1.2.3-beta.1+x", "é", "日本語", "ß", "ǆ", "İ", "\u0131", "\u0301", "😀", "a😀b", "\u00a0",
    "\u2028",
    "\u2029", "\x85", "\ufeff", "\ufeffa", "\x00", "\x07", "\x1b", "\x7f", "\u0080", "\ue000", "\ufffd", "\r",
    "a\r\nb", "https://user:pw@example.com:80/a/b?c=d&e=f#g", "http://[::1]:8080/x", "mailto:a@b", "/a/../b/./c",
    "../x", "a/b.tar.gz", "YWJj", "YWJj===", "MFRGG===", "2006-01-02", "Mon Jan 2 15:04:05 MST 2006",
    "{{ .Workload }}", "{{", "}}", "a{{b", "$", ".", "a.b", "a(b)c", "(a|b)+", "[a-z]*", "\\d+",
    "<a href='x'>&amp;</a>", "key: value", "x" * 80, "word " * 20, "x" * 130, "%v %s %d", "%q", "%5.2f|%-5s|",
    "%x %X", "%!", "%[2]d %[1]d", "%*d", "%+v", "%#v", "%T", "%c%U", "%t", "%e %g %b",
)  # fmt: skip
ESCAPES = (
    "\\xff", "\\xe9\\x80", "\\377", "\\u00e9", "\\U0001F600", "\\a\\v\\f", "\\'", '\\"', "\\q", "\\x4", "\\ud800",
    "a", "\\\\", "\\101", "\\400",
)  # fmt: skip
"""As they are written between quotes; some are wrong, some give bytes that are not UTF-8."""
KEYS = (
    "a", "b", "c", "name", "A", "B", "a1", "a2", "a10", "a01", "a001", "1", "2", "10", "01", "key-1", "key_2",
    "key.3", "x y", "", "y", "no", "true", "null", "~", "é", "日本", "a b", "1a", "a1b2", "a1b10", "_", "-", "a-b",
    "a_b", "aB", "ab", "a.b",
)  # fmt: skip
NUMBERS = (0, 1, 2, 3, 5, 7, 10, -1, -2, 42, 100, 255, 1000)
LARGE = (2**31, 2**53, 2**53 + 1, 10**18, 2**63 - 1, -(2**63), 2**64 - 1)
FLOATS = (
    0.0, -0.0, 1.0, 1.5, -1.5, 0.1, 1e6, 1e20, 1e21, 1e-5, 1e-7, 123456.789, 1e100, 5e-324, 100.0, 2.5, 3.5, 1e5,
    0.0001,
)  # fmt: skip


def text(random: Random) -> str:
    """Return a text: one of the odd ones, two of them together, or letters of no meaning."""
    choice = random.random()
    if choice < 0.7:
        return random.choice(TEXTS)
    if choice < 0.85:
        return random.choice(TEXTS) + random.choice(("", "", " ", "\n", ": ", "-")) + random.choice(TEXTS)
    return "".join(random.choice("abcAZ019 \n\t:#-_.'\"é,[]{}") for _ in range(random.randrange(12)))


def integer(random: Random) -> int:
    """Return a whole number, mostly a small one."""
    return random.choice(NUMBERS) if random.random() < 0.85 else random.choice(LARGE)


def scalar(random: Random) -> Any:
    """Return nothing, a boolean, a number or a text."""
    choice = random.random()
    if choice < 0.55:
        return text(random)
    if choice < 0.75:
        return integer(random)
    if choice < 0.85:
        return random.choice(FLOATS)
    return random.choice((None, True, False))


def value(random: Random, depth: int = 3, *, mixed: bool = True) -> Any:
    """Return a value as config holds it: maps with keys of any type.

    Of a map whose keys are *mixed* it depends on the build of Go how templates print it.
    """
    choice = random.random()
    if depth == 0 or choice < 0.4:
        return scalar(random)
    if choice < 0.7:
        return [value(random, depth - 1, mixed=mixed) for _ in range(random.randrange(4))]
    makers = (key, key) if mixed else (lambda one: one.choice(KEYS), lambda one: one.choice((1, 2, 10)))
    maker = random.choice((makers[0], *makers))
    return AnyMap((maker(random), value(random, depth - 1, mixed=mixed)) for _ in range(random.randrange(4)))


def document(random: Random, depth: int = 3) -> Any:
    """Return a value as JSON holds it, numbers and texts being the odd ones."""
    choice = random.random()
    if depth == 0 or choice < 0.4:
        return scalar(random)
    if choice < 0.65:
        return [document(random, depth - 1) for _ in range(random.randrange(4))]
    return {random.choice(KEYS): document(random, depth - 1) for _ in range(random.randrange(5))}


def key(random: Random) -> Any:
    """Return a key of a map: mostly text."""
    return random.choice(KEYS) if random.random() < 0.9 else random.choice((True, False, 1, 2, 10, 1.5, "10", None))


def quoted(random: Random, content: str) -> str:
    """Return *content* as a string of a template."""
    choice = random.random()
    if choice < 0.2 and "`" not in content:
        return f"`{content}`"
    if choice < 0.25:
        return f'"{random.choice(ESCAPES)}{random.choice(ESCAPES)}"'
    return json.dumps(content, ensure_ascii=random.random() < 0.2 and content.isascii()).replace("\\/", "/")


def broken(random: Random, made: str, noise: Sequence[str]) -> str:
    """Return a text with a piece taken out, doubled, or something else put in."""
    start = random.randrange(len(made) + 1)
    end = min(len(made), start + random.randrange(6))
    choice = random.random()
    if choice < 0.3:
        return made[:start] + made[end:]
    if choice < 0.4:
        return made[:end] + made[start:]
    return made[:start] + random.choice(noise) + made[start:]
