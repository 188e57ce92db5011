"""The stand-in for azapi plans what azapi plans: what changes, what is replaced, what is no change."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme
from provider_bench import GROUP, TARGET, TARGETS, Arm, Workspace, serving, workspace

pytestmark = pytest.mark.slow

pytest_plugins = ["provider_fixtures"]

ADDRESS = "azapi_resource.target"


BASE = {"replace_triggers_external_values": '{ key = "old" }', "replace_triggers_refs": '["properties.settings.a"]'}


def target(label: str = "target", **changed: str) -> str:
    """Return a target as a configuration, its arguments as HCL."""
    arguments = {
        "type": f'"{TARGETS}"',
        "parent_id": f'"{GROUP}"',
        "name": '"line"',
        "location": '"westeurope"',
        "body": "{ properties = { settings = { a = 1, b = 2 } } }",
        "response_export_values": "[]",
        "schema_validation_enabled": "false",
        **changed,
    }
    blocks = arguments.pop("blocks", "")
    lines = "\n".join(f"  {name} = {value}" for name, value in arguments.items())
    return f'resource "azapi_resource" "{label}" {{\n{lines}\n{blocks}\n}}\n'


@pytest.fixture(scope="module")
def applied(tmp_path_factory: pytest.TempPathFactory, template: Path, authority: trustme.CA) -> Iterator[Workspace]:
    """A stack with one target, for tests that only plan."""
    with serving(authority) as arm:
        stack = workspace(tmp_path_factory.mktemp("applied"), template, arm, authority)
        stack.write(target(**BASE))
        stack.apply()
        yield stack


@pytest.mark.parametrize(
    "body",
    [
        "{ properties = { settings = { a = 1 } } }",
        '{ properties = { settings = { a = 1, b = 2 }, uniqueIdentifier = "u-1" } }',
    ],
    ids=["less", "what the service has"],
)
def test_a_body_that_the_service_already_has(applied: Workspace, body: str) -> None:
    """Leaving out a key, or adding what the service has, is a change only with `ignore_no_op_changes = false`."""
    applied.write(target(**{**BASE, "body": body}), provider="")
    assert applied.changes() == {}
    applied.write(target(**{**BASE, "body": body}))
    assert applied.changes() == {ADDRESS: "update"}


def test_a_key_left_out_is_not_sent(arm: Arm, terraform: Workspace) -> None:
    """With `ignore_no_op_changes = false` the PUT carries the body as it is configured now."""
    terraform.write(target())
    terraform.apply()
    terraform.write(target(body="{ properties = { settings = { a = 1 } } }"))

    terraform.apply()

    assert arm.sent() == {"location": "westeurope", "properties": {"settings": {"a": 1}}}
    assert terraform.changes() == {}


def test_another_version_of_the_type(applied: Workspace) -> None:
    """A new API version alone is a change only with `ignore_no_op_changes = false`."""
    newer = target(**{**BASE, "type": '"Microsoft.Edge/targets@2027-01-01"'})

    applied.write(newer, provider="")
    assert applied.changes() == {}
    applied.write(newer)
    assert applied.changes() == {ADDRESS: "update"}


@pytest.mark.parametrize(
    ("changed", "action"),
    [
        ({"name": '"other"'}, "replace"),
        ({"parent_id": '"/subscriptions/s/resourceGroups/other"'}, "replace"),
        ({"location": '"northeurope"'}, "replace"),
        ({"location": '"West Europe"'}, None),
        ({"type": '"Microsoft.Edge/contexts@2026-03-01"'}, "replace"),
        ({"replace_triggers_external_values": '{ key = "new" }'}, "replace"),
        ({"replace_triggers_external_values": "null"}, "update"),
        ({"body": "{ properties = { settings = { a = 7, b = 2 } } }"}, "replace"),
        ({"body": "{ properties = { settings = { a = 1, b = 7 } } }"}, "update"),
        ({"body": 'jsondecode("{\\"properties\\":{\\"settings\\":{\\"b\\":2,\\"a\\":1}}}")'}, None),
        ({"tags": '{ line = "a" }'}, "update"),
        ({"response_export_values": '["id"]'}, "update"),
        ({"blocks": 'identity {\n type = "SystemAssigned"\n}'}, "update"),
        ({"blocks": 'timeouts {\n create = "3m"\n}'}, "update"),
    ],
)
def test_what_a_change_asks_for(applied: Workspace, changed: dict[str, str], action: str | None) -> None:
    """Some arguments can only be changed by a new resource, others in place, and some texts mean the same."""
    applied.write(target(**{**BASE, **changed}))

    assert applied.changes() == ({ADDRESS: action} if action else {})


def test_what_only_the_state_holds_is_changed_without_a_request(arm: Arm, terraform: Workspace) -> None:
    """New timeouts and retries are written to the state; the service is only read."""
    terraform.write(target())
    terraform.apply()
    arm.calls()
    terraform.write(target(retry='{ error_message_regex = ["Busy"] }', blocks='timeouts {\n create = "3m"\n}'))

    terraform.apply()

    assert arm.calls() == ["GET"]
    assert terraform.changes() == {}


def test_gone_resources_are_created_again(arm: Arm, terraform: Workspace) -> None:
    """What somebody else deleted is planned anew."""
    terraform.write(target())
    terraform.apply()
    arm.resources.clear()

    assert terraform.changes() == {ADDRESS: "create"}


def test_drift_of_body_tags_and_identity(arm: Arm, terraform: Workspace) -> None:
    """What somebody else changed is put back."""
    terraform.write(target(tags='{ line = "a" }', blocks='identity {\n type = "SystemAssigned"\n}'))
    terraform.apply()
    resource = arm.resources[TARGET.lower()]
    for drifted in (
        {"properties": {**resource["properties"], "settings": {"a": 1, "b": 9}}},
        {"tags": {"line": "b"}},
        {"identity": {"type": "None"}},
    ):
        arm.resources[TARGET.lower()] = {**resource, **drifted}
        assert terraform.changes() == {ADDRESS: "update"}

    arm.resources[TARGET.lower()] = {**resource, "etag": "2", "properties": {**resource["properties"], "more": True}}
    assert terraform.changes() == {}


def test_what_is_no_drift(arm: Arm, terraform: Workspace) -> None:
    """Differences that azapi ignores are ignored: casing if asked, what is hidden or not returned, nulls if asked."""
    cases: dict[str, tuple[dict[str, str], dict[str, object]]] = {
        "casing": ({"body": '{ properties = { mode = "FAST" } }', "ignore_casing": "true"}, {"mode": "fast"}),
        "not-returned": ({"body": '{ properties = { mode = "fast", key = "s" } }'}, {"mode": "fast"}),
        "hidden": ({"body": '{ properties = { key = "s" } }'}, {"key": "****"}),
        "null": ({"body": "{ properties = { a = null } }", "ignore_null_property": "true"}, {"a": 1}),
        "more": ({"body": '{ properties = { l = [{ name = "x" }] } }'}, {"l": [{"name": "x", "more": 1}]}),
    }
    terraform.write("".join(target(label, name=f'"{label}"', **asked) for label, (asked, _) in cases.items()))
    terraform.apply()
    for label, (_, returned) in cases.items():
        arm.resources[TARGET.lower().replace("line", label)]["properties"] = returned

    assert terraform.changes() == {}


def test_null_properties_are_sent_unless_ignored(arm: Arm, terraform: Workspace) -> None:
    """`ignore_null_property` keeps nulls out of the request."""
    terraform.write(target(body="{ properties = { a = null, b = [null, 1] } }"))
    terraform.apply()
    assert arm.sent()["properties"] == {"a": None, "b": [None, 1]}

    terraform.write(target(body="{ properties = { a = null, b = [null, 2] } }", ignore_null_property="true"))
    terraform.apply()
    assert arm.sent()["properties"] == {"b": [2]}


def test_values_keep_their_types(arm: Arm, terraform: Workspace) -> None:
    """Numbers, nulls, lists, maps and text of every kind reach the service as they are, and the plan stays clean."""
    terraform.write(
        target(
            body="""{ properties = {
    whole = 3, big = 12345678901234567890, tenth = 0.1, negative = -1.5e-7, yes = true, none = null, empty = {},
    mixed = [1, "two", [3], { four = 4 }], strings = tolist(["a", "b"]), map = tomap({ k = "v" }), text = "é<&>\\u2028"
  } }"""
        )
    )

    terraform.apply()

    assert arm.sent()["properties"] == {
        "whole": 3, "big": 12345678901234567890, "tenth": 0.1, "negative": -1.5e-7, "yes": True, "none": None,
        "empty": {}, "mixed": [1, "two", [3], {"four": 4}], "strings": ["a", "b"], "map": {"k": "v"},
        "text": "é<&>\u2028",
    }  # fmt: skip
    assert terraform.changes() == {}


def test_outputs(terraform: Workspace) -> None:
    """`output` holds the paths or the queries asked for, all of it for `*`, and what is only read by default."""
    cases = {
        "paths": '["properties.uniqueIdentifier", "absent.path"]',
        "queries": '{ uid = "properties.uniqueIdentifier", none = "absent" }',
        "nothing": "[]",
        "all": '["*"]',
        "default": "null",
    }
    text = ""
    for label, wanted in cases.items():
        type_ = '"Microsoft.Edge/contexts@2026-03-01"'
        text += target(label, name=f'"{label}"', type=type_, response_export_values=wanted)
        text += f'output "{label}" {{ value = azapi_resource.{label}.output }}\n'
    terraform.write(text)

    terraform.apply()

    outputs = terraform.outputs()
    assert outputs["paths"] == {"properties": {"uniqueIdentifier": "u-1"}}
    assert outputs["queries"] == {"uid": "u-1", "none": None}
    assert outputs["nothing"] == {}
    assert outputs["all"]["properties"]["settings"] == {"a": 1, "b": 2}
    assert outputs["default"]["properties"] == {"uniqueIdentifier": "u-1"}


def test_tags_of_others_are_taken_away(arm: Arm, terraform: Workspace) -> None:
    """A resource without tags in its configuration is to have none, whoever sets them."""
    terraform.write(target())
    terraform.apply()
    arm.resources[TARGET.lower()]["tags"] = {"cost": "7"}

    assert terraform.changes() == {ADDRESS: "update"}
    terraform.apply()

    assert "tags" not in arm.sent()
    assert terraform.changes() == {}


def test_identity(arm: Arm, terraform: Workspace) -> None:
    """The block is sent, its results come back, and a block taken away is sent as none."""
    terraform.write(
        target(blocks='identity {\n type = "SystemAssigned"\n}')
        + 'output "principal" { value = azapi_resource.target.identity[0].principal_id }'
    )
    terraform.apply()
    assert arm.sent()["identity"] == {"type": "SystemAssigned"}
    assert terraform.outputs() == {"principal": "p-1"}
    assert terraform.changes() == {}

    terraform.write(target())
    terraform.apply()
    assert arm.sent()["identity"] == {"type": "None"}
    assert terraform.changes() == {}


def test_unknown_values(arm: Arm, terraform: Workspace) -> None:
    """What is only known after apply makes the output unknown in the plan and is filled in by the apply."""
    text = f"""
resource "terraform_data" "first" {{ input = "NUMBER" }}
{target(body="{ properties = { settings = { a = terraform_data.first.output } } }")}
"""
    terraform.write(text)
    terraform.apply()
    assert arm.sent()["properties"] == {"settings": {"a": "NUMBER"}}

    terraform.write(text.replace("NUMBER", "NEXT"))
    assert terraform.changes()[ADDRESS] == "update"
    terraform.apply()
    assert arm.sent()["properties"] == {"settings": {"a": "NEXT"}}
    assert terraform.changes() == {}


def test_a_state_written_by_another_azapi(arm: Arm, terraform: Workspace) -> None:
    """A state of an older schema is refused with what to do, instead of being misread."""
    terraform.write(target())
    terraform.apply()
    path = terraform.folder / "terraform.tfstate"
    state = json.loads(path.read_text(encoding="utf-8"))
    state["resources"][0]["instances"][0]["schema_version"] = 1
    path.write_text(json.dumps(state), encoding="utf-8")

    assert "Apply it once with azapi 2.12" in " ".join(terraform.run("plan", expect=1).split())


def test_mocked(terraform: Workspace) -> None:
    """`terraform test` can mock the provider, and no server is asked."""
    terraform.write(target())
    tests = terraform.folder / "tests"
    tests.mkdir()
    (tests / "mock.tftest.hcl").write_text(
        """
mock_provider "azapi" {
  mock_resource "azapi_resource" { defaults = { id = "/subscriptions/s", output = { a = 1 } } }
}
run "applies" {
  assert {
    condition     = azapi_resource.target.output.a == 1 && azapi_resource.target.name == "line"
    error_message = "mocked values are missing"
  }
}
"""
    )

    assert "1 passed, 0 failed" in terraform.run("test")
