"""What is about to be destroyed: what is installed goes first from targets that go, and of templates that go."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from orchestration.orchestrator.planning import Work
from orchestration.orchestrator.recording import Record
from orchestration.orchestrator.session import Session
from orchestration.provision import StackState
from orchestration.provision.expected import expected_ids
from orchestration.provision.known import CORE
from orchestration.solutions import clear_target


def clear_leaving(
    session: Session, work: Work, stacks: Collection[str], retired: Collection[str], record: Record
) -> None:
    """Uninstall everything from targets that *stacks* or *retired* ones lose, and what core loses the template of.

    The service would keep a target with something on it, and the fleet no longer knows what it has no template of.
    """
    leaving = dict.fromkeys(_leaving_targets(work, stacks, retired))
    templates = list(_leaving_templates(work)) if CORE in stacks else []
    staying = [item for state in work.survey.known.states.values() for item in targets_of(state) if item not in leaving]
    everything: list[tuple[str, list[str] | None]] = [(target, None) for target in leaving]
    everything += [(target, templates) for target in staying] if templates else []

    def clear(item: tuple[str, list[str] | None]) -> None:
        target, of = item
        name = target.rsplit("/", 1)[1]
        with record.part("uninstall", name):
            for solution in clear_target(session.connection.arm, target, of):
                session.progress("finished", "uninstall", f"{solution} on {name}", "done")

    session.in_parallel(clear, everything)


def _leaving_targets(work: Work, stacks: Collection[str], retired: Collection[str]) -> Iterator[str]:
    states = work.survey.known.states
    for name in retired:
        yield from targets_of(states[name])
    for stack in (stack for wave in work.plan.removals for stack in wave if stack.name in stacks):
        kept = {item.lower() for item in expected_ids(stack)}
        yield from (item for item in targets_of(states[stack.name]) if item.lower() not in kept)


def _leaving_templates(work: Work) -> Iterator[str]:
    """Yield the ids of solution templates that core has in state and no longer plans."""
    state = work.survey.known.states.get(CORE)
    core = next(stack for stack in work.plan.stacks() if stack.name == CORE)
    kept = {item.lower() for item in expected_ids(core)}
    for item in state.ids.values() if state else ():
        if _is(item, "solutiontemplates") and item.lower() not in kept:
            yield item


def targets_of(state: StackState) -> list[str]:
    """Return the ids of the targets in a stack's state."""
    return [item for item in state.ids.values() if _is(item, "targets")]


def _is(resource_id: str, kind: str) -> bool:
    return resource_id.lower().split("/")[-3:-1] == ["microsoft.edge", kind]
