"""The verbs of the Terraform driver, with the real program and `terraform_data` only."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestration.drivers import terraform as driver
from orchestration.drivers.process import clean_environment
from orchestration.drivers.terraform import PlannedChange, Terraform
from orchestration.errors import CommandError, TerraformError
from orchestration.sandbox.provider.install import cli_config, install

CONFIGURATION = """
variable "key" {
  type      = string
  default   = "none"
  sensitive = true
}

variable "size" {
  type    = number
  default = 1
}

resource "terraform_data" "first" {
  input            = var.size
  triggers_replace = var.size > 1
}

resource "terraform_data" "second" {
  input = var.size

  lifecycle {
    precondition {
      condition     = var.size < 9
      error_message = "too large, says ${nonsensitive(var.key)}"
    }
  }
}

output "size" {
  value = terraform_data.first.output
}
"""

AZAPI = """
terraform {
  required_providers {
    azapi = { source = "azure/azapi" }
  }
}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "stack"
    folder.mkdir()
    (folder / "main.tf").write_text(CONFIGURATION)
    driven(folder).init()
    return folder


def driven(folder: Path, **variables: str) -> Terraform:
    given = {f"TF_VAR_{name}": value for name, value in variables.items()}
    return Terraform(folder, environment={**clean_environment(), **given}, log_file=folder / "log", redact=["s3cret"])


def applied(folder: Path, **variables: str) -> None:
    driven(folder, **variables).plan(folder / "plan")
    driven(folder, **variables).apply(folder / "plan")


def test_terraform_is_found() -> None:
    """The program on PATH is new enough, and is named by its path."""
    found = driver.find()
    assert found.argv == (found.origin,)
    assert Path(found.origin).name == "terraform"


def test_a_plan_says_what_it_would_change(folder: Path) -> None:
    """A plan lists each resource with its type and action; a plan without change lists none."""
    first = driven(folder).plan(folder / "plan")
    driven(folder).apply(folder / "plan")
    same = driven(folder).plan(folder / "plan")
    larger = driven(folder, size="2").plan(folder / "plan")

    assert (first.changes, first.add, first.change, first.destroy) == (True, 2, 0, 0)
    assert (same.changes, same.resources) == (False, ())
    assert (larger.add, larger.change, larger.destroy) == (1, 1, 1)
    assert set(larger.resources) == {
        PlannedChange("terraform_data.first", "terraform_data", "replace", "cannot_update"),
        PlannedChange("terraform_data.second", "terraform_data", "update"),
    }


def test_a_plan_may_destroy(folder: Path) -> None:
    """A plan to destroy deletes what is there."""
    applied(folder)
    planned = driven(folder).plan(folder / "plan", destroy=True)
    driven(folder).apply(folder / "plan")

    assert planned.destroy == 2
    assert {item.action for item in planned.resources} == {"delete"}
    assert driven(folder).output() == {}


def test_a_written_plan_can_be_read(folder: Path) -> None:
    """`show_plan` returns Terraform's own description of the changes."""
    driven(folder).plan(folder / "plan")

    found = driven(folder).show_plan(folder / "plan")

    addresses = [item["address"] for item in found["resource_changes"]]
    assert addresses == ["terraform_data.first", "terraform_data.second"]


def test_the_state_can_be_pulled_and_pushed(folder: Path, tmp_path: Path) -> None:
    """No state is None; a state that is put back one step later is what is then pulled."""
    assert driven(folder).state_pull() is None
    applied(folder)
    state = driven(folder).state_pull()
    assert state is not None

    driven(folder).state_push({**state, "serial": state["serial"] + 1, "resources": []})

    pushed = driven(folder).state_pull()
    assert pushed is not None
    assert pushed["resources"] == []


def test_something_that_exists_can_be_imported(folder: Path) -> None:
    """After an import the resource is in the state with the id given."""
    driven(folder).import_("terraform_data.first", "given-id")

    state = driven(folder).state_pull()
    assert state is not None
    assert state["resources"][0]["instances"][0]["attributes"]["id"] == "given-id"


def test_a_failure_carries_diagnostics_without_secrets(folder: Path) -> None:
    """The error names the file and the message; neither it nor the log shows the secret."""
    with pytest.raises(TerraformError) as caught:
        driven(folder, size="9", key="s3cret").plan(folder / "plan")

    assert caught.value.diagnostics == ("main.tf:23: Resource precondition failed\ntoo large, says (secret)",)
    log = (folder / "log").read_text()
    assert "too large, says (secret)" in log
    assert "s3cret" not in log + str(caught.value)


def test_the_log_is_private_and_says_what_ran(folder: Path) -> None:
    """Each command and each message is a line of a file that only its owner reads."""
    applied(folder)

    log = (folder / "log").read_text()
    assert "$ terraform apply -input=false -json" in log
    assert "terraform_data.first: Creation complete" in log
    assert (folder / "log").stat().st_mode & 0o777 == 0o600


def test_the_configuration_is_checked(folder: Path) -> None:
    """A wrong configuration is refused with file and line."""
    driven(folder).validate()
    (folder / "wrong.tf").write_text('output "x" {\n  value = var.nothing\n}\n')

    with pytest.raises(TerraformError, match=r"wrong\.tf:2: Reference to undeclared input variable"):
        driven(folder).validate()


def test_unformatted_files_are_named(folder: Path) -> None:
    """Files that `terraform fmt` would change are returned."""
    assert driven(folder).fmt_check() == ()
    (folder / "ugly.tf").write_text('output   "x" { value="1" }\n')

    assert driven(folder).fmt_check() == ("ugly.tf",)


def test_tests_of_a_configuration_run(folder: Path) -> None:
    """The number of passed runs comes back; a failing one is an error that names it."""
    assertion = 'run "{0}" {{\n  assert {{\n    condition     = {1}\n    error_message = "it is not"\n  }}\n}}\n'
    (folder / "a.tftest.hcl").write_text(assertion.format("good", "output.size == 1"))
    assert driven(folder).test() == 1
    (folder / "b.tftest.hcl").write_text(assertion.format("bad", "output.size == 2"))

    with pytest.raises(TerraformError, match="it is not"):
        driven(folder).test()


def test_a_held_lock_is_explained(folder: Path) -> None:
    """When another run holds the state, the error says so and what to do."""
    import fcntl

    applied(folder)
    with (folder / "terraform.tfstate").open("r+") as state:
        fcntl.lockf(state, fcntl.LOCK_EX)
        impatient = Terraform(folder, environment=clean_environment(), lock_timeout="0s")
        with pytest.raises(TerraformError, match="Error acquiring the state lock") as caught:
            impatient.plan(folder / "plan")

    assert "force-unlock" in caught.value.hint


def test_an_absent_folder_is_named(tmp_path: Path) -> None:
    """A verb in a folder that is not there says so."""
    with pytest.raises(CommandError, match="there is no folder"):
        Terraform(tmp_path / "none", environment=clean_environment()).init()


def test_a_plugin_cache_of_the_user_is_left_alone(tmp_path: Path) -> None:
    """Several runs would fill it at once; and Terraform cannot install from a cache into the same."""
    shared, folder = tmp_path / "shared", tmp_path / "stack"
    install(shared)
    before = sorted(shared.rglob("*"))
    config = tmp_path / "terraform.rc"
    config.write_text(f'plugin_cache_dir = "{shared}"\n{cli_config(shared)}')
    folder.mkdir()
    (folder / "main.tf").write_text(AZAPI)
    given = {"TF_CLI_CONFIG_FILE": str(config), "TF_DATA_DIR": str(folder / "data"), "TF_PLUGIN_CACHE_DIR": str(shared)}

    terraform = Terraform(folder, environment={**clean_environment(), **given})
    terraform.init()
    terraform.plan(folder / "plan")

    assert sorted(shared.rglob("*")) == before
    assert list((folder / "data" / "plugin-cache").rglob("2.12.0"))
