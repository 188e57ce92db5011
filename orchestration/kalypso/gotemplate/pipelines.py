"""Pipelines, commands and operands, with the checks and messages of Go's text/template/parse."""

from __future__ import annotations

from collections.abc import Container

from orchestration.kalypso.goquote import quote, unquote
from orchestration.kalypso.gotemplate.lexer import Token
from orchestration.kalypso.gotemplate.literals import BadNumber, number
from orchestration.kalypso.gotemplate.nodes import (
    Bool,
    Chain,
    Command,
    Dot,
    Field,
    Identifier,
    Nil,
    Node,
    Number,
    Pipe,
    String,
    Variable,
)
from orchestration.kalypso.gotemplate.stream import Stream

_OPERANDS = frozenset(
    ("bool", "rune", "complex", "dot", "field", "identifier", "number", "nil", "raw", "string", "variable", "(")
)
_LITERALS = (Bool, Dot, Nil, Number, String)
_DEPTH_LIMIT = 100


class PipelineParser(Stream):
    """Parses what stands between the braces; knows the functions and the variables in sight."""

    def __init__(self, name: str, text: str, functions: Container[str]) -> None:
        super().__init__(name, text)
        self.functions = functions
        self.variables = ["$"]
        self.depth = 0

    def pipeline(self, context: str, end: str) -> Pipe:
        pipe = Pipe(self.peek_word().pos)
        while self.declaration(pipe, context):
            pass
        while (token := self.next_word()).kind != end:
            if token.kind not in _OPERANDS:
                raise self.unexpected(token, context)
            self.back(token)
            pipe.commands.append(self.command())
        self.check(pipe, context)
        return pipe

    def declaration(self, pipe: Pipe, context: str) -> bool:
        """Take one variable in front of a pipeline; return whether another must follow."""
        name = self.next_word()
        if name.kind != "variable":
            self.back(name)
            return False
        read = [self.next()]
        if read[0].kind == "space":
            read.append(self.next())
        following = read[-1]
        if following.kind not in ("assign", "declare") and following.text != ",":
            self.back(name, *read)
            return False
        pipe.variables.append(Variable(name.pos, name.text.split(".")))
        self.variables.append(name.text)
        if following.text != ",":
            pipe.assigns = following.kind == "assign"
            return False
        if context == "range" and len(pipe.variables) < 2:
            if self.peek_word().kind not in ("variable", "right", ")"):
                raise self.fail("range can only initialize variables")
            return True
        raise self.fail(f"too many declarations in {context}")

    def check(self, pipe: Pipe, context: str) -> None:
        if not pipe.commands:
            raise self.fail(f"missing value for {context}")
        for stage, command in enumerate(pipe.commands[1:], 2):
            if isinstance(command.args[0], _LITERALS):
                raise self.fail(f"non executable command in pipeline stage {stage}")

    def command(self) -> Command:
        command = Command(self.peek_word().pos)
        while True:
            self.peek_word()  # passes over spaces
            operand = self.operand()
            if operand is not None:
                command.args.append(operand)
            token = self.next()
            if token.kind == "space":
                continue
            if token.kind in ("right", ")"):
                self.back(token)
            elif token.kind != "pipe":
                raise self.unexpected(token, "operand")
            break
        if not command.args:
            raise self.fail("empty command")
        return command

    def operand(self) -> Node | None:
        node = self.term()
        if node is None or self.peek().kind != "field":
            return node
        pos, names = self.peek().pos, []
        while self.peek().kind == "field":
            names.append(self.next().text[1:])
        if isinstance(node, Field):
            return Field(pos, node.names + names)
        if isinstance(node, Variable):
            return Variable(pos, node.names + names)
        if isinstance(node, _LITERALS):
            raise self.fail(f"unexpected . after term {quote(str(node))}")
        return Chain(pos, node, names)

    def term(self) -> Node | None:
        token = self.next_word()
        match token.kind:
            case "identifier":
                if token.text not in self.functions:
                    raise self.fail(f"function {quote(token.text)} not defined")
                return Identifier(token.pos, token.text)
            case "dot":
                return Dot(token.pos)
            case "nil":
                return Nil(token.pos)
            case "variable":
                return self.variable(token)
            case "field":
                return Field(token.pos, token.text[1:].split("."))
            case "bool":
                return Bool(token.pos, token.text == "true")
            case "rune" | "complex" | "number":
                return self.number(token)
            case "(":
                return self.parenthesis()
            case "string" | "raw":
                return String(token.pos, token.text, self.string(token))
        self.back(token)
        return None

    def variable(self, token: Token) -> Variable:
        names = token.text.split(".")
        if names[0] not in self.variables:
            raise self.fail(f"undefined variable {quote(names[0])}")
        return Variable(token.pos, names)

    def number(self, token: Token) -> Number:
        try:
            return number(token.pos, token.text, token.kind)
        except BadNumber as error:
            raise self.fail(str(error)) from error

    def string(self, token: Token) -> str:
        value = unquote(token.text)
        if value is None:
            raise self.fail("invalid syntax")
        return value

    def parenthesis(self) -> Pipe:
        self.deeper()
        pipe = self.pipeline("parenthesized pipeline", ")")
        self.depth -= 1
        return pipe

    def deeper(self) -> None:
        self.depth += 1
        if self.depth > _DEPTH_LIMIT:
            raise self.fail("max expression depth exceeded")
