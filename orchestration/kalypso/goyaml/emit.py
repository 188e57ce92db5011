"""YAML as go-yaml 3.0.1 writes it: block style, indented by four, never folded."""

from __future__ import annotations

import base64
import re
from typing import Any

from orchestration.kalypso.goyaml.order import sorted_keys, sorted_texts
from orchestration.kalypso.goyaml.resolve import Timestamp
from orchestration.kalypso.goyaml.scalars import BREAKS, analyze, block_hints, breaks_by_newlines, choose_style, escape
from orchestration.kalypso.numbers import format_float
from orchestration.kalypso.values import AnyMap, Struct, is_map, to_bytes, type_name

_INDENT = 4
_SIMPLE_KEY_LENGTH = 128
_DEPTH_LIMIT = 200
_KEPT_LENGTH = 250
_KEPT_ENTRIES = 1 << 16
_BYTES_A_CHARACTER = 4
_BINARY_LINE = 70
_NOT_UTF8 = re.compile("[\udc80-\udcff]")
_LINE_END = re.compile("\n(?=[^\n])")


def dump(value: Any) -> str:
    """Return *value* as a YAML document; raises ValueError for what YAML cannot hold."""
    # What stands before and behind an entry of the outermost mapping or sequence does not change it.
    if type(value) is dict and set(map(type, value)) == {str}:
        keys = sorted_texts(tuple(value))
        items = [value[key] for key in keys]
        entry = _ENTRIES.__getitem__ if set(map(type, items)) == {str} else _any_entry
        return "".join(map(entry, zip(keys, items, strict=True)))
    if type(value) is list and value:
        return "".join([_root_item(item) for item in value])
    return _written(value)


def _written(value: Any) -> str:
    emitter = _Emitter()
    emitter.node(value, -1, "root")
    return emitter.text()


def _entry(key: str, value: Any) -> str:
    text = _text_entry(key, value) if type(value) is str else ""
    if text:
        return text
    emitter = _Emitter()
    emitter.entry(key, value, 0)
    return emitter.text()


def _text_entry(key: str, text: str) -> str:
    """Return an entry of the outermost mapping as most are: a plain key with plain text or lines; "" for any other."""
    if not (key and text) or len(key) > _SIMPLE_KEY_LENGTH // _BYTES_A_CHARACTER:
        return ""
    if choose_style(key, analyze(key), simple_key=True) != "plain":
        return ""
    style = choose_style(text, analyze(text), simple_key=False)
    if style == "plain":
        return f"{key}: {text}\n"
    if style != "literal" or text[0] in BREAKS or not breaks_by_newlines(text):
        return ""
    lines = text.rstrip("\n")
    end = text[len(lines) :] or "\n"
    return _indented(f"{key}: |{block_hints(text)}\n{lines}", _INDENT) + end


class _Entries(dict[tuple[str, str], str]):
    """Entries whose value is text, as they are written; short ones are kept, as they come again and again."""

    def __missing__(self, entry: tuple[str, str]) -> str:
        written = _entry(*entry)
        if len(written) <= _KEPT_LENGTH:
            if len(self) >= _KEPT_ENTRIES:  # more, where two threads have just added one
                self.clear()
            self[entry] = written
        return written


_ENTRIES = _Entries()


def _any_entry(entry: tuple[str, Any]) -> str:
    return _ENTRIES[entry] if type(entry[1]) is str else _entry(*entry)


def _root_item(item: Any) -> str:
    """Return one item of the outermost sequence; maps that were read are never changed, and come again and again."""
    if type(item) is not AnyMap:
        return _written([item])
    text: str | None = item.kept.get("yaml item")
    if text is None:
        text = item.kept["yaml item"] = _written([item])
    return text


class _Emitter:
    """Where the text ends, as far as what follows depends on it."""

    def __init__(self) -> None:
        self.out: list[str] = []
        self.column = 0
        self.whitespace = True  # what stands before is white space
        self.indention = True  # nothing but indentation and indicators stands on the line
        self.depth = 0

    def text(self) -> str:
        """Return what was written, with the final newline."""
        if self.column:
            self.line_break()
        return "".join(self.out)

    def put(self, text: str) -> None:
        self.out.append(text)
        self.column += len(text)

    def line_break(self, char: str = "\n") -> None:
        self.out.append(char)
        self.column, self.indention = 0, True

    def start_line(self, indent: int) -> None:
        indent = max(indent, 0)
        if not self.indention or self.column > indent or (self.column == indent and not self.whitespace):
            self.line_break()
        self.put(" " * (indent - self.column))
        self.whitespace = True

    def indicator(self, text: str, *, spaced: bool = False, whitespace: bool = False, indents: bool = False) -> None:
        if spaced and not self.whitespace:
            self.put(" ")
        self.put(text)
        self.whitespace, self.indention = whitespace, self.indention and indents

    def node(self, value: Any, indent: int, place: str) -> None:
        """Write *value*; *place* is root, item, value or key, *indent* that of what it stands in."""
        self.depth += 1
        if self.depth > _DEPTH_LIMIT:
            raise ValueError(f"refused: more than {_DEPTH_LIMIT} levels deep")
        value = value.go_yaml() if hasattr(value, "go_yaml") else value
        if is_map(value):
            self.mapping(value, indent, place)
        elif isinstance(value, list | bytes):
            self.sequence(list(value), indent, place)
        elif isinstance(value, Timestamp):
            self.plain(value)
        elif isinstance(value, str):
            self.string(value, indent, place)
        else:
            self.plain(_plain(value))
        self.depth -= 1

    def sequence(self, items: list[Any], indent: int, place: str) -> None:
        if not items:
            return self.empty("[", "]")
        inner = _deeper(indent, place)
        for item in items:
            self.start_line(inner)
            self.indicator("-", spaced=True, indents=True)
            self.node(item, inner, "item")
        return None

    def mapping(self, entries: Any, indent: int, place: str) -> None:
        if not entries:
            return self.empty("{", "}")
        inner = _deeper(indent, place)
        for key in list(entries) if isinstance(entries, Struct) else sorted_keys(entries):
            self.entry(key, entries[key], inner)
        return None

    def entry(self, key: Any, value: Any, indent: int) -> None:
        self.start_line(indent)
        if _is_simple_key(key):
            self.node(key, indent, "key")
            self.indicator(":")
        else:
            self.indicator("?", spaced=True, indents=True)
            self.node(key, indent, "value")
            self.start_line(indent)
            self.indicator(":", spaced=True, indents=True)
        self.node(value, indent, "value")

    def empty(self, opening: str, closing: str) -> None:
        self.indicator(opening, spaced=True, whitespace=True)
        self.indicator(closing)

    def plain(self, text: str) -> None:
        self.indicator(text, spaced=bool(text))

    def string(self, text: str, indent: int, place: str) -> None:
        if not text.isascii() and _NOT_UTF8.search(text):
            self.indicator("!!binary", spaced=True)
            text = _binary(text)
        analysis = analyze(text)
        style = choose_style(text, analysis, simple_key=place == "key")
        if style == "plain":
            self.plain(text)
        elif style == "double":
            self.indicator(f'"{escape(text)}"', spaced=True)
        elif style == "single":
            self.indicator("'", spaced=True)
            self.broken(text.replace("'", "''"), _deeper(indent, place, flow=True), breaks=False)
            self.indicator("'")
        else:
            self.indicator(f"|{block_hints(text)}", spaced=True)
            self.whitespace = True
            self.broken(text, _deeper(indent, place, flow=True), breaks=True)

    def broken(self, text: str, indent: int, *, breaks: bool) -> None:
        """Write text whose lines, but for empty ones, are indented."""
        if breaks and text[0] not in BREAKS and breaks_by_newlines(text):
            self.start_line(indent)
            last = text[text.rfind("\n") + 1 :]
            whole = text.rstrip("\n")
            self.out += (_indented(whole, indent), text[len(whole) :])
            self.indention = not last
            self.column = self.column + len(last) if last else 0
            return
        for char in text:
            if char in BREAKS:
                if char == "\n":
                    self.line_break()
                else:
                    self.put(char)
                    self.column, self.indention = 0, True
                breaks = True
                continue
            if breaks:
                self.start_line(indent)
            self.put(char)
            self.indention = breaks = False


def _indented(text: str, indent: int) -> str:
    """Return text whose lines behind the first, but for empty ones, are indented."""
    pad = "\n" + " " * indent
    return _LINE_END.sub(pad, text) if "\n\n" in text else text.replace("\n", pad)


def _deeper(indent: int, place: str, *, flow: bool = False) -> int:
    if indent < 0:
        return _INDENT if flow else 0
    if place == "item":
        return indent + 2
    return _INDENT * ((indent + _INDENT) // _INDENT)


def _is_simple_key(key: Any) -> bool:
    if isinstance(key, str):
        return len(to_bytes(key)) <= _SIMPLE_KEY_LENGTH and not analyze(key).multiline
    return (not isinstance(key, list) and not is_map(key)) or not key


def _plain(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(int(value))
    if isinstance(value, float):
        text = format_float(value)
        return {"+Inf": ".inf", "-Inf": "-.inf", "NaN": ".nan"}.get(text, text)
    raise ValueError(f"cannot marshal type: {type_name(value)}")


def _binary(text: str) -> str:
    encoded = base64.b64encode(to_bytes(text)).decode("ascii")
    if len(encoded) < _BINARY_LINE:
        return encoded
    lines = (encoded[at : at + _BINARY_LINE] for at in range(0, len(encoded), _BINARY_LINE))
    return "".join(f"{line}\n" for line in lines)
