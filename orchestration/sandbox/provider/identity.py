"""The block `identity`: to the service's form and back."""

from __future__ import annotations

from typing import Any

from orchestration.sandbox.provider.problem import Problem
from orchestration.sandbox.provider.values import UNKNOWN

NONE, SYSTEM, USER, BOTH = "None", "SystemAssigned", "UserAssigned", "SystemAssigned, UserAssigned"

Blocks = list[dict[str, Any]]
"""The block as Terraform passes it: a list of none or one."""


def plan(configured: Any, prior: Blocks) -> Any:
    """Return the planned block: the prior one if nothing of it changes, otherwise with unknown results."""
    # Unknown is a dynamic block over something that is not known yet.
    if not configured or configured is UNKNOWN:
        return configured
    wanted = configured[0]
    if prior and wanted["type"] == prior[0]["type"] and _same_ids(wanted["identity_ids"], prior[0]["identity_ids"]):
        return [{**prior[0], "identity_ids": wanted["identity_ids"]}]  # not computed: as configured, null or empty
    return [{**wanted, "principal_id": UNKNOWN, "tenant_id": UNKNOWN}]


def type_of(blocks: Blocks) -> str:
    """Return the type of the block, `None` if there is no block."""
    return str(blocks[0]["type"]) if blocks else NONE


def expand(blocks: Blocks) -> dict[str, Any]:
    """Return the block as a member of a request; raises Problem."""
    kind, ids = blocks[0]["type"], blocks[0]["identity_ids"] or []
    if not ids:
        return {"type": kind}
    if kind not in (USER, BOTH):
        raise Problem(
            "Invalid configuration",
            "identity_ids belong to identities whose type includes UserAssigned only.",
            ("identity", 0, "identity_ids"),
        )
    return {"type": kind, "userAssignedIdentities": {id_: {} for id_ in ids}}


def flatten(member: Any) -> dict[str, Any] | None:
    """Return the block for the *member* of an answer, None if it holds no identity."""
    if not isinstance(member, dict) or not isinstance(member.get("type"), str):
        return None
    kinds = {kind.casefold(): kind for kind in (SYSTEM, USER)}
    kind = BOTH if "," in member["type"] else kinds.get(member["type"].casefold(), NONE)
    return {
        "type": kind,
        "identity_ids": list(member.get("userAssignedIdentities") or {}),
        "principal_id": member.get("principalId") or "",
        "tenant_id": member.get("tenantId") or "",
    }


def with_results(blocks: Blocks, member: Any) -> Blocks:
    """Return the planned *blocks* with the principal and tenant that the service gave."""
    if not blocks:
        return []
    found = flatten(member) or {"principal_id": "", "tenant_id": ""}
    return [{**blocks[0], "principal_id": found["principal_id"], "tenant_id": found["tenant_id"]}]


def refreshed(blocks: Blocks, member: Any) -> Blocks:
    """Return the block for the state, *blocks* being what it holds and *member* what the service returns."""
    found = flatten(member)
    if found is None:
        return blocks if type_of(blocks) == NONE else []
    if not blocks:
        return [] if found["type"] == NONE else [found]
    if not found["identity_ids"] and not blocks[0]["identity_ids"]:
        found["identity_ids"] = blocks[0]["identity_ids"]
    return [found]


def _same_ids(left: Any, right: Any) -> bool:
    """Return whether two lists hold the same, in whatever order and case; none is not an empty list, as in azapi."""
    if left is None or right is None:
        return left is right
    if UNKNOWN in (left, right) or UNKNOWN in left:
        return False
    return sorted(item.casefold() for item in left) == sorted(item.casefold() for item in right)
