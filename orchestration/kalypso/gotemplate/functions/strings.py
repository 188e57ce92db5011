"""sprig's string functions (https://masterminds.github.io/sprig/strings.html), as of 2.22."""

from __future__ import annotations

import re
from typing import Any

from orchestration.kalypso.goquote import quote
from orchestration.kalypso.gotemplate.errors import FunctionError
from orchestration.kalypso.gotemplate.fmt import show
from orchestration.kalypso.gotemplate.signature import bounded, counted, joined, table
from orchestration.kalypso.values import GO_SPACE, StringMap, Strings, to_bytes, to_text

_NOT_UTF8 = re.compile("[\udc80-\udcff]")


def text_of(value: Any) -> str:
    """Return *value* as sprig's `toString` does."""
    return value if isinstance(value, str) else show(value)


def texts_of(value: Any) -> Strings:
    """Return *value* as a list of strings, without its nils."""
    if isinstance(value, list):
        return Strings(text_of(item) for item in value if item is not None)
    return Strings() if value is None else Strings([text_of(value)])


def _cut(data: bytes, start: int, end: int) -> str:
    """Return a part of a string, by bytes; raises FunctionError where Go's slicing panics."""
    if end < 0 or end > len(data):
        length = f" with length {len(data)}" if end > 0 else ""
        raise FunctionError(f"runtime error: slice bounds out of range [:{end}]{length}")
    if not 0 <= start <= end:
        raise FunctionError(f"runtime error: slice bounds out of range [{start}:{end}]")
    return to_text(data[start:end])


def _trunc(size: int, text: str) -> str:
    data = to_bytes(text)
    return text if len(data) <= size else _cut(data, 0, size)


def _substr(start: int, end: int, text: str) -> str:
    data = to_bytes(text)
    if start < 0:
        return _cut(data, 0, end)
    if end < 0 or end > len(data):
        if start > len(data):
            raise FunctionError(f"runtime error: slice bounds out of range [{start}:{len(data)}]")
        return to_text(data[start:])
    return _cut(data, start, end)


def _abbreviate(data: bytes, offset: int, width: int) -> bytes:
    if not data or len(data) <= width:
        return data
    offset = min(offset, len(data))
    if len(data) - offset < width - 3:
        offset = len(data) - (width - 3)
    if offset <= 4:
        return data[: width - 3] + b"..."
    if width < 7:
        return b""
    if offset + width - 3 < len(data):
        return b"..." + _abbreviate(data[offset:], 0, width - 3)
    return b"..." + data[len(data) - (width - 3) :]


def _abbrev(width: int, text: str) -> str:
    return text if width < 4 else to_text(_abbreviate(to_bytes(text), 0, width))


def _abbrevboth(left: int, right: int, text: str) -> str:
    if right < 4 or (left > 0 and right < 7):
        return text
    return to_text(_abbreviate(to_bytes(text), left, right))


def valid(text: str) -> str:
    """Return *text* with a replacement for each byte that is not UTF-8, as what goes by characters has it."""
    return _NOT_UTF8.sub("\ufffd", text)


def _title(text: str) -> str:
    out, after_letter = [], False
    for char in valid(text):
        out.append(char if after_letter else _simple(char, char.title()))
        after_letter = char.isalpha() or char.isdecimal() or char == "_" if char.isascii() else not _is_gap(char)
    return "".join(out)


def _is_gap(char: str) -> bool:
    return char in GO_SPACE


def _simple(char: str, *changed: str) -> str:
    """Return the first of *changed* that is one character: Go changes no lengths."""
    return next((one for one in changed if len(one) == 1), char)


def upper(text: str) -> str:
    """Return *text* in capitals, character by character."""
    if text.isascii():
        return text.upper()
    return "".join(_simple(char, char.upper(), char.title()) for char in valid(text))


def lower(text: str) -> str:
    """Return *text* in small letters, character by character."""
    if text.isascii():
        return text.lower()
    return "".join(char.lower()[0] for char in valid(text))


def _untitle(text: str) -> str:
    out, start = [], True
    for char in valid(text):
        out.append(lower(char) if start and char not in GO_SPACE else char)
        start = char in GO_SPACE
    return "".join(out)


def _swapcase(text: str) -> str:
    out, start = [], True
    for char in valid(text):
        if char.isupper() or char.istitle():
            out.append(lower(char))
            start = False
        elif char.islower():
            out.append(_simple(char, char.title()) if start else upper(char))
            start = False
        else:
            out.append(char)
            start = char in GO_SPACE
    return "".join(out)


def _latin(text: str) -> str:
    """Return each byte as a character, which is how sprig's byte loops see a string."""
    return to_bytes(text).decode("latin-1")


def _nospace(text: str) -> str:
    kept = "".join(char for char in _latin(text) if char not in GO_SPACE)
    return text if len(kept) == len(to_bytes(text)) else kept


def _initials(text: str) -> str:
    characters = _latin(text)
    gaps = " " + characters
    return "".join(c for before, c in zip(gaps, characters, strict=False) if before in GO_SPACE and c not in GO_SPACE)


def _repeat(count: int, text: str) -> str:
    if count < 0:
        raise FunctionError("strings: negative Repeat count")
    bounded(count * len(text))
    return text * count


def _replace(old: str, new: str, text: str) -> str:
    data, gone, come = to_bytes(text), to_bytes(old), to_bytes(new)
    if not gone:
        bounded(len(text) + (len(text) + 1) * len(new))
        return new + "".join(char + new for char in text)
    bounded(len(data) + data.count(gone) * len(come))
    return to_text(data.replace(gone, come))


def _indent(spaces: int, text: str) -> str:
    if spaces < 0:
        raise FunctionError("strings: negative Repeat count")
    bounded(len(text) + spaces * (text.count("\n") + 1))
    pad = " " * spaces
    return pad + text.replace("\n", "\n" + pad)


def _quote(*values: Any) -> str:
    return joined((quote(text_of(value)) for value in values if value is not None), " ")


def _squote(*values: Any) -> str:
    return joined((f"'{show(value)}'" for value in values if value is not None), " ")


def _cat(*values: Any) -> str:
    return joined((show(value) for value in values if value is not None), " ")


def _wrap(width: int, separator: str, text: str, *, long_words: bool) -> str:
    data, line_end = to_bytes(text), to_bytes(separator) or b"\n"
    width, offset, out = max(width, 1), 0, []
    while len(data) - offset > width:
        if data[offset : offset + 1] == b" ":
            offset += 1
            continue
        gap = data.rfind(b" ", offset, offset + width + 1)
        if gap < 0 and long_words:
            out.append(data[offset : offset + width])
            offset += width
            continue
        if gap < 0:
            gap = data.find(b" ", offset + width)
        if gap < 0:
            out.append(data[offset:])
            return to_text(line_end.join(out))
        out.append(data[offset:gap])
        offset = gap + 1
    bounded(len(data) + len(out) * len(line_end))
    return to_text(b"".join(part + line_end for part in out) + data[offset:])


def split(separator: str, text: str, count: int = -1) -> list[str]:
    """Return the parts of *text* as Go's SplitN does."""
    if count == 0:
        return []
    counted(text.count(separator))
    if not separator:
        characters = list(text)
        if 0 < count < len(characters):
            return [*characters[: count - 1], "".join(characters[count - 1 :])]
        return characters
    return text.split(separator, count - 1) if count > 0 else text.split(separator)


def _numbered(parts: list[str]) -> StringMap:
    return StringMap({f"_{index}": part for index, part in enumerate(parts)})


def _trim(marks: str, text: str) -> str:
    return text.strip(marks) if marks else text


FUNCTIONS = table(
    ("hello", "", lambda: "Hello!"),
    ("abbrev", "int string", _abbrev),
    ("abbrevboth", "int int string", _abbrevboth),
    ("trunc", "int string", _trunc),
    ("trim", "string", lambda text: text.strip(GO_SPACE)),
    ("upper", "string", upper),
    ("lower", "string", lower),
    ("title", "string", _title),
    ("untitle", "string", _untitle),
    ("substr", "int int string", _substr),
    ("repeat", "int string", _repeat),
    ("trimall trimAll", "string string", _trim),
    ("trimSuffix", "string string", lambda tail, text: text.removesuffix(tail)),
    ("trimPrefix", "string string", lambda head, text: text.removeprefix(head)),
    ("nospace", "string", _nospace),
    ("initials", "string", _initials),
    ("swapcase", "string", _swapcase),
    ("wrap", "int string", lambda width, text: _wrap(width, "", text, long_words=False)),
    ("wrapWith", "int string string", lambda width, end, text: _wrap(width, end, text, long_words=True)),
    ("contains", "string string", lambda part, text: part in text),
    ("hasPrefix", "string string", lambda part, text: text.startswith(part)),
    ("hasSuffix", "string string", lambda part, text: text.endswith(part)),
    ("quote", "...any", _quote),
    ("squote", "...any", _squote),
    ("cat", "...any", _cat),
    ("indent", "int string", _indent),
    ("nindent", "int string", lambda spaces, text: "\n" + _indent(spaces, text)),
    ("replace", "string string string", _replace),
    ("plural", "string string int", lambda one, many, count: one if count == 1 else many),
    ("toString", "any", text_of),
    ("split", "string string", lambda separator, text: _numbered(split(separator, text))),
    ("splitList", "string string", lambda separator, text: Strings(split(separator, text))),
    ("splitn", "string int string", lambda separator, count, text: _numbered(split(separator, text, count))),
    ("toStrings", "any", texts_of),
    ("join", "string any", lambda separator, value: joined(texts_of(value), separator)),
)
