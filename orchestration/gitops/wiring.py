"""The files of the control-plane repository: main, and a branch for each environment.

Laid out as Kalypso's own control planes are: https://github.com/microsoft/kalypso-control-plane
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from orchestration.fleet import naming
from orchestration.fleet.model import Fleet
from orchestration.gitops import objects
from orchestration.gitops.seed import seed_text
from orchestration.kalypso.goyaml import dump

Files = Mapping[str, bytes]
PIN = naming.PIN_FILE
MAIN = naming.MAIN

README = """# Control plane

Platform teams write here what runs where; Kalypso schedules it. The main branch holds templates and
workload registrations, each environment's branch its cluster types, configuration and policies.
Files listed in `.ewo/owned/` are written from a fleet file by `ewo`: change them there.
"""


def main_files(fleet: Fleet) -> dict[str, bytes]:
    """Return the files that the fleet wants on the control plane's main branch."""
    templates = (
        _without_blank(seed_text("arc-flux.yaml", access=objects.source_access(fleet))),
        seed_text("namespace.yaml").encode(),
        seed_text("configmap.yaml").encode(),
    )
    files = {
        "README.md": README.encode(),
        naming.IGNORE_FILE: seed_text("sourceignore").encode(),
        **dict(zip(naming.TEMPLATE_FILES, templates, strict=True)),
    }
    for name in fleet.environments:
        files[naming.environment_file(name)] = _yaml(objects.environment(fleet, name))
    for workload in fleet.workloads.values():
        files[naming.workload_file(workload.name)] = _yaml(objects.registration(workload))
    return files | dict(_own_files(fleet, MAIN))


def environment_files(fleet: Fleet, environment: str, pin: str) -> dict[str, bytes]:
    """Return the files that the fleet wants on an environment's branch, its base pinned to *pin*."""
    files = {
        PIN: _yaml(objects.base_repo(fleet, pin)),
        naming.GITOPS_FILE: _yaml(objects.gitops_repo(fleet, environment)),
    }
    for item in fleet.cluster_types.values():
        if item.environment == environment:
            files[naming.cluster_type_file(item.name)] = _yaml(objects.cluster_type(item))
            files[naming.config_file(item.name)] = _yaml(objects.platform_config(item))
    for policy in fleet.policies.values():
        if policy.environment == environment:
            files[naming.policy_file(policy.name)] = _yaml(objects.policy(policy))
    return files | dict(_own_files(fleet, environment))


def pinned_commit(files: Files) -> str | None:
    """Return the commit that the branch's BaseRepo `main` is pinned to, or None if there is no such pin."""
    commit = (base_spec(files) or {}).get("commit")
    return commit if isinstance(commit, str) and commit else None


def base_spec(files: Files) -> Mapping[str, object] | None:
    """Return what the branch's BaseRepo `main` says, its values as text, or None if that cannot be read."""
    import yaml

    try:
        # As text: forty digits are no number.
        document = yaml.load(files.get(PIN, b""), Loader=yaml.BaseLoader)  # noqa: S506 - it makes texts only
        spec = document["spec"]
    except (yaml.YAMLError, UnicodeDecodeError, KeyError, TypeError):
        return None
    return spec if isinstance(spec, dict) else None


def _own_files(fleet: Fleet, branch: str) -> Iterator[tuple[str, bytes]]:
    """Yield the fleet folder's own control-plane files for *branch*, as they are."""
    root: Path | None = fleet.control_plane / branch if fleet.control_plane else None
    if root is not None and root.is_dir():
        for path in sorted(root.rglob("*")):
            if path.is_file():
                yield path.relative_to(root).as_posix(), path.read_bytes()


def _without_blank(text: str) -> bytes:
    return "".join(line for line in text.splitlines(keepends=True) if line.strip()).encode()


def _yaml(document: objects.Document) -> bytes:
    """Write YAML as Kubernetes' own readers take it: `y` and `1e3` stay text, which PyYAML would leave plain."""
    return dump(document).encode()
