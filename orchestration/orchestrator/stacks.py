"""The two runners that walk a plan of stacks: one previews, one applies.

Each stack runs in a folder of its own and has one state. Before an apply what it is to create is written down, so that
a run that breaks off loses nothing.
"""

from __future__ import annotations

import json
import re
import shlex
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from orchestration.drivers.disk import shortage
from orchestration.drivers.states import LocalStates, States
from orchestration.drivers.terraform import (
    PlannedChange,
    PlanResult,
    Program,
    Terraform,
    TerraformEvent,
    lock_id,
    own_lock,
)
from orchestration.drivers.terraform_silence import Silence
from orchestration.drivers.trace import Trace, untraced
from orchestration.errors import Locked, NoAnswer, NotWritten, ServiceError, TerraformError
from orchestration.events import Events
from orchestration.fleet import naming
from orchestration.orchestrator.explaining import explain
from orchestration.orchestrator.keys import PublicKeys
from orchestration.orchestrator.stack_folder import StackFolder, blueprint_hashes, terraform_root
from orchestration.orchestrator.unfinished import Note, Unfinished
from orchestration.provision import Outputs, Ref, Secret, Stack, StackResult, StackState, read_state
from orchestration.provision.expected import expected_resources
from orchestration.provision.known import CORE
from orchestration.provision.stack import filled
from orchestration.status.listing import api_version

COUNTED = "azapi_resource"
FAILURES = (TerraformError, NotWritten, NoAnswer)
LOCK_TIMEOUT = "10s"
"""Long enough for a run that is ending; who holds a longer one is told to whoever waits."""


@dataclass
class Workshop:
    """Where stacks are run and with what; `secrets` are values by name, `hidden` is never written or shown.

    A preview that is `alone` may run beside a run of somebody else's: it takes no lock. `dead_host` is the machine
    whose run has ended without letting go of shared states; its locks are broken, nobody else's. `leave_locks` is
    called where a Terraform of ours was ended that may hold some.
    """

    fleet: str
    folder: Path
    states: States
    unfinished: Unfinished
    environment: Mapping[str, str] = field(repr=False)
    secrets: Mapping[str, str] = field(repr=False)
    keys: PublicKeys
    variables: Mapping[str, str] = field(repr=False)
    progress: Events
    program: Program
    log_dir: Path | None = None
    hidden: tuple[str, ...] = field(default=(), repr=False)
    digest_key: str = field(default="", repr=False)
    cancel: threading.Event | None = None
    kill: threading.Event | None = None
    lock_file: Path | None = None
    alone: bool = False
    dead_host: str = ""
    leave_locks: Callable[[], None] = lambda: None
    trace: Trace = untraced
    root: Path = field(default_factory=terraform_root)
    _known: dict[str, StackState | None] = field(default_factory=dict, repr=False)

    @cached_property
    def blueprint_hashes(self) -> Mapping[str, str]:
        """SHA-256 of each blueprint and all modules, by the blueprint's name."""
        return blueprint_hashes(self.root)

    def state(self, stack: str) -> StackState | None:
        """Return what the stack's state says, or None if it has none."""
        if stack not in self._known:
            with suppress(ServiceError, NotWritten, OSError):  # where it still cannot be stored, the next plan says so
                self._put_back(stack, self._folder(stack, stack.split("-")[0]))
            self._known[stack] = read_state(self._newest(stack))
        return self._known[stack]

    def notes(self, states: Mapping[str, StackState], executor: Executor) -> dict[str, Note]:
        """Return what applies that did not end were to create, by stack."""
        core = states.get(CORE)
        names = [CORE, *(core.outputs.get("stacks") or () if core else ())]
        broken = [name for name in names if name not in states or not states[name].ended]
        return dict(zip(broken, executor.map(self.unfinished.note, broken), strict=True))

    def forget_ended(self, executor: Executor) -> None:
        """Forget what applies were to create that ended, though their run was killed before it could forget it."""
        ended = {name: state for name, state in self.read_states(executor).items() if state.ended}
        list(executor.map(self.unfinished.forget_ended, ended, ended.values()))

    def read_states(self, executor: Executor) -> dict[str, StackState]:
        """Return the states of all stacks of this fleet that have one, by name; core's says which there may be."""
        core = self.state(CORE)
        names = [CORE, *(core.outputs.get("stacks") or () if core else ())]
        found = dict(zip(names, executor.map(self.state, names), strict=True))
        return {name: state for name, state in sorted(found.items()) if state}

    def outputs(self, executor: Executor) -> Outputs:
        """Return the outputs of every stack that has a state."""
        return Outputs({name: state.outputs for name, state in self.read_states(executor).items()})

    def inputs_hash(self, stack: Stack) -> str:
        """Return the hash of the stack's inputs, secrets and blueprint."""
        return stack.hash(self.blueprint_hashes[stack.blueprint], self.digest_key, self.secrets.__getitem__)

    def unchanged(self, stack: Stack, existing: Callable[[str], bool]) -> bool:
        """Whether the stack's last apply ended with these inputs and all its resources exist."""
        state = self.state(stack.name)
        if state is None or not state.applied(self.inputs_hash(stack)):
            return False
        return all(existing(item) for item in state.ids.values())

    def preview(self, stack: Stack) -> StackResult:
        """Ask Terraform what it would change; the plan is kept for `apply`."""
        began = time.monotonic()
        try:
            planned = self._plan(stack)
        except FAILURES as error:
            return self._failure(stack.name, error, began)
        return _result(stack, planned, "done" if planned.changes else "unchanged", time.monotonic() - began)

    def apply(
        self, stack: Stack, preview: StackResult | None, permit: Callable[[tuple[str, ...]], None]
    ) -> StackResult:
        """Make the stack as its inputs say, by the kept plan if *preview* is its result; return what changed.

        A plan made only now is shown to *permit*, which raises if it destroys what it may not.
        """
        began = time.monotonic()
        self.progress("started", "stack", stack.name, "", "")
        folder = self._folder(stack.name, stack.blueprint)
        try:
            if preview is None:
                preview = self.preview(stack)
                if preview.outcome == "failed":
                    return self._failed(preview)
                permit(preview.destroys)
            self.unfinished.begin(stack.name, self._note(stack))
            with self._terraform(folder, stack.name, stack.secrets) as terraform:
                _apply(terraform, folder.plan)
        except FAILURES as error:
            return self._failed(self._failure(stack.name, error, began))
        finally:
            self._known.pop(stack.name, None)
            folder.plan.unlink(missing_ok=True)
        self.unfinished.end(stack.name)
        state = self.state(stack.name)
        seconds = time.monotonic() - began
        counts = (preview.add, preview.change, preview.destroy)
        self.progress("finished", "stack", stack.name, "done", "{} added, {} changed, {} destroyed".format(*counts))
        outputs = state.outputs if state else {}
        return StackResult(stack.name, "done", *counts, preview.destroys, outputs, seconds)

    def destroy(self, name: str) -> StackResult:
        """Destroy everything in the stack's state, and the state when it is empty."""
        began = time.monotonic()
        self.progress("started", "stack", name, "", "destroying")
        folder = self._folder(name, name.split("-")[0])
        try:
            state = self.state(name)
            self._put_back(name, folder)
            folder.write_empty(self._backend(name))
            with self._terraform(folder, name, {}) as terraform:
                terraform.init(lockfile_readonly=self.lock_file is not None)
                terraform.plan(folder.plan)
                terraform.apply(folder.plan)
        except FAILURES as error:
            return self._failed(self._failure(name, error, began))
        finally:
            self._known.pop(name, None)
        self.states.delete(naming.state_key(self.fleet, name))
        self.unfinished.end(name)
        folder.remove()
        destroys = tuple(state.ids.values()) if state else ()
        seconds = time.monotonic() - began
        self.progress("finished", "stack", name, "done", f"{len(destroys)} destroyed")
        return StackResult(name, "done", destroy=len(destroys), destroys=destroys, seconds=seconds)

    def _failure(self, name: str, error: TerraformError | NotWritten | NoAnswer, began: float) -> StackResult:
        """Return what failed of a stack and what to do: make room, if hardly any is left.

        Of a lock it is told who holds it: Terraform may show the one that it wanted.
        """
        if isinstance(error, NotWritten | NoAnswer):
            text, hint = str(error), error.hint
        elif (lock := lock_id(error)) is not None:
            locked = self._locked(name, lock, self._holder(name, error))
            text, hint = str(locked), locked.hint
        else:
            text, hint = explain(error, shard=name.split("-")[0] == "shard")
            places = (self.folder, self.states.folder) if isinstance(self.states, LocalStates) else (self.folder,)
            hint = shortage(*places) or hint
        return StackResult(name, "failed", seconds=time.monotonic() - began, error=text, hint=hint)

    def _failed(self, result: StackResult) -> StackResult:
        self.progress("finished", "stack", result.stack, "failed", _first_line(result.error))
        return result

    def _plan(self, stack: Stack) -> PlanResult:
        folder = self._folder(stack.name, stack.blueprint)
        note = self.unfinished.note(stack.name)
        self.keys.take(note.keys)
        inputs = {**filled(stack.inputs, self._minted), "inputs_hash": self.inputs_hash(stack)}
        self._put_back(stack.name, folder)
        folder.write(inputs, self._backend(stack.name))
        with self._terraform(folder, stack.name, stack.secrets) as terraform:
            terraform.init(lockfile_readonly=self.lock_file is not None)
            left = self.unfinished.left(stack.name, self._still_planned(stack, note), self.state(stack.name))
            folder.write_imports({address: f"{item}?api-version={api_version(item)}" for address, item in left.items()})
            return self._planned(terraform, folder, stack.name)

    def _planned(self, terraform: Terraform, folder: StackFolder, name: str) -> PlanResult:
        """Plan; a lock that a dead run left is broken, who holds any other is told."""
        try:
            return terraform.plan(folder.plan, lock=not self.alone)
        except TerraformError as error:
            lock = lock_id(error)
            if lock is None:
                raise
            holder = self._holder(name, error)
            dead = self.dead_host and re.search(rf"@{re.escape(self.dead_host)}(?!\S)", holder)
            if not dead and own_lock(error) is None:
                raise self._locked(name, lock, holder) from error
            terraform.force_unlock(lock)
            self.progress("progress", "stack", name, "", f"broke lock {lock}, which nobody holds any more")
            return terraform.plan(folder.plan)

    def _holder(self, name: str, error: TerraformError) -> str:
        """Return who holds a stack's lock, since when, as the server says it or else Terraform."""
        return self.states.lock_holder(naming.state_key(self.fleet, name)) or str(error)

    def _locked(self, name: str, lock: str, holder: str) -> Locked:
        folder = self._folder(name, name.split("-")[0])
        command = f"TF_DATA_DIR={folder.data} {shlex.join(self.program.argv)} -chdir={folder.configuration}"
        return Locked(
            f"another run holds the state of {name}: {holder}",
            hint=f"wait for it to end; if it is dead: {command} force-unlock {lock}",
        )

    def _still_planned(self, stack: Stack, note: Note) -> Note:
        """Return of *note* what the stack is still to have; what it is not is deleted by nobody but its owner."""
        wanted = expected_resources(stack)
        return Note({address: item for address, item in note.resources.items() if wanted.get(address) == item})

    def _note(self, stack: Stack) -> Note:
        """Return all that the stack is to have: what its state has already is made anew where it is found gone."""
        return Note(expected_resources(stack), {ref.name: self.keys.get(ref) for ref in _refs(stack.inputs)})

    def _newest(self, stack: str) -> dict[str, Any] | None:
        """Return the stack's state document, be it one that an apply could not store."""
        content = self.states.read(naming.state_key(self.fleet, stack))
        stored: dict[str, Any] | None = json.loads(content) if content else None
        left = self._folder(stack, stack.split("-")[0]).left_behind()
        if left is None or (stored and (left["lineage"] != stored["lineage"] or left["serial"] <= stored["serial"])):
            return stored
        return left

    def _put_back(self, stack: str, folder: StackFolder) -> None:
        """Put a state that an apply could not store where it belongs, as `terraform state push` would."""
        left = None if self.alone else folder.left_behind()
        if left is not None and left == self._newest(stack):
            self.states.write(naming.state_key(self.fleet, stack), json.dumps(left).encode())
            folder.forget_left_behind()
            if (state := read_state(left)) is not None and state.ended:
                self.unfinished.end(stack)

    def _folder(self, name: str, blueprint: str) -> StackFolder:
        return StackFolder(self.folder / name, blueprint, self.root, self.lock_file)

    def _backend(self, name: str) -> Mapping[str, Any]:
        return self.states.backend(naming.state_key(self.fleet, name))

    def _minted(self, value: Ref | Secret) -> Any:
        assert isinstance(value, Ref), "a secret never enters the inputs' file"
        return self.keys.get(value)

    def _terraform(self, folder: StackFolder, name: str, secrets: Mapping[str, Secret] | None) -> Terraform:
        given = {f"TF_VAR_{variable}": self.secrets[secret.name] for variable, secret in (secrets or {}).items()}
        given |= {f"TF_VAR_{variable}": value for variable, value in self.variables.items()}
        if folder.blueprint == CORE:
            given["TF_VAR_digest_key"] = self.digest_key
        environment = {**self.environment, **self.states.environment, **given, "TF_DATA_DIR": str(folder.data)}
        return Terraform(
            folder.configuration,
            environment=environment,
            program=self.program.argv,
            on_event=lambda event: self._on_event(name, event),
            log_file=self.log_dir / f"{name}.log" if self.log_dir else None,
            redact=(self.digest_key, *self.hidden),
            cancel=self.cancel,
            kill=self.kill,
            lock_timeout=LOCK_TIMEOUT,
            silence=lambda: Silence(partial(self._ask, name) if self.states.shared else None),
            trace=lambda when, what: self.trace(when, f"{what} of {name}"),
        )

    def _ask(self, name: str) -> None:
        """Raise `NoAnswer` if the server of states does not answer: the stack's Terraform is ended then."""
        try:
            self.states.ask(naming.asked_key(self.fleet, name))
        except NoAnswer:
            self.leave_locks()
            raise

    def _on_event(self, name: str, event: TerraformEvent) -> None:
        if event.type in ("apply_start", "apply_complete", "apply_errored", "apply_progress"):
            self.progress("progress", "stack", name, "", event.message)


def _apply(terraform: Terraform, plan: Path) -> None:
    """Apply a plan; a lock of this very apply, whose answer got lost, is taken back."""
    try:
        terraform.apply(plan)
    except TerraformError as error:
        lock = own_lock(error)
        if lock is None:
            raise
        terraform.force_unlock(lock)
        terraform.apply(plan)


def _refs(value: Any) -> Iterator[Ref]:
    if isinstance(value, Ref):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _refs(item)


def _result(stack: Stack, planned: PlanResult, outcome: Any, seconds: float) -> StackResult:
    counted = [item for item in planned.resources if item.type == COUNTED]
    add = sum(item.action in ("create", "replace") for item in counted)
    change = sum(item.action == "update" for item in counted)
    gone = tuple(f"{stack.name}: {item.address}" for item in counted if _destroys(item))
    return StackResult(stack.name, outcome, add, change, len(gone), gone, seconds=seconds)


def _destroys(item: PlannedChange) -> bool:
    """Whether something is lost; a creation that failed is made anew, and nothing was there."""
    return item.action == "delete" or (item.action == "replace" and item.reason != "tainted")


def _first_line(text: str) -> str:
    return next((line for line in text.splitlines() if line.strip()), "")
