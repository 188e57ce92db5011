"""What is imported when: Azure's packages import each other in circles, which threads that begin at once break."""

from __future__ import annotations

import json
import subprocess
import sys

USE = """
import json, sys, time
from types import SimpleNamespace
from orchestration.drivers.azure.arm import Arm
from orchestration.drivers.azure.kubernetesconfiguration import KubernetesConfiguration
from orchestration.errors import ServiceError

NOBODY = "https://127.0.0.1:1"
CLUSTER = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Kubernetes/connectedClusters/c"
login = SimpleNamespace(get_token=lambda *scopes, **more: SimpleNamespace(token="t", expires_on=time.time() + 3600))
arm, configuration = Arm(NOBODY, login), KubernetesConfiguration(NOBODY, login, "s")
before = set(sys.modules)
asked = [
    lambda: arm.get("/x", "1"),
    lambda: arm.put("/x", "1", {}),
    lambda: configuration.flux(CLUSTER),
    lambda: configuration.extensions(CLUSTER),
]
for ask in asked:
    try:
        ask()
    except ServiceError:
        continue
    raise SystemExit("somebody answered")
print(json.dumps([name for name in sys.modules if name.startswith("azure.") and name not in before]))
"""


def test_clients_have_imported_what_their_requests_need() -> None:
    """Requests, which threads make, import no package of Azure's; a transport's own parts are behind a lock."""
    done = subprocess.run([sys.executable, "-c", USE], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    late = json.loads(done.stdout)
    assert [name for name in late if not name.startswith("azure.core.pipeline.transport._")] == []
