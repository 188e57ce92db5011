"""Microsoft.Edge as a rollout needs it: what is on a target, and the actions that change it.

Routes and bodies are those of api-version 2026-03-01; every action is a long-running operation whose
final answer is read: https://learn.microsoft.com/azure/azure-arc/workload-orchestration/
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from orchestration.drivers.azure.arm import Arm
from orchestration.errors import ServiceError
from orchestration.fleet import naming
from orchestration.solutions.installed import (
    Installed,
    Json,
    SolutionVersion,
    newest_first,
    read_instance,
    read_version,
)
from orchestration.solutions.jobs import Job, read_job

API = "2026-03-01"


@dataclass(frozen=True, slots=True)
class EdgeTarget:
    """One target in Azure, by its ARM id."""

    arm: Arm
    id: str

    def solutions(self) -> Iterator[Installed]:
        """Yield the solutions on the target, without their versions and instances; nothing if there is no target."""
        for resource in self.arm.list(f"{self.id}/solutions", API):
            template = (resource.get("properties") or {}).get("solutionTemplateId") or ""
            yield Installed(resource["name"], template)

    def installed(self, template_id: str) -> Installed | None:
        """Return what is on the target of one solution template."""
        found = [item for item in self.solutions() if item.template_id.lower() == template_id.lower()]
        return self.complete(found[0]) if found else None

    def complete(self, solution: Installed) -> Installed:
        """Return the solution with its versions and instances."""
        path = f"{self.id}/solutions/{solution.name}"
        versions = [read_version(item, solution.name) for item in self.arm.list(f"{path}/versions", API)]
        return self.with_instances(replace(solution, versions=newest_first(versions)))

    def with_instances(self, solution: Installed) -> Installed:
        """Return the solution with its instances."""
        path = f"{self.id}/solutions/{solution.name}/instances"
        return replace(
            solution, instances={row["name"].lower(): read_instance(row) for row in self.arm.list(path, API)}
        )

    def with_instance(self, solution: Installed, name: str) -> Installed:
        """Return the solution with its instance of that name, if there is one; the unnamed one is called like it."""
        found = self.arm.get(f"{self.id}/solutions/{solution.name}/instances/{name or solution.name}", API)
        return replace(solution, instances={found["name"].lower(): read_instance(found)} if found else {})

    def histories(self, solution: str, instance: str) -> Iterator[str]:
        """Yield the ids of the versions that an instance ran before the one it has."""
        for resource in self.arm.list(f"{self.id}/solutions/{solution}/instances/{instance}/histories", API):
            version = (resource.get("properties") or {}).get("solutionVersion") or {}
            yield version.get("solutionVersionId") or ""

    def jobs(self) -> Iterator[Job]:
        """Yield the jobs of the target, those that go on and those that are over; none if we may not read them."""
        with _permitted():
            yield from map(read_job, self.arm.list(f"{self.id}/{naming.EDGE}/jobs", API))

    def job(self, id_: str) -> Job | None:
        """Return a job as it is now, None if it is not to be seen, or not by us."""
        with _permitted():
            found = self.arm.get(id_, API)
            return read_job(found) if found else None
        return None

    def followed(self, version_id: str, template_id: str) -> Installed | None:
        """Return a solution version alone, with its instance if that counts; None if it is not to be seen."""
        resource = self.arm.get(version_id, API)
        if resource is None:
            return None
        solution = version_id.split("/")[-3]
        version = read_version(resource, solution)
        alone = Installed(solution, template_id, (version,))
        return self.with_instance(alone, version.instance) if version.state in ("Deployed", "Failed") else alone

    def resolve(self, template_version_id: str, instance: str, parents: Sequence[str] = ()) -> str:
        """Return the configuration that a review would resolve to now, as the service writes it."""
        answer = self._post("resolveConfiguration", _version_body(template_version_id, instance, parents))
        text = answer.get("configuration", (answer.get("properties") or {}).get("configuration"))
        if not isinstance(text, str):
            raise ServiceError(f"{self.id}/resolveConfiguration answered without a configuration")
        return text

    def review(self, template_version_id: str, instance: str, parents: Sequence[str] = ()) -> str:
        """Make a new solution version, which depends on those of the ids *parents*; return its ARM id."""
        answer = self._post("reviewSolutionVersion", _version_body(template_version_id, instance, parents))
        return _reviewed(self.id, answer)

    def publish(self, version_id: str) -> None:
        """Publish a reviewed solution version."""
        self._post("publishSolutionVersion", {"solutionVersionId": version_id})

    def install(self, version_id: str) -> None:
        """Install a published solution version."""
        self._post("installSolution", {"solutionVersionId": version_id})

    def validate(self, version: SolutionVersion, *, valid: bool, reason: str) -> None:
        """Give the verdict on a published version that waits for its external validation."""
        verdict = {"validationStatus": "Valid" if valid else "Invalid"}
        details = {} if valid else {"errorDetails": {"code": "ExternalValidationFailed", "message": reason}}
        known = {"solutionVersionId": version.id, "externalValidationId": version.validation_id}
        self._post("updateExternalValidationStatus", {**known, **verdict, **details})

    def uninstall(self, template_id: str, instance: str) -> None:
        """Uninstall a solution, or the instance of it that is named."""
        self._post("uninstallSolution", {"solutionTemplateId": template_id, **_named(instance)})

    def _post(self, action: str, body: Json) -> Json:
        return self.arm.post(self.id, action, API, body) or {}


@dataclass(frozen=True, slots=True)
class EdgeTemplateVersion:
    """A version of a solution template in Azure, by its ARM id, whose bulk actions take many targets at once.

    Each answers with the ids of solution versions that were taken on, by target's id in lower case.
    """

    arm: Arm
    id: str

    def review(self, items: Sequence[Json]) -> dict[str, str]:
        """Make a new solution version for each of *items*, bodies of `reviewSolutionVersion` with a target's id."""
        return self._bulk("bulkReviewSolution", items, "reviewedTargets")

    def publish(self, versions: Mapping[str, str]) -> dict[str, str]:
        """Publish reviewed versions, by target's id; those that wait for a validation are not in the answer."""
        items = [{"targetId": target, "solutionVersionId": version} for target, version in versions.items()]
        return self._bulk("bulkPublishSolution", items, "publishedTargets")

    def deploy(self, versions: Mapping[str, str]) -> dict[str, str]:
        """Install published versions, by target's id."""
        items = [{"solutionVersionId": version} for version in versions.values()]
        return self._bulk("bulkDeploySolution", items, "deployedTargets")

    def _bulk(self, action: str, items: Sequence[Json], key: str) -> dict[str, str]:
        answer = self.arm.post(self.id, action, API, {"targets": list(items)}) or {}
        versions = ((item.get("solutionVersionId") or "") for item in (answer.get("properties") or {}).get(key) or ())
        return {version.lower().partition("/solutions/")[0]: version for version in versions if version}


@contextmanager
def _permitted() -> Iterator[None]:
    """Do without what our role does not let us read: a rollout needs jobs only after a run that was killed."""
    try:
        yield
    except ServiceError as error:
        if error.status != 403:
            raise


def review_item(target_id: str, instance: str, parents: Sequence[str]) -> Json:
    """Return a target's item of a bulk review."""
    return {"targetId": target_id, **_named(instance), **_depending(parents)}


def _version_body(template_version_id: str, instance: str, parents: Sequence[str]) -> Json:
    return {"solutionTemplateVersionId": template_version_id, **_named(instance), **_depending(parents)}


def _depending(parents: Sequence[str]) -> Json:
    return {"solutionDependencies": [{"solutionVersionId": each} for each in parents]} if parents else {}


def _named(instance: str) -> Json:
    return {"solutionInstanceName": instance} if instance else {}


def _reviewed(target: str, answer: Json) -> str:
    """Return the id of the version a review made; which field holds it depends on how the service answers."""
    properties: Json = answer.get("properties") or {}
    told = answer.get("solutionVersionId")
    for item in (properties.get("id"), told, properties.get("solutionVersionId"), answer.get("id")):
        if isinstance(item, str) and "/versions/" in item:
            return item
    raise ServiceError(f"{target}/reviewSolutionVersion answered without the solution version's id")
