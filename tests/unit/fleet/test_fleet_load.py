"""A fleet file or folder becomes the fleet it describes."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from fleet_cases import (
    MINIMAL,
    PLANTS,
    REPOSITORIES_OF_SMALL,
    SPECIFICATION,
    SUBSCRIPTION,
    TWO_LEVELS,
    spoil,
    without_places,
)

from orchestration.errors import InvalidFleet
from orchestration.fleet import Fleet, Problem, load_fleet
from orchestration.fleet.model import (
    Aks,
    ClusterCredentials,
    Dependency,
    Existing,
    Injection,
    Kubeconfig,
    Requirement,
    Ring,
    Scope,
    Script,
    SecretRef,
    Selector,
)

CONTOSO = Path(__file__).parents[3] / "examples" / "contoso"
Report = Callable[[Path], tuple[Problem, ...]]


@pytest.fixture
def small(tmp_path: Path) -> Callable[..., Fleet]:
    """Loads the minimal fleet with something added."""

    def load(*added: str, **files: str) -> Fleet:
        (tmp_path / "fleet.yaml").write_text("".join([MINIMAL, *added]))
        for name, text in files.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text)
        return load_fleet(tmp_path)

    return load


@pytest.fixture(scope="module")
def contoso_fleet() -> Fleet:
    """The contoso fleet, as it stands."""
    return load_fleet(CONTOSO)


def test_contoso_loads_without_a_warning(contoso_fleet: Fleet) -> None:
    """The example has no problem, and the folder and the file are the same fleet."""
    assert contoso_fleet.warnings == ()
    assert load_fleet(str(CONTOSO / "fleet.yaml")) == contoso_fleet


def test_order_is_the_files(contoso_fleet: Fleet) -> None:
    """Mappings keep the file's order, parents come before children."""
    assert list(contoso_fleet.environments) == ["dev", "qa", "prod"]
    assert list(contoso_fleet.clusters) == ["lab-1", "pilot-1", "lyon-1", "lille-1", "bilbao-1", "vigo-1"]
    assert contoso_fleet.hierarchy is not None
    assert list(contoso_fleet.hierarchy.nodes) == ["france", "lyon", "lille", "spain", "bilbao", "vigo"]


def test_contoso_connections(contoso_fleet: Fleet) -> None:
    """Each cluster is connected as the file says, and has its ARM id."""
    clusters = contoso_fleet.clusters
    group = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-contoso-edge/providers"

    assert clusters["lab-1"].connection == Existing(f"{PLANTS}/Microsoft.Kubernetes/connectedClusters/lab-1")
    assert clusters["lyon-1"].connection == Script(distribution="k3s", install=True)
    assert clusters["lyon-1"].id == f"{group}/Microsoft.Kubernetes/connectedClusters/lyon-1"
    assert clusters["bilbao-1"].connection == Kubeconfig(CONTOSO / "kubeconfig.yaml", "bilbao-1")


def test_contoso_targets(contoso_fleet: Fleet) -> None:
    """A target has environment, site, and the labels of its type, its cluster and its own."""
    target = contoso_fleet.targets["lyon-1-line-b"]

    assert (target.cluster, target.environment, target.site) == ("lyon-1", "prod", "lyon")
    assert target.labels == {"region": "eu", "size": "large", "line": "bakery"}
    assert (target.capabilities, target.namespace) == (("telemetry",), "lyon-1-line-b")


def test_contoso_solution(contoso_fleet: Fleet) -> None:
    """A solution has its placements with defaults filled in, its values, and its files' contents."""
    solution = contoso_fleet.solutions["line-vision"]
    dev, _, prod = solution.placements
    content = solution.contents["1.0.0"]

    assert (dev.rings, dev.health_timeout, dev.max_unavailable) == ((Ring(percent=100),), 900.0, Ring(count=0))
    assert prod.rings == (Ring(count=1), Ring(percent=50), Ring(percent=100))
    assert prod.selector == Selector({"region": "eu"})
    assert solution.values["lyon-1-line-a"] == {"Camera": {"ExposureMs": 8}}
    assert content.template == (CONTOSO / "solutions/line-vision/template.yaml").read_text()
    assert content.schema is not None
    assert (content.schema.name, content.schema.version) == ("line-vision-schema", "1.0.0")
    assert content.specification is not None
    assert content.specification["components"][0]["properties"]["chart"]["version"] == "1.4.2"


def test_values_are_plain_data(contoso_fleet: Fleet) -> None:
    """Values are ordinary dicts that any YAML or JSON writer takes."""
    values = contoso_fleet.config_templates["plant-config"].values

    assert yaml.safe_dump(values["france"]) == "Broker:\n  Host: mqtt.fr.contoso.example\n"


def test_origins_point_into_the_file(contoso_fleet: Fleet) -> None:
    """Everything that has a name knows file, line and column, counted from 1."""
    origin = contoso_fleet.clusters["lyon-1"].origin
    line = (CONTOSO / "fleet.yaml").read_text().splitlines()[origin.line - 1]

    assert origin.file == str(CONTOSO / "fleet.yaml")
    assert line[origin.column - 1 :] == "name: lyon-1"


def test_the_nearest_scope_wins(tmp_path: Path) -> None:
    """Cluster beats cluster type beats environment beats fleet, key by key."""
    text = MINIMAL.replace("{name: dev}", "{name: dev, location: westeurope, resourceGroup: rg-dev}")
    text = text.replace("{name: lab, environment: dev}", "{name: lab, environment: dev, resourceGroup: rg-lab}")
    (tmp_path / "fleet.yaml").write_text(
        text + "clusters:\n"
        "- {name: a, clusterType: lab, connection: existing, location: norwayeast}\n"
        "- {name: b, clusterType: lab, connection: existing}\n"
    )

    fleet = load_fleet(tmp_path)

    assert fleet.azure.scope == Scope(SUBSCRIPTION, "rg-small", "eastus2")
    assert fleet.environments["dev"].scope == Scope(SUBSCRIPTION, "rg-dev", "westeurope")
    assert fleet.clusters["a"].scope == Scope(SUBSCRIPTION, "rg-lab", "norwayeast")
    assert fleet.clusters["b"].scope == Scope(SUBSCRIPTION, "rg-lab", "westeurope")
    assert fleet.clusters["b"].id.startswith(f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-lab/")


def test_defaults_lie_under_every_cluster(small: Callable[..., Fleet]) -> None:
    """Maps merge and lists replace; another kind of connection replaces the default's."""
    fleet = small(
        TWO_LEVELS,
        "defaults:\n"
        "  cluster:\n"
        "    clusterType: lab\n"
        "    site: lyon\n"
        "    labels: {a: default, b: default}\n"
        "    connection: {script: {distribution: rke2}}\n"
        "    extensions: {flux: {settings: {one: '1'}}}\n"
        "clusters:\n"
        "- {name: plain}\n"
        "- name: own\n"
        "  labels: {b: own}\n"
        "  connection: {script: {install: false}}\n"
        "  extensions: {flux: {settings: {two: '2'}}}\n"
        "- {name: other, connection: {kubeconfig: {path: k}}}\n"
        "- {name: there, connection: existing}\n",
    )
    clusters = fleet.clusters

    assert clusters["plain"].connection == Script("rke2", install=True)
    assert clusters["own"].labels == {"a": "default", "b": "own"}
    assert clusters["own"].connection == Script("rke2", install=False)
    assert clusters["own"].extensions.flux.settings == {"one": "1", "two": "2"}
    assert clusters["other"].connection == Kubeconfig(fleet.folder / "k", None)
    assert clusters["there"].connection == Existing(clusters["there"].id)


def test_extensions_of_the_fleet_and_the_cluster(small: Callable[..., Fleet]) -> None:
    """A cluster's extensions lie over the fleet's; a version switches upgrades off."""
    fleet = small(
        "extensions: {certManager: certmanagement, storageClass: fast, flux: {version: 1.24.1}}\n"
        "clusters:\n"
        "- {name: one, clusterType: lab, connection: existing}\n"
        "- name: two\n"
        "  clusterType: lab\n"
        "  connection: existing\n"
        "  extensions: {certManager: {releaseTrain: preview}, workloadOrchestration: {autoUpgrade: true}}\n"
    )
    one, two = fleet.clusters["one"].extensions, fleet.clusters["two"].extensions

    assert (one.cert_manager_kind, one.storage_class) == ("certmanagement", "fast")
    assert (one.flux.version, one.flux.auto_upgrade) == ("1.24.1", False)
    assert (one.cert_manager.auto_upgrade, one.workload_orchestration.auto_upgrade) == (True, False)
    assert (two.cert_manager_kind, two.cert_manager.release_train) == ("certmanagement", "preview")
    assert two.workload_orchestration.auto_upgrade is True


def test_a_kind_of_certificate_manager_replaces_the_one_below(small: Callable[..., Fleet]) -> None:
    """A cluster that has a manager takes nothing of what the fleet says about the one it would install."""
    fleet = small(
        "extensions: {certManager: {kind: certmanagement, releaseTrain: preview}}\n"
        "clusters:\n"
        "- {name: one, clusterType: lab, connection: existing, extensions: {certManager: present}}\n"
        "- {name: two, clusterType: lab, connection: existing, extensions: {storageClass: fast}}\n"
    )
    one, two = fleet.clusters["one"].extensions, fleet.clusters["two"].extensions

    assert (one.cert_manager_kind, one.cert_manager.release_train) == ("present", None)
    assert (two.cert_manager_kind, two.cert_manager.release_train) == ("certmanagement", "preview")


def test_what_only_some_verbs_can_do_is_kept(small: Callable[..., Fleet]) -> None:
    """AKS, remote state, workflows, Kalypso's own scheduler and diagnostics are in the fleet, not ignored."""
    fleet = small(
        "scheduler: cluster\nstate: {azurerm: {resourceGroup: rg-state, storageAccount: contoso1, container: fleet}}\n",
        REPOSITORIES_OF_SMALL.replace(
            "}",
            ", workflows: {credentials: {env: FLOW}, azure: {clientId: 55555555-5555-5555-5555-555555555555}}"
            ", clusterCredentials: {provider: GitHub}, credentials: {file: ./token}}",
        ),
        "clusters: [{name: hub, clusterType: lab, connection: {aks: {nodeCount: 2}}}]\n",
    )

    assert fleet.scheduler == "cluster"
    assert fleet.state.kind == "azurerm"
    assert fleet.state.settings["storage_account_name"] == "contoso1"
    assert fleet.repositories is not None
    assert fleet.repositories.workflows is not None
    assert fleet.repositories.workflows["credentials"] == {"env": "FLOW"}
    assert fleet.repositories.credentials == SecretRef(file=fleet.folder / "token")
    assert fleet.repositories.cluster_credentials == ClusterCredentials(provider="GitHub")
    assert fleet.clusters["hub"].connection == Aks({"nodeCount": 2})
    assert fleet.clusters["hub"].is_aks


def test_the_context_may_exist(tmp_path: Path) -> None:
    """A context's ARM id, its location and where diagnostics go are taken over."""
    group = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-shared/providers"
    settings = (
        "  workloadOrchestration:\n"
        "    location: eastus\n"
        f"    context: {{existing: {group}/Microsoft.Edge/contexts/shared}}\n"
        f"    diagnostics: {{workspaceId: {group}/Microsoft.OperationalInsights/workspaces/logs}}\n"
    )
    text = MINIMAL.replace("  location: eastus2\n", f"  location: westeurope\n{settings}")
    (tmp_path / "fleet.yaml").write_text(text + TWO_LEVELS)

    azure = load_fleet(tmp_path).azure

    assert (azure.scope.location, azure.orchestration_location) == ("westeurope", "eastus")
    assert azure.context.existing == f"{group}/Microsoft.Edge/contexts/shared"
    assert azure.diagnostics_workspace == f"{group}/Microsoft.OperationalInsights/workspaces/logs"


def test_ids_of_what_exists_are_in_the_case_that_azure_uses(contoso: Path) -> None:
    """A portal's ids in lower case become parents of resources that azapi would replace at every apply."""
    group = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-contoso-plants/providers"
    there = f"{group}/Microsoft.Kubernetes/connectedClusters/lab-1"
    written = there.replace("resourceGroups", "resourcegroups").replace("subscriptions", "Subscriptions")
    context = f"{group}/Microsoft.Edge/contexts/shared".replace("/providers/", "/Providers/")
    settings = f"  workloadOrchestration: {{context: {{existing: {context}}}}}"
    spoil(
        contoso,
        ("fleet.yaml", there, written),
        ("fleet.yaml", "  location: eastus2", f"  location: eastus2\n{settings}"),
    )

    fleet = load_fleet(contoso)

    assert fleet.clusters["lab-1"].id == there
    assert fleet.clusters["lab-1"].connection == Existing(there)
    assert fleet.azure.context.existing == context.replace("Providers", "providers")


def test_a_placement_in_full(contoso: Path) -> None:
    """Selector, names, exceptions, limits and dependencies are taken over."""
    spoil(
        contoso,
        (
            "fleet.yaml",
            "targets: {matchLabels: {region: eu}} ",
            "maxUnavailable: 10%\n        healthTimeout: 1h30m\n        version: 1.0.0\n"
            "        targets: {matchExpressions: [{key: size, operator: In, values: [large]}],"
            " names: [lyon-1-line-a], except: [lille-1-line]} ",
        ),
        ("fleet.yaml", "    values:                                 # by node or target", "    values:  #"),
    )

    placement = load_fleet(contoso).solutions["line-vision"].placements[2]

    assert (placement.max_unavailable, placement.health_timeout) == (Ring(percent=10), 5400.0)
    assert (placement.names, placement.excepted) == (("lyon-1-line-a",), ("lille-1-line",))
    assert placement.selector.match_expressions == (Requirement("size", "In", ("large",)),)
    assert placement.version == "1.0.0"


def test_older_versions_lie_in_folders(contoso: Path) -> None:
    """`PATH/VERSION/` holds an older version's content; a retired one is left out."""
    for version in ("0.8.0", "0.9.0"):
        folder = contoso / "solutions/line-vision" / version
        folder.mkdir()
        (folder / "template.yaml").write_text(f"configs: {{of: '{version}'}}\n")
        (folder / "specification.yaml").write_text((contoso / "solutions/line-vision/specification.yaml").read_text())
    spoil(
        contoso, ("fleet.yaml", "path: solutions/line-vision\n", "path: solutions/line-vision\n    retire: [0.8.0]\n")
    )

    solution = load_fleet(contoso).solutions["line-vision"]

    assert list(solution.contents) == ["1.0.0", "0.9.0"]
    assert solution.contents["0.9.0"].template == "configs: {of: '0.9.0'}\n"
    assert solution.retire == ("0.8.0",)


def test_a_dependency_is_kept(small: Callable[..., Fleet]) -> None:
    """What a solution depends on, and injects there, is in the fleet."""
    fleet = small(
        TWO_LEVELS,
        "solutions:\n"
        "- {name: base, version: 1.0.0, path: s, capabilities: []}\n"
        "- {name: app, version: 1.0.0, path: s, capabilities: [], externalValidation: true,\n"
        "   dependsOn: [{solution: base, inject: [{from: A, to: B}]}]}\n",
        **{"s/template.yaml": "configs: {}\n", "s/specification.yaml": SPECIFICATION},
    )

    assert fleet.solutions["app"].depends_on == (Dependency("base", (Injection("A", "B"),)),)
    assert fleet.solutions["app"].external_validation


def test_a_folder_is_merged(contoso: Path) -> None:
    """A fleet in several files is the fleet in one: lists are joined, mappings merged."""
    whole = load_fleet(contoso)
    document = yaml.safe_load((contoso / "fleet.yaml").read_text())
    extra = {
        "azure": {"location": document["azure"].pop("location")},
        "clusters": [document["clusters"].pop()],
        "solutions": document.pop("solutions"),
    }
    (contoso / "fleet.yaml").write_text(yaml.safe_dump(document, sort_keys=False))
    (contoso / "more.yml").write_text(yaml.safe_dump(extra, sort_keys=False))

    fleet = load_fleet(contoso)

    assert fleet.files == (str(contoso / "fleet.yaml"), str(contoso / "more.yml"))
    assert without_places(fleet) == without_places(whole)
    assert fleet.clusters["vigo-1"].origin.file == str(contoso / "more.yml")


def test_the_same_thing_in_two_files(contoso: Path, problems: Report) -> None:
    """A scalar given twice and a name given twice are errors that name both places."""
    (contoso / "b.yaml").write_text("name: other\nenvironments: [{name: qa}]\nclusters: {}\n")

    found = [problem for problem in problems(contoso) if problem.origin.file == str(contoso / "b.yaml")]

    assert [(problem.code, problem.origin.line) for problem in found] == [
        ("given-twice", 1),
        ("duplicate-name", 2),
        ("given-twice", 3),
    ]
    assert all(str(contoso / "fleet.yaml") in problem.message for problem in found)


def test_every_file_may_give_the_same_version(contoso: Path, problems: Report) -> None:
    """Each file of a folder may begin with the format's version, but not with another one."""
    (contoso / "b.yaml").write_text("version: 1\ncapabilities: [audio]\n")
    assert load_fleet(contoso).capabilities == ("vision", "telemetry", "audio")

    (contoso / "b.yaml").write_text("version: 2\n")
    assert [problem.code for problem in problems(contoso)] == ["given-twice"]


def test_a_link_in_the_folder_stays_inside(contoso: Path, tmp_path: Path, problems: Report) -> None:
    """A file of the folder may be a link to another in it; what lies elsewhere is not read."""
    (contoso / "fleet.yaml").rename(contoso / "whole")
    (contoso / "fleet.yaml").symlink_to("whole")
    (tmp_path / "elsewhere").write_text("password: hunter2\n")
    assert load_fleet(contoso).name == "contoso"

    (contoso / "more.yaml").symlink_to(tmp_path / "elsewhere")
    (problem,) = problems(contoso)
    assert (problem.code, problem.origin.file) == ("path", str(contoso / "more.yaml"))
    assert "symbolic link" in problem.message


def test_files_that_are_no_part_of_the_fleet(contoso: Path) -> None:
    """Hidden files, kubeconfigs, Kubernetes objects, empty files and what lies in folders are passed over."""
    (contoso / ".hidden.yaml").write_text("x: [")
    (contoso / "my-kubeconfig.yaml").write_text("x: [")
    (contoso / "object.yaml").write_text("apiVersion: v1\nkind: Config\nclusters: []\n")
    (contoso / "empty.yaml").write_text("# nothing yet\n")

    assert load_fleet(contoso).files == (str(contoso / "fleet.yaml"),)


def test_other_files_are_reported(contoso: Path, problems: Report) -> None:
    """A YAML file beside the fleet file is a part of the fleet, so a stray one is reported."""
    (contoso / "mkdocs.yaml").write_text("site_name: Contoso\n")

    found = problems(contoso)

    assert [(problem.code, problem.origin.file) for problem in found] == [("unknown-key", str(contoso / "mkdocs.yaml"))]


@pytest.mark.parametrize("name", ["", "nothing.yaml", "x" * 5000])
def test_no_fleet(name: str, tmp_path: Path) -> None:
    """Where there is no fleet, that is the one problem."""
    with pytest.raises(InvalidFleet) as raised:
        load_fleet(tmp_path / name)

    assert [problem.code in ("no-fleet", "unreadable") for problem in raised.value.problems] == [True]


@pytest.mark.parametrize(("text", "code"), [("", "no-fleet"), ("- a\n", "wrong-type"), ("text\n", "wrong-type")])
def test_no_mapping(text: str, code: str, tmp_path: Path, problems: Report) -> None:
    """A fleet file that is empty, a list or text says so."""
    (tmp_path / "fleet.yaml").write_text(text)

    assert [problem.code for problem in problems(tmp_path)] == [code]


def test_everything_at_once(contoso: Path, problems: Report) -> None:
    """Problems of form, of names and of rules are all reported in one run, in the file's order."""
    places = spoil(
        contoso,
        ("fleet.yaml", "  location: eastus2", "  ‸loction: eastus2\n  location: ‸westus"),
        ("fleet.yaml", 'REPLICAS: "1"', "REPLICAS: ‸1"),
        ("fleet.yaml", "    site: vigo", "    site: ‸vogo"),
        ("fleet.yaml", "    path: ./workload", "    path: ‸[]"),
        ("fleet.yaml", "rings: [1, 50%, 100%]", "rings: [3, ‸2, ‸0]"),
    )

    found = problems(contoso)

    assert [problem.code for problem in found] == [
        "unknown-key",
        "no-service",
        "wrong-type",
        "unknown-node",
        "wrong-type",
        "rings",
        "amount",
    ]
    assert [(problem.origin.file, problem.origin.line, problem.origin.column) for problem in found] == places


def test_shared_items_are_still_two(small: Callable[..., Fleet]) -> None:
    """An item that an alias repeats has its name twice."""
    with pytest.raises(InvalidFleet) as raised:
        small("clusters: [&a {name: a, clusterType: lab, connection: existing}, *a]\n")

    assert [problem.code for problem in raised.value.problems] == ["duplicate-name"]


def test_secrets_are_not_shown(contoso: Path, problems: Report) -> None:
    """What stands in place of a reference to a secret is in no message."""
    spoil(
        contoso,
        ("fleet.yaml", "credentials: {env: GITHUB_TOKEN}", "credentials: hunter2-in-the-file"),
        ("fleet.yaml", "clusterCredentials: {env: GITOPS_READ_TOKEN}", "clusterCredentials: {env: hunter2-again}"),
    )

    found = problems(contoso)

    assert len(found) == 2
    assert not [problem for problem in found if "hunter2" in str(problem)]


def test_a_problem_is_one_line_that_no_terminal_obeys(small: Callable[..., Fleet]) -> None:
    """What stands in a file is shown without its control characters."""
    with pytest.raises(InvalidFleet) as raised:
        small('"a\\e[31m\\nb\\u202e": 1\n')

    (problem,) = raised.value.problems
    assert "there is no key a\\x1b[31m\\nb\\u202e" in str(problem)
    assert str(problem).isprintable() and problem.to_json()["message"] == "there is no key a\x1b[31m\nb\u202e"


@pytest.mark.parametrize("key", ["credentials", "kubeconfig", "path"])
def test_links_out_of_the_folder(key: str, contoso: Path, tmp_path: Path, problems: Report) -> None:
    """A symbolic link does not lead out of the fleet folder."""
    (tmp_path / "outside").mkdir()
    (contoso / "link").symlink_to(tmp_path / "outside")
    changes = {
        "credentials": ("{env: GITHUB_TOKEN}", "{file: ‸link/token}"),
        "kubeconfig": ("{path: ./kubeconfig.yaml,", "{path: ‸link/kubeconfig,"),
        "path": ("path: solutions/line-vision", "path: ‸link/line-vision"),
    }
    places = spoil(contoso, ("fleet.yaml", *changes[key]))

    found = problems(contoso)

    assert [problem.code for problem in found] == ["path"]
    assert [(found[0].origin.file, found[0].origin.line, found[0].origin.column)] == places
    assert "symbolic link" in found[0].message


def test_links_in_control_plane_files(contoso: Path, problems: Report) -> None:
    """Control-plane files that would be committed as they are hold no symbolic links."""
    (contoso / "control/dev").mkdir(parents=True)
    (contoso / "control/dev/passwords.yaml").symlink_to("/etc/passwd")
    spoil(contoso, ("fleet.yaml", "scheduler:", "controlPlane: control\nscheduler:"))

    assert [problem.code for problem in problems(contoso)] == ["path"]


def test_a_control_plane_folder(contoso: Path) -> None:
    """A folder with main and environments is taken over."""
    for name in ("main", "dev"):
        (contoso / "control" / name).mkdir(parents=True)
    spoil(contoso, ("fleet.yaml", "scheduler:", "controlPlane: ./control\nscheduler:"))

    assert load_fleet(contoso).control_plane == contoso / "control"


class Watch:
    """Notes what the process opens and connects to, while it is on."""

    def __init__(self) -> None:
        self.on = False
        self.seen: list[tuple[str, str]] = []
        sys.addaudithook(self)

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self.on and (event == "open" or event.startswith(("socket", "subprocess", "os.exec", "os.posix_spawn"))):
            self.seen.append((event, str(arguments[0]) if arguments else ""))


def test_offline(contoso: Path) -> None:
    """Loading opens no socket, starts no process, and opens neither a secret nor a kubeconfig."""
    (contoso / "kubeconfig.yaml").write_text("users: [{user: {token: secret}}]\n")
    (contoso / "sites.yaml").write_text("users: [{user: {token: secret}}]\n")
    (contoso / "token.yaml").write_text("secret\n")
    spoil(
        contoso,
        ("fleet.yaml", "credentials: {env: GITHUB_TOKEN}", "credentials: {file: token.yaml}"),
        (
            "fleet.yaml",
            "  - name: lille-1\n",
            "  - {name: x, clusterType: lab, connection: {kubeconfig: {path: sites.yaml}}}\n  - name: lille-1\n",
        ),
    )
    watch = Watch()

    watch.on = True
    load_fleet(contoso)
    watch.on = False

    opened = {Path(name).name for event, name in watch.seen if event == "open"}
    assert "fleet.yaml" in opened
    assert not opened & {"kubeconfig.yaml", "sites.yaml", "token.yaml"}
    assert {event for event, _ in watch.seen} == {"open"}


def test_three_hundred_clusters_load_in_a_second(contoso: Path) -> None:
    """A large fleet loads fast."""
    document = yaml.safe_load((contoso / "fleet.yaml").read_text())
    cluster = document["clusters"][2]
    document["clusters"] += [
        {**cluster, "name": f"c-{n}", "targets": [{"name": f"c-{n}-line", "capabilities": ["vision"]}]}
        for n in range(300)
    ]
    (contoso / "fleet.yaml").write_text(yaml.safe_dump(document, sort_keys=False))
    load_fleet(CONTOSO)
    begun = time.process_time()

    fleet = load_fleet(contoso)

    assert time.process_time() - begun < 3
    assert len(fleet.clusters) == 306


def test_importing_the_package_is_cheap() -> None:
    """The package brings in neither YAML nor pydantic until a fleet is loaded."""
    import orchestration.fleet as package

    assert sorted(package.__all__) == package.__all__
    assert all(hasattr(package, name) for name in package.__all__)
    with pytest.raises(AttributeError):
        _ = package.nothing
