"""The stand-in for `az connectedk8s connect` and `show`; runs alone, with the standard library only."""

from __future__ import annotations

import json
import os
import secrets
import ssl
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

API_VERSION = "2026-05-01"


def request(method: str, name: str, group: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return the sandbox's answer about the connected cluster; exit with its error otherwise."""
    parent = f"/subscriptions/{os.environ['EWO_SANDBOX_SUBSCRIPTION']}/resourceGroups/{group}"
    path = f"{parent}/providers/Microsoft.Kubernetes/connectedClusters/{name}"
    url = f"{os.environ['EWO_SANDBOX_URL']}{path}?api-version={API_VERSION}"
    if not url.startswith("https://"):
        sys.exit(f"az: {url} is not https")
    token = Path(os.environ["EWO_SANDBOX_TOKEN_FILE"]).read_text(encoding="utf-8").strip()
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    context = ssl.create_default_context(cafile=os.environ["EWO_SANDBOX_CA"])
    call = urllib.request.Request(url, data, headers, method=method)  # noqa: S310 - the scheme is checked above
    try:
        with urllib.request.urlopen(call, context=context, timeout=30) as answer:  # noqa: S310
            found: dict[str, Any] = json.load(answer)
            return found
    except urllib.error.HTTPError as error:
        sys.exit(f"az: {method} {path} answered {error.code}: {error.read().decode()}")


def option(arguments: list[str], name: str, default: str = "") -> str:
    """Return the value that follows the option *name*."""
    return arguments[arguments.index(name) + 1] if name in arguments else default


def connect(arguments: list[str]) -> None:
    """Make the connected cluster, with the tags the script asked for."""
    name, group = option(arguments, "--name"), option(arguments, "--resource-group")
    key, _, value = option(arguments, "--tags").partition("=")
    properties = {
        "agentPublicKeyCertificate": secrets.token_urlsafe(96),
        "distribution": option(arguments, "--distribution"),
        "oidcIssuerProfile": {"enabled": "--enable-oidc-issuer" in arguments},
        "securityProfile": {"workloadIdentity": {"enabled": "--enable-workload-identity" in arguments}},
    }
    body = {
        "location": option(arguments, "--location"),
        "identity": {"type": "SystemAssigned"},
        "tags": {key: value} if key else {},
        "properties": properties,
    }
    request("PUT", name, group, body)
    (Path(os.environ["EWO_ROOT"]) / "azure-clusterconfig").write_text(f"{group}/{name}", encoding="utf-8")


def show(arguments: list[str]) -> None:
    """Print what the script asks for: the cluster's issuer URL."""
    found = request("GET", option(arguments, "--name"), option(arguments, "--resource-group"))
    sys.stdout.write(found["properties"].get("oidcIssuerProfile", {}).get("issuerUrl", "") + "\n")


if __name__ == "__main__":
    {"connect": connect, "show": show}[sys.argv[2]](sys.argv[3:])
