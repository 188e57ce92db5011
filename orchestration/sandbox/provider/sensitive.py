"""The argument `sensitive_body`: sent, never stored; only its digest is kept, in the state's private part.

Key, form and digest are azapi's, so that a state may go from one to the other. The digest has no salt there either.
"""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

from orchestration.sandbox.provider.arguments import Values
from orchestration.sandbox.provider.json_values import canonical_json, is_fully_known, plain
from orchestration.sandbox.provider.merging import keep_paths
from orchestration.sandbox.provider.values import UNKNOWN

_KEY = "sensitive_body"


def has_changed(config: Values, prior: Values, private: bytes) -> bool:
    """Return whether the sensitive body of *config* is another than the one last sent."""
    body, versions = config["sensitive_body"], config["sensitive_body_version"]
    if versions is not None:
        return bool(versions != prior["sensitive_body_version"])
    if body is UNKNOWN or not is_fully_known(body):
        return True
    stored = _load(private).get(_KEY)
    if stored is None:
        return body is not None
    return bool(json.loads(base64.b64decode(stored))["hash"] != _digest(body))


def to_send(config: Values, planned: Values, prior: Values | None) -> Any:
    """Return what of the sensitive body is to be sent, None if nothing: with versions, only what has a new one."""
    body, versions = plain(config["sensitive_body"]), planned["sensitive_body_version"]
    if body is None or versions is None:
        return body
    known = (prior or {}).get("sensitive_body_version") or {}
    return keep_paths(body, [path for path, version in versions.items() if known.get(path) != version])


def remember(private: bytes, config: Values, planned: Values) -> bytes:
    """Return the private state after the sensitive body of *config* was sent."""
    data = _load(private)
    data.pop(_KEY, None)
    if config["sensitive_body"] is not None and planned["sensitive_body_version"] is None:
        record = json.dumps({"hash": _digest(config["sensitive_body"])}, separators=(",", ":"))
        data[_KEY] = base64.b64encode(record.encode()).decode()
    return json.dumps(data, separators=(",", ":")).encode() if data else b""


def _digest(body: Any) -> str:
    text = "" if body is None else canonical_json(body)
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _load(private: bytes) -> dict[str, str]:
    data: dict[str, str] = json.loads(private) if private else {}
    return data
