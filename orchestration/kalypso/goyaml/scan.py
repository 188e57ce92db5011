"""Tokens as go-yaml 2.4 has them, which is libyaml's scanner of old with changes of its own.

PyYAML's scanner in Python has the same ancestor. What is overridden is where go-yaml goes another way; libyaml has gone
a third since: `[http://a/b?c]`, `{a:}`, `[!a, b]` and `"\\'"` are read in three ways.
"""

from __future__ import annotations

import re
from typing import Any, ClassVar

from yaml.parser import Parser
from yaml.reader import Reader
from yaml.scanner import Scanner, ScannerError
from yaml.tokens import FlowEntryToken, FlowSequenceEndToken, ScalarToken, TagToken, ValueToken

_BREAKS = "\r\n\x85\u2028\u2029"
_BLANKS = "\0 \t" + _BREAKS
_WORD = frozenset("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_-")
_HALVES = re.compile("[\ud800-\udfff]")
_INDICATORS = re.compile("[+-][0-9]?|[0-9][+-]?")


class GoLoader(Reader, Scanner, Parser):
    """Gives the tokens and events of a text as far as go-yaml has others than PyYAML."""

    ESCAPE_REPLACEMENTS: ClassVar[dict[str, str]] = {
        **{escape: char for escape, char in Scanner.ESCAPE_REPLACEMENTS.items() if escape != "/"},
        "'": "'",
    }

    allow_simple_key: bool
    flow_level: int

    def __init__(self, text: str) -> None:
        Reader.__init__(self, text.lstrip("\ufeff"))
        Scanner.__init__(self)
        Parser.__init__(self)
        self.levels: dict[int, int] = {}  # of the tokens that may begin a simple key, the flow level
        self.newest: dict[int, int] = {}  # by flow level the token that began it, or the newest that may begin a key

    def need_more_tokens(self) -> bool:
        """Whether the token at the head may yet turn out to begin a simple key."""
        if self.done or not self.tokens:
            return not self.done
        self.stale_possible_simple_keys()
        return self.levels.get(self.tokens_taken) in self.possible_simple_keys

    def save_possible_simple_key(self) -> None:
        super().save_possible_simple_key()
        if self.allow_simple_key:
            number = self.tokens_taken + len(self.tokens)
            self.levels[number] = self.flow_level
            self.newest[self.flow_level] = number

    def fetch_flow_collection_start(self, token: Any) -> None:
        super().fetch_flow_collection_start(token)
        self.newest[self.flow_level] = self.tokens_taken + len(self.tokens) - 1

    def fetch_flow_collection_end(self, token: Any) -> None:
        # Of an empty collection the newest token is its own beginning, which go-yaml then no longer takes for a key.
        level = self.flow_level
        super().fetch_flow_collection_end(token)
        if level:
            self.levels.pop(self.newest.pop(level, -1), None)
        self.flow_level = max(self.flow_level, 0)

    def scan_to_next_token(self) -> None:
        while True:
            while self.peek() == " " or (self.peek() == "\t" and (self.flow_level or not self.allow_simple_key)):
                self.forward()
            if self.peek() == "#":
                while self.peek() not in "\0" + _BREAKS:
                    self.forward()
            if not self.scan_line_break():
                return
            if not self.flow_level:
                self.allow_simple_key = True

    def scan_plain(self) -> ScalarToken:
        start = end = self.get_mark()
        chunks: list[str] = []
        spaces: list[str] | None = []
        while self.peek() != "#":
            length = self._plain_length()
            if not length:
                break
            self.allow_simple_key = False
            chunks += [*(spaces or []), self.prefix(length)]
            self.forward(length)
            end = self.get_mark()
            spaces = self.scan_plain_spaces(self.indent + 1, start)
            if not spaces or (not self.flow_level and self.column < self.indent + 1):
                break
        return ScalarToken("".join(chunks), True, start, end)

    def _plain_length(self) -> int:
        length = 0
        while True:
            char = self.peek(length)
            if char in _BLANKS or (char == ":" and self.peek(length + 1) in _BLANKS):
                return length
            if self.flow_level and char in ",?[]{}":
                return length
            length += 1

    def scan_plain_spaces(self, indent: int, start_mark: Any) -> list[str] | None:
        length = 0
        while self.peek(length) in " \t":
            length += 1
        blanks = self.prefix(length)
        self.forward(length)
        if self.peek() not in _BREAKS:
            return [blanks] if blanks else []
        first = self.scan_line_break()
        self.allow_simple_key = True
        others: list[str] = []
        while not self._at_document_mark() and self.peek() in " \t" + _BREAKS:
            if self.peek() == "\t" and self.column < indent:
                problem = "found a tab character that violates indentation"
                raise ScannerError("while scanning a plain scalar", start_mark, problem, self.get_mark())
            if self.peek() in " \t":
                self.forward()
            else:
                others.append(self.scan_line_break())
        if self._at_document_mark():
            return None
        return others or [" "] if first == "\n" else [first, *others]

    def _at_document_mark(self) -> bool:
        return self.column == 0 and self.prefix(3) in ("---", "...") and self.peek(3) in _BLANKS

    def fault(self, problem: str) -> ScannerError:
        return ScannerError(None, None, problem, self.get_mark())

    def scan_directive_name(self, start_mark: Any) -> str:
        name = str(super().scan_directive_name(start_mark))
        if name not in ("YAML", "TAG"):
            raise self.fault("found unknown directive name")
        return name

    def scan_tag(self) -> TagToken:
        start, length = self.get_mark(), 1
        while self.peek(length) in _WORD:
            length += 1
        handle: str | None = None
        if self.peek(1) == "<":
            self.forward(2)
            suffix = self.scan_tag_uri("tag", start)
            if self.peek() != ">":
                raise self.fault("did not find the expected '>'")
            self.forward()
        elif self.peek(length) == "!":
            handle = self.prefix(length + 1)
            self.forward(length + 1)
            suffix = self.scan_tag_uri("tag", start)
        else:
            self.forward()
            handle, suffix = (None, "!") if self.peek() in _BLANKS else ("!", self.scan_tag_uri("tag", start))
        if self.peek() not in _BLANKS:
            raise self.fault("did not find expected whitespace or line break")
        return TagToken((handle, suffix), start, self.get_mark())

    def scan_flow_scalar(self, style: str) -> ScalarToken:
        token: ScalarToken = super().scan_flow_scalar(style)
        if _HALVES.search(token.value):
            raise self.fault("found invalid Unicode character escape code")
        return token

    def scan_block_scalar_indicators(self, start_mark: Any) -> tuple[bool | None, int | None]:
        match = _INDICATORS.match(self.prefix(2))
        marks = match[0] if match else ""
        self.forward(len(marks))
        digits = marks.strip("+-")
        if digits == "0":
            raise self.fault("found an indentation indicator equal to 0")
        return "+" in marks if marks != digits else None, int(digits) if digits else None

    def scan_block_scalar_ignored_line(self, start_mark: Any) -> None:
        while self.peek() in " \t":
            self.forward()
        if self.peek() not in "#\0" + _BREAKS:
            raise self.fault("did not find expected comment or line break")
        while self.peek() not in "\0" + _BREAKS:
            self.forward()
        self.scan_line_break()

    def scan_block_scalar_indentation(self) -> tuple[list[str], int, Any]:
        found: tuple[list[str], int, Any] = super().scan_block_scalar_indentation()
        self._refuse_tab()
        return found

    def scan_block_scalar_breaks(self, indent: int) -> tuple[list[str], Any]:
        found: tuple[list[str], Any] = super().scan_block_scalar_breaks(indent)
        if self.column < indent:
            self._refuse_tab()
        return found

    def _refuse_tab(self) -> None:
        if self.peek() == "\t":
            raise self.fault("found a tab character where an indentation space is expected")

    def parse_flow_sequence_entry_mapping_key(self) -> Any:
        token = self.get_token()
        if not self.check_token(ValueToken, FlowEntryToken, FlowSequenceEndToken):
            self.states.append(self.parse_flow_sequence_entry_mapping_value)
            return self.parse_flow_node()
        self.get_token()  # go-yaml takes what is no key for one
        self.state = self.parse_flow_sequence_entry_mapping_value
        return self.process_empty_scalar(token.end_mark)
