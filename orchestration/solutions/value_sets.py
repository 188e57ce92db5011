"""The fleet's values in Azure: each document read, merged with what operators wrote, and PUT only if changed.

A node's configuration is found through its reference, never by name: the service chooses the name for
targets. https://learn.microsoft.com/azure/azure-arc/workload-orchestration/configuration-model
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from orchestration.drivers.azure.arm import Arm
from orchestration.errors import OrchestrationError, ServiceError
from orchestration.fleet import naming
from orchestration.fleet.model import Fleet
from orchestration.provision.outputs import Outputs
from orchestration.solutions.carrying import Carried, carry_over, editable, version_before
from orchestration.solutions.document import edit
from orchestration.solutions.edge import API
from orchestration.solutions.language.schema import Schema
from orchestration.solutions.values import DocumentKey, Path, desired_values, owned_paths, undotted

CONFIGURATION_API = "2025-08-01"
PLAIN_NUMBER = "1"
REMAKE = "run `ewo up --all`, which makes it"


@dataclass(frozen=True, slots=True)
class _Edited:
    """A document that is to be changed: where, to what, whether it is there, and whether the set has any version."""

    set_id: str
    version: str
    text: str
    exists: bool
    begun: bool


def template_uids(outputs: Outputs) -> Mapping[str, str]:
    """Return the templates' unique identifiers that core gave out, by `solution/NAME` and `config/NAME`."""
    solutions = {f"solution/{name}": uid for name, uid in outputs.solution_uids.items()}
    return {**solutions, **{f"config/{name}": uid for name, uid in outputs.config_uids.items()}}


class ValueSets:
    """The value documents of one fleet; `owned_before` are the paths it owned, by document key.

    *regional* is where sites of service groups answer, *arm* where everything else does.
    """

    def __init__(
        self,
        fleet: Fleet,
        arm: Arm,
        *,
        regional: Arm,
        uids: Mapping[str, str] | None = None,
        owned_before: Mapping[str, Collection[str]] | None = None,
    ) -> None:
        self._fleet, self._arm, self._regional = fleet, arm, regional
        self._uids = dict(uids or {})
        self._before = {key: tuple(paths) for key, paths in (owned_before or {}).items()}
        self._desired, self._named = desired_values(fleet), owned_paths(fleet)
        self._targets = fleet.targets
        self._settled: set[str] = set()
        self._carried: dict[DocumentKey, Carried] = {}
        self._schemas: dict[str, Schema] = {}

    def differs(self, key: DocumentKey) -> bool:
        """Whether the document is not what the fleet says; raise `OrchestrationError`."""
        return self._edited(key) is not None

    def apply(self, key: DocumentKey, *, first: bool = False) -> bool:
        """Make the document what the fleet says, and return whether that changed it; raise `OrchestrationError`.

        A version's *first* document begins with what operators have set for the version before.
        """
        edited = self._edited(key, first=first)
        if edited is not None:
            self._write(edited)
        self._settled.add(str(key))
        return edited is not None

    def news(self, key: DocumentKey) -> str:
        """Return what was carried over into the document, nothing if that was not so."""
        return str(self._carried.get(key, ""))

    def held(self, key: DocumentKey, text: str) -> bool:
        """Whether *text*, which a document was when it was last read by the service, is what the fleet says."""
        try:
            as_wanted = edit(text, self._desired.get(str(key), {}), self._taken_back(key)) is None
        except OrchestrationError:
            return False
        if as_wanted:
            self._settled.add(str(key))
        return as_wanted

    def config_documents(self) -> tuple[DocumentKey, ...]:
        """Return the documents of config templates that may need a change, in the fleet's order."""
        keys = map(DocumentKey.parse, {**self._desired, **self._before})
        return tuple(key for key in keys if key.kind == "config" and self._reachable(key) and not self._kept(key))

    def stale_documents(self, solution: str, targets: Collection[str]) -> tuple[DocumentKey, ...]:
        """Return the documents owned for a solution on targets that it is not placed on."""
        keys = map(DocumentKey.parse, self._before)
        mine = (key for key in keys if (key.kind, key.name) == ("solution", solution) and key.where in targets)
        return tuple(key for key in mine if self._reachable(key))

    def owned(self) -> Mapping[str, tuple[str, ...]]:
        """Return the paths that are the fleet's now: what it names, and what has not been taken back."""
        return {key: paths for key in sorted({*self._before, *self._named}) if (paths := self._owned(key))}

    def _owned(self, key: str) -> tuple[str, ...]:
        named, before = self._named.get(key, ()), self._before.get(key, ())
        if key in self._settled or not self._reachable(DocumentKey.parse(key)):
            return named
        return tuple(sorted({*named, *before}))

    def _reachable(self, key: DocumentKey) -> bool:
        """Whether the fleet still has the template's version and the place; without, nothing can be taken back."""
        if key.kind == "config":
            template = self._fleet.config_templates.get(key.name)
            nodes = self._fleet.hierarchy.nodes if self._fleet.hierarchy else {}
            return template is not None and key.where in nodes and key.version not in template.retire
        solution = self._fleet.solutions.get(key.name)
        return solution is not None and key.where in self._targets and key.version not in solution.retire

    def _kept(self, key: DocumentKey) -> bool:
        """Whether this is an older version's document on a node that still has values.

        It stays as it is: solution versions that read it may have to be reviewed again.
        """
        template = self._fleet.config_templates[key.name]
        return key.version != template.version and bool(template.values.get(key.where))

    def _edited(self, key: DocumentKey, *, first: bool = False) -> _Edited | None:
        values, taken_back = self._desired.get(str(key), {}), self._taken_back(key)
        if not values and not taken_back and not first:
            return None
        set_id = f"{self._configuration(key)}/dynamicConfigurations/{self._uid(key)}"
        found = self._versions(set_id)
        before = found.get(key.version) or ""
        try:
            carried = self._carry(key, found) if first and key.version not in found else None
            text = edit(carried.text if carried else before, values, taken_back)
            text = carried.text if carried and carried.keys and text is None else text
        except OrchestrationError as error:
            raise OrchestrationError(f"{key.where}: {key.name} {key.version}: {error}", hint=error.hint) from error
        return _Edited(set_id, key.version, text, key.version in found, bool(found)) if text is not None else None

    def _carry(self, key: DocumentKey, found: Mapping[str, str]) -> Carried | None:
        """Return what operators have set for the version before and the fleet does not name now; it is news."""
        older = version_before(found, key.version)
        if older is None:
            return None
        before = self._before.get(str(replace(key, version=older)), ())
        owned = {undotted(path) for path in (*before, *self._named.get(str(key), ()))}
        carried = carry_over(found, key.version, owned, self._editable(key))
        if carried is not None:
            self._carried[key] = carried
        return carried

    def _editable(self, key: DocumentKey) -> Schema:
        """Return the rules of the keys that can be edited in a version; none if it has no schema."""
        template, _ = self._template(key)
        kind = "configTemplateSchemas" if key.kind == "config" else "solutionSchemas"
        place = f"{template}/versions/{key.version}/{kind}/default"
        if place not in self._schemas:
            shown = self._arm.get(place, API)
            text = (shown.get("properties") or {}).get("value") if shown else None
            self._schemas[place] = editable(text) if text else Schema()
        return self._schemas[place]

    def _taken_back(self, key: DocumentKey) -> list[Path]:
        named = self._named.get(str(key), ())
        return [undotted(path) for path in self._before.get(str(key), ()) if path not in named]

    def _versions(self, set_id: str) -> dict[str, str]:
        """Return the texts of a value set's versions; nothing if there is no set. A listing says both at once."""
        found: dict[str, str] = {}
        for item in self._arm.list(f"{set_id}/versions", CONFIGURATION_API):
            properties = item.get("properties") or {}
            if "values" not in properties:
                whole = self._arm.get(f"{set_id}/versions/{item['name']}", CONFIGURATION_API) or {}
                properties = whole.get("properties") or {}
            found[item["name"]] = properties.get("values") or ""
        return found

    def _write(self, edited: _Edited) -> None:
        if not edited.exists:
            self._make_set(edited)
        body = {"properties": {"values": edited.text}}
        self._arm.write(f"{edited.set_id}/versions/{edited.version}", CONFIGURATION_API, body)

    def _make_set(self, edited: _Edited) -> None:
        """Make the value set that holds the versions, in the first form of `currentVersion` that is taken."""
        found = self._arm.get(edited.set_id, CONFIGURATION_API) if edited.begun else None
        present = (found.get("properties") or {}).get("currentVersion") if found else None
        forms = current_versions(present, edited.version)
        for form in forms:
            try:
                self._arm.write(edited.set_id, CONFIGURATION_API, {"properties": {"currentVersion": form}})
                return
            except ServiceError as error:
                if error.status != 400 or form == forms[-1]:
                    raise

    def _configuration(self, key: DocumentKey) -> str:
        site = key.kind == "config"
        place = naming.site_id(self._fleet, key.where) if site else self._target_id(key.where)
        arm = self._regional if place.startswith("/providers/") else self._arm
        found = arm.get(f"{place}/{naming.EDGE}/configurationReferences/default", CONFIGURATION_API)
        linked = (found.get("properties") or {}).get("configurationResourceId") if found else None
        if not linked:
            advice = REMAKE if site else "the service makes it soon after the target; run again"
            raise OrchestrationError(f"no configuration is linked to {key.where}", hint=advice)
        return str(linked)

    def _target_id(self, name: str) -> str:
        return naming.fleet_target_id(self._fleet, self._targets[name])

    def _uid(self, key: DocumentKey) -> str:
        """Return the template's unique identifier, which names its value sets."""
        template_id, template = self._template(key)
        known = f"{key.kind}/{template}"
        if known not in self._uids:
            found = self._arm.get(template_id, API)
            if found is None:
                raise OrchestrationError(f"there is no template {template}", hint=REMAKE)
            self._uids[known] = (found.get("properties") or {}).get("uniqueIdentifier") or template
        return self._uids[known]

    def _template(self, key: DocumentKey) -> tuple[str, str]:
        if key.kind == "config":
            return naming.config_template_id(self._fleet, key.name), key.name
        template = self._fleet.solutions[key.name].template
        return naming.solution_template_id(self._fleet, template), template


def current_versions(present: str | None, version: str) -> tuple[str, ...]:
    """Return what to PUT as a value set's `currentVersion`, most likely first; nothing if it may stay.

    Public sources disagree: a sample of Microsoft's says that only a plain number is taken, the Azure
    CLI sends the template's version. docs/assumptions.md
    """
    if present is None:
        return (PLAIN_NUMBER, version)
    return () if present.isdigit() or present == version else (version,)
