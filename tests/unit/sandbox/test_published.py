"""What of a resource is sent back and what is only read, by the types that the stand-in for azapi knows."""

from __future__ import annotations

from typing import Any

from orchestration.sandbox.provider.published import read_only, scopes, violations, writable

TARGET = "Microsoft.Edge/targets"
FOUND: dict[str, Any] = {
    "id": "/subscriptions/s/resourceGroups/g/providers/Microsoft.Edge/targets/line",
    "name": "line",
    "type": TARGET,
    "location": "eastus2",
    "etag": "1",
    "systemData": {"createdBy": "me"},
    "extendedLocation": {"type": "CustomLocation", "name": "/there"},
    "properties": {
        "capabilities": ["vision"],
        "displayName": "Line",
        "provisioningState": "Succeeded",
        "targetSpecification": {"topologies": [{"bindings": []}]},
        "unheardOf": 1,
    },
}


def test_what_is_sent_back() -> None:
    """What is only read and what the type does not have are left out; the name is azapi's to send."""
    body = writable(TARGET, FOUND)
    assert sorted(body) == ["extendedLocation", "location", "name", "properties"]
    assert sorted(body["properties"]) == ["capabilities", "displayName", "targetSpecification"]


def test_what_is_only_read() -> None:
    """What a request sets is left out; lists of texts and open maps stay, as azapi's walk of the types leaves them."""
    found = read_only(TARGET, FOUND)
    assert found["id"] == FOUND["id"]
    assert found["properties"]["provisioningState"] == "Succeeded"
    assert "displayName" not in found["properties"] and "location" not in found


def test_a_type_whose_members_nobody_lists() -> None:
    """All of what is there may be read and sent."""
    type_ = "Microsoft.Resources/subscriptions"
    found = {"id": "/x", "properties": {"state": "Enabled", "many": [{"a": 1}]}, "plan": {"name": "free"}}
    assert read_only(type_, found) == found
    assert writable(type_, found) == {name: found[name] for name in ("properties", "plan")}
    assert list(violations(type_, "x", {"anything": [1]})) == []


def test_a_type_that_is_not_known() -> None:
    """There is nothing to say of it: all is sent back, and no output given."""
    assert writable("Contoso.Plant/lines", FOUND) == FOUND
    assert read_only("Contoso.Plant/lines", FOUND) is None
    assert scopes("Contoso.Plant/lines") == ()
    assert list(violations("Contoso.Plant/lines", "x", {"anything": 1})) == []
