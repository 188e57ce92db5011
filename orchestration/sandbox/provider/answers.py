"""What an answer of Azure Resource Manager says: its document, its error, the state of what it started."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

from orchestration.errors import SandboxError
from orchestration.sandbox.provider.transport import Answer

_LINE = "-" * 80


class CallFailed(SandboxError):
    """A call was answered with an error; prints as azapi shows it."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(error_text(answer))
        self.status = answer.status


def document(answer: Answer) -> Any:
    """Return the JSON document of *answer*, None if it holds none."""
    try:
        return json.loads(answer.body)
    except ValueError:
        return None


def error_code(answer: Answer) -> str:
    """Return the code of an error answer: its header, the ARM error's code, or a flat one; empty if none."""
    if header := answer.headers.get("x-ms-error-code"):
        return str(header)
    code = _member(answer, "error", "code") or _member(answer, "code")
    return code if isinstance(code, str) else ""


def error_text(answer: Answer) -> str:
    """Return *answer* as azapi shows an error: the request, the status, the code and the body."""
    parts = urlsplit(answer.url)
    code = error_code(answer)
    return "\n".join(
        (
            f"{answer.method} {parts.scheme}://{parts.netloc}{parts.path}",
            _LINE,
            f"RESPONSE {answer.status}: {answer.status} {answer.reason}",
            f"ERROR CODE: {code}" if code else "ERROR CODE UNAVAILABLE",
            _LINE,
            _pretty(answer),
            _LINE,
            "",
        )
    )


def provisioning_state(answer: Answer) -> str:
    """Return the provisioning state in *answer*, empty if it names none."""
    state = _member(answer, "properties", "provisioningState")
    return state if isinstance(state, str) else ""


def operation_state(answer: Answer) -> str:
    """Return the state of the operation whose status *answer* is; raises CallFailed or SandboxError."""
    _must_be_well(answer)
    state = _member(answer, "status")
    if not isinstance(state, str) or not state:
        raise SandboxError("the response did not contain a status")
    return state


def location_state(answer: Answer) -> str:
    """Return the state of the operation at whose location *answer* was found."""
    if answer.status == 202:
        return "InProgress"
    if answer.status in (200, 201, 204):
        return provisioning_state(answer) or "Succeeded"
    return "Failed"


def resource_state(answer: Answer) -> str:
    """Return the state of the resource that *answer* is; raises CallFailed."""
    _must_be_well(answer)
    return provisioning_state(answer) or "Succeeded"


def _must_be_well(answer: Answer) -> None:
    if answer.status not in (200, 201, 202, 204):
        raise CallFailed(answer)


def _member(answer: Answer, *names: str) -> Any:
    value = document(answer)
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _pretty(answer: Answer) -> str:
    if not answer.body:
        return "Response contained no body"
    data = document(answer)
    return answer.body.decode(errors="replace") if data is None else json.dumps(data, indent=2, ensure_ascii=False)
