"""What is secret is sent and kept nowhere: not in the state, the plan, or what Terraform prints."""

from __future__ import annotations

import base64
import hashlib
import json
import zipfile
from dataclasses import replace
from pathlib import Path

from provider_bench import GROUP, IDENTITY_HEADER, TARGETS, TOKEN, Arm, Workspace

pytest_plugins = ["provider_fixtures"]

ADDRESS = "azapi_resource.target"
FIRST, SECOND = "canary-one", "canary-two"


def target(extra: str = "") -> str:
    """Return a target whose secret is a variable."""
    return f"""
variable "key" {{
  type      = string
  ephemeral = true
}}
resource "azapi_resource" "target" {{
  type                   = "{TARGETS}"
  parent_id              = "{GROUP}"
  name                   = "line"
  body                   = {{ properties = {{ url = "https://shop", auth = {{ user = "git" }} }} }}
  sensitive_body         = {{ properties = {{ auth = {{ key = var.key }} }} }}
  response_export_values = []

  schema_validation_enabled = false
  {extra}
}}
"""


def with_secret(terraform: Workspace, secret: str) -> Workspace:
    """Return *terraform* with *secret* as the variable, passed by the environment."""
    return replace(terraform, environment={**terraform.environment, "TF_VAR_key": secret})


def kept(folder: Path) -> bytes:
    """Return every byte that Terraform left in *folder*, plans unpacked."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    packed = [zipfile.ZipFile(path) for path in files if zipfile.is_zipfile(path)]
    unpacked = [archive.read(name) for archive in packed for name in archive.namelist()]
    return b"".join([path.read_bytes() for path in files] + unpacked)


def test_a_secret_is_merged_into_the_request_and_kept_nowhere(arm: Arm, terraform: Workspace) -> None:
    """The service gets the secret within the body; plan, state and output hold neither it nor the token."""
    terraform = with_secret(terraform, FIRST)
    terraform.write(target())

    printed = (
        terraform.run("plan", "-out=plan") + terraform.run("show", "-json", "plan") + terraform.run("apply", "plan")
    )

    assert arm.sent()["properties"] == {"url": "https://shop", "auth": {"user": "git", "key": FIRST}}
    for secret in (FIRST, TOKEN, IDENTITY_HEADER):
        assert secret not in printed
        assert secret.encode() not in kept(terraform.folder)
    assert terraform.state()[ADDRESS]["attributes"]["sensitive_body"] is None


def test_a_changed_secret_is_sent(arm: Arm, terraform: Workspace) -> None:
    """Another secret is a change of `output` alone, and one PUT; the same secret is none."""
    arm.mode = "asynchronous"
    terraform.write(target())
    with_secret(terraform, FIRST).apply()
    assert with_secret(terraform, FIRST).changes() == {}
    arm.calls()

    printed = with_secret(terraform, SECOND).apply("-refresh=false")

    assert "output" in printed and "(known after apply)" in printed and SECOND not in printed
    assert arm.sent()["properties"]["auth"]["key"] == SECOND
    assert arm.calls() == ["PUT", "POLL", "POLL", "GET", "GET"]
    assert with_secret(terraform, SECOND).changes() == {}


def test_the_digest_is_the_one_azapi_keeps(terraform: Workspace) -> None:
    """The private state holds azapi's record, so that a state may go from one provider to the other."""
    terraform.write(target())
    with_secret(terraform, FIRST).apply()

    private = json.loads(base64.b64decode(terraform.state()[ADDRESS]["private"]))

    document = json.dumps({"properties": {"auth": {"key": FIRST}}}, separators=(",", ":"))
    digest = base64.b64encode(hashlib.sha256(document.encode()).digest()).decode()
    assert json.loads(base64.b64decode(private["sensitive_body"])) == {"hash": digest}


def test_versions_say_which_secrets_are_sent(arm: Arm, terraform: Workspace) -> None:
    """With a version map only paths with a new version are sent, and a secret without version never."""
    terraform.write(target('sensitive_body_version = { "properties.auth.key" = "1" }'))
    with_secret(terraform, FIRST).apply()
    assert arm.sent()["properties"]["auth"]["key"] == FIRST
    assert with_secret(terraform, SECOND).changes() == {}

    terraform.write(target('sensitive_body_version = { "properties.auth.key" = "2" }'))
    with_secret(terraform, SECOND).apply()
    assert arm.sent()["properties"]["auth"]["key"] == SECOND

    terraform.write(target('sensitive_body_version = { "properties.other" = "1" }'))
    with_secret(terraform, FIRST).apply()
    assert arm.sent()["properties"]["auth"] == {"user": "git"}


def test_the_token_goes_nowhere_else(arm: Arm, terraform: Workspace) -> None:
    """An operation that points to another machine is not followed: the token would go there."""
    arm.rules.append(
        lambda request: (
            (202, {"Location": "https://example.com/operations/1", "Retry-After-Ms": "1"}, None)
            if request.method == "PUT"
            else None
        )
    )
    terraform.write(target())

    printed = with_secret(terraform, FIRST).apply(expect=1)

    assert "only calls this machine" in printed
    assert FIRST not in printed
