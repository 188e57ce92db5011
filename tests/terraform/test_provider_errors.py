"""What goes wrong is shown as azapi shows it, and what is there afterwards is in the state."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
import trustme
from provider_bench import GROUP, TARGET, TARGETS, Arm, Workspace, error, times

pytest_plugins = ["provider_fixtures"]

ADDRESS = "azapi_resource.target"


def target(extra: str = "", body: str = '{ properties = { displayName = "line" } }') -> str:
    """Return a target as a configuration."""
    return f"""
resource "azapi_resource" "target" {{
  type                   = "{TARGETS}"
  parent_id              = "{GROUP}"
  name                   = "line"
  body                   = {body}
  response_export_values = []

  schema_validation_enabled = false
  {extra}
}}
"""


def told(printed: str) -> str:
    """Return what Terraform printed on one line: it wraps errors for people."""
    return " ".join(re.sub(r"[│╷╵]", " ", printed).split())


def test_an_error_of_the_service(arm: Arm, terraform: Workspace) -> None:
    """Resource, request, status, code and the service's own words are shown."""
    arm.rules.append(times(1, "PUT", error(400, "InvalidRequestContent")))
    terraform.write(target())

    text = told(terraform.apply(expect=1))

    resource = f'Resource: (ResourceId "{TARGET}" / Api Version "2026-03-01")'
    assert f"Failed to create/update resource with {ADDRESS}" in text
    assert f"creating/updating {resource}: PUT {arm.url}{TARGET}" in text
    assert "RESPONSE 400: 400 Bad Request ERROR CODE: InvalidRequestContent" in text
    assert '"message": "InvalidRequestContent happened"' in text


def test_a_resource_that_exists(arm: Arm, terraform: Workspace) -> None:
    """What is there but not in the state is to be imported, and is not touched."""
    arm.resources[TARGET.lower()] = {"id": TARGET}
    terraform.write(target())

    text = told(terraform.apply(expect=1))

    assert "Resource already exists" in text
    assert f'A resource with the ID "{TARGET}" already exists' in text
    assert "needs to be imported" in text
    assert arm.calls() == ["GET"]


def test_a_failed_operation_leaves_the_resource_tainted(arm: Arm, terraform: Workspace) -> None:
    """A create whose operation fails shows its error; the resource is in the state, to be replaced."""
    arm.mode = "asynchronous"
    failed = {"status": "Failed", "error": {"code": "HelmFailed", "message": "no such chart"}}
    arm.rules.append(lambda request: (200, {}, failed) if "/operations/" in request.path else None)
    terraform.write(target())

    text = told(terraform.apply(expect=1))

    assert "ERROR CODE: HelmFailed" in text and "no such chart" in text
    assert arm.calls() == ["GET", "PUT", "POLL", "GET"]
    assert terraform.state()[ADDRESS]["status"] == "tainted"
    assert terraform.state()[ADDRESS]["attributes"]["id"] == TARGET
    assert terraform.changes() == {ADDRESS: "replace"}


def test_a_failed_update_keeps_the_state(arm: Arm, terraform: Workspace) -> None:
    """After a refused update the state is as before, and the next plan wants the same change."""
    terraform.write(target())
    terraform.apply()
    arm.rules.append(times(1, "PUT", error(409, "Conflict")))
    terraform.write(target(body='{ properties = { displayName = "other" } }'))

    assert "409 Conflict" in told(terraform.apply(expect=1))

    body = terraform.state()[ADDRESS]["attributes"]["body"]["value"]
    assert body == {"properties": {"displayName": "line"}}
    assert terraform.changes() == {ADDRESS: "update"}


def test_refresh_and_delete(arm: Arm, terraform: Workspace) -> None:
    """403 on a refresh or a delete is an error; what is gone already is deleted without one."""
    terraform.write(target())
    terraform.apply()
    forbidden = times(1, "GET", error(403, "AuthorizationFailed"))
    arm.rules.append(forbidden)
    assert "AuthorizationFailed" in told(terraform.run("plan", expect=1))

    arm.rules[:] = [times(1, "DELETE", error(403, "AuthorizationFailed"))]
    assert "Failed to delete resource" in told(terraform.run("destroy", "-auto-approve", expect=1))
    arm.rules[:] = [times(1, "DELETE", error(404, "ResourceNotFound"))]
    terraform.run("destroy", "-auto-approve")
    assert terraform.state() == {}


def test_a_matching_error_is_retried(arm: Arm, terraform: Workspace) -> None:
    """An error that `error_message_regex` matches is asked for again, until the timeout and with its last words."""
    retry = 'retry = {\n error_message_regex = ["AuthorizationFailed"]\n interval_seconds = 1\n}'
    arm.rules.append(times(1, "PUT", error(403, "AuthorizationFailed")))
    terraform.write(target(retry))
    terraform.apply()
    assert arm.calls() == ["GET", "PUT", "PUT", "GET"]

    terraform.write(target(retry + '\n timeouts {\n update = "2s"\n}', '{ properties = { displayName = "other" } }'))
    arm.rules.append(times(9, "PUT", error(403, "AuthorizationFailed")))
    text = told(terraform.apply(expect=1))
    assert "context deadline exceeded, last retryable error: PUT" in text and "403 Forbidden" in text


def test_an_interrupted_create_is_kept(arm: Arm, terraform: Workspace) -> None:
    """Ctrl-C while an operation runs ends the wait; the resource is in the state, tainted, and its lock is gone."""
    arm.mode, arm.unfinished_polls = "asynchronous", 10**6
    terraform.write(target())
    terraform.run("init")

    started = time.monotonic()
    printed = told(terraform.interrupt_apply(lambda: any("/operations/" in request.path for request in arm.requests)))

    assert time.monotonic() - started < 20
    assert "context canceled" in printed
    assert terraform.state()[ADDRESS]["status"] == "tainted"
    assert not list(terraform.folder.glob("*.lock.info"))


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://management.azure.com",
        "http://127.0.0.1:443",
        "https://127.0.0.1.example.com",
        "https://user@127.0.0.1",
        "https://[::2]",
        "",
    ],
)
def test_only_this_machine(offline: Workspace, endpoint: str) -> None:
    """Any endpoint but https on a loopback address is refused, saying what this is and how to get the real one."""
    offline.write(target(), provider=f'endpoint = [{{ resource_manager_endpoint = "{endpoint}" }}]')

    text = told(offline.run("plan", expect=1))

    assert "stand-in for azapi" in text and "real provider" in text and "TF_CLI_CONFIG_FILE" in text


def test_a_server_that_is_not_trusted(arm: Arm, terraform: Workspace) -> None:
    """A certificate of another authority fails at once and names the variable."""
    trustme.CA().cert_pem.write_to_path(str(terraform.folder / "ca.pem"))
    terraform.write(target())

    started = time.monotonic()
    text = told(terraform.apply(expect=1))

    assert "not trusted" in text and "SSL_CERT_FILE" in text
    assert time.monotonic() - started < 15


def test_a_wrong_identity_header(arm: Arm, terraform: Workspace) -> None:
    """Without a token nothing is sent to ARM."""
    terraform.write(target())
    other = replace(terraform, environment={**terraform.environment, "IDENTITY_HEADER": "wrong"})

    assert "Failed to obtain a credential" in told(other.apply(expect=1))
    assert arm.calls() == []


@pytest.mark.parametrize(
    ("extra", "expected"),
    [
        ('ignore_body_changes = ["properties"]', "does not serve the argument"),
        ("unheard_of = 1", "Unsupported argument"),
        ('tags = { "' + "k" * 513 + '" = "v" }', "too long"),
        ("retry = {}", 'attribute "error_message_regex" is required'),
        ("retry = { error_message_regex = [] }", "at least one element"),
        ('retry = { error_message_regex = ["("] }', "no regular expression"),
        ('retry = { error_message_regex = ["a(?=b)"] }', "regular expression of Go"),
        ('retry = {\n error_message_regex = ["a"]\n max_interval_seconds = 301\n}', "between 1 and 300"),
        ('timeouts {\n create = "soon"\n}', "is no duration"),
        ('identity {\n type = "Robot"\n}', "is no type of identity"),
        ('identity {\n type = "SystemAssigned"\n}', "is given twice"),
    ],
)
def test_arguments_that_cannot_be(offline: Workspace, extra: str, expected: str) -> None:
    """What azapi refuses, and what the stand-in lacks, is refused by `validate`."""
    offline.write(target(extra, '{ identity = { type = "None" } }' if "twice" in expected else "{}"))

    assert expected in told(offline.run("validate", expect=1))


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ('type = "Microsoft.Edge/targets"', "is not in the form <resource-type>@<api-version>"),
        (f'type = "{TARGETS}"', 'The argument "parent_id" is required'),
        (f'type = "{TARGETS}"\n parent_id = "plant"', "is no resource id"),
        (
            f'type = "Microsoft.Edge/contexts/siteReferences@2026-03-01"\n name = "x"\n parent_id = "{TARGET}"',
            "must be the ID of a `Microsoft.Edge/contexts`",
        ),
        (f'type = "{TARGETS}"\n parent_id = "{GROUP}"\n body = "{{}}"', "not a string of JSON"),
    ],
)
def test_addresses_that_cannot_be(offline: Workspace, arguments: str, expected: str) -> None:
    """A type, parent or body that cannot belong to a resource is refused by `validate`."""
    offline.write(f'resource "azapi_resource" "target" {{\n {arguments}\n}}\n')

    assert expected in told(offline.run("validate", expect=1))


@pytest.mark.parametrize("argument", ["enable_preflight = true", 'default_tags = { a = "b" }', 'unheard_of = "x"'])
def test_provider_arguments_that_cannot_be(offline: Workspace, argument: str) -> None:
    """A provider argument that is unknown or not served is an error, never ignored."""
    offline.write(target(), provider=argument)

    assert argument.partition(" ")[0] in told(offline.run("plan", expect=1))


def test_what_is_absent_is_refused_by_terraform(offline: Workspace) -> None:
    """Resource types that are not served do not exist."""
    offline.write('resource "azapi_resource_action" "x" {\n type = "a/b@1"\n}\n')

    assert "does not support resource type" in told(offline.run("validate", expect=1))


def test_started_by_hand(template: Path) -> None:
    """The provider says what it is to somebody who starts it, and fails."""
    (executable,) = (template / "mirror").rglob("terraform-provider-azapi_v2.12.0")

    done = subprocess.run((executable,), env={"PATH": os.environ["PATH"]}, capture_output=True, text=True, timeout=30)

    assert done.returncode == 1
    assert "plugin of Terraform" in done.stderr and done.stdout == ""


def test_it_ends_with_the_program_that_started_it(template: Path, tmp_path: Path) -> None:
    """A provider whose Terraform was killed ends by itself and leaves no socket behind."""
    (executable,) = (template / "mirror").rglob("terraform-provider-azapi_v2.12.0")
    cookie = "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2"
    parent = (
        "import subprocess, sys\n"
        "child = subprocess.Popen(sys.argv[1:], stdout=subprocess.PIPE, text=True)\n"
        "print(child.pid, child.stdout.readline(), flush=True)\n"
    )

    done = subprocess.run(
        (sys.executable, "-c", parent, executable),
        env={"PATH": os.environ["PATH"], "TF_PLUGIN_MAGIC_COOKIE": cookie, "TMPDIR": str(tmp_path)},
        stdout=subprocess.PIPE,
        text=True,
        timeout=30,
    )

    pid, _, line = done.stdout.partition(" ")
    assert line.startswith("1|6|unix|") and "|grpc|" in line
    assert _ends(int(pid), 10.0)
    assert not Path(line.split("|")[3]).exists()


def _ends(pid: int, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False
