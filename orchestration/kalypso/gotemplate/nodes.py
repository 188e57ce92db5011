"""The parts of a parsed template; `str` of one is how Go quotes it in a message."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Node:
    """A part of a template, with its place in the text."""

    pos: int


@dataclass(slots=True)
class Text(Node):
    """Text outside actions."""

    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(slots=True)
class Identifier(Node):
    """A function's name."""

    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(slots=True)
class Variable(Node):
    """A variable, with the fields asked of it."""

    names: list[str]

    def __str__(self) -> str:
        return ".".join(self.names)


@dataclass(slots=True)
class Dot(Node):
    """The current value."""

    def __str__(self) -> str:
        return "."


@dataclass(slots=True)
class Nil(Node):
    """The word nil."""

    def __str__(self) -> str:
        return "nil"


@dataclass(slots=True)
class Field(Node):
    """Fields asked of the current value."""

    names: list[str]

    def __str__(self) -> str:
        return "".join(f".{name}" for name in self.names)


@dataclass(slots=True)
class Chain(Node):
    """Fields asked of a pipeline or of a function's result."""

    node: Node
    names: list[str]

    def __str__(self) -> str:
        return _operand(self.node) + "".join(f".{name}" for name in self.names)


@dataclass(slots=True)
class Bool(Node):
    """A boolean."""

    value: bool

    def __str__(self) -> str:
        return "true" if self.value else "false"


@dataclass(slots=True)
class Number(Node):
    """A number, as each of the types that it can be read as."""

    text: str
    integer: int | None = None
    unsigned: int | None = None
    real: float | None = None
    complex: complex | None = None

    def __str__(self) -> str:
        return self.text


@dataclass(slots=True)
class String(Node):
    """A string, with its spelling."""

    spelling: str
    value: str

    def __str__(self) -> str:
        return self.spelling


@dataclass(slots=True)
class Command(Node):
    """An operand with its arguments."""

    args: list[Node] = field(default_factory=list)

    def __str__(self) -> str:
        return " ".join(map(_operand, self.args))


@dataclass(slots=True)
class Pipe(Node):
    """Commands, each taking what the one before gave; and the variables that take the result."""

    variables: list[Variable] = field(default_factory=list)
    commands: list[Command] = field(default_factory=list)
    assigns: bool = False

    def __str__(self) -> str:
        names = ", ".join(map(str, self.variables))
        head = f"{names} {'=' if self.assigns else ':='} " if names else ""
        return head + " | ".join(map(str, self.commands))


@dataclass(slots=True)
class Action(Node):
    """A pipeline whose result is printed."""

    pipe: Pipe

    def __str__(self) -> str:
        return f"{{{{{self.pipe}}}}}"


@dataclass(slots=True)
class Sequence(Node):
    """Nodes one after the other."""

    nodes: list[Node] = field(default_factory=list)

    def __str__(self) -> str:
        return "".join(map(str, self.nodes))


@dataclass(slots=True)
class Branch(Node):
    """An if, range or with."""

    word: str
    pipe: Pipe
    body: Sequence
    otherwise: Sequence | None

    def __str__(self) -> str:
        other = f"{{{{else}}}}{self.otherwise}" if self.otherwise is not None else ""
        return f"{{{{{self.word} {self.pipe}}}}}{self.body}{other}{{{{end}}}}"


@dataclass(slots=True)
class Call(Node):
    """The execution of another template."""

    name: str
    spelling: str
    pipe: Pipe | None

    def __str__(self) -> str:
        return f"{{{{template {self.spelling}{f' {self.pipe}' if self.pipe else ''}}}}}"


@dataclass(slots=True)
class Word(Node):
    """One of the words break, continue, else and end."""

    word: str

    def __str__(self) -> str:
        return f"{{{{{self.word}}}}}"


def _operand(node: Node) -> str:
    return f"({node})" if isinstance(node, Pipe) else str(node)


def is_empty(node: Node) -> bool:
    """Whether *node* is nothing but white space."""
    if isinstance(node, Sequence):
        return all(map(is_empty, node.nodes))
    return isinstance(node, Text) and not node.text.strip()
