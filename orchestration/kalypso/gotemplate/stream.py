"""The tokens of a template, read one by one with the look ahead that its grammar needs."""

from __future__ import annotations

from orchestration.kalypso.gotemplate.errors import TemplateError
from orchestration.kalypso.gotemplate.lexer import Token, tokens


class Stream:
    """Tokens that can be put back; errors name the line of the newest one."""

    def __init__(self, name: str, text: str) -> None:
        self.name, self.text = name, text
        self.source = tokens(text)
        self.pending: list[Token] = []
        self.line = 1  # of the newest token
        self.action_line = 0

    def next(self) -> Token:
        if self.pending:
            return self.pending.pop()
        token = next(self.source, None) or Token("EOF", len(self.text), "EOF", self.line)
        self.line = token.line
        return token

    def back(self, *read: Token) -> None:
        self.pending.extend(reversed(read))

    def peek(self) -> Token:
        token = self.next()
        self.back(token)
        return token

    def next_word(self) -> Token:
        while (token := self.next()).kind == "space":
            pass
        return token

    def peek_word(self) -> Token:
        token = self.next_word()
        self.back(token)
        return token

    def fail(self, message: str) -> TemplateError:
        return TemplateError(f"template: {self.name}:{self.line}: {message}")

    def unexpected(self, token: Token, context: str) -> TemplateError:
        if token.kind != "error":
            return self.fail(f"unexpected {token} in {context}")
        extra = ""
        if self.action_line not in (0, token.line):
            extra = f" in action started at {self.name}:{self.action_line}"
            extra = extra.removeprefix(" in action") if token.text.endswith(" action") else extra
        return self.fail(f"{token}{extra}")

    def expect(self, kinds: tuple[str, ...], context: str) -> Token:
        token = self.next_word()
        if token.kind not in kinds:
            raise self.unexpected(token, context)
        return token
