"""The connect script of a cluster: what a person on site runs to bring it into Azure Arc.

It does what Microsoft's quickstart does by hand, and holds no secret:
https://learn.microsoft.com/azure/azure-arc/kubernetes/quickstart-connect-cluster
"""

from __future__ import annotations

import re
import shlex
from importlib.resources import files

from orchestration.errors import UsageError
from orchestration.fleet.model import Cluster, Fleet, Script

_MARK = re.compile(r"(=?)@([a-z_]+)@")


def connect_script(fleet: Fleet, cluster: Cluster) -> str:
    """Return the bash script that connects *cluster*; raise `UsageError` if it is connected another way."""
    connection = cluster.connection
    if not isinstance(connection, Script):
        raise UsageError(
            f"cluster {cluster.name} is not connected by a script ({cluster.origin})",
            hint="only clusters with `connection: {script: …}` have one",
        )
    values = {
        "fleet": fleet.name,
        "cluster": cluster.name,
        "resource_group": cluster.scope.resource_group,
        "subscription": cluster.scope.subscription_id,
        "cloud": fleet.azure.cloud,
        "tenant": fleet.azure.tenant_id,
        "location": cluster.scope.location,
        "distribution": connection.distribution,
        "install": "yes" if connection.install else "no",
        "custom_locations_oid": fleet.azure.custom_locations_object_id or "",
        "resource_id": cluster.id,
    }
    text = (files(__package__) / "connect.sh").read_text(encoding="utf-8")
    return _MARK.sub(lambda mark: _written(mark[1], values[mark[2]]), text)


def _written(equals: str, value: str) -> str:
    """Return a value as a word of the shell behind `=`, and as one line in a comment."""
    return f"={shlex.quote(value)}" if equals else " ".join(value.split())
