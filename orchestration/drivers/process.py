"""The one place that starts processes.

Every child gets an environment that the caller spelled out, its own session (a terminal's Ctrl-C reaches only us, and
we pass it on once) and no standard input unless it is given one. Nothing secret belongs into an argument list: it can
be read by every user of the machine, and it is what errors show.
"""

from __future__ import annotations

import contextlib
import fnmatch
import os
import queue
import signal
import subprocess
import threading
import time
from collections.abc import AsyncGenerator, AsyncIterable, Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING

from orchestration.drivers.spool import lines, spooled
from orchestration.errors import CommandError, Interrupted, OrchestrationError, ToolMissing, TooMuchOutput

if TYPE_CHECKING:
    import asyncio

TICK = 0.1
"""Seconds between two looks at whether the caller wants to stop."""

SILENCE = 20
"""Ticks without output after which a pipe is given up whose program has ended: a grandchild may hold it for ever."""

STDERR_LINES = 200

KEPT = (
    "PATH", "HOME", "USER", "LOGNAME", "LANG", "LANGUAGE", "LC_*", "TZ", "TMPDIR", "SSH_AUTH_SOCK",
    "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "all_proxy", "no_proxy",
    "SSL_CERT_FILE", "SSL_CERT_DIR",
)  # fmt: skip
NEVER = ("TF_CLI_ARGS*", "TF_LOG*", "GIT_*")
"""Would change what a command does, or write secrets into logs: not even on request."""

Input = bytes | Sequence[bytes]
"""What a program is given to read, as a whole or in pieces, which are not put together for it."""
OnLine = Callable[[str], None]
GiveUp = Callable[[], OrchestrationError | None]
"""Asked again and again while a program runs; once it returns an error the program is killed and that is raised."""


@dataclass(frozen=True)
class Completed:
    """A program that ended; negative codes are signals."""

    argv: tuple[str, ...]
    code: int
    output: bytes = field(repr=False)
    stderr: str

    @property
    def stdout(self) -> str:
        """What it printed, as text."""
        return self.output.decode("utf-8", "replace")

    def require(self, *, hint: str = "") -> Completed:
        """Return itself; raise `CommandError` unless the program succeeded."""
        if self.code:
            raise CommandError(self.argv, self.code, self.stderr, hint=hint)
        return self


def clean_environment(
    keep: Collection[str] = (), extra: Mapping[str, str] | None = None, *, source: Mapping[str, str] = os.environ
) -> dict[str, str]:
    """Return what a child needs of *source*, the variables *keep* names (`*` stands for anything), and *extra*."""
    wanted = (*KEPT, *keep)
    kept = {name: value for name, value in source.items() if _matches(name, wanted) and not _matches(name, NEVER)}
    return kept | dict(extra or {})


def _matches(name: str, patterns: Collection[str]) -> bool:
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)


def run(
    argv: Sequence[str], *, env: Mapping[str, str], cwd: Path | None = None,
    input: Input | None = None,  # noqa: A002 - the standard library's name for it
    timeout: float | None = None, most: int | None = None,
    cancel: threading.Event | None = None, kill: threading.Event | None = None, give_up: GiveUp | None = None,
    umask: int = -1, called: str = "",
) -> Completed:  # fmt: skip
    """Run a program to its end and return what it printed, whatever its exit code; *called* is its name in errors.

    Raises `ToolMissing` if there is no such program, `CommandError` if it took more than *timeout* seconds,
    `TooMuchOutput` if it prints more than *most* bytes, `Interrupted` if it ended because *cancel* was set, and what it
    was given up for.
    """
    process = _started(
        argv, env=env, cwd=cwd, stdin=subprocess.DEVNULL if input is None else subprocess.PIPE, umask=umask
    )
    stop = _Stop(process, argv, cancel, kill, timeout, called, give_up)
    found: dict[str, list[bytes]] = {"stdout": [], "stderr": []}
    with stop.on_error():
        if input is not None:
            threading.Thread(target=_write, args=(process, input), name=f"stdin-{process.pid}", daemon=True).start()
        for name, chunk in _output(process, stop):
            found[name].append(chunk)
            if most is not None and (most := most - len(chunk)) < 0:
                raise TooMuchOutput(argv)
        stop.wait()
    return stop.completed(b"".join(found["stdout"]), _text(b"".join(found["stderr"])))


def stream(
    argv: Sequence[str],
    *,
    env: Mapping[str, str],
    on_line: OnLine,
    spool: Path,
    cwd: Path | None = None,
    cancel: threading.Event | None = None,
    kill: threading.Event | None = None,
    give_up: GiveUp | None = None,
    umask: int = -1,
    called: str = "",
) -> Completed:
    """Run a program, handing each line it prints to *on_line* in this thread; return its code and last errors.

    It prints into two files beside *spool*, not into a pipe: should we be killed, it goes on to its own end instead
    of breaking off at its next line. When *cancel* is set its process group gets one SIGINT and is then waited for,
    however long it takes: a second signal makes Terraform abort and leave its lock
    (https://github.com/hashicorp/terraform/issues/31371). Only *kill* and *give_up* end it at once. Raises
    `ToolMissing` if there is no such program, `Interrupted` if it ended because *cancel* was set, and what it was
    given up for.
    """
    _check_folder(argv, cwd)
    with contextlib.ExitStack() as stack:
        out, err = (stack.enter_context(spooled(spool.with_name(f"{spool.name}.{name}"))) for name in ("out", "err"))
        process = _started(
            argv, env=env, cwd=cwd, stdin=subprocess.DEVNULL, stdout=out.written, stderr=err.written, umask=umask
        )
        stop = _Stop(process, argv, cancel, kill, None, called, give_up)
        with stop.on_error():
            for line in lines(out.read, stop.wait_a_moment):
                on_line(_text(line).rstrip("\r\n"))
        errors = _text(err.read.read()).splitlines()[-STDERR_LINES:]
    return stop.completed(b"", "\n".join(errors))


class Child:
    """A long-lived process that ends when we do: its standard input is a pipe that only we hold."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        threading.Thread(target=self._read, name=f"read-{process.pid}", daemon=True).start()

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def code(self) -> int | None:
        """Its exit code, or None while it runs."""
        return self._process.poll()

    def line(self, timeout: float) -> str | None:
        """Return the next line it prints, or None if it ends or stays silent for *timeout* seconds."""
        try:
            return self._lines.get(timeout=timeout)
        except queue.Empty:
            return None

    def close(self, grace: float = 5) -> None:
        """End it: close its standard input, after *grace* seconds terminate it, after as many again kill it."""
        if self._process.stdin:
            with contextlib.suppress(OSError):
                self._process.stdin.close()
        for number in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(grace)
                return
            _signal(self._process, number)
        self._process.wait()

    def _read(self) -> None:
        assert self._process.stdout, "it was asked for"
        with self._process.stdout as pipe:
            for line in pipe:
                self._lines.put(_text(line).rstrip("\r\n"))
        self._lines.put(None)


def spawn(argv: Sequence[str], *, env: Mapping[str, str], cwd: Path | None = None, log: Path | None = None) -> Child:
    """Start a long-lived child whose errors go to *log* (appended, 0600); raise `ToolMissing` if there is none such."""
    with contextlib.ExitStack() as stack:
        errors: int = subprocess.DEVNULL
        if log is not None:
            errors = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            stack.callback(os.close, errors)
        return Child(_started(argv, env=env, cwd=cwd, stdin=subprocess.PIPE, stderr=errors))


async def pipe_through(
    argv: Sequence[str], *, env: Mapping[str, str], body: AsyncIterable[bytes]
) -> AsyncGenerator[bytes, None]:
    """Feed *body* to a program and yield what it prints as it comes; it is killed if the caller stops early."""
    import asyncio  # only servers need it

    process = await asyncio.create_subprocess_exec(
        *argv, env=dict(env), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        start_new_session=True,
    )  # fmt: skip
    assert process.stdout, "it was asked for"
    feeding = asyncio.create_task(_feed(process, body))
    try:
        while chunk := await process.stdout.read(1 << 16):
            yield chunk
        await process.wait()
    finally:
        feeding.cancel()
        _kill_group(process)
        await process.wait()
        # A body that broke off is the caller's to notice: it reads it from the same connection.
        await asyncio.gather(feeding, return_exceptions=True)


async def _feed(process: asyncio.subprocess.Process, body: AsyncIterable[bytes]) -> None:
    assert process.stdin, "it was asked for"
    try:
        # A program that has heard enough closes its end; what it prints is still of interest.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            async for chunk in body:
                process.stdin.write(chunk)
                await process.stdin.drain()
            process.stdin.close()
    except Exception:
        _kill_group(process)  # the body broke off; git http-backend would look for the rest of it for ever
        raise


def _kill_group(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


class _Stop:
    """Passes on the caller's wish to stop: one SIGINT, and more only when asked again."""

    def __init__(
        self,
        process: subprocess.Popen[bytes],
        argv: Sequence[str],
        cancel: threading.Event | None,
        kill: threading.Event | None,
        timeout: float | None,
        called: str,
        give_up: GiveUp | None,
    ) -> None:
        self._process, self._argv, self._name = process, tuple(argv), called or Path(argv[0]).name
        self._cancel, self._kill, self._timeout = cancel, kill, timeout
        self._give_up = give_up
        self._given_up: OrchestrationError | None = None
        self._deadline = None if timeout is None else time.monotonic() + timeout
        self._interrupted = self._late = self._killed = False
        self._ended = threading.Event()
        # Popen's own wait with a time-out polls, and notices an end up to 50 ms late.
        threading.Thread(target=self._watch, name=f"wait-{process.pid}", daemon=True).start()

    def _watch(self) -> None:
        self._process.wait()
        self._ended.set()

    def look(self) -> None:
        """Send the signal that is due, if one is."""
        if self._cancel and self._cancel.is_set() and not self._interrupted:
            self._interrupted = True
            _signal(self._process, signal.SIGINT)
        if self._kill and self._kill.is_set() and not self._killed:
            self._killed = True
            _signal(self._process, signal.SIGKILL)
        if self._give_up and self._given_up is None and (error := self._give_up()):
            self._given_up = error
            _signal(self._process, signal.SIGKILL)
        if self._deadline is not None and time.monotonic() > self._deadline:
            _signal(self._process, signal.SIGKILL if self._late else signal.SIGTERM)
            self._late, self._deadline = True, time.monotonic() + 5

    def wait_a_moment(self) -> bool:
        """Wait for the process, but not for long; return whether it has ended."""
        self.look()
        return self._ended.wait(TICK)

    def wait(self) -> None:
        """Return when the process has ended."""
        while not self.wait_a_moment():
            pass

    @contextlib.contextmanager
    def on_error(self) -> Iterator[None]:
        """Leave no process behind when the block fails: it is interrupted and waited for; a second failure kills."""
        try:
            yield
        except BaseException:
            try:
                if not self._interrupted:
                    self._interrupted = True
                    _signal(self._process, signal.SIGINT)
                self.wait()
            except BaseException:
                _signal(self._process, signal.SIGKILL)
                raise
            raise

    def completed(self, output: bytes, errors: str) -> Completed:
        """Return the result; raise if the process ended because it was stopped."""
        code = self._process.returncode
        if code and self._given_up is not None:
            raise self._given_up
        if self._late:
            message = f"no end after {self._timeout:g} seconds\n{errors}"
            raise CommandError(self._argv, code, message, hint="see whether it waits for something, then try again")
        if code and (self._interrupted or self._killed):
            how = "killed" if self._killed else "interrupted"
            raise Interrupted(f"{self._name} was {how}", hint="run the same command again to go on")
        return Completed(self._argv, code, output, errors)


def _started(
    argv: Sequence[str],
    *,
    env: Mapping[str, str],
    cwd: Path | None,
    stdin: int,
    stdout: int = subprocess.PIPE,
    stderr: int = subprocess.PIPE,
    umask: int = -1,
) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            list(argv), env=dict(env), cwd=cwd, stdin=stdin, stdout=stdout, stderr=stderr,
            start_new_session=True, umask=umask,
        )  # fmt: skip
    except (FileNotFoundError, PermissionError) as error:
        _check_folder(argv, cwd)
        raise ToolMissing(f"{argv[0]} cannot be run: {error.strerror}", hint="install it, or put it on PATH") from error


def _check_folder(argv: Sequence[str], cwd: Path | None) -> None:
    if cwd is not None and not cwd.is_dir():
        raise CommandError(argv, -1, f"there is no folder {cwd} to run it in")


def _output(process: subprocess.Popen[bytes], stop: _Stop) -> Iterator[tuple[str, bytes]]:
    """Yield (stdout or stderr, piece) until both are at their end, or the process is gone and nothing comes."""
    found: queue.SimpleQueue[tuple[str, bytes]] = queue.SimpleQueue()
    for name, pipe in (("stdout", process.stdout), ("stderr", process.stderr)):
        threading.Thread(target=_read, args=(name, pipe, found), name=f"{name}-{process.pid}", daemon=True).start()
    ended = silent = 0
    while ended < 2 and silent < SILENCE:
        stop.look()
        try:
            name, piece = found.get(timeout=TICK)
        except queue.Empty:
            silent += process.poll() is not None
            continue
        silent, ended = 0, ended + (not piece)
        if piece:
            yield name, piece


def _read(name: str, pipe: IO[bytes] | None, found: queue.SimpleQueue[tuple[str, bytes]]) -> None:
    assert pipe, "it was asked for"
    with pipe:
        while piece := os.read(pipe.fileno(), 1 << 16):
            found.put((name, piece))
    found.put((name, b""))


def _write(process: subprocess.Popen[bytes], given: Input) -> None:
    assert process.stdin, "it was asked for"
    # A program that has heard enough closes its end: its exit code says whether that was right.
    with contextlib.suppress(BrokenPipeError), process.stdin as pipe:
        pipe.writelines([given] if isinstance(given, bytes) else given)


def _text(found: bytes) -> str:
    return found.decode("utf-8", "replace")


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    """Send a signal to the process group, unless it has ended."""
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, number)
