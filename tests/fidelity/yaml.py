"""Made-up values to write as YAML, and made-up YAML to read."""

from __future__ import annotations

from random import Random
from typing import Any

from orchestration.kalypso.goyaml import dump
from tests.fidelity import words
from tests.fidelity.tags import tagged

_TAGS = (
    "!!str ",
    "!!int ",
    "!!float ",
    "!!bool ",
    "!!null ",
    "!!binary ",
    "!!timestamp ",
    "!!map ",
    "!!seq ",
    "!x ",
    "! ",
    "!!merge ",
)
_NOISE = (
    "#", ": ", "- ", "? ", "&a ", "*a", "!", "|", ">", "'", '"', "%YAML 1.1\n---\n", "---\n", "...\n", "\t", "\n",
    " ", "  ", "{", "}", "[", "]", ",", "<<: *a\n", "\\", "@", "`", "%", "é", "\x85", "\x00", "|-\n", ">+\n", "|2\n",
    "- - ", "!!str", "\ufeff", "\r\n", "\x07",
)  # fmt: skip


def written(random: Random, count: int) -> list[dict[str, Any]]:
    """Return *count* cases of values to write."""
    makers = (
        words.value,
        words.document,
        words.value,
        lambda one: {words.text(one): words.value(one, 2), "z": words.scalar(one)},
    )
    return [{"kind": "yaml-write", "value": tagged(random.choice(makers)(random))} for _ in range(count)]


def read(random: Random, count: int) -> list[dict[str, Any]]:
    """Return *count* cases of texts to read."""
    return [{"kind": "yaml-read", "yaml": _Writer(random).text()} for _ in range(count)]


class _Writer:
    """Writes YAML in every style, now and then wrong."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.anchors: list[str] = []

    def text(self) -> str:
        choice = self.random.random()
        if choice < 0.2:
            made = dump(words.value(self.random))
        elif choice < 0.3:
            made = words.text(self.random)
        else:
            made = self.block(0, 3)
        if self.random.random() < 0.1:
            made = (
                self.random.choice(
                    ("---\n", "--- ", "%YAML 1.1\n---\n", "# x\n", "\ufeff", "%TAG !e! tag:e.org,2000:\n---\n")
                )
                + made
            )
        if self.random.random() < 0.1:
            made += self.random.choice(("...\n", "---\nb: 1\n", "# end", "\n\n", " ", "\t"))
        while self.random.random() < 0.2:
            made = words.broken(self.random, made, _NOISE)
        # Of a byte-order mark further on it depends on where go-yaml's buffer begins what it is taken for.
        return made[:1] + made[1:].replace("\ufeff", "")

    def scalar(self, *, flow: bool = False) -> str:
        content = self.random.choice(words.TEXTS) if self.random.random() < 0.8 else str(words.scalar(self.random))
        choice = self.random.random()
        if choice < 0.6:
            return content if not flow else content.replace("\n", " ")
        if choice < 0.75:
            return "'" + content.replace("'", "''") + "'"
        return words.quoted(self.random, content).replace("`", '"')

    def properties(self) -> str:
        choice = self.random.random()
        if choice < 0.05:
            self.anchors.append(self.random.choice("abc"))
            return f"&{self.anchors[-1]} "
        return str(self.random.choice(_TAGS)) if choice < 0.13 else ""

    def flow(self, depth: int) -> str:
        choice = self.random.random()
        if self.anchors and choice < 0.1:
            return f"*{self.random.choice(self.anchors)}"
        if depth == 0 or choice < 0.5:
            return self.properties() + self.scalar(flow=True)
        items = [self.flow(depth - 1) for _ in range(self.random.randrange(4))]
        end = self.random.choice(("", "", "", ",", "\n"))
        if choice < 0.75:
            return f"{self.properties()}[{', '.join(items)}{end}]"
        pairs = (
            f"{self.random.choice(('', '', '', '? '))}{self.key()}{self.random.choice((': ', ': ', ':', ' : '))}{one}"
            for one in items
        )
        return f"{self.properties()}{{{', '.join(pairs)}{end}}}"

    def key(self) -> str:
        choice = self.random.random()
        if choice < 0.7:
            return str(self.random.choice(words.KEYS))
        return f"*{self.random.choice(self.anchors)} " if self.anchors and choice < 0.75 else self.scalar(flow=True)

    def literal(self, indent: int) -> str:
        head = self.random.choice("|>") + self.random.choice(("", "", "-", "+", "2", "1-", "9", "+2"))
        lines = [
            self.random.choice(("a", " b", "", "  c", "d ", "\te", "# f", "g: h", "- i"))
            for _ in range(self.random.randrange(5))
        ]
        pad = " " * (indent + self.random.choice((1, 2, 2, 2, 4)))
        return f"{self.properties()}{head}{self.random.choice(('', '', ' # c'))}\n" + "".join(
            f"{pad if one else ''}{one}\n" for one in lines
        )

    def block(self, indent: int, depth: int) -> str:
        """Return a node that begins on a line of its own, indented."""
        pad, choice = " " * indent, self.random.random()
        if depth == 0 or choice < 0.2:
            return f"{pad}{self.flow(2)}\n"
        lines = []
        for _ in range(self.random.choice((1, 1, 2, 2, 3))):
            if choice < 0.5:
                lines.append(f"{pad}-{self.after(indent, depth)}")
            elif self.random.random() < 0.08 and self.anchors:
                merged = self.random.choice(
                    (
                        f"*{self.anchors[-1]}",
                        f"[*{self.anchors[0]}, *{self.anchors[-1]}]",
                        "{a: 1}",
                        "1",
                        "[{b: 2}, {c: 3}]",
                    )
                )
                lines.append(
                    f"{pad}{self.random.choice(('<<', '<<', '!!merge x', chr(34) + '<<' + chr(34)))}: {merged}\n"
                )
            elif self.random.random() < 0.04:
                lines.append(f"{pad}? {self.flow(1)}\n{pad}:{self.after(indent, depth)}")
            else:
                lines.append(f"{pad}{self.key()}:{self.after(indent, depth)}")
            if self.random.random() < 0.05:
                lines.append(self.random.choice(("\n", "# c\n", "   # c\n", "\t\n")))
        return "".join(lines)

    def after(self, indent: int, depth: int) -> str:
        choice = self.random.random()
        if choice < 0.1:
            return "\n"
        if choice < 0.2:
            return f" {self.literal(indent)}"
        if choice < 0.6:
            return f" {self.flow(depth)}{self.random.choice(('', '', '', ' # c', ' #', '#'))}\n"
        return f" {self.properties()}\n{self.block(indent + self.random.choice((1, 2, 2, 4, 0)), depth - 1)}"
