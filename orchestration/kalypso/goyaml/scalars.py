"""How go-yaml writes a string: plain, quoted or as a block, and each of these as text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from orchestration.kalypso.goyaml.resolve import OLD_FALSE, OLD_TRUE, Timestamp, resolve

Style = Literal["plain", "single", "double", "literal"]
BREAKS = "\r\n\x85\u2028\u2029"
_OLD_BOOLEANS = frozenset((*OLD_TRUE, *OLD_FALSE))
_BASE60 = re.compile(r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?", re.ASCII)
_STARTS = frozenset("#,[]{}&*!|>'\"%@`")
_SPECIAL = re.compile("[^\n\t\x20-\x7e\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd]")
_OTHER_BREAK = re.compile("[\x85\u2028\u2029]")
_BREAK = re.compile(f"[{BREAKS}]")
_SPACE_BREAK, _BREAK_SPACE = re.compile(f" [{BREAKS}]"), re.compile(f"[{BREAKS}] ")
_ESCAPES = {
    "\0": "0", "\a": "a", "\b": "b", "\t": "t", "\n": "n", "\v": "v", "\f": "f", "\r": "r", "\x1b": "e",
    '"': '"', "\\": "\\", "\x85": "N", "\xa0": "_", "\u2028": "L", "\u2029": "P",
}  # fmt: skip


@dataclass(frozen=True)
class Analysis:
    """Which styles a string allows."""

    multiline: bool
    plain: bool
    single: bool
    block: bool


@lru_cache(maxsize=4096)
def analyze(text: str) -> Analysis:
    """Return the styles that *text* could be written in outside a flow collection."""
    if not text:
        return Analysis(multiline=False, plain=True, single=True, block=False)
    if text.isascii() and "\r" not in text:  # which nearly all are: the same, without looking at each character
        multiline, space_break, break_space = "\n" in text, " \n" in text, "\n " in text
        special = not text.replace("\n", "").replace("\t", "").isprintable()
    else:
        multiline = bool(_BREAK.search(text))
        space_break, break_space = bool(_SPACE_BREAK.search(text)), bool(_BREAK_SPACE.search(text))
        special = bool(_SPECIAL.search(text))
    edges = text[0] in " " + BREAKS or text[-1] in " " + BREAKS
    tabs = "\t" in text
    free = not (edges or multiline or break_space or space_break or tabs or special)
    return Analysis(
        multiline=multiline,
        plain=free and not _has_indicator(text),
        single=not (break_space or space_break or tabs or special),
        block=not (text[-1] == " " or space_break or special),
    )


def breaks_by_newlines(text: str) -> bool:
    """Whether no line of *text* ends with anything but a newline."""
    return "\r" not in text and (text.isascii() or not _OTHER_BREAK.search(text))


def _has_indicator(text: str) -> bool:
    if text.startswith(("---", "...")) or text[0] in _STARTS:
        return True
    if text[0] in "?:-" and (len(text) == 1 or text[1] in " \t"):
        return True
    return bool(re.search(r":([ \t]|\Z)|[ \t]#", text[1:])) or (text[0] in " \t" and text[1:2] == "#")


@lru_cache(maxsize=4096)
def wanted_style(text: str) -> Style:
    """Return the style go-yaml asks for before it looks at what *text* allows."""
    if "\n" in text:
        return "literal"
    value = resolve(text, old_booleans=False)
    is_text = isinstance(value, str) and not isinstance(value, Timestamp)
    return "plain" if is_text and text not in _OLD_BOOLEANS and not _BASE60.fullmatch(text) else "double"


def choose_style(text: str, analysis: Analysis, *, simple_key: bool) -> Style:
    """Return the style that *text* is written in."""
    style: Style = "double" if simple_key and analysis.multiline else wanted_style(text)
    if style == "plain" and not (analysis.plain and (text or not simple_key)):
        style = "single"
    if style == "single" and not analysis.single:
        style = "double"
    if style == "literal" and (simple_key or not analysis.block):
        style = "double"
    return style


def escape(text: str) -> str:
    """Return the inside of *text* in double quotes."""
    if text.startswith("\ufeff"):  # go-yaml then takes every character for a byte-order mark
        return "".join(map(_escaped, text))
    return re.sub(f'{_SPECIAL.pattern}|["\\\\\t{BREAKS}]', lambda match: _escaped(match[0]), text)


def _escaped(char: str) -> str:
    if char in _ESCAPES:
        return "\\" + _ESCAPES[char]
    code = ord(char)
    return f"\\x{code:02X}" if code <= 0xFF else f"\\u{code:04X}" if code <= 0xFFFF else f"\\U{code:08X}"


def block_hints(text: str) -> str:
    """Return what follows the `|` of a block: how far it is indented, how its end is to be read."""
    indent = "4" if text[0] in " " + BREAKS else ""
    if text[-1] not in BREAKS:
        return f"{indent}-"
    return f"{indent}+" if len(text) == 1 or text[-2] in BREAKS else indent
