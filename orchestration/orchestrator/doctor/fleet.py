"""Is the fleet valid, can this version serve it, and are its secrets there."""

from __future__ import annotations

from orchestration.orchestrator.doctor.place import Place
from orchestration.orchestrator.doctor.report import Finding, fail, ok, warn
from orchestration.orchestrator.open_azure import refuse_delivery
from orchestration.orchestrator.secrets import read_if_set, references
from orchestration.orchestrator.survey import refuse_unsupported


def fleet(place: Place) -> Finding:
    """The fleet file is valid, and holds nothing that this version cannot do."""
    see = f"see all: ewo validate {place.path}"
    if place.invalid is not None:
        problems = [item for item in place.invalid.problems if item.severity == "error"]
        return fail(f"{len(problems)} problems; the first: {problems[0]}", see)
    assert place.fleet is not None
    refuse_unsupported(place.fleet)
    if place.sandbox is None:
        refuse_delivery(place.fleet)
    counted = f"{len(place.fleet.clusters)} clusters in {len(place.fleet.environments)} environments"
    if place.fleet.warnings:
        return warn(f"{counted}; {len(place.fleet.warnings)} warnings", see)
    return ok(f"{place.fleet.name}: {counted}")


def secrets(place: Place) -> Finding:
    """What the fleet refers to is set; only names are shown."""
    assert place.fleet is not None
    wanted = references(place.fleet)
    if not wanted:
        return ok("the fleet refers to none")
    missing = {purpose: where for purpose, where in wanted.items() if read_if_set(where) is None}
    there = "; ".join(f"{purpose}: {where}" for purpose, where in wanted.items() if purpose not in missing)
    if not missing:
        return ok(there)
    absent = f"nothing in {' and '.join(f'{where} ({purpose})' for purpose, where in missing.items())}"
    if place.sandbox is not None:
        return ok(f"{absent}; the sandbox needs none")
    return fail(absent, f"set {' and '.join(dict.fromkeys(map(str, missing.values())))}, then look again")
