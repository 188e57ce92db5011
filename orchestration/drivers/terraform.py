"""python-terraform, made to stream, stop and report properly.

What of python-terraform 0.10.1 no longer fits Terraform is replaced; each defect has a test beside it in
tests/terraform/test_driver_defects.py. Terraform runs in its working directory with exactly the environment given,
umask 077 (its plans and states may hold secrets) and no standard input. Secrets reach it as `TF_VAR_…` variables.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shlex
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn, Self

import python_terraform

from orchestration.drivers import process
from orchestration.drivers.disk import written
from orchestration.drivers.terraform_program import EMBEDDED, Program, find
from orchestration.drivers.terraform_silence import Silence
from orchestration.drivers.terraform_ui import (
    Diagnostic,
    PlannedChange,
    PlanResult,
    Redactor,
    TerraformEvent,
    parse_diagnostic,
    parse_event,
    plain_text,
)
from orchestration.drivers.trace import Trace, traced, untraced
from orchestration.errors import TerraformError, UsageError

PLAN_ACTIONS = ("create", "update", "replace", "delete", "remove")
REFUSED_OPTIONS = {"synchronous", "capture_output", "var"}
SECRET_BACKEND_KEYS = {"access_key", "sas_token", "client_secret", "client_certificate_password", "password", "token"}
PRIVATE = 0o077
NAME, SPOOL = "terraform", ".terraform-output"

LOCKED = "Error acquiring the state lock"
LOCK_ID = re.compile(r"already locked: ID=(\S+)|^\s*ID:\s+(\S+)", re.MULTILINE)

LOCK_FILE_HINT = "run `terraform providers lock` for this platform, or remove .terraform.lock.hcl beside the fleet file"

HINTS = (
    *(
        (sign, "the server of states refuses our credentials: see which ones README's Remote state names")
        for sign in ("endpoint invalid auth", "endpoint requires auth")
    ),
    ("Unexpected HTTP response code", "see what ails the server of states, then run the same command again"),
    (
        "Failed to lock:",
        "the server of states gave Terraform no usable answer: see what ails it, then run the same command again",
    ),
    (
        LOCKED,
        "another run holds this state: wait for it; if it is dead, run `terraform force-unlock` with the ID above",
    ),
    (
        "Failed to persist state",
        "nothing is lost: make the place of the states writable, then run the same command again, which puts it there",
    ),
    ("Inconsistent dependency lock file", LOCK_FILE_HINT),
    ("dependency lock file", LOCK_FILE_HINT),
    ("Failed to query available provider packages", "see whether the provider mirror or the registry can be reached"),
    ("no space left on device", "make room on the disk, then run the same command again"),
    ("file too large", "let larger files be written, see ulimit -f, then run the same command again"),
)

OnEvent = Callable[[TerraformEvent], None]


def lock_id(error: TerraformError) -> str | None:
    """Return the id of the lock that kept Terraform from a state, if that is what *error* says."""
    text = str(error)
    found = LOCK_ID.search(text) if LOCKED in text else None
    return (found[1] or found[2]) if found else None


def own_lock(error: TerraformError) -> str | None:
    """Return the id of the lock that kept Terraform from a state, if it is the one that it took itself.

    It asks again where the answer to its first request got lost, and is then told that the state is locked.
    """
    there, mine = (re.search(pattern, str(error), re.MULTILINE) for pattern in LOCK_ID.pattern.split("|"))
    return mine[1] if there and mine and there[1] == mine[1] else None


def running_in(folder: Path) -> dict[int, Path]:
    """Return the Terraforms of this user that run in *folder* or below, as working directories by process id."""
    import psutil  # delayed: only runs that change something ask

    found: dict[int, Path] = {}
    for process_ in psutil.process_iter(["cmdline", "cwd", "status"]):
        argv, cwd = process_.info["cmdline"] or (), process_.info["cwd"]
        if cwd and argv and _is_terraform(argv) and process_.info["status"] != psutil.STATUS_ZOMBIE:
            place = Path(cwd)
            if place.is_relative_to(folder.resolve()):
                found[process_.pid] = place
    return found


def _is_terraform(argv: Sequence[str]) -> bool:
    """Whether a command line is Terraform's own: its providers run in the same folder."""
    return any(Path(word).name == "terraform" or word == EMBEDDED[-1] for word in argv[:3])


class Terraform(python_terraform.Terraform):  # type: ignore[misc]  # python-terraform is not annotated
    """Terraform in one working directory; every verb raises `TerraformError`, and `Interrupted` when cancelled.

    *environment* is all a child gets, beside the few variables that keep Terraform from asking or phoning home;
    values in *redact* are taken out of events, errors and the log file; *silence* makes the judge of one command's,
    which may give it up with `NoAnswer`.
    """

    def __init__(
        self,
        working_dir: Path,
        *,
        environment: Mapping[str, str],
        program: tuple[str, ...] = ("terraform",),
        on_event: OnEvent | None = None,
        log_file: Path | None = None,
        redact: Collection[str] = (),
        cancel: threading.Event | None = None,
        kill: threading.Event | None = None,
        lock_timeout: str = "5m",
        silence: Callable[[], Silence] = Silence,
        trace: Trace = untraced,
    ) -> None:
        super().__init__(working_dir=str(working_dir), terraform_bin_path=program[0])
        self._program = program
        self._folder, self._lock_timeout = working_dir, lock_timeout
        self._environment = {**environment, "TF_IN_AUTOMATION": "1", "TF_INPUT": "0", "CHECKPOINT_DISABLE": "1"}
        self._on_event, self._log_file, self._redact = on_event, log_file, Redactor(redact)
        self._cancel, self._kill, self._silence, self._trace = cancel, kill, silence, trace

    def __getattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"{type(self).__name__} has no verb {name!r}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing outlives a verb, so there is nothing to clean up."""

    def init(self, backend_config: Mapping[str, str] | None = None, *, lockfile_readonly: bool = False) -> None:
        """Prepare the working directory; with *lockfile_readonly* only providers that the lock file names are used."""
        self._keep_plugins_apart()
        self._stream(_init_arguments(backend_config or {}, lockfile_readonly=lockfile_readonly))

    def plan(self, out: Path, *, destroy: bool = False, refresh: bool = True, lock: bool = True) -> PlanResult:
        """Write a plan to *out* and return what it would change; without *lock* a run may go on meanwhile."""
        timeout = self._lock_timeout if lock else None
        arguments = _plan_arguments(out, timeout, destroy=destroy, refresh=refresh)
        code, events = self._stream(arguments, success=(0, 2))
        counts = next((event.counts for event in events if event.type == "change_summary"), {})
        planned = [event for event in events if event.type == "planned_change" and event.action in PLAN_ACTIONS]
        return PlanResult(
            changes=code == 2,
            add=counts.get("add", 0),
            change=counts.get("change", 0),
            destroy=counts.get("remove", 0),
            resources=tuple(
                PlannedChange(event.address, event.resource_type, event.action, event.reason) for event in planned
            ),
        )

    def show_plan(self, plan_file: Path) -> dict[str, Any]:
        """Return a written plan with its `resource_changes`; it holds secrets in clear."""
        return self._json(_show_arguments(plan_file))

    def apply(self, plan_file: Path) -> None:
        """Make the infrastructure match *plan_file*."""
        self._stream(_apply_arguments(plan_file, self._lock_timeout))

    def destroy(self) -> None:
        """Destroy everything that is in the state."""
        self._stream(_destroy_arguments(self._lock_timeout))

    def output(self) -> dict[str, Any]:
        """Return the values of the outputs by name, sensitive ones included."""
        found = self._json(("output", "-json"))
        return {name: item["value"] for name, item in found.items()}

    def force_unlock(self, lock: str) -> None:
        """Break the state's lock with the id *lock*, whose holder must be dead."""
        if lock.startswith("-"):
            raise UsageError(f"no lock's id begins with a hyphen: {lock}")
        self._quiet(("force-unlock", "-force", lock))

    def state_pull(self) -> dict[str, Any] | None:
        """Return the state, or None if there is none yet."""
        text = self._quiet(("state", "pull")).stdout
        return _object(text) if text.strip() else None

    def state_push(self, state: Mapping[str, Any]) -> None:
        """Put *state* in place of the present one, which must be of the same lineage and not newer."""
        self._quiet(("state", "push", "-"), given=json.dumps(state).encode())

    def import_(self, address: str, resource_id: str) -> None:
        """Take the existing thing *resource_id* into the state as the resource *address*."""
        self._quiet(_import_arguments(address, resource_id, self._lock_timeout))

    def validate(self) -> None:
        """Check the configuration, without asking any provider's service."""
        self._quiet(("validate", "-json"))

    def test(self) -> int:
        """Run the configuration's tests and return how many passed."""
        _, events = self._stream(("test", "-json"))
        return next((event.counts["passed"] for event in events if event.type == "test_summary"), 0)

    def fmt_check(self) -> tuple[str, ...]:
        """Return the files that are not in Terraform's canonical format."""
        done = self._quiet(("fmt", "-check", "-recursive", "-no-color"), success=(0, 3))
        return tuple(done.stdout.split())

    def version(self) -> tuple[int, ...]:
        """Return Terraform's version."""
        text = str(self._json(("version", "-json"))["terraform_version"])
        return tuple(int(part) for part in text.partition("-")[0].split("."))

    def cmd(self, cmd: str, *args: str, **options: Any) -> tuple[int, str, str]:
        """Run another sub-command, with options as python-terraform spells them; return code, output and errors."""
        refused = REFUSED_OPTIONS & set(options)
        if refused:
            raise UsageError(
                f"python-terraform's options {sorted(refused)} are not supported",
                hint="verbs run to their end and capture their output; give variables by file or as TF_VAR_…",
            )
        raising = options.pop("raise_on_error", False)
        argv: list[str] = self.generate_cmd_string(cmd, *args, **options)[1:]
        done = self._quiet(argv, success=None)
        if raising and done.code:
            self._fail(argv, done.code, done.stderr)
        return done.code, done.stdout, done.stderr

    def read_state_file(self, file_path: str | None = None) -> None:
        """Do nothing: the state may be remote, and it holds secrets."""

    def _keep_plugins_apart(self) -> None:
        """Give the folder a plugin cache of its own: a shared one breaks when several runs fill it at once."""
        if data := self._environment.get("TF_DATA_DIR"):
            cache = (self._folder / data / "plugin-cache").absolute()
            cache.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._environment["TF_PLUGIN_CACHE_DIR"] = str(cache)

    def _stream(
        self, arguments: Sequence[str], success: Collection[int] = (0,)
    ) -> tuple[int, tuple[TerraformEvent, ...]]:
        """Run a command that speaks `-json` line by line; return its code and what it found worth saying."""
        events: list[TerraformEvent] = []
        silence = self._silence()

        with self._log(arguments) as log, traced(self._trace, f"terraform {arguments[0]}"):

            def on_line(line: str) -> None:
                silence.heard()
                event = parse_event(line, self._redact)
                log(str(event.diagnostic) if event.diagnostic else event.message)
                if not event.type.endswith(("_progress", "_start", "_complete")):
                    events.append(event)
                if self._on_event:
                    self._on_event(event)

            done = process.stream(
                (*self._program, *arguments), cwd=self._folder, env=self._environment, on_line=on_line,
                spool=self._folder / SPOOL, cancel=self._cancel, kill=self._kill, give_up=silence.verdict,
                umask=PRIVATE, called=NAME,
            )  # fmt: skip
            log(plain_text(self._redact(done.stderr)))
        if done.code not in success:
            self._fail(arguments, done.code, done.stderr, events)
        return done.code, tuple(events)

    def _quiet(
        self,
        arguments: Sequence[str],
        *,
        given: bytes | None = None,
        success: Collection[int] | None = (0,),
    ) -> process.Completed:
        """Run a command whose output may be secret: it is returned, never logged."""
        with self._log(arguments), traced(self._trace, f"terraform {arguments[0]}"):
            done = process.run(
                (*self._program, *arguments), cwd=self._folder, env=self._environment, input=given,
                cancel=self._cancel, kill=self._kill, give_up=self._silence().verdict, umask=PRIVATE, called=NAME,
            )  # fmt: skip
        if success is not None and done.code not in success:
            self._fail(arguments, done.code, done.stderr, found=_object_or_none(done.stdout))
        return done

    def _json(self, arguments: Sequence[str]) -> dict[str, Any]:
        return _object(self._quiet(arguments).stdout)

    def _fail(
        self,
        arguments: Sequence[str],
        code: int,
        stderr: str,
        events: Sequence[TerraformEvent] = (),
        found: Mapping[str, Any] | None = None,
    ) -> NoReturn:
        said = [event.diagnostic for event in events if event.diagnostic]
        said += [parse_diagnostic(item, self._redact) for item in (found or {}).get("diagnostics", ())]
        errors = [str(item) for item in said if item.severity == "error"]
        text = plain_text(
            self._redact("\n".join([*(event.message for event in events if event.type == "text"), stderr]))
        )
        hint = _hint("\n".join([*errors, text]), self._program)
        raise TerraformError((NAME, *arguments), code, text, diagnostics=errors, hint=hint)

    @contextlib.contextmanager
    def _log(self, arguments: Sequence[str]) -> Iterator[Callable[[str], None]]:
        """Give a function that writes lines into the log file, if there is one (0600, appended)."""
        if self._log_file is None:
            yield lambda text: None
            return
        path = self._log_file
        with written(path):
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with open(handle, "wb", buffering=0) as file:  # noqa: PTH123 - a handle, and nothing that a full disk keeps back

            def log(text: str) -> None:
                if text:
                    with written(path):
                        file.write(f"{time.strftime('%H:%M:%S')} {text}\n".encode())

            log(f"$ terraform {shlex.join(arguments)}")
            yield log


def _init_arguments(backend_config: Mapping[str, str], *, lockfile_readonly: bool) -> tuple[str, ...]:
    """Return the arguments of `init`; raise `UsageError` for a secret, which Terraform would keep in clear."""
    secret = SECRET_BACKEND_KEYS & set(backend_config)
    if secret:
        raise UsageError(
            f"a backend's {sorted(secret)} would be stored in the working directory and in plans",
            hint="give it in the environment, as the backend's documentation says",
        )
    settings = tuple(f"-backend-config={key}={value}" for key, value in sorted(backend_config.items()))
    lockfile = ("-lockfile=readonly",) if lockfile_readonly else ()
    return ("init", "-input=false", "-json", "-reconfigure", *lockfile, *settings)


def _plan_arguments(out: Path, lock_timeout: str | None, *, destroy: bool, refresh: bool) -> tuple[str, ...]:
    kind = ("-destroy",) if destroy else ()
    cached = () if refresh else ("-refresh=false",)
    lock = f"-lock-timeout={lock_timeout}" if lock_timeout else "-lock=false"
    return ("plan", "-input=false", "-json", "-detailed-exitcode", lock, f"-out={out.absolute()}", *kind, *cached)


def _apply_arguments(plan_file: Path, lock_timeout: str) -> tuple[str, ...]:
    return ("apply", "-input=false", "-json", f"-lock-timeout={lock_timeout}", str(plan_file.absolute()))


def _destroy_arguments(lock_timeout: str) -> tuple[str, ...]:
    return ("destroy", "-auto-approve", "-input=false", "-json", f"-lock-timeout={lock_timeout}")


def _show_arguments(plan_file: Path) -> tuple[str, ...]:
    return ("show", "-json", str(plan_file.absolute()))


def _import_arguments(address: str, resource_id: str, lock_timeout: str) -> tuple[str, ...]:
    """Return the arguments of `import`; raise `UsageError` for what Terraform would take for an option."""
    if address.startswith("-") or resource_id.startswith("-"):
        raise UsageError(f"neither a resource's address nor an ID begins with a hyphen: {address}, {resource_id}")
    return ("import", "-input=false", "-no-color", f"-lock-timeout={lock_timeout}", address, resource_id)


def _hint(text: str, program: Sequence[str]) -> str:
    """Return what to do about an error, with commands as they can be run: there may be no `terraform` on PATH."""
    hint = next((hint for sign, hint in HINTS if sign in text), "")
    return hint.replace("`terraform ", f"`{shlex.join(program)} ")


def _object(text: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(text)
    return found


def _object_or_none(text: str) -> dict[str, Any] | None:
    with contextlib.suppress(ValueError):
        found = json.loads(text)
        return found if isinstance(found, dict) else None
    return None


__all__ = ["Diagnostic", "PlanResult", "PlannedChange", "Program", "Terraform", "TerraformEvent", "find"]
