"""A Terraform that says nothing: is the server of states, which it may be waiting for, still there?

Terraform's http backend has no time-out: it waits for an answer for ever.
https://github.com/hashicorp/terraform/blob/main/internal/backend/remote-state/http/backend.go
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from orchestration.errors import NoAnswer, OrchestrationError

PATIENCE_SECONDS = 60.0
"""Silence after which the server is asked; while it makes something Terraform says so every ten seconds."""

LONGEST_SECONDS = 1800.0
"""Silence after which a Terraform is given up, whatever the server answers to us."""

HINT = "see what ails the server of states, then run the same command again: what was made is taken up"


class Silence:
    """Judges the silence of one command; *ask* raises `NoAnswer` if the server does not answer, None never judges."""

    def __init__(
        self,
        ask: Callable[[], None] | None = None,
        *,
        patience: float = PATIENCE_SECONDS,
        longest: float = LONGEST_SECONDS,
    ) -> None:
        self._ask, self._patience, self._longest = ask, patience, longest
        self._heard = self._asked = time.monotonic()
        self._asking = False
        self._unanswered: NoAnswer | None = None

    def heard(self) -> None:
        """Note that the command has said something."""
        self._heard = self._asked = time.monotonic()

    def verdict(self) -> NoAnswer | None:
        """Return why the command is to be given up, or None; this never waits."""
        now = time.monotonic()
        if self._ask is None or self._unanswered is not None:
            return self._unanswered
        if now - self._heard > self._longest:
            return NoAnswer(f"Terraform has said nothing for {self._longest / 60:g} minutes and was ended", hint=HINT)
        if now - self._asked > self._patience and not self._asking:
            self._asking = True
            threading.Thread(target=self._look, args=(self._ask, self._heard), name="silence", daemon=True).start()
        return None

    def _look(self, ask: Callable[[], None], heard: float) -> None:
        try:
            ask()
        except NoAnswer as error:
            if heard == self._heard:
                self._unanswered = NoAnswer(f"{error}; Terraform, which waited for it, was ended", hint=HINT)
        except OrchestrationError:
            pass  # a refusal is an answer
        finally:
            self._asked, self._asking = time.monotonic(), False
