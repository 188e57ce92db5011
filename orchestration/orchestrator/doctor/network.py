"""Can what verbs talk to be reached from here."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from orchestration.drivers.network import reach
from orchestration.errors import ServiceError
from orchestration.orchestrator.azapi import find_azapi
from orchestration.orchestrator.doctor.place import Place
from orchestration.orchestrator.doctor.report import Finding, ok, warn
from orchestration.orchestrator.open_azure import RESOURCE_MANAGERS, regional_address

SECONDS = 8.0
"""Less than a check may take, so that its answer tells what was in the way."""

AUTHORITIES = {
    "AzureCloud": "https://login.microsoftonline.com",
    "AzureUSGovernment": "https://login.microsoftonline.us",
    "AzureChinaCloud": "https://login.chinacloudapi.cn",
}
REGISTRY = "https://registry.terraform.io"


def addresses(place: Place) -> Iterator[str]:
    """Yield where verbs of the fleet go in Azure; of a cloud that we do not know, nowhere."""
    assert place.fleet is not None
    azure = place.fleet.azure
    if azure.cloud not in AUTHORITIES:
        return
    yield AUTHORITIES[azure.cloud]
    yield RESOURCE_MANAGERS[azure.cloud]
    if place.fleet.uses_orchestration:
        yield regional_address(RESOURCE_MANAGERS[azure.cloud], azure.orchestration_location)


def address(place: Place, url: str) -> Finding:
    """Something answers at an address, whatever it says."""
    return ok(f"{urlsplit(url).netloc} answers with {reach(url, seconds=SECONDS)}")


def registry(place: Place) -> Finding:
    """Terraform's registry can be reached, unless azapi is here; a mirror of the user's may stand in for it."""
    if find_azapi() is not None:
        return ok("not needed: azapi is here")
    try:
        return address(place, REGISTRY)
    except ServiceError as error:
        return warn(str(error), f"{error.hint}; or name a mirror in Terraform's configuration (~/.terraformrc)")
