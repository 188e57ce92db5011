"""The errors that Azure Resource Manager answers with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


class ArmError(Exception):
    """An answer with an error body; raised by the sandbox's own code and turned into HTTP by `arm.app`."""

    def __init__(
        self, status: int, code: str, message: str, *, target: str = "", details: Sequence[dict[str, Any]] = ()
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.status, self.code, self.message = status, code, message
        self.target, self.details = target, tuple(details)

    def body(self) -> dict[str, Any]:
        """Return the value of `error` in the answer's body."""
        error: dict[str, Any] = {"code": self.code, "message": self.message}
        if self.target:
            error["target"] = self.target
        if self.details:
            error["details"] = list(self.details)
        return error


class StorageError(ArmError):
    """The state cannot be written: nothing was kept, and the same request succeeds once there is room."""

    def __init__(self, message: str) -> None:
        super().__init__(507, "InsufficientStorage", message)


def own_failure(error: Exception) -> ArmError:
    """Return the answer to a mistake of the sandbox's own."""
    # 501, not 500: it will not go away by trying again, which clients would for half an hour.
    return ArmError(
        501, "SandboxFailed", f"The sandbox itself failed: {type(error).__name__}: {error}. Its log tells more."
    )


def bad_request(code: str, message: str, *, target: str = "") -> ArmError:
    """Return the 400 with this *code*."""
    return ArmError(400, code, message, target=target)


def conflict(code: str, message: str, *, target: str = "") -> ArmError:
    """Return the 409 with this *code*."""
    return ArmError(409, code, message, target=target)


def not_found(code: str, message: str, *, target: str = "") -> ArmError:
    """Return the 404 with this *code*."""
    return ArmError(404, code, message, target=target)
