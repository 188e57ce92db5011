"""What a plan would make that is there already and is not ours: told before anything is changed.

What a resource group's list and Resource Graph do not show, a Flux configuration say, the provider refuses in its turn.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from orchestration.errors import OrchestrationError
from orchestration.fleet import naming
from orchestration.orchestrator.session import Session
from orchestration.orchestrator.survey import Survey
from orchestration.provision import Stack
from orchestration.provision.expected import expected_ids

GROUP_API = "2021-04-01"
SERVICE_GROUPS = (
    "resourcecontainers | where type =~ 'microsoft.management/servicegroups' | project id | order by id asc"
)


def refuse_taken(session: Session, found: Survey, stacks: Iterable[Stack]) -> None:
    """Raise `OrchestrationError` that names what *stacks* are to make and somebody else has made."""
    new = {item.lower(): item for stack in stacks for item in expected_ids(stack) if item.lower() not in found.ours}
    if not new:
        return
    taken = sorted({new[item] for item in _present(session, new) if item in new})
    if taken:
        listing = "\n".join(f"  - {item}" for item in taken)
        raise OrchestrationError(
            f"{len(taken)} resources are there already, and this fleet did not make them:\n{listing}",
            hint="choose other names in the fleet file, or delete them if nobody needs them, then run again",
        )


def _present(session: Session, new: Iterable[str]) -> Iterator[str]:
    groups = {"/".join(item.split("/")[:5]) for item in new if item.startswith("/subscriptions/")}
    arm = session.connection.arm
    for group in sorted(groups):
        yield from (str(item["id"]).lower() for item in arm.list(f"{group}/resources", GROUP_API))
    if any(item.startswith(naming.tenant_service_group_id("").lower()) for item in new):
        yield from (str(row["id"]).lower() for row in session.connection.query(SERVICE_GROUPS))
