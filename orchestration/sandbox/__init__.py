"""The embedded stand-in for Azure and the Git host: a server, not a mock.

`start` and `join` give a `RunningSandbox`; `python -m orchestration.sandbox DIRECTORY` is the server itself.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from orchestration.sandbox.process import RunningSandbox, join, start

__all__ = ["RunningSandbox", "join", "start"]


def __getattr__(name: str) -> Any:
    # Terraform starts the provider below this package many times, which needs none of these.
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from orchestration.sandbox import process

    return getattr(process, name)
