"""A fleet of two solutions, one of which depends on the other, without a control plane: a test line, and two more."""

from __future__ import annotations

from pathlib import Path

import yaml

FLEET = """\
version: 1
name: two
azure:
  tenantId: 00000000-0000-0000-0000-000000000001
  subscriptionId: 00000000-0000-0000-0000-000000000002
  resourceGroup: rg-two
  location: eastus2
environments: [{name: dev}, {name: prod}]
clusterTypes:
  - {name: lab, environment: dev}
  - {name: plant, environment: prod}
hierarchy:
  levels: [plant, line]
  sites: [{name: plant-1}]
capabilities: [vision]
clusters:
  - name: lab-1
    clusterType: lab
    site: plant-1
    connection: {kubeconfig: {path: kubeconfig.yaml, context: lab}}
    targets: [{name: lab-line, capabilities: [vision]}]
  - name: plant-1
    clusterType: plant
    site: plant-1
    connection: {kubeconfig: {path: kubeconfig.yaml, context: plant}}
    targets: [{name: line-a, capabilities: [vision]}, {name: line-b, capabilities: [vision]}]
solutions:
  - name: line-app
    version: 1.0.0
    path: solutions/line-app
    capabilities: [vision]
    dependsOn: [{solution: line-adapter, inject: [{from: camera, to: apps}]}]
    placement:
      - {environment: dev}
      - {environment: prod, rings: [1, 100%]}
  - name: line-adapter
    version: 1.0.0
    path: solutions/line-adapter
    capabilities: [vision]
    placement:
      - {environment: dev}
      - {environment: prod, rings: [1, 100%]}
"""

CONFIGS = {
    "line-app": "camera: {line: '${{$target(name)}}', exposure: 12}",
    "line-adapter": "port: 502\n  apps: []",
}


def write_two(folder: Path) -> Path:
    """Write the fleet's folder, whose adapter stands behind the app that depends on it, and return it."""
    for name, configs in CONFIGS.items():
        place = folder / "solutions" / name
        place.mkdir(parents=True)
        (place / "template.yaml").write_text(f"configs:\n  {configs}\n", encoding="utf-8")
        chart = {"repo": f"example.azurecr.io/helm/{name}", "version": "1.0.0", "wait": True, "timeout": "5m"}
        component = {"name": name, "type": "helm.v3", "properties": {"chart": chart}}
        (place / "specification.yaml").write_text(yaml.safe_dump({"components": [component]}), encoding="utf-8")
    (folder / "fleet.yaml").write_text(FLEET, encoding="utf-8")
    return folder
