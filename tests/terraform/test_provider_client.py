"""What the stand-in for azapi asks again, how long it waits, and what it makes of long-running operations."""

from __future__ import annotations

import subprocess
import sys
import threading
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from email.message import Message
from email.utils import format_datetime
from pathlib import Path

import pytest
import trustme
from provider_bench import IDENTITY_HEADER, TARGET, Arm, Reply, Request, Rule, error, times

from orchestration.errors import SandboxError
from orchestration.sandbox.provider.answers import CallFailed
from orchestration.sandbox.provider.client import Client, RequestOptions, Settings
from orchestration.sandbox.provider.install import cli_config, install
from orchestration.sandbox.provider.locks import Locks
from orchestration.sandbox.provider.patience import GaveUp, Patience, for_seconds, parse_duration
from orchestration.sandbox.provider.problem import Problem
from orchestration.sandbox.provider.resource_id import parent_of, type_of
from orchestration.sandbox.provider.retrying import retry_after, rule_of
from orchestration.sandbox.provider.transport import ConnectionFailed

pytest_plugins = ["provider_fixtures"]

VERSION = "2026-03-01"
BODY = {"properties": {"displayName": "line"}}


class Clock(threading.Event):
    """A signal to stop, and a time that passes only by waiting for it."""

    def __init__(self) -> None:
        super().__init__()
        self.time = 0.0
        self.waits: list[float] = []

    def wait(self, timeout: float | None = None) -> bool:
        """Let *timeout* pass."""
        self.time += timeout or 0.0
        self.waits.append(timeout or 0.0)
        return self.is_set()

    def patience(self, seconds: float = 1800) -> Patience:
        """Return the patience of a call that may take *seconds*."""
        return Patience(self.time + seconds, self, lambda: self.time)


@pytest.fixture
def clock() -> Clock:
    """A clock that stands still."""
    return Clock()


@pytest.fixture
def client(arm: Arm, authority: trustme.CA, tmp_path: Path) -> Client:
    """A client of the running ARM."""
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    environment = {
        "SSL_CERT_FILE": str(tmp_path / "ca.pem"),
        "IDENTITY_ENDPOINT": f"{arm.url}/token",
        "IDENTITY_HEADER": IDENTITY_HEADER,
    }
    return Client(Settings(arm.url, "https://management.core.windows.net/", "test"), environment)


def retrying(*patterns: str, **seconds: int) -> RequestOptions:
    """Return the options of a resource with a `retry` argument."""
    empty = {"interval_seconds": None, "max_interval_seconds": None}
    return RequestOptions(retry=rule_of({"error_message_regex": list(patterns), **empty, **seconds}))


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_busy_answers_are_asked_for_again(arm: Arm, client: Client, clock: Clock, status: int) -> None:
    """What may pass by itself is tried until it does, ever more slowly."""
    arm.rules.append(times(3, "PUT", error(status, "Busy")))

    client.put(TARGET, VERSION, BODY, RequestOptions(), clock.patience())

    assert arm.calls() == ["PUT"] * 4
    expected = (0.8, 2.4, 5.6)
    assert all(0.8 * base <= wait <= 1.3 * base for base, wait in zip(expected, clock.waits, strict=True))


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 412, 501])
def test_final_answers_fail_at_once(arm: Arm, client: Client, clock: Clock, status: int) -> None:
    """What will not pass by itself is not tried again."""
    arm.rules.append(times(9, "PUT", error(status, "No")))

    with pytest.raises(CallFailed, match=f"RESPONSE {status}"):
        client.put(TARGET, VERSION, BODY, RequestOptions(), clock.patience())

    assert arm.calls() == ["PUT"]


def test_the_server_says_when(arm: Arm, client: Client, clock: Clock) -> None:
    """`Retry-After` is obeyed, in seconds or milliseconds; above the limit the call fails at once."""
    arm.rules.append(times(1, "GET", error(429, "Busy", {"Retry-After": "7"})))
    arm.rules.append(times(1, "GET", error(429, "Busy", {"Retry-After-Ms": "40"})))
    arm.resources[TARGET.lower()] = BODY
    assert client.get(TARGET, VERSION, RequestOptions(), clock.patience()) == BODY
    assert clock.waits == [7.0, 0.04]

    arm.rules.append(times(9, "GET", error(429, "Busy", {"Retry-After": "61"})))
    with pytest.raises(CallFailed, match="429"):
        client.get(TARGET, VERSION, RequestOptions(), clock.patience())
    assert len(clock.waits) == 2


def test_a_longer_limit_takes_longer_waits(arm: Arm, client: Client, clock: Clock) -> None:
    """`max_interval_seconds` raises the wait that a server may ask for."""
    arm.rules.append(times(1, "PUT", error(429, "Busy", {"Retry-After": "250"})))

    client.put(TARGET, VERSION, BODY, retrying("x", max_interval_seconds=300), clock.patience())

    assert clock.waits == [250.0]


def test_at_the_timeout(arm: Arm, client: Client, clock: Clock) -> None:
    """The last error is told if the user asked for retries; otherwise only that time is up, as azapi does."""
    arm.rules.append(times(99, "PUT", error(429, "Busy")))
    with pytest.raises(GaveUp) as plain:
        client.put(TARGET, VERSION, BODY, RequestOptions(), clock.patience(60))
    assert str(plain.value) == "context deadline exceeded"

    arm.rules[:] = [times(99, "PUT", error(409, "NotYet"))]
    with pytest.raises(GaveUp, match=r"context deadline exceeded, last retryable error: PUT (.|\n)*ERROR CODE: NotYet"):
        client.put(TARGET, VERSION, BODY, retrying("NotYet", interval_seconds=5), clock.patience(60))


def test_a_pattern_matches_the_whole_error(arm: Arm, client: Client, clock: Clock) -> None:
    """`error_message_regex` is searched in all that azapi shows of an error."""
    arm.rules.append(times(1, "PUT", error(404, "ParentResourceNotFound")))

    client.put(TARGET, VERSION, BODY, retrying("RESPONSE 404(.|\n)*Parent"), clock.patience())

    assert arm.calls() == ["PUT", "PUT"]


def test_right_after_a_create_absence_is_retried(arm: Arm, client: Client, clock: Clock) -> None:
    """404 and 403 on the read after a create are asked for again."""
    arm.resources[TARGET.lower()] = BODY
    arm.rules += [times(1, "GET", error(404, "ResourceNotFound")), times(1, "GET", error(403, "Forbidden"))]
    after = RequestOptions(retry=RequestOptions().retry.after_create())

    assert client.get(TARGET, VERSION, after, clock.patience()) == BODY

    assert arm.calls() == ["GET"] * 3


@pytest.mark.parametrize(
    ("first", "polls", "waits"),
    [
        ({}, {}, [10.0, 10.0]),
        ({"Retry-After": "0"}, {"Retry-After": "0"}, [10.0, 10.0]),
        ({"Retry-After": "3"}, {"Retry-After": "2"}, [3.0, 2.0, 2.0]),
        ({"Retry-After-Ms": "20"}, {"x-ms-retry-after-ms": "30"}, [0.02, 0.03, 0.03]),
    ],
    ids=["silent", "zero", "seconds", "milliseconds"],
)
def test_how_long_polls_wait(
    arm: Arm, client: Client, clock: Clock, first: dict[str, str], polls: dict[str, str], waits: list[float]
) -> None:
    """An operation is asked at once unless told otherwise, then every ten seconds; zero counts as silence."""
    states = ["InProgress", "InProgress", "Succeeded"]
    operation = {"Azure-AsyncOperation": f"{arm.url}/operations/1", **first}
    arm.rules.append(lambda request: (201, operation, BODY) if request.method == "PUT" else None)
    arm.rules.append(
        lambda request: (200, polls, {"status": states.pop(0)}) if "/operations/" in request.path else None
    )
    arm.resources[TARGET.lower()] = BODY

    client.put(TARGET, VERSION, BODY, RequestOptions(), clock.patience())

    assert arm.calls() == ["PUT", "POLL", "POLL", "POLL", "GET"]
    assert clock.waits == waits


def test_the_operation_wins_over_the_location(arm: Arm, client: Client, clock: Clock) -> None:
    """With both headers only `Azure-AsyncOperation` is polled, and a location may move."""
    both = {"Azure-AsyncOperation": f"{arm.url}/operations/a", "Location": f"{arm.url}/operations/b"}
    arm.rules.append(lambda request: (201, both, BODY) if request.method == "PUT" else None)
    arm.rules.append(lambda request: (200, {}, {"status": "Succeeded"}) if request.path == "/operations/a" else None)
    arm.resources[TARGET.lower()] = BODY
    client.put(TARGET, VERSION, BODY, RequestOptions(), clock.patience())
    assert [request.path for request in arm.requests][1:] == ["/operations/a", TARGET]

    arm.requests.clear()
    answers = {"/operations/1": (202, {"Location": "/operations/2"}, None), "/operations/2": (200, {}, BODY)}
    arm.rules[:] = [
        lambda request: (202, {"Location": f"{arm.url}/operations/1"}, None) if request.method == "PUT" else None,
        lambda request: answers.get(request.path),
    ]
    client.put(TARGET, VERSION, BODY, RequestOptions(), clock.patience())
    assert [request.path for request in arm.requests] == [TARGET, "/operations/1", "/operations/2"]


@pytest.mark.parametrize("state", ["Failed", "Canceled"])
def test_operations_that_do_not_succeed(arm: Arm, client: Client, clock: Clock, state: str) -> None:
    """The error holds the operation's own document."""
    arm.rules.append(
        lambda request: (
            (201, {"Azure-AsyncOperation": f"{arm.url}/operations/1"}, BODY)
            if request.method == "PUT"
            else (200, {}, {"status": state, "error": {"code": "Quota", "message": "no more"}})
        )
    )

    with pytest.raises(CallFailed, match=r"ERROR CODE: Quota(.|\n)*no more"):
        client.put(TARGET, VERSION, BODY, RequestOptions(), clock.patience())


def test_a_delete_without_a_header_is_done(arm: Arm, client: Client, clock: Clock) -> None:
    """202 without a place to poll counts as deleted."""
    arm.rules.append(times(1, "DELETE", (202, {}, None)))

    client.delete(TARGET, VERSION, RequestOptions(), clock.patience())

    assert arm.calls() == ["DELETE"]


def test_stopping_ends_the_wait(arm: Arm, client: Client, clock: Clock) -> None:
    """Asked to stop, a call ends with azapi's words for it."""
    arm.rules.append(times(9, "PUT", error(503, "Busy")))
    patience = clock.patience()
    clock.set()

    with pytest.raises(GaveUp, match="context canceled"):
        client.put(TARGET, VERSION, BODY, RequestOptions(), patience)


def test_error_codes(arm: Arm, client: Client, clock: Clock) -> None:
    """The code is the header's, else the error's, else a flat one, else unavailable; no body is said to be none."""
    answers = [
        ((400, {"x-ms-error-code": "Header"}, {"error": {"code": "Inner"}}), "ERROR CODE: Header"),
        ((400, {}, {"error": {"code": "Inner"}}), "ERROR CODE: Inner"),
        ((400, {}, {"code": "Flat"}), "ERROR CODE: Flat"),
        ((400, {}, None), "ERROR CODE UNAVAILABLE"),
    ]
    for answer, expected in answers:
        arm.rules[:] = [times(1, "GET", answer)]
        with pytest.raises(CallFailed) as failed:
            client.get(TARGET, VERSION, RequestOptions(), clock.patience())
        assert expected in str(failed.value)
    assert "Response contained no body" in str(failed.value)


def test_an_idle_connection_that_was_closed(arm: Arm, client: Client, clock: Clock) -> None:
    """A connection the server closed meanwhile is opened again without the caller noticing."""
    arm.resources[TARGET.lower()] = BODY
    arm.rules.append(times(1, "GET", (200, {"Connection": "close"}, BODY)))

    for _ in range(3):
        assert client.get(TARGET, VERSION, RequestOptions(), clock.patience()) == BODY


def cut(count: int) -> Rule:
    """Return a rule that breaks the connection of the next *count* PUTs."""
    left = [count]

    def rule(request: Request) -> Reply | None:
        if request.method != "PUT" or left[0] <= 0:
            return None
        left[0] -= 1
        raise ConnectionAbortedError

    return rule


def test_a_broken_connection(arm: Arm, client: Client, clock: Clock) -> None:
    """Patterns of the user's decide about connections as well; without any it is tried again, as in azapi."""
    broken = rf'Put "{arm.url}{TARGET}\?api-version={VERSION}": (EOF|read: connection reset by peer)'
    arm.rules.append(cut(2))
    with pytest.raises(ConnectionFailed, match=broken):
        client.put(TARGET, VERSION, BODY, retrying("Busy"), clock.patience())

    for options in (retrying("Busy", '^(Get|Put|Delete) "https://'), RequestOptions()):
        arm.rules[:] = [cut(2)]
        client.put(TARGET, VERSION, BODY, options, clock.patience())
        assert arm.sent() == BODY


def test_locks_keep_calls_apart(clock: Clock) -> None:
    """Who holds a lock keeps others with the same name waiting, until they give up; other names are free."""
    locks = Locks()
    with ExitStack() as held:
        held.enter_context(locks.held(["/a", "/b"], clock.patience()))
        held.enter_context(locks.held(["/c"], clock.patience()))
        with pytest.raises(GaveUp, match="context deadline exceeded"):
            held.enter_context(locks.held(["/b"], for_seconds(0.3, clock)))
    with locks.held(["/b", "/b"], clock.patience()):
        pass


def test_dates() -> None:
    """`Retry-After` may be a date; one that has passed, and what cannot be read, is nothing."""
    now = datetime(2026, 1, 1, tzinfo=UTC)

    def wait(text: str) -> float:
        headers = Message()
        headers["Retry-After"] = text
        return retry_after(headers, now)

    assert wait(format_datetime(now + timedelta(seconds=30), usegmt=True)) == 30.0
    assert wait(format_datetime(now - timedelta(seconds=30), usegmt=True)) == 0.0
    assert wait("soon") == 0.0


def test_durations() -> None:
    """Durations are Go's."""
    assert [parse_duration(text) for text in ("90s", "3m", "1h30m", "1.5h", "250ms")] == [90, 180, 5400, 5400, 0.25]
    for text in ("", "3", "3 m", "m", "soon"):
        with pytest.raises(Problem):
            parse_duration(text)


@pytest.mark.parametrize(
    ("path", "type_", "parent"),
    [
        ("/subscriptions/s", "Microsoft.Resources/subscriptions", "/"),
        ("/subscriptions/s/resourceGroups/g", "Microsoft.Resources/resourceGroups", "/subscriptions/s"),
        (TARGET, "Microsoft.Edge/targets", TARGET.partition("/providers/")[0]),
        ("/providers/Microsoft.Management/serviceGroups/g", "Microsoft.Management/serviceGroups", "/"),
        (f"{TARGET}/providers/A.B/members/m", "A.B/members", TARGET),
        (f"{TARGET}/solutions/s/versions/1", "Microsoft.Edge/targets/solutions/versions", f"{TARGET}/solutions/s"),
    ],
)
def test_ids(path: str, type_: str, parent: str) -> None:
    """Type and parent of an id are told from its segments."""
    assert (type_of(path), parent_of(path)) == (type_, parent)


def test_the_mirror(tmp_path: Path) -> None:
    """The mirror has Terraform's layout, installing twice is harmless, and nothing else is named as a source."""
    first, second = install(tmp_path), install(tmp_path)

    assert first == second and first.stat().st_mode & 0o111
    assert first.name == "terraform-provider-azapi_v2.12.0"
    assert first.relative_to(tmp_path).parts[:4] == ("registry.terraform.io", "azure", "azapi", "2.12.0")
    assert "direct" not in cli_config(tmp_path)


def test_a_mirror_that_cannot_be_written(tmp_path: Path) -> None:
    """What stands in the way is named."""
    (tmp_path / "file").write_text("")

    with pytest.raises(SandboxError, match="cannot be written"):
        install(tmp_path / "file")


def test_the_start_is_light() -> None:
    """The provider starts without what takes long to load."""
    heavy = ("azure", "requests", "httpx", "starlette", "uvicorn", "pydantic", "rich", "jsonschema", "jmespath", "yaml")
    code = (
        f"import sys; import orchestration.sandbox.provider.__main__; print([n for n in {heavy} if n in sys.modules])"
    )

    done = subprocess.run(
        (sys.executable, "-c", code), capture_output=True, text=True, cwd=Path(__file__).parents[2], timeout=60
    )

    assert done.stdout.strip() == "[]", done.stderr
