"""A request and its answer, without a word about sockets."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from orchestration.sandbox.arm.errors import ArmError, bad_request

Headers = Mapping[str, str]
DEEPEST = 100
_ESCAPED_HALF = re.compile(rb"\\u[dD][89a-fA-F]")


@dataclass(frozen=True, kw_only=True)
class Question:
    """One HTTP request; names of headers and of query parameters are in lower case, *base* is `https://HOST`."""

    method: str
    path: str
    base: str
    query: Headers = field(default_factory=dict)
    headers: Headers = field(default_factory=dict)
    content: bytes = b""

    def json(self) -> Any:
        """Return the body; raise 400 InvalidRequestContent if it is not JSON, or could not be given back as JSON."""
        try:
            found = json.loads(self.content or b"{}", parse_float=_finite, parse_constant=_finite)
            if _ESCAPED_HALF.search(self.content):
                json.dumps(found, ensure_ascii=False).encode()
        except (RecursionError, ValueError) as error:
            raise bad_request("InvalidRequestContent", f"The request content is not JSON: {error}.") from error
        if _is_deep(found):
            message = f"The request content is nested deeper than {DEEPEST} levels."
            raise bad_request("InvalidRequestContent", message)
        return found

    def url(self, path: str, **query: str) -> str:
        """Return the address of *path* on this server."""
        parameters = "&".join(f"{quote(key, safe='$')}={quote(value)}" for key, value in query.items())
        return f"{self.base}{path}" + (f"?{parameters}" if parameters else "")


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One HTTP answer; no body is None."""

    status: int = 200
    body: Any = None
    headers: Headers = field(default_factory=dict)


def error_answer(error: ArmError) -> Answer:
    """Return Azure's answer for *error*."""
    return Answer(status=error.status, body={"error": error.body()}, headers={"x-ms-error-code": error.code})


def _finite(text: str) -> float:
    """Return the number that *text* writes; raise ValueError for what JSON has no number for."""
    found = float(text)
    if not math.isfinite(found):
        raise ValueError(f"{text} is no number that JSON can carry")
    return found


def _is_deep(value: Any) -> bool:
    """Return whether *value* is nested deeper than is taken."""
    level = [value]
    for _ in range(DEEPEST):
        level = [inner for each in level if isinstance(each, dict | list) for inner in _inside(each)]
        if not level:
            return False
    return True


def _inside(value: dict[str, Any] | list[Any]) -> Iterable[Any]:
    return value.values() if isinstance(value, dict) else value
