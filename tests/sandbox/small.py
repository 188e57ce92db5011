"""A fleet that is as small as one can be and has a part of every kind: for runs that are repeated hundreds of times."""

from __future__ import annotations

from pathlib import Path

from orchestration.fleet.init import write_starter

FLEET = """\
version: 1
name: small
azure:
  tenantId: 00000000-0000-0000-0000-000000000001
  subscriptionId: 00000000-0000-0000-0000-000000000002
  resourceGroup: rg-small
  location: eastus2
repositories:
  url: https://github.com/example
  controlPlane: small-control-plane
  gitops: small-gitops
  delivery: push
  credentials: {env: GITHUB_TOKEN}
  clusterCredentials: {env: GITOPS_READ_TOKEN}
environments: [{name: dev}]
clusterTypes:
  - {name: lab, environment: dev, labels: {purpose: lab}, config: {GREETING: hello}}
hierarchy:
  levels: [plant, line]
  sites: [{name: plant-1}]
capabilities: [vision]
clusters:
  - name: lab-1
    clusterType: lab
    site: plant-1
    connection: {kubeconfig: {path: kubeconfig.yaml, context: lab}}
    targets: [{name: lab-1-line, capabilities: [vision]}]
workloads:
  - {name: hello, workspace: shop-floor, repository: 'https://github.com/example/hello', branch: main, path: ./workload}
policies:
  - name: lab
    environment: dev
    deploymentTargets: {workspace: shop-floor}
    clusterTypes: {matchLabels: {purpose: lab}}
configTemplates:
  - name: site-config
    version: 1.0.0
    path: config-templates/site-config
    values: {plant-1: {Broker: {Host: mqtt.plant-1.example}}}
solutions:
  - name: line-hello
    version: 1.0.0
    path: solutions/line-hello
    capabilities: [vision]
    placement: [{environment: dev}]
    values: {lab-1-line: {Greeting: Hello from the lab}}
"""


def write_small(folder: Path, addition: str = "") -> Path:
    """Write the fleet's folder, with *addition* to its file, and return it."""
    write_starter(folder, "small")
    (folder / "fleet.yaml").write_text(f"{FLEET}{addition}\n", encoding="utf-8")
    return folder
