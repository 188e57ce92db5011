"""Ways to spoil the contoso fleet: what is replaced by what, and which problem that makes.

`‸` in the replacement marks where the problem is expected; it is taken out before loading.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, NamedTuple

MARK = "‸"
SUBSCRIPTION = "22222222-2222-2222-2222-222222222222"
SPECIFICATION = "components:\n- {name: a, type: helm.v3, properties: {chart: {repo: x/y, version: 1.0.0}}}\n"
PLANTS = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-contoso-plants/providers"


def without_places(value: Any) -> Any:
    """Return a fleet, or a part of one, as plain data without the places it was written at."""
    if isinstance(value, dict):
        return {key: without_places(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return [without_places(item) for item in value]
    if not is_dataclass(value):
        return value
    names = [field.name for field in fields(value) if field.name not in ("origin", "files", "warnings", "written")]
    return {name: without_places(getattr(value, name)) for name in names}


def spoil(folder: Path, *changes: tuple[str, str, str]) -> list[tuple[str, int, int]]:
    """Replace in each file what is there once by something else; return file, line and column of every mark."""
    for name, old, new in changes:
        file = folder / name
        text = file.read_text() if file.exists() else ""
        assert text.count(old) == 1 or not text, f"{old!r} must be in {name} once"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text.replace(old, new) if text else new)
    return [place for name in dict.fromkeys(name for name, _, _ in changes) for place in _take_marks(folder, name)]


def _take_marks(folder: Path, name: str) -> Iterator[tuple[str, int, int]]:
    lines = (folder / name).read_text().split("\n")
    for number in range(len(lines)):
        while MARK in lines[number]:
            before, _, after = lines[number].partition(MARK)
            lines[number] = before + after
            yield str(folder / name), number + 1, len(before) + 1
    (folder / name).write_text("\n".join(lines))


MINIMAL = """
version: 1
name: small
azure:
  tenantId: 11111111-1111-1111-1111-111111111111
  subscriptionId: 22222222-2222-2222-2222-222222222222
  resourceGroup: rg-small
  location: eastus2
environments: [{name: dev}, {name: prod}]
clusterTypes: [{name: lab, environment: dev}]
"""


class Case(NamedTuple):
    """One change to fleet.yaml, and the one problem it makes."""

    code: str
    old: str
    new: str
    message: str
    hint: str = ""
    severity: str = "error"


SHAPE = (
    Case(
        "unknown-key",
        "environments:   ",
        "‸enviroments: []\nenvironments:   ",
        "enviroments",
        "did you mean environments?",
    ),
    Case(
        "unknown-key", "    site: vigo", "    ‸sites: vigo\n    site: vigo", "sites in clusters", "did you mean site?"
    ),
    Case(
        "unknown-key",
        "resourceGroup: rg-contoso-edge",
        "resourceGroup: rg-contoso-edge\n  ‸resource_group: x",
        "resource_group in azure",
        "did you mean resourceGroup?",
    ),
    Case(
        "unknown-key",
        "rings: [1, 50%, 100%]",
        "rings: [1, 100%]\n        ‸colour: red",
        "colour in placement",
        "known: ",
    ),
    Case(
        "missing-key",
        "  tenantId: 11111111-1111-1111-1111-111111111111\n  subscriptionId: 22222222-2222-2222-2222-222222222222",
        "  ‸subscriptionId: 22222222-2222-2222-2222-222222222222",
        "tenantId is missing in azure",
        "add tenantId: …",
    ),
    Case(
        "missing-key", "  - name: lab\n    environment: dev", "  - ‸name: lab", "environment is missing in clusterTypes"
    ),
    Case(
        "missing-key",
        "  - name: vigo-1\n    clusterType: plant-small\n",
        "  - ‸name: vigo-1\n",
        "clusterType is missing in clusters",
    ),
    Case("wrong-type", "  - name: qa", "  - name: qa\n  - name: ‸[test]", "name must be text, not a list"),
    Case(
        "wrong-type",
        "capabilities: [vision, telemetry]\n\nclusters",
        "capabilities: ‸vision\n\nclusters",
        "capabilities must be a list, not vision (text)",
    ),
    Case("wrong-type", 'REPLICAS: "1"', "REPLICAS: ‸1", "REPLICAS must be text, not 1 (a number)", 'write "1"'),
    Case(
        "wrong-type", 'REPLICAS: "1"', "REPLICAS: ‸1.10", "REPLICAS must be text, not 1.10 (a number)", 'write "1.10"'
    ),
    Case("wrong-type", "size: small", "size: ‸true", "size must be text, not true (a truth value)", 'write "true"'),
    Case("wrong-type", "size: small", "size: ‸null", "size must be text, not empty", 'write "null"'),
    Case("wrong-type", "size: small", "size: ‸~", "size must be text, not empty", 'write "~"'),
    Case(
        "wrong-type", "{region: eu, size: small}", "{region: eu, size: ‸}", "size must be text, not empty", 'write ""'
    ),
    Case(
        "wrong-type",
        "rings: [1, 50%, 100%]",
        "healthTimeout: ‸15",
        "healthTimeout must be text, not 15",
        "write a duration such as 15m",
    ),
    Case("wrong-type", "    branch: main", "    branch: ‸1.10", "branch must be text", 'write "1.10"'),
    Case(
        "wrong-type",
        "script: {distribution: k3s}}\n    targets: [{name: lille",
        'script: {install: ‸"true"}}\n    targets: [{name: lille',
        "install must be true or false, not true (text)",
    ),
    Case(
        "wrong-type",
        "credentials: {env: GITHUB_TOKEN}",
        "credentials: ‸my-secret-token",
        "credentials must be a mapping, not what is written here",
        "a secret is named, never written",
    ),
    Case(
        "wrong-type",
        "plant-config\n    version: 1.0.0",
        "plant-config\n    version: ‸1.0",
        "version must be text, not 1.0",
        "write three numbers such as 1.0.0",
    ),
    Case(
        "not-allowed",
        "delivery: pull-request",
        "delivery: ‸mail",
        "delivery must be push or pull-request, not mail (text)",
    ),
    Case("not-allowed", "version: 1\n", "version: ‸2\n", "version must be 1, not 2"),
    Case("not-allowed", "scheduler: embedded", "scheduler: ‸cron", "scheduler must be embedded or cluster"),
    Case("empty", "    site: vigo", "    site:‸", "site: there is nothing here", "write a value, or delete the key"),
    Case(
        "empty",
        "connection: {script: {distribution: k3s}}\n    targets: [{name: lille",
        "connection: {script: ‸}\n    targets: [{name: lille",
        "script: there is nothing here",
        "write {} for what holds by default",
    ),
    Case(
        "one-of",
        "connection: {script: {distribution: k3s}}\n    targets: [{name: lille",
        "connection: ‸{script: {}, aks: {}}\n    targets: [{name: lille",
        "exactly one is wanted of existing, script, kubeconfig, aks",
        "write existing",
    ),
    Case(
        "one-of",
        "credentials: {env: GITHUB_TOKEN}",
        "credentials: ‸{env: GITHUB_TOKEN, file: token}",
        "exactly one is wanted of env, file",
        "write {env: NAME} or {file: PATH}; a secret is named, never written",
    ),
    Case(
        "amount",
        "rings: [1, 50%, 100%]",
        "rings: [‸0, 50%, 100%]",
        "a number from 1 on, or a percentage from 1% to 100%",
    ),
    Case("amount", "rings: [1, 50%, 100%]", "rings: [1, ‸120%]", "a number from 1 on"),
    Case("amount", "rings: [1, 50%, 100%]", "rings: [‸true, 100%]", "a number from 1 on"),
    Case("amount", "rings: [1, 50%, 100%]", "maxUnavailable: ‸-1", "a number from 0 on"),
    Case(
        "greater-than-equal",
        "    site: lille\n    connection: {script: {distribution: k3s}}\n"
        "    targets: [{name: lille-1-line, capabilities: [vision]}]",
        "    connection: {aks: {nodeCount: ‸0}}",
        "greater than or equal to 1",
    ),
    Case("duplicate-key", "    site: vigo", "    site: vigo\n    ‸site: vigo", "site is written twice", "keep one"),
    Case(
        "ambiguous-scalar",
        "size: small",
        "size: ‸NO",
        "NO without quotes is ambiguous",
        'write "NO" for the text, or false',
    ),
    Case("ambiguous-scalar", "size: small", "size: ‸010", "octal number 8", 'write "010" for the text, or 8'),
    Case("ambiguous-scalar", 'REPLICAS: "1"', "OPENS: ‸12:30", "base 60", 'write "12:30"'),
    Case("ambiguous-scalar", 'REPLICAS: "1"', "SINCE: ‸2024-01-31", "a date", 'write "2024-01-31"'),
    Case("ambiguous-scalar", 'REPLICAS: "1"', "‸on: x", "on without quotes", 'write "on"'),
    Case(
        "ambiguous-scalar",
        "{ExposureMs: 12}",
        "{ExposureMs: ‸0x1F}",
        "some readers take it for a number",
        'write "0x1F"',
    ),
    Case(
        "ambiguous-scalar",
        "script: {distribution: k3s}}\n    targets: [{name: lille",
        "script: {install: ‸yes}}\n    targets: [{name: lille",
        "some readers take it for true",
    ),
    Case("yaml-tag", "size: small", "size: ‸!!str small", "tags have no meaning here"),
)

TEXTS = (
    Case("fleet-name", "name: contoso", "name: ‸Contoso_1", "'Contoso_1'", "lower-case"),
    Case("guid", "11111111-1111-1111-1111-111111111111", "‸11111111-1111", "'11111111-1111'", "a GUID"),
    Case("resource-group-name", "resourceGroup: rg-contoso-edge", "resourceGroup: ‸rg/edge.", "'rg/edge.'"),
    Case("repository-name", "gitops: contoso-platform-gitops", "gitops: ‸platform.git", "platform.git"),
    Case(
        "environment-name",
        "  - name: qa",
        "  - name: qa\n  - name: ‸pre-prod",
        "'pre-prod'",
        "Kalypso cannot take hyphens",
    ),
    Case("environment-name", "  - name: qa", "  - name: qa\n  - name: ‸main", "'main'", "not main"),
    Case("environment-name", "  - name: qa", "  - name: qa\n  - name: ‸kubetest", "'kubetest'"),
    Case("environment-name", "  - name: qa", f"  - name: qa\n  - name: ‸{'e' * 46}", "eee", "at most 45"),
    Case(
        "kubernetes-name",
        "  - name: lab\n    environment: dev",
        "  - name: ‸Lab_2\n    environment: dev\n  - name: lab\n    environment: dev",
        "'Lab_2'",
        "at most 63",
    ),
    Case("kubernetes-name", "  - name: shop\n", "  - name: ‸main\n", "'main'", "Kalypso's base repository"),
    Case("kubernetes-name", "  - name: retail-lab", "  - name: ‸Retail", "'Retail'"),
    Case(
        "kubernetes-name",
        "lyon-1-line-b, ",
        "lyon-1-line-b, namespace: ‸kube-system, ",
        "'kube-system'",
        "none of azure-arc",
    ),
    Case(
        "kubernetes-name", "lyon-1-line-b,", "‸lyon.1.line,", "cannot be a Kubernetes namespace", "add namespace: NAME"
    ),
    Case("label-key", "{line: bakery}", "{‸-line: bakery}", "'-line'"),
    Case("label-value", "{line: bakery}", "{line: ‸bakery hall}", "'bakery hall'"),
    Case("label-value", "{line: bakery}", f"{{line: ‸{'x' * 64}}}", "xxx", "at most 63"),
    Case(
        "label-value",
        "clusterTypes: {matchLabels: {region: eu}}",
        "clusterTypes: {matchExpressions: [{key: region, operator: In, values: [eu, ‸e u]}]}",
        "'e u'",
    ),
    Case("config-key", "{REGION: lab,", "{‸RE GION: lab,", "'RE GION'", "letters, digits"),
    Case("level-name", "levels: [country, plant, line]", "levels: [country, ‸pl_ant, line]", "'pl_ant'"),
    Case("site-name", "{name: lille}]", "{name: lille}, {name: ‸rom}]", "'rom'", "4 to 24"),
    Case("site-name", "{name: lille}]", f"{{name: lille}}, {{name: ‸{'r' * 25}}}]", "rrr", "4 to 24"),
    Case(
        "site-name",
        "    - name: france",
        "    - name: ‸ita_ly\n    - name: france",
        "a site reference, which takes no underscore",
        "hyphen",
    ),
    Case(
        "capability-name",
        "capabilities: [vision, telemetry]\n\nclusters",
        "capabilities: [vision, telemetry, ‸-x]\n\nclusters",
        "'-x'",
    ),
    Case("target-name", "lyon-1-line-b,", "‸b!, namespace: lineb,", "'b!'", "3 to 61"),
    Case(
        "resource-id",
        f"existing: {PLANTS}/Microsoft.Kubernetes/connectedClusters/lab-1",
        "existing: ‸/subscriptions/1/lab-1",
        "the cluster id",
        "connectedClusters/NAME",
    ),
    Case("config-template-name", "  - name: plant-config", "  - name: ‸plant.config", "'plant.config'", "3 to 24"),
    Case("solution-name", "  - name: line-vision", "  - name: ‸v-line", "'v-line'", "beginning with v-"),
    Case(
        "instance-name",
        "    capabilities: [vision]\n",
        f"    capabilities: [vision]\n    instance: ‸{'i' * 25}\n",
        "iii",
        "at most 24",
    ),
    Case(
        "version",
        "    path: solutions/line-vision",
        "    path: solutions/line-vision\n    retire: [‸0.9.0-rc1]",
        "'0.9.0-rc1'",
        "three numbers",
    ),
    Case(
        "version",
        "      - {environment: qa}\n",
        f"      - {{environment: qa, version: ‸{'9' * 5000}.0.0}}\n",
        "999",
        "three numbers",
    ),
    Case("git-branch", "    branch: main", "    branch: ‸feature..x", "'feature..x'", "a branch name that Git takes"),
    Case("git-branch", "    branch: main", "    branch: ‸-main", "'-main'"),
    Case(
        "variable-name",
        "{env: GITHUB_TOKEN}",
        "{env: ‸p4ss-word!}",
        "this environment variable is not allowed",
        "never the secret itself",
    ),
    Case("duration", "rings: [1, 50%, 100%]", "healthTimeout: ‸15 minutes", "'15 minutes'", "15m, 90s or 1h30m"),
    Case(
        "storage-account-name",
        "environments:   ",
        "state: {azurerm: {resourceGroup: rg, storageAccount: ‸Con-toso, container: fleet}}\nenvironments:   ",
        "'Con-toso'",
    ),
    Case(
        "container-name",
        "environments:   ",
        "state: {azurerm: {resourceGroup: rg, storageAccount: contoso, container: ‸a--b}}\nenvironments:   ",
        "'a--b'",
    ),
    Case(
        "resource-id",
        "  location: eastus2\n",
        "  location: eastus2\n  workloadOrchestration: {diagnostics: {workspaceId: ‸logs}}\n",
        "the workspace id 'logs'",
    ),
    Case(
        "resource-id",
        "  location: eastus2\n",
        "  location: eastus2\n  workloadOrchestration: {context: {existing: ‸contoso}}\n",
        "the context id 'contoso'",
    ),
    Case(
        "context-name",
        "  location: eastus2\n",
        "  location: eastus2\n  workloadOrchestration: {context: {name: ‸a_b_c}}\n",
        "'a_b_c'",
    ),
)

NAMES = (
    Case(
        "duplicate-name", "  - name: qa", "  - name: qa\n  - name: ‸qa", "another environment called qa, at ", "rename"
    ),
    Case("duplicate-name", "  - name: retail-pilot", "  - name: ‸retail-lab", "another policy called retail-lab"),
    Case("duplicate-name", "  - name: lille-1\n", "  - name: ‸LYON-1\n", "another cluster called LYON-1"),
    Case("duplicate-name", "lyon-1-line-b,", "‸lille, namespace: b,", "another node or target called lille"),
    Case(
        "duplicate-name",
        "lyon-1-line-b,",
        "‸Lyon-1-Line-A, namespace: b,",
        "another node or target called Lyon-1-Line-A",
    ),
    Case(
        "duplicate-item",
        "levels: [country, plant, line]",
        "levels: [country, plant, ‸Plant]",
        "Plant is in levels twice",
    ),
    Case(
        "duplicate-item",
        "capabilities: [telemetry]}\n",
        "capabilities: [telemetry, ‸telemetry]}\n",
        "telemetry is in capabilities twice",
    ),
    Case(
        "unknown-environment",
        "clusterTypes: {matchLabels: {purpose: pilot}}",
        "clusterTypes: {matchLabels: {purpose: pilot}}\n"
        "  - name: more\n    environment: ‸qaa\n    deploymentTargets: {}\n    clusterTypes: {}",
        "no environment is called 'qaa'",
        "did you mean qa?",
    ),
    Case(
        "unknown-environment",
        "      - {environment: qa}\n",
        "      - {environment: ‸test}\n",
        "no environment is called 'test'",
        "known: dev, prod, qa",
    ),
    Case(
        "unknown-cluster-type",
        "  - name: vigo-1\n    clusterType: plant-small",
        "  - name: vigo-1\n    clusterType: ‸plantsmall",
        "no cluster type is called 'plantsmall'",
        "did you mean plant-small?",
    ),
    Case("unknown-node", "    site: vigo", "    site: ‸vogo", "no node is called 'vogo'", "did you mean vigo?"),
    Case(
        "unknown-capability",
        "capabilities: [telemetry]}\n",
        "capabilities: [‸Telemetry]}\n",
        "no capability is called 'Telemetry'",
        "did you mean telemetry?",
    ),
    Case(
        "unknown-capability",
        "    capabilities: [vision]\n",
        "    capabilities: [vision, ‸robots]\n",
        "no capability is called 'robots'",
    ),
    Case("unknown-node", "      vigo: {Broker", "      ‸porto: {Broker", "no node is called 'porto'"),
    Case(
        "not-a-node",
        "      vigo: {Broker",
        "      ‸vigo-1-line: {Broker",
        "vigo-1-line is a target",
        "at the node above",
    ),
    Case(
        "unknown-node-or-target",
        "      lyon-1-line-a: {Camera",
        "      ‸lyon-1-line: {Camera",
        "no node or target is called 'lyon-1-line'",
        "did you mean lyon-1-line-",
    ),
    Case(
        "unknown-target",
        "targets: {matchLabels: {region: eu}} ",
        "targets: {except: [‸lyon-1]} ",
        "no target is called 'lyon-1'",
    ),
    Case(
        "wrong-environment",
        "targets: {matchLabels: {region: eu}} ",
        "targets: {except: [‸lab-1-line]} ",
        "target lab-1-line is in dev, not in prod",
    ),
    Case(
        "unknown-solution",
        "    capabilities: [vision]\n",
        "    capabilities: [vision]\n    dependsOn: [{solution: ‸line-vison2}]\n",
        "no solution is called 'line-vison2'",
    ),
    Case(
        "circular-dependency",
        "    capabilities: [vision]\n",
        "    capabilities: [vision]\n    ‸dependsOn: [{solution: line-vision}]\n",
        "line-vision depends on itself",
    ),
)

HIERARCHY = (
    Case("not-a-leaf", "    site: vigo", "    site: ‸spain", "spain has nodes below it", "use one of bilbao, vigo"),
    Case(
        "resource-group-site",
        "  levels: [country, plant, line]",
        "  levels: [country, plant, line]\n  scope: ‸resourceGroup",
        "one site and two levels, not 6 and 3",
    ),
    Case(
        "no-service",
        "  location: eastus2",
        "  location: ‸westeurope",
        "not offered in westeurope",
        "azure.workloadOrchestration.location",
    ),
    Case(
        "no-service",
        "  location: eastus2\n",
        "  location: westeurope\n  workloadOrchestration: {location: ‸northeurope}\n",
        "not offered in northeurope",
    ),
    Case(
        "aks-targets",
        f"existing: {PLANTS}/Microsoft.Kubernetes/connectedClusters/vigo-1}}\n    targets",
        f"existing: {PLANTS}/Microsoft.ContainerService/managedClusters/vigo-1}}\n    ‸targets",
        "vigo-1 is an AKS cluster",
    ),
    Case(
        "aks-site",
        "    site: lille\n    connection: {script: {distribution: k3s}}\n"
        "    targets: [{name: lille-1-line, capabilities: [vision]}]",
        "    ‸site: lille\n    connection: {aks: {}}",
        "lille-1 is an AKS cluster, which takes Flux alone",
        "delete site",
    ),
)

AZURE = (
    Case(
        "duplicate-cluster-id",
        f"existing: {PLANTS}/Microsoft.Kubernetes/connectedClusters/vigo-1",
        f"existing: ‸{PLANTS}/microsoft.kubernetes/connectedClusters/LAB-1",
        "clusters lab-1 and vigo-1 are the same resource",
    ),
    Case(
        "custom-location-name",
        "  - name: lille-1\n",
        f"  - name: ‸{'l' * 61}\n",
        "-cl cannot be called so",
        "at most 63",
    ),
    Case("custom-location-name", "  - name: lille-1\n", "  - name: ‸lille.1\n", "lille.1-cl cannot be called so"),
    Case(
        "pinned-upgrade",
        "environments:   ",
        "extensions: {‸flux: {version: 1.24.1, autoUpgrade: true}}\nenvironments:   ",
        "upgrades itself",
        "delete version or autoUpgrade",
    ),
    Case(
        "no-effect",
        "    site: vigo",
        "    extensions: {‸certManager: {kind: present, version: 1.2.3}}\n    site: vigo",
        "version would have no effect",
    ),
)

REPOSITORIES = (
    Case(
        "url",
        "url: https://github.com/contoso ",
        "url: ‸http://github.com/contoso ",
        "must begin with https:// or ssh://",
    ),
    Case(
        "url", "url: https://github.com/contoso ", "url: ‸https://user:secret@github.com/contoso ", "holds credentials"
    ),
    Case(
        "url",
        "repository: https://github.com/contoso/shop\n",
        "repository: ‸https://github.com/contoso/shop.git\n",
        "must not end with .git",
    ),
    Case(
        "url",
        "repository: https://github.com/contoso/shop\n",
        "repository: ‸git@github.com:contoso/shop\n",
        "must begin with https:// or ssh://",
    ),
    Case("url", "repository: https://github.com/contoso/shop\n", "repository: ‸ext::sh -c touch\n", "holds blanks"),
    Case(
        "url",
        "repository: https://github.com/contoso/shop\n",
        "repository: ‸https://github.com/contoso/../shop\n",
        "names no owner or repository",
    ),
    Case(
        "url",
        "repository: https://github.com/contoso/shop\n",
        "repository: ‸https://github.com/contoso/%2e%2e/shop\n",
        "names no owner or repository",
    ),
    Case(
        "url",
        "repository: https://github.com/contoso/shop\n",
        "repository: ‸https://github.com\n",
        "names no owner or repository",
    ),
    Case(
        "url",
        "repository: https://github.com/contoso/shop\n",
        "repository: ‸https://github.com/contoso/shop?ref=x\n",
        "holds a query",
    ),
    Case(
        "url",
        "repository: https://github.com/contoso/shop\n",
        "repository: ‸ssh://-oProxyCommand=x/shop\n",
        "names no host",
    ),
    Case(
        "url",
        "repository: https://github.com/contoso/shop\n",
        "repository: ‸https://github.com:99999/shop\n",
        "cannot be read",
    ),
    Case(
        "url",
        "environments:   ",
        "state: {http: {address: ‸http://state.example/x}}\nenvironments:   ",
        "must begin with https://",
    ),
    Case(
        "url",
        "environments:   ",
        "state: {http: {address: ‸https://a:b@state.example/x}}\nenvironments:   ",
        "holds credentials",
        "TF_HTTP_USERNAME",
    ),
    Case(
        "url",
        "environments:   ",
        "state: {http: {address: ‸https://state.example/x?token=y}}\nenvironments:   ",
        "the address holds a query",
    ),
    Case("path", "{env: GITHUB_TOKEN}", "{file: ‸solutions}", "the file is a folder"),
    Case("path", "{path: ./kubeconfig.yaml,", "{path: ‸., ", "the kubeconfig is a folder"),
    Case("same-repository", "gitops: contoso-platform-gitops", "gitops: ‸contoso-control-plane", "two repositories"),
    Case(
        "forbidden-variable",
        "{env: GITHUB_TOKEN}",
        "{env: ‸ARM_CLIENT_SECRET}",
        "ARM_CLIENT_SECRET is a credential of a cloud",
    ),
    Case(
        "forbidden-variable",
        "{env: GITOPS_READ_TOKEN}",
        "{env: ‸actions_runtime_token}",
        "is a credential of a cloud or of CI",
    ),
    Case("forbidden-variable", "{env: GITOPS_READ_TOKEN}", "{env: ‸AWS_SECRET_ACCESS_KEY}", "is a credential"),
    Case("forbidden-variable", "{env: GITOPS_READ_TOKEN}", "{env: ‸AZURE_CLIENT_SECRET}", "is a credential"),
    Case(
        "secret-value", "{env: GITHUB_TOKEN}", "{env: ‸ghp_0123456789abcdefghijABCDEFGHIJ}", "this looks like a secret"
    ),
    Case("path", "{env: GITHUB_TOKEN}", "{file: ‸../token}", "must not hold .."),
    Case("path", "{env: GITHUB_TOKEN}", "{file: ‸/etc/shadow}", "must be relative to the fleet folder"),
    Case("path", "{env: GITHUB_TOKEN}", "{file: ‸~/token}", "must be relative to the fleet folder"),
    Case("path", "{path: ./kubeconfig.yaml,", "{path: ‸../kubeconfig.yaml,", "the kubeconfig must not hold .."),
    Case(
        "shared-credentials",
        "clusterCredentials: {env: GITOPS_READ_TOKEN}",
        "clusterCredentials: ‸{env: GITHUB_TOKEN}",
        "every cluster gets the credentials",
        "read-only",
        "warning",
    ),
)

KALYPSO = (
    Case(
        "selector",
        "clusterTypes: {matchLabels: {region: eu}}",
        "clusterTypes: {matchExpressions: [{key: region, operator: ‸In}]}",
        "In needs values",
    ),
    Case(
        "selector",
        "clusterTypes: {matchLabels: {region: eu}}",
        "clusterTypes: {matchExpressions: [{key: region, operator: Exists, values: ‸[eu]}]}",
        "Exists takes no values",
    ),
    Case(
        "not-allowed",
        "clusterTypes: {matchLabels: {region: eu}}",
        "clusterTypes: {matchExpressions: [{key: region, operator: ‸in}]}",
        "operator must be In, NotIn, Exists or DoesNotExist",
    ),
    Case(
        "reserved-label",
        "labels: {region: eu, size: small}",
        "labels: {region: eu, size: small, ‸kustomize.toolkit.fluxcd.io/name: x}",
        "Flux writes the label",
    ),
    Case("path", "    path: ./workload", "    path: ‸../workload", "not a path inside the workload's repository"),
    Case("path", "    path: ./workload", "    path: ‸/workload", "not a path inside"),
    Case(
        "path",
        "scheduler: embedded",
        "controlPlane: ‸../elsewhere\nscheduler: embedded",
        "../elsewhere must not hold ..",
    ),
    Case(
        "path", "scheduler: embedded", "controlPlane: ‸control-plane\nscheduler: embedded", "control-plane is no folder"
    ),
    Case(
        "selects-nothing",
        'deploymentTargets: {workspace: retail, matchLabels: {edge: "true"}}',
        "deploymentTargets: {workspace: ‸retial}",
        "no workload of the fleet is in workspace retial",
        "did you mean retail?",
        "warning",
    ),
    Case(
        "selects-nothing",
        "clusterTypes: {matchLabels: {region: eu}}",
        "‸clusterTypes: {matchLabels: {region: us}}",
        "no cluster type of prod has these labels",
        "",
        "warning",
    ),
)

SOLUTIONS = (
    Case(
        "placement-order",
        "      - {environment: dev}\n      - {environment: qa}\n",
        "      - {environment: qa}\n      - {environment: ‸dev}\n",
        "dev comes before qa",
    ),
    Case(
        "duplicate-placement",
        "      - {environment: qa}\n",
        "      - {environment: qa}\n      - {environment: ‸qa}\n",
        "qa is placed already",
    ),
    Case("rings", "rings: [1, 50%, 100%]", "rings: [1, 50%, ‸50%, 100%]", "50% adds nothing to 50%", "", "warning"),
    Case("rings", "rings: [1, 50%, 100%]", "rings: [2, ‸1, 100%]", "1 adds nothing to 2", "growing", "warning"),
    Case(
        "rings-incomplete", "rings: [1, 50%, 100%]", "rings: [1, ‸50%]", "the last ring is 50%", "add 100%", "warning"
    ),
    Case(
        "not-capable",
        "targets: {matchLabels: {region: eu}} ",
        "targets: {names: [lyon-1-line-a, ‸vigo-1-line]} ",
        "vigo-1-line lacks vision, which line-vision needs",
    ),
    Case(
        "selects-nothing",
        "      - environment: prod\n        targets: {matchLabels: {region: eu}} ",
        "      - environment: ‸prod\n        targets: {matchLabels: {region: us}} ",
        "no target of prod",
        "",
        "warning",
    ),
    Case(
        "version-ahead",
        "      - {environment: qa}\n",
        "      - {environment: qa, version: ‸1.0.1}\n",
        "qa is held at 1.0.1, newer than line-vision's 1.0.0",
    ),
    Case(
        "missing-version",
        "      - {environment: qa}\n",
        "      - {environment: qa, version: ‸0.9.0}\n",
        "no content of 0.9.0 here",
        "solutions/line-vision/0.9.0",
        "warning",
    ),
    Case(
        "retired-in-use",
        "    path: solutions/line-vision",
        "    path: solutions/line-vision\n    retire: [‸1.0.0]",
        "1.0.0 is in use: line-vision is at it",
    ),
    Case(
        "retired-in-use",
        "    path: config-templates/plant-config",
        "    path: config-templates/plant-config\n    retire: [‸1.0.0]",
        "1.0.0 is in use: it is the current one",
    ),
    Case(
        "missing-folder",
        "    path: solutions/line-vision",
        "    path: ‸solutions/line-vison",
        "there is no folder solutions/line-vison",
    ),
    Case("path", "    path: solutions/line-vision", "    path: ‸../line-vision", "../line-vision must not hold .."),
)

TWO_LEVELS = "hierarchy: {levels: [plant, line], sites: [{name: lyon}]}\ncapabilities: [vision]\n"
REPOSITORIES_OF_SMALL = "repositories: {url: https://github.com/x, controlPlane: cp, gitops: go}\n"
LONG = "l" * 40

# What is added to the minimal fleet, with a mark for each problem, and their codes in order.
ADDITIONS = {
    "one item, with a wrong key": (
        "unknown-key",
        MINIMAL.replace("environment: dev}]", "environment: dev, ‸labls: {}}]"),
    ),
    "no environment": ("too-short", MINIMAL.replace("[{name: dev}, {name: prod}]", "‸[]")),
    "environment missing": (
        "missing-key",
        MINIMAL.replace("environments: [{name: dev}, {name: prod}]\n", "").replace("version", "‸version", 1),
    ),
    "one level": (
        "level-count",
        MINIMAL + TWO_LEVELS.replace("[plant, line]", "‸[line]").replace("sites: [{name: lyon}]", "sites: []"),
    ),
    "five levels": ("level-count", MINIMAL + TWO_LEVELS.replace("[plant, line]", "‸[a, b, c, d, e]")),
    "node too deep": ("too-deep", MINIMAL + TWO_LEVELS.replace("{name: lyon}", "{name: lyon, sites: [{name: ‸hall}]}")),
    "no capabilities": ("no-capabilities", MINIMAL + "‸hierarchy: {levels: [plant, line], sites: [{name: lyon}]}\n"),
    "cluster above the last plant": (
        "not-a-leaf",
        MINIMAL
        + TWO_LEVELS.replace("[plant", "[country, plant")
        + "clusters: [{name: a, clusterType: lab, connection: existing, site: ‸lyon}]\n",
    ),
    "targets without a site": (
        "no-site",
        MINIMAL
        + TWO_LEVELS
        + "clusters: [{name: a, clusterType: lab, connection: existing, ‸targets: [{name: a-line}]}]\n",
    ),
    "orchestration without a hierarchy": (
        "no-hierarchy no-hierarchy no-hierarchy",
        MINIMAL
        + "‸capabilities: [vision]\n"
        + "clusters: [{name: a, clusterType: lab, connection: existing, ‸site: lyon, ‸targets: [{name: a-line}]}]\n",
    ),
    "workloads without repositories": (
        "no-repositories",
        MINIMAL + "‸workloads: [{name: shop, repository: https://github.com/x/shop}]\n",
    ),
    "pull requests elsewhere": (
        "delivery-host",
        MINIMAL + REPOSITORIES_OF_SMALL.replace("https://github.com/x", "‸https://gitlab.com/x"),
    ),
    "pull requests elsewhere, written": (
        "delivery-host",
        MINIMAL
        + REPOSITORIES_OF_SMALL.replace("github.com/x", "dev.azure.com/x").replace("}", ", delivery: ‸pull-request}"),
    ),
    "namespace too long": (
        "derived-name",
        MINIMAL.replace("name: lab", f"name: ‸{LONG}")
        + REPOSITORIES_OF_SMALL
        + "workloads: [{name: a-workload-with-a-name, repository: https://github.com/x/shop}]\n",
    ),
    "configurations of one name": (
        "derived-name",
        MINIMAL.replace("name: small", "name: contoso-manufacturing")
        + TWO_LEVELS.replace("{name: lyon}", "{name: site-3279}, {name: ‸site-4329}"),
    ),
    "location with blanks": ("location", MINIMAL.replace("location: eastus2", "location: ‸East US 2") + TWO_LEVELS),
    "cluster name": ("cluster-name", MINIMAL + "clusters: [{name: ‸a/b, clusterType: lab, connection: existing}]\n"),
    "aks cluster with targets": (
        "aks-targets",
        MINIMAL
        + TWO_LEVELS
        + "clusters: [{name: a, clusterType: lab, connection: {aks: {}}, site: lyon, ‸targets: [{name: a-line}]}]\n",
    ),
    "defaults are checked without clusters": ("unknown-key", MINIMAL + "defaults: {cluster: {‸sit: lyon}}\n"),
    "defaults are reported once": (
        "label-value",
        MINIMAL
        + "defaults: {cluster: {labels: {line: ‸a b}, connection: existing}}\n"
        + "clusters: [{name: a, clusterType: lab}, {name: b, clusterType: lab}]\n",
    ),
    "a merge key needs a mapping": ("yaml-merge", MINIMAL + "extensions: {<<: ‸7, storageClass: fast}\n"),
    "a key that is no text": ("yaml-key unknown-key", MINIMAL + "‸‸1: x\n"),
    "two circles of dependencies": (
        "circular-dependency circular-dependency",
        MINIMAL
        + TWO_LEVELS
        + "solutions:\n"
        + "- {name: aaa, version: 1.0.0, path: s, capabilities: [], ‸dependsOn: [{solution: bbb}]}\n"
        + "- {name: bbb, version: 1.0.0, path: s, capabilities: [], ‸dependsOn: [{solution: aaa}]}\n",
    ),
    "a dependency that is not placed": (
        "dependency-not-placed",
        MINIMAL
        + TWO_LEVELS
        + "solutions:\n"
        + "- {name: aaa, version: 1.0.0, path: s, capabilities: []}\n"
        + "- {name: bbb, version: 1.0.0, path: s, capabilities: [], dependsOn: [{solution: aaa}],\n"
        + "   placement: [{environment: ‸dev}]}\n",
    ),
    "a dependency twice": (
        "duplicate-item",
        MINIMAL
        + TWO_LEVELS
        + "solutions:\n"
        + "- {name: aaa, version: 1.0.0, path: s, capabilities: []}\n"
        + "- {name: bbb, version: 1.0.0, path: s, capabilities: [], dependsOn: [{solution: aaa}, ‸{solution: aaa}]}\n",
    ),
    "names in the defaults alone": (
        "unknown-cluster-type unknown-node",
        MINIMAL
        + TWO_LEVELS
        + "defaults: {cluster: {clusterType: ‸lap, site: ‸leon}}\n"
        + "clusters: [{name: a, clusterType: lab, site: lyon, connection: existing}]\n",
    ),
    "one template in two spellings": (
        "spelling",
        MINIMAL
        + TWO_LEVELS
        + "solutions:\n"
        + "- {name: aaa, template: Line, version: 1.0.0, path: s, capabilities: []}\n"
        + "- {name: bbb, template: ‸line, instance: b, version: 1.0.0, path: s, capabilities: []}\n",
    ),
    "one instance twice": (
        "same-instance",
        MINIMAL
        + TWO_LEVELS
        + "solutions:\n"
        + "- {name: aaa, version: 1.0.0, path: s, capabilities: []}\n"
        + "- ‸{name: bbb, template: aaa, version: 1.0.0, path: s, capabilities: []}\n",
    ),
    "one template with two capabilities": (
        "template-differs template-differs",
        MINIMAL
        + TWO_LEVELS
        + "solutions:\n"
        + "- {name: aaa, version: 1.0.0, path: s, capabilities: []}\n"
        + "- {name: bbb, instance: b, template: aaa, version: 1.0.0, path: ‸./s, capabilities: ‸[vision]}\n",
    ),
    "one template with two dependencies": (
        "template-differs",
        MINIMAL
        + TWO_LEVELS
        + "solutions:\n"
        + "- {name: aaa, version: 1.0.0, path: s, capabilities: [], dependsOn: [{solution: ccc}]}\n"
        + "- {name: bbb, instance: b, template: aaa, version: 1.0.0, path: s, capabilities: [],\n"
        + "   dependsOn: ‸[{solution: ccc, inject: [{from: A, to: B}]}]}\n"
        + "- {name: ccc, version: 1.0.0, path: s, capabilities: []}\n",
    ),
}

CASES = (*SHAPE, *TEXTS, *NAMES, *HIERARCHY, *AZURE, *REPOSITORIES, *KALYPSO, *SOLUTIONS)
