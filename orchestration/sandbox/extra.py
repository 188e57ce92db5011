"""The packages that only the sandbox needs, the extra `sandbox`."""

from __future__ import annotations

from importlib.util import find_spec

from orchestration.errors import SandboxError

PACKAGES = ("grpc", "jmespath", "jsonschema", "msgpack", "google.protobuf", "starlette", "trustme", "uvicorn")


def require_extra() -> None:
    """Raise `SandboxError` that says how to get them if packages of the sandbox are not installed."""
    missing = [name for name in PACKAGES if not _installed(name)]
    if missing:
        raise SandboxError(
            f"the sandbox needs packages that are not installed: {', '.join(missing)}",
            hint="pip install 'edge-workload-orchestration[sandbox]'",
        )


def _installed(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:
        return False
