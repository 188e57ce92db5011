"""The functions of sprig that are there but not for us: what they give is another thing each time or elsewhere.

Kalypso runs them; its content hash then changes on every reconcile, and it opens pull request after pull request.
"""

from __future__ import annotations

from typing import Any, NoReturn

from orchestration.kalypso.gotemplate.errors import FunctionError
from orchestration.kalypso.gotemplate.signature import Function, function

_REASONS = {
    "it depends on the time of day": ("now ago",),
    "it is random": (
        "uuidv4 randAlphaNum randAlpha randAscii randNumeric shuffle",
        "genPrivateKey genCA genSelfSignedCert genSignedCert encryptAES",
    ),
    "it reads the environment of the scheduler, which holds its token": ("env expandenv",),
    "it asks the network": ("getHostByName",),
}
_SIGNATURES = {
    "now": "", "ago": "any", "uuidv4": "", "randAlphaNum": "int", "randAlpha": "int", "randAscii": "int",
    "randNumeric": "int", "shuffle": "string", "genPrivateKey": "string", "genCA": "string int",
    "genSelfSignedCert": "string any any int", "genSignedCert": "string any any int any",
    "encryptAES": "string string", "env": "string", "expandenv": "string", "getHostByName": "string",
}  # fmt: skip


def refusal(reason: str) -> FunctionError:
    """Return the error for a function that is refused for *reason*."""
    return FunctionError(f"refused: {reason}, so the rendered text would never be the same twice")


def _refused(name: str, reason: str) -> Function:
    def call(*_: Any) -> NoReturn:
        raise refusal(reason)

    return function(name, _SIGNATURES[name], call)


CHANGING = {name: reason for reason, groups in _REASONS.items() for group in groups for name in group.split()}
"""The functions that are refused, by name, with the reason."""
FUNCTIONS = {name: _refused(name, reason) for name, reason in CHANGING.items()}
