"""Faults on command: requests that are answered with an error, badly or never, before or after they take effect."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from orchestration.sandbox.arm.errors import ArmError, bad_request
from orchestration.sandbox.arm.exchange import Answer, error_answer

CODES = {
    400: "BadRequest",
    401: "AuthenticationFailed",
    403: "AuthorizationFailed",
    404: "ResourceNotFound",
    408: "RequestTimeout",
    409: "Conflict",
    412: "PreconditionFailed",
    429: "TooManyRequests",
    500: "InternalServerError",
    502: "BadGateway",
    503: "ServiceUnavailable",
    504: "GatewayTimeout",
}
LINES = ("method", "retry_after", "code")
"""What is compared with a method, or sent in a header."""

KINDS = ("status", "reset", "stall", "half", "garbage")
"""An error; a connection that breaks without an answer; silence; an answer that breaks off; one that is no JSON."""

HOSTS = ("azure", "git")
"""Azure Resource Manager with the server of states; the Git host with GitHub's API."""

LONGEST_STALL = 3600


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One fault: the requests it hits, how many of them, and what they get."""

    path: re.Pattern[str]
    status: int = 200
    kind: str = "status"
    host: str = "azure"
    seconds: float = 60
    times: int = 1
    method: str = ""
    retry_after: str = ""
    after_effect: bool = False
    code: str = ""
    message: str = ""

    def answer(self) -> Answer:
        """Return the answer of a request that it hits."""
        code = self.code or CODES.get(self.status, "InternalServerError")
        message = self.message or "The sandbox was asked to fail this request."
        answer = error_answer(ArmError(self.status, code, message))
        if self.host == "git":  # as GitHub's API says it
            answer = replace(answer, body={"message": message, "status": str(self.status)})
        later = {"Retry-After": self.retry_after} if self.retry_after else {}
        return replace(answer, headers={**answer.headers, **later})

    def matches(self, address: str) -> bool:
        """Whether the pattern is found in an address, with its query or in the path alone (`…/targets/a$`)."""
        return any(self.path.search(text) for text in (address, address.partition("?")[0]))

    def to_json(self) -> dict[str, Any]:
        """Return the fault as it was asked for, with the times that are left."""
        return {**vars(self), "path": self.path.pattern}


class Faults:
    """The faults that are still to come, in the order they were asked for."""

    def __init__(self) -> None:
        self._left: list[Fault] = []

    def add(self, body: Any) -> None:
        """Add the fault that *body* describes; raise 400 if it describes none."""
        known = set(Fault.__dataclass_fields__)
        given = {key: value for key, value in body.items() if value is not None} if isinstance(body, dict) else {}
        if "path" not in given or ("status" in given) == ("kind" in given) or not given.keys() <= known:
            message = f"A fault has path and either status or kind, and at most {', '.join(sorted(known))}."
            raise bad_request("InvalidFault", message)
        numbers = (given.get("status", 400), given.get("times", 1))
        if not all(type(each) is int for each in numbers) or not 400 <= numbers[0] <= 599 or numbers[1] < 1:
            raise bad_request("InvalidFault", "status is a number from 400 to 599, times one from 1.")
        seconds = given.get("seconds", 1)
        if type(seconds) not in (int, float) or not 0 < seconds <= LONGEST_STALL:
            raise bad_request("InvalidFault", f"seconds is a number up to {LONGEST_STALL}.")
        if given.get("kind", KINDS[1]) not in KINDS[1:] or given.get("host", HOSTS[0]) not in HOSTS:
            message = f"kind is {', '.join(KINDS[1:-1])} or {KINDS[-1]}, host {' or '.join(HOSTS)}."
            raise bad_request("InvalidFault", message)
        if not _is_well_formed(given):
            message = f"path and message are texts, {', '.join(LINES)} lines of ASCII, after_effect true or false."
            raise bad_request("InvalidFault", message)
        try:
            self._left.append(Fault(**{**given, "path": re.compile(given["path"])}))
        except re.error as error:
            raise bad_request("InvalidFault", f"path is no regular expression: {error}.") from error

    def clear(self) -> None:
        """Forget all faults."""
        self._left.clear()

    def list(self) -> list[dict[str, Any]]:
        """Return the faults that are left."""
        return [fault.to_json() for fault in self._left]

    def hit(self, host: str, method: str, path: str) -> Fault | None:
        """Return the fault that this request to *host* gets, which has then one time less, or None."""
        for index, fault in enumerate(self._left):
            if fault.host == host and fault.method in ("", method) and fault.matches(path):
                rest = [replace(fault, times=fault.times - 1)] if fault.times > 1 else []
                self._left[index : index + 1] = rest
                return fault
        return None


def _is_well_formed(given: dict[str, Any]) -> bool:
    texts = [given.get(key, "") for key in ("path", "message", *LINES)]
    if not all(isinstance(each, str) for each in texts) or not isinstance(given.get("after_effect", False), bool):
        return False
    return all(each.isascii() and each.isprintable() for each in texts[2:])
