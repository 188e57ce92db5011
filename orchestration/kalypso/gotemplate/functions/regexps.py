"""sprig's regular expressions, which are RE2's."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from orchestration.kalypso.goquote import can_backquote, quote
from orchestration.kalypso.goregexp import BadPattern, Match, Pattern, compile_pattern
from orchestration.kalypso.gotemplate.errors import FunctionError
from orchestration.kalypso.gotemplate.signature import joined, table
from orchestration.kalypso.values import NilStrings, Strings

_NAME = re.compile(r"\$(?:(\w+)|\{(\w+)\})")


def _compiled(pattern: str) -> Pattern:
    try:
        return compile_pattern(pattern)
    except BadPattern as error:
        shown = f"`{pattern}`" if can_backquote(pattern) else quote(pattern)
        raise FunctionError(f"regexp: Compile({shown}): {error}") from error


def _matches(pattern: str, text: str, limit: int = -1) -> Iterator[Match]:
    try:
        yield from _compiled(pattern).finditer(text, limit)
    except BadPattern as error:
        raise FunctionError(str(error)) from error


def _price(pattern: str, text: str, *_: object) -> int:
    """Return the steps that a pattern may take over a text, and those of compiling it."""
    try:
        return 200 + compile_pattern(pattern).work(text)
    except BadPattern:
        return 200


def _match(pattern: str, text: str) -> bool:
    try:
        compile_pattern(pattern)
    except BadPattern:
        return False
    return any(True for _ in _matches(pattern, text, 1))


def _find_all(pattern: str, text: str, limit: int) -> Strings:
    return Strings(match.text() for match in _matches(pattern, text, limit)) or NilStrings()


def _find(pattern: str, text: str) -> str:
    return next((match.text() for match in _matches(pattern, text, 1)), "")


def _replace_expanded(pattern: str, text: str, replacement: str) -> str:
    return _replaced(pattern, text, lambda match: expand(replacement, match))


def _replace_literal(pattern: str, text: str, replacement: str) -> str:
    return _replaced(pattern, text, lambda _: replacement)


def _replaced(pattern: str, text: str, replacement: Callable[[Match], str]) -> str:
    parts: list[str] = []
    end = 0
    for match in _matches(pattern, text):
        parts += [text[end : match.start], replacement(match)]
        end = match.end
    return joined([*parts, text[end:]])


def expand(template: str, match: Match) -> str:
    """Return *template* with `$1`, `${1}` and `$name` replaced; `$$` is a dollar sign."""
    out: list[str] = []
    at = 0
    while (dollar := template.find("$", at)) >= 0:
        out.append(template[at:dollar])
        found = _NAME.match(template, dollar)
        if template.startswith("$$", dollar):
            out.append("$")
            at = dollar + 2
        elif found is None:
            out.append("$")
            at = dollar + 1
        else:
            out.append(match.group(found[1] or found[2]))
            at = found.end()
    return "".join([*out, template[at:]])


def _split(pattern: str, text: str, limit: int) -> Strings:
    _compiled(pattern)  # a bad one is told even if there is nothing to split
    if limit == 0:
        return NilStrings()
    if pattern and not text:
        return Strings([""])
    parts: list[str] = []
    start = end = 0
    for match in _matches(pattern, text, limit):
        if limit > 0 and len(parts) == limit - 1:
            break
        end = match.start
        if match.end:
            parts.append(text[start:end])
        start = match.end
    if end != len(text):
        parts.append(text[start:])
    return Strings(parts)


_FUNCTIONS = table(
    ("regexMatch", "string string", _match),
    ("regexFindAll", "string string int", _find_all),
    ("regexFind", "string string", _find),
    ("regexReplaceAll", "string string string", _replace_expanded),
    ("regexReplaceAllLiteral", "string string string", _replace_literal),
    ("regexSplit", "string string int", _split),
)
FUNCTIONS = {name: replace(one, price=_price) for name, one in _FUNCTIONS.items()}
