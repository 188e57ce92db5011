"""Tokens to a tree, with the checks and messages of Go's text/template/parse."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass, field

from orchestration.kalypso.goquote import quote
from orchestration.kalypso.gotemplate.lexer import Token
from orchestration.kalypso.gotemplate.nodes import Action, Branch, Call, Node, Sequence, Text, Word, is_empty
from orchestration.kalypso.gotemplate.pipelines import PipelineParser


@dataclass
class Tree:
    """A parsed text: its main template and those it defines."""

    name: str
    text: str
    root: Sequence
    defined: dict[str, Sequence] = field(default_factory=dict)


def parse(name: str, text: str, functions: Container[str]) -> Tree:
    """Return the tree of *text*; raises TemplateError."""
    return _Parser(name, text, functions).parse()


class _Parser(PipelineParser):
    def __init__(self, name: str, text: str, functions: Container[str]) -> None:
        super().__init__(name, text, functions)
        self.ranges = 0
        self.tree = Tree(name, text, Sequence(0))

    def parse(self) -> Tree:
        root = self.tree.root
        while (token := self.next()).kind != "EOF":
            if token.kind == "left":
                word = self.next_word()
                if word.kind == "define":
                    self.definition()
                    continue
                self.back(token, word)
            else:
                self.back(token)
            node = self.text_or_action()
            if isinstance(node, Word) and node.word in ("end", "else"):
                raise self.fail(f"unexpected {node}")
            root.nodes.append(node)
        self.add(self.name, root)
        return self.tree

    def add(self, name: str, root: Sequence) -> None:
        before = self.tree.defined.get(name)
        if before is None or is_empty(before):
            self.tree.defined[name] = root
        elif not is_empty(root):
            raise self.fail(f"template: multiple definition of template {quote(name)}")

    def definition(self) -> None:
        context = "define clause"
        name = self.template_name(self.expect(("string", "raw"), context), context)
        self.expect(("right",), context)
        self.add(name, self.separate(context))

    def separate(self, context: str, line: int = 0) -> Sequence:
        """Return the body of a define or block, which has variables of its own; a wrong end is told with *line*."""
        saved = self.variables, self.ranges
        self.variables, self.ranges, self.action_line = ["$"], 0, 0
        body, end = self.sequence()
        if end.word != "end":
            self.line = line or self.line
            raise self.fail(f"unexpected {end} in {context}")
        self.variables, self.ranges = saved
        return body

    def sequence(self) -> tuple[Sequence, Word]:
        body = Sequence(self.peek_word().pos)
        while self.peek_word().kind != "EOF":
            node = self.text_or_action()
            if isinstance(node, Word) and node.word in ("end", "else"):
                return body, node
            body.nodes.append(node)
        raise self.fail("unexpected EOF")

    def text_or_action(self) -> Node:
        token = self.next_word()
        if token.kind == "text":
            return Text(token.pos, token.text)
        if token.kind != "left":
            raise self.unexpected(token, "input")
        self.action_line = token.line
        node = self.action()
        self.action_line = 0
        return node

    def action(self) -> Node:
        token = self.next_word()
        match token.kind:
            case "block":
                return self.block()
            case "break" | "continue":
                return self.leave(token)
            case "else":
                return self.otherwise()
            case "end":
                return Word(self.expect(("right",), "end").pos, "end")
            case "if" | "range" | "with":
                return self.control(token.kind)
            case "template":
                return self.call()
        self.back(token)
        return Action(token.pos, self.pipeline("command", "right"))

    def leave(self, token: Token) -> Word:
        shown = f"{{{{{token.kind}}}}}"
        self.expect(("right",), shown)
        if not self.ranges:
            raise self.fail(f"{shown} outside {{{{range}}}}")
        return Word(token.pos, token.kind)

    def otherwise(self) -> Word:
        token = self.peek_word()
        if token.kind not in ("if", "with"):
            token = self.expect(("right",), "else")
        return Word(token.pos, "else")

    def control(self, word: str) -> Branch:
        self.deeper()
        mark = len(self.variables)
        pipe = self.pipeline(word, "right")
        self.ranges += word == "range"
        body, end = self.sequence()
        self.ranges -= word == "range"
        other = self.else_part(word, end) if end.word == "else" else None
        del self.variables[mark:]
        self.depth -= 1
        return Branch(pipe.pos, word, pipe, body, other)

    def else_part(self, word: str, start: Word) -> Sequence:
        if word in ("if", "with") and self.peek().kind == word:
            self.next()
            return Sequence(start.pos, [self.control(word)])
        body, end = self.sequence()
        if end.word != "end":
            raise self.fail(f"expected end; found {end}")
        return body

    def block(self) -> Call:
        token, context = self.next_word(), "block clause"
        name = self.template_name(token, context)
        pipe = self.pipeline(context, "right")
        self.add(name, self.separate(context, self.line))
        return Call(token.pos, name, quote(name), pipe)

    def call(self) -> Call:
        token, context = self.next_word(), "template clause"
        name = self.template_name(token, context)
        following = self.next_word()
        if following.kind == "right":
            return Call(token.pos, name, quote(name), None)
        self.back(following)
        return Call(token.pos, name, quote(name), self.pipeline(context, "right"))

    def template_name(self, token: Token, context: str) -> str:
        if token.kind not in ("string", "raw"):
            raise self.unexpected(token, context)
        return self.string(token)
