"""The token that goes with every request: the sandbox's, from its managed-identity endpoint."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from urllib.parse import urlencode

from orchestration.sandbox.provider.answers import document, error_text
from orchestration.sandbox.provider.problem import Problem
from orchestration.sandbox.provider.transport import Transport, is_loopback

_VERSION = "2019-08-01"
_MARGIN_SECONDS = 120.0


class Login:
    """Gets a token when one is first needed and a new one before it ends; safe to use from several threads."""

    def __init__(
        self,
        transport: Transport,
        audience: str,
        environment: Mapping[str, str],
        now: Callable[[], float] = time.time,
    ) -> None:
        self._transport, self._audience, self._now = transport, audience, now
        self._endpoint = environment.get("IDENTITY_ENDPOINT", "")
        self._header = environment.get("IDENTITY_HEADER", "")
        self._token, self._ends = "", 0.0
        self._lock = threading.Lock()

    def bearer(self, seconds: float) -> str:
        """Return a token, waiting at most *seconds* for it; raises Problem or ConnectionFailed."""
        with self._lock:
            if self._now() > self._ends - _MARGIN_SECONDS:
                self._token, self._ends = self._new(seconds)
            return self._token

    def _new(self, seconds: float) -> tuple[str, float]:
        if not (self._header and is_loopback(self._endpoint, schemes=("http", "https"))):
            raise Problem(
                "Failed to obtain a credential",
                "The stand-in for azapi gets its token from the sandbox: IDENTITY_ENDPOINT must be an address of this "
                "machine, and IDENTITY_HEADER must be set. `ewo` sets both.",
            )
        query = urlencode({"api-version": _VERSION, "resource": self._audience})
        headers = {"X-IDENTITY-HEADER": self._header}
        answer = self._transport.send("GET", f"{self._endpoint}?{query}", headers, None, seconds)
        token = document(answer)
        if answer.status != 200 or not isinstance(token, dict) or "access_token" not in token:
            raise Problem("Failed to obtain a credential", error_text(answer))
        return str(token["access_token"]), float(token.get("expires_on", 0))
