"""The Terraform modules and blueprints: well-formed, valid, tested, and true to the rules that azapi needs."""

from __future__ import annotations

import functools
import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from orchestration.sandbox.provider.install import cli_config, install

ROOT = Path(__file__).parents[2]
MODULES = sorted(f"modules/{path.parent.name}" for path in ROOT.glob("modules/*/main.tf"))
BLUEPRINTS = sorted(f"blueprints/{path.parent.name}" for path in ROOT.glob("blueprints/*/main.tf"))
PLACES = [*MODULES, *BLUEPRINTS]
API_VERSIONS = {
    "Microsoft.Edge/configTemplates": "2026-03-01",
    "Microsoft.Edge/configTemplates/configTemplateMetadatas": "2026-03-01",
    "Microsoft.Edge/configTemplates/versions": "2026-03-01",
    "Microsoft.Edge/configurationReferences": "2025-08-01",
    "Microsoft.Edge/configurations": "2025-08-01",
    "Microsoft.Edge/contexts": "2026-03-01",
    "Microsoft.Edge/contexts/siteReferences": "2026-03-01",
    "Microsoft.Edge/diagnostics": "2026-03-01",
    "Microsoft.Edge/schemas": "2026-03-01",
    "Microsoft.Edge/schemas/versions": "2026-03-01",
    "Microsoft.Edge/sites": "2025-06-01",
    "Microsoft.Edge/solutionTemplates": "2026-03-01",
    "Microsoft.Edge/solutionTemplates/versions": "2026-03-01",
    "Microsoft.Edge/targets": "2026-03-01",
    "Microsoft.ExtendedLocation/customLocations": "2021-08-15",
    "Microsoft.Kubernetes/connectedClusters": "2026-05-01",
    "Microsoft.KubernetesConfiguration/extensions": "2025-03-01",
    "Microsoft.KubernetesConfiguration/fluxConfigurations": "2025-04-01",
    "Microsoft.Management/serviceGroups": "2024-02-01-preview",
    "Microsoft.Relationships/serviceGroupMember": "2023-09-01-preview",
}

EXAMPLES = {"blueprints/core": 5, "blueprints/links": 1, "blueprints/shard": 7, "blueprints/sites": 9}
LOOPBACK = "https://127.0.0.1:9"
CANARY = "canary-in-the-plan"

Terraform = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def terraform(tmp_path_factory: pytest.TempPathFactory) -> Terraform:
    """Run Terraform on a place in a copy of the tree, with the stand-in for azapi; each place is initialised once."""
    work = tmp_path_factory.mktemp("terraform modules")
    for folder in ("modules", "blueprints"):
        shutil.copytree(ROOT / folder, work / folder, ignore=shutil.ignore_patterns(".terraform*"))
    install(work / "mirror")
    (work / "terraformrc").write_text(cli_config(work / "mirror"), encoding="utf-8")

    def run(place: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(work),
            "CHECKPOINT_DISABLE": "1",
            "TF_CLI_CONFIG_FILE": str(work / "terraformrc"),
            "TF_DATA_DIR": str(work / "data" / place),
            "TF_IN_AUTOMATION": "1",
            "ARM_RESOURCE_MANAGER_ENDPOINT": LOOPBACK,
            "ARM_SUBSCRIPTION_ID": "22222222-2222-2222-2222-222222222222",
            "ARM_TENANT_ID": "11111111-1111-1111-1111-111111111111",
            "ARM_USE_CLI": "false",
            "ARM_USE_MSI": "true",
            "IDENTITY_ENDPOINT": f"{LOOPBACK}/token",
            "IDENTITY_HEADER": "none",
            "TF_VAR_digest_key": "0123456789abcdef",
            "TF_VAR_git_https_key": CANARY,
            "TF_VAR_regional_arm_endpoint": LOOPBACK,
        }
        argv = ["terraform", *arguments, "-no-color"]
        return subprocess.run(argv, cwd=work / place, env=environment, capture_output=True, text=True, check=False)

    @functools.cache
    def initialise(place: str) -> None:
        done = run(place, "init", "-backend=false", "-input=false")
        assert done.returncode == 0, done.stdout + done.stderr

    def initialised(place: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        initialise(place)
        return run(place, *arguments)

    return initialised


def blocks(place: str, kind: str) -> Iterator[str]:
    """Yield the text of each top-level block whose head starts with *kind*."""
    text = (ROOT / place / "main.tf").read_text(encoding="utf-8")
    yield from re.findall(rf"^{re.escape(kind)}.*?^}}$", text, flags=re.MULTILINE | re.DOTALL)


def azapi_blocks(place: str) -> list[str]:
    """Return the blocks of all resources and data sources of azapi."""
    return [*blocks(place, 'resource "azapi_'), *blocks(place, 'data "azapi_')]


@pytest.mark.parametrize("place", PLACES)
def test_is_formatted(terraform: Terraform, place: str) -> None:
    """`terraform fmt` has nothing to change."""
    done = terraform(place, "fmt", "-check", "-diff", "-recursive")

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("place", PLACES)
def test_is_valid(terraform: Terraform, place: str) -> None:
    """`terraform validate` finds no error and no warning."""
    done = terraform(place, "validate")

    assert (done.returncode, done.stdout.strip()) == (0, "Success! The configuration is valid."), done.stderr


@pytest.mark.parametrize("place", PLACES)
def test_passes_its_own_tests(terraform: Terraform, place: str) -> None:
    """`terraform test` accepts good input and refuses bad."""
    done = terraform(place, "test")

    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^Success! [1-9]\d* passed, 0 failed\.$", done.stdout, flags=re.MULTILINE), done.stdout


@pytest.mark.parametrize(("place", "resources"), EXAMPLES.items())
def test_readme_example_can_be_planned(terraform: Terraform, tmp_path: Path, place: str, resources: int) -> None:
    """The variables in a blueprint's README are whole: nothing is asked for, and no secret gets into the plan."""
    example = re.findall(r"```hcl\n(.*?)```", (ROOT / place / "README.md").read_text(encoding="utf-8"), flags=re.DOTALL)
    variables, plan = tmp_path / "example.tfvars", tmp_path / "plan"
    variables.write_text(example[-1], encoding="utf-8")

    done = terraform(place, "plan", "-input=false", f"-var-file={variables}", f"-out={plan}")
    assert done.returncode == 0, done.stdout + done.stderr

    shown = terraform(place, "show", "-json", str(plan)).stdout
    types = [change["type"] for change in json.loads(shown)["resource_changes"]]
    assert types.count("azapi_resource") == resources
    assert CANARY not in shown


@pytest.mark.parametrize("place", PLACES)
def test_is_complete(place: str) -> None:
    """A place has its files, an example in its README, and runs for good and for bad input."""
    files = {path.name for path in (ROOT / place).iterdir() if path.is_file()}
    expected = {"README.md", "main.tf", "outputs.tf", "terraform.tf", "variables.tf"}
    runs = "".join(path.read_text(encoding="utf-8") for path in (ROOT / place / "tests").glob("*.tftest.hcl"))

    assert files == expected | ({"providers.tf"} if place in BLUEPRINTS else set())
    assert "```hcl" in (ROOT / place / "README.md").read_text(encoding="utf-8")
    assert "assert {" in runs
    assert "expect_failures" in runs


@pytest.mark.parametrize("place", MODULES)
def test_uses_the_pinned_api_versions(place: str) -> None:
    """Each type is used at its one API version."""
    types = [re.search(r'^ +type += "(.+)@(.+)"$', block, flags=re.MULTILINE) for block in azapi_blocks(place)]
    found = {match.group(1): match.group(2) for match in types if match}

    assert len([match for match in types if match]) == len(azapi_blocks(place)) > 0
    assert found == {name: API_VERSIONS[name] for name in found}


@pytest.mark.parametrize("place", PLACES)
def test_says_what_it_exports(place: str) -> None:
    """Without `response_export_values` azapi would keep every read-only property in state."""
    assert all("response_export_values" in block for block in azapi_blocks(place))


@pytest.mark.parametrize("place", MODULES)
def test_obeys_a_long_retry_after(place: str) -> None:
    """Azapi fails at once on a Retry-After above the largest interval, and refuses a retry without a pattern."""
    for block in blocks(place, 'resource "azapi_'):
        retry = re.search(r"^  retry = \{.*?^  \}$", block, flags=re.MULTILINE | re.DOTALL)

        assert retry, block
        assert re.search(r"max_interval_seconds += 300$", retry.group(), flags=re.MULTILINE)
        assert "error_message_regex" in retry.group()


@pytest.mark.parametrize("place", MODULES)
def test_retries_a_broken_connection(place: str) -> None:
    """With a retry of one's own azapi gives up at the first connection that breaks, unless a pattern says otherwise."""
    for block in blocks(place, 'resource "azapi_'):
        assert r'"^(Get|Put|Delete) \"https://"' in block


@pytest.mark.parametrize("place", MODULES)
def test_retries_a_missing_resource_only_where_it_is_put(place: str) -> None:
    """A pattern that matched reads as well would make a refresh wait for what somebody deleted."""
    patterns = re.findall(r'"([^"]*NotFound[^"]*)"', (ROOT / place / "main.tf").read_text(encoding="utf-8"))

    assert all(pattern.startswith("(?s)^PUT ") for pattern in patterns)


@pytest.mark.parametrize(
    ("place", "waiting"), [("modules/edge-site", 2), ("modules/edge-target", 1), ("modules/service-group", 1)]
)
def test_waits_for_a_fresh_service_group(place: str, waiting: int) -> None:
    """Reads wait for rights too, after a create and, in newer azapi, before; a refresh soon gives up."""
    text = (ROOT / place / "main.tf").read_text(encoding="utf-8")

    assert text.count('"AuthorizationFailed"') == text.count('"(?s)^PUT .*NotFound"') == waiting
    assert text.count('read   = "1m"') == waiting
    assert text.count('create = "3m"') == (waiting if place != "modules/service-group" else 0)


@pytest.mark.parametrize("place", PLACES)
def test_sends_the_whole_secret_each_time(place: str) -> None:
    """A version map would leave an unchanged secret out of the PUT, which takes it away."""
    assert "sensitive_body_version" not in (ROOT / place / "main.tf").read_text(encoding="utf-8")


@pytest.mark.parametrize("place", BLUEPRINTS)
def test_plans_what_leaves_a_body(place: str) -> None:
    """Every provider block turns off azapi's habit of hiding removals."""
    text = (ROOT / place / "providers.tf").read_text(encoding="utf-8")

    assert text.count("ignore_no_op_changes") == text.count('provider "azapi"') > 0
    assert "ignore_no_op_changes = true" not in re.sub(" +", " ", text)


@pytest.mark.parametrize("place", BLUEPRINTS)
def test_marks_its_end_after_everything(place: str) -> None:
    """`terraform_data.applied` waits for every module and data source of the blueprint."""
    [applied] = blocks(place, 'resource "terraform_data" "applied"')
    text = (ROOT / place / "main.tf").read_text(encoding="utf-8")
    names = [f"module.{name}" for name in re.findall(r'^module "(\w+)"', text, flags=re.MULTILINE)]
    names += [f"data.{kind}.{name}" for kind, name in re.findall(r'^data "(\w+)" "(\w+)"', text, flags=re.MULTILINE)]

    listed = re.search(r"depends_on = \[(.*?)\]", applied, flags=re.DOTALL)

    assert listed
    assert sorted(re.split(r"[\s,]+", listed.group(1).strip(" \n,"))) == sorted(names)


@pytest.mark.parametrize("place", PLACES)
def test_describes_every_variable_and_output(place: str) -> None:
    """Variables have a type and a description, outputs a description; required variables come first, by name."""
    variables = re.findall(
        r'^variable "(\w+)" \{(.*?)^\}$',
        (ROOT / place / "variables.tf").read_text(encoding="utf-8"),
        flags=re.MULTILINE | re.DOTALL,
    )
    outputs = re.findall(
        r'^output "(\w+)" \{(.*?)^\}$',
        (ROOT / place / "outputs.tf").read_text(encoding="utf-8"),
        flags=re.MULTILINE | re.DOTALL,
    )
    order = [(bool(re.search(r"^  default +=", body, flags=re.MULTILINE)), name) for name, body in variables]

    assert all(re.search(r"^  type +=", body, flags=re.MULTILINE) for _, body in variables)
    assert all(re.search(r"^  description +=", body, flags=re.MULTILINE) for _, body in [*variables, *outputs])
    assert order == sorted(order)
    assert [name for name, _ in outputs] == sorted(name for name, _ in outputs)
