"""Go's Sprintf: verbs, flags, widths, argument indexes, and how it complains inside the text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from orchestration.kalypso.gotemplate.fmt import show
from orchestration.kalypso.gotemplate.signature import bounded
from orchestration.kalypso.gotemplate.verbs import BadVerb, Flags, bad_verb, format_value
from orchestration.kalypso.values import is_integer, type_name

_LIMIT = 1_000_000
_FLAGS = re.compile(r"[-+# 0]*")
_NUMBER = re.compile(r"[0-9]+")
_INDEX = re.compile(r"\[([^\]]*)\]")


def sprintf(text: str, *arguments: Any) -> str:
    """Return *text* with its verbs replaced; what does not fit is marked as Go marks it."""
    printer = _Printer(text, arguments)
    return printer.run()


class _Printer:
    def __init__(self, text: str, arguments: Sequence[Any]) -> None:
        self.text, self.arguments = text, arguments
        self.at = self.used = 0
        self.size = 0
        self.reordered = self.good_index = False
        self.out: list[str] = []

    def run(self) -> str:
        while self.at < len(self.text):
            start = self.text.find("%", self.at)
            if start < 0:
                self.put(self.text[self.at :])
                break
            self.put(self.text[self.at : start])
            self.at = start + 1
            self.verb()
        if not self.reordered and self.used < len(self.arguments):
            rest = ", ".join(_typed(argument) for argument in self.arguments[self.used :])
            self.put(f"%!(EXTRA {rest})")
        return "".join(self.out)

    def put(self, text: str) -> None:
        self.size = bounded(self.size + len(text))
        self.out.append(text)

    def verb(self) -> None:
        self.good_index = True
        marks = _FLAGS.match(self.text, self.at)
        flags = Flags.of(marks[0] if marks else "")
        self.at += len(marks[0]) if marks else 0
        after_index = self.index()
        flags, after_index = self.width(flags, after_index=after_index)
        flags, after_index = self.precision(flags, after_index=after_index)
        if not after_index:
            self.index()
        if self.at >= len(self.text):
            self.put("%!(NOVERB)")
            return
        verb = self.text[self.at]
        self.at += 1
        if verb == "%":
            self.put("%")
        elif not self.good_index:
            self.put(f"%!{verb}(BADINDEX)")
        elif self.used >= len(self.arguments):
            self.put(f"%!{verb}(MISSING)")
        else:
            argument = self.arguments[self.used]
            self.used += 1
            self.put(_formatted(flags, verb, argument))

    def index(self) -> bool:
        """Take an explicit argument index; return whether there was one."""
        if self.text[self.at : self.at + 1] != "[":
            return False
        self.reordered = True
        match = _INDEX.match(self.text, self.at)
        if match is None:
            self.good_index = False
            self.at += 1
            return False
        self.at = match.end()
        number = int(match[1]) if _NUMBER.fullmatch(match[1]) and len(match[1]) < 8 else 0
        if not 1 <= number <= len(self.arguments):
            self.good_index = False
            return True
        self.used = number - 1
        return True

    def star(self) -> int | None:
        """Take a width or precision from the arguments."""
        self.at += 1
        if self.used >= len(self.arguments):
            return None
        argument = self.arguments[self.used]
        self.used += 1
        return int(argument) if is_integer(argument) and abs(argument) <= _LIMIT else None

    def number(self) -> int | None:
        match = _NUMBER.match(self.text, self.at)
        if match is None:
            return None
        if len(match[0]) > 7 or int(match[0]) > _LIMIT:
            self.at = len(self.text)  # Go then gives up on the text
            return None
        self.at = match.end()
        return int(match[0])

    def width(self, flags: Flags, *, after_index: bool) -> tuple[Flags, bool]:
        if self.text[self.at : self.at + 1] == "*":
            width = self.star()
            if width is None:
                self.put("%!(BADWIDTH)")
            elif width < 0:
                return flags.with_width(-width, minus=True), False
            return flags.with_width(width), False
        width = self.number()
        if width is not None and after_index:
            self.good_index = False
        return flags.with_width(width), after_index and width is None

    def precision(self, flags: Flags, *, after_index: bool) -> tuple[Flags, bool]:
        if self.text[self.at : self.at + 1] != ".":
            return flags, after_index
        self.at += 1
        if after_index:
            self.good_index = False
        after_index = self.index()
        if self.text[self.at : self.at + 1] == "*":
            precision = self.star()
            if precision is None or precision < 0:
                self.put("%!(BADPREC)")
                return flags, False
            return flags.with_precision(precision), False
        return flags.with_precision(self.number() or 0), after_index


def _typed(argument: Any) -> str:
    return "<nil>" if argument is None else f"{type_name(argument)}={show(argument)}"


def _formatted(flags: Flags, verb: str, argument: Any) -> str:
    flags = flags.of_value() if verb in "vw" else flags
    try:
        return format_value(flags, verb, argument)
    except BadVerb:
        return bad_verb(flags, verb, argument)
