"""Azure Resource Graph: one question about many resources. Its answers lag behind Resource Manager's.

https://learn.microsoft.com/azure/governance/resource-graph/concepts/work-with-data
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from orchestration.drivers.azure.arm import Arm

API = "2021-03-01"
PAGE = 1000


def literal(text: str) -> str:
    """Return a text as a query writes it."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def query(arm: Arm, text: str, subscriptions: Sequence[str] = ()) -> Iterator[dict[str, Any]]:
    """Yield the rows of a query, page by page; it needs the column `id` and an order; raises `ServiceError`.

    Without *subscriptions* all that the login sees are looked through.
    """
    scope: dict[str, Any] = {"subscriptions": list(subscriptions)} if subscriptions else {}
    options: dict[str, Any] = {"resultFormat": "objectArray", "$top": PAGE}
    while True:
        body = {**scope, "query": text, "options": options}
        page = arm.post("/providers/Microsoft.ResourceGraph", "resources", API, body, asks=True) or {}
        yield from page.get("data") or ()
        token = page.get("$skipToken")
        if not token:
            return
        options = {**options, "$skipToken": token}
