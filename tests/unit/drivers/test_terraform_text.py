"""Terraform's argument lists, and what is made of its output; no process is started."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from orchestration.drivers import terraform
from orchestration.drivers.terraform_ui import (
    Diagnostic,
    Redactor,
    TerraformEvent,
    parse_diagnostic,
    parse_event,
    plain_text,
)
from orchestration.errors import TerraformError, UsageError

NONE = Redactor()


def test_init_asks_nothing_and_keeps_no_old_backend() -> None:
    """Init is told its backend's settings, in a stable order."""
    found = terraform._init_arguments({"key": "b", "container_name": "a"}, lockfile_readonly=True)

    assert found == (
        "init", "-input=false", "-json", "-reconfigure", "-lockfile=readonly",
        "-backend-config=container_name=a", "-backend-config=key=b",
    )  # fmt: skip


@pytest.mark.parametrize("key", ["access_key", "sas_token", "password"])
def test_init_refuses_secrets(key: str) -> None:
    """A backend's secret would be kept in clear, so it is refused by name."""
    with pytest.raises(UsageError) as caught:
        terraform._init_arguments({key: "s3cret", "container_name": "a"}, lockfile_readonly=False)

    assert str(caught.value) == f"a backend's ['{key}'] would be stored in the working directory and in plans"
    assert caught.value.hint == "give it in the environment, as the backend's documentation says"


def test_plan_writes_its_plan_and_tells_changes_by_its_exit_code() -> None:
    """The list is what Terraform's documentation asks for in automation."""
    found = terraform._plan_arguments(Path("/w/plan"), "5m", destroy=True, refresh=False)

    assert found == (
        "plan", "-input=false", "-json", "-detailed-exitcode", "-lock-timeout=5m", "-out=/w/plan", "-destroy",
        "-refresh=false",
    )  # fmt: skip


def test_apply_takes_a_written_plan() -> None:
    """The plan's path is absolute: it cannot be taken for an option."""
    found = terraform._apply_arguments(Path("-plan"), "5m")

    assert found == ("apply", "-input=false", "-json", "-lock-timeout=5m", str(Path.cwd() / "-plan"))


def test_destroy_needs_no_approval_and_no_force() -> None:
    """Terraform dropped `-force`; approval is the caller's business."""
    assert terraform._destroy_arguments("1s") == (
        "destroy", "-auto-approve", "-input=false", "-json", "-lock-timeout=1s",
    )  # fmt: skip


@pytest.mark.parametrize(("address", "resource_id"), [("-x", "id"), ("a.b", "-x")])
def test_import_refuses_what_looks_like_an_option(address: str, resource_id: str) -> None:
    """Neither part of an import can become an option of Terraform's."""
    message = f"neither a resource's address nor an ID begins with a hyphen: {address}, {resource_id}"
    with pytest.raises(UsageError, match=message):
        terraform._import_arguments(address, resource_id, "5m")


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("Error acquiring the state lock\n  ID:        11-22\n  Path: x", "11-22"),
        ("Error acquiring the state lock: state blob is already locked: ID=33", "33"),
        ("Error acquiring the state lock\n  Path: x", None),
        ("Error: Invalid ID\n  ID:        11-22", None),
    ],
)
def test_the_id_of_a_held_lock_is_found(said: str, expected: str | None) -> None:
    """However the backend spells it; another error has none."""
    assert terraform.lock_id(TerraformError(("terraform", "plan"), 1, "", diagnostics=[said])) == expected


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("locked\nHTTP: already locked: ID=11\n  ID:        11\n", "11"),
        ("locked\nHTTP: already locked: ID=22\n  ID:        11\n", None),
        ("locked\n  ID:        11\n", None),
        ("HTTP: already locked: ID=11\n", None),
    ],
)
def test_a_lock_is_our_own_if_both_ids_are_one(said: str, expected: str | None) -> None:
    """The one that Terraform found and the one that it asked for."""
    assert terraform.own_lock(TerraformError(("terraform", "plan"), 1, said)) == expected


@pytest.mark.parametrize(
    ("said", "advice"),
    [
        ("Error acquiring the state lock", "run `python x force-unlock`"),
        ("Error: Failed to persist state to backend", "make the place of the states writable"),
        ("Error: Inconsistent dependency lock file", "run `python x providers lock`"),
        ("not in the dependency lock file", "run `python x providers lock`"),
        ("Failed to query available provider packages", "the provider mirror or the registry"),
        ("write plan: no space left on device", "make room on the disk"),
    ],
)
def test_a_known_error_comes_with_advice(said: str, advice: str) -> None:
    """Commands in it are those that can be run here."""
    assert advice in terraform._hint(f"Error: {said}.", ("python", "x"))


def test_an_unknown_error_comes_without_advice() -> None:
    """No hint is better than a wrong one."""
    assert terraform._hint("Error: Invalid index", ("terraform",)) == ""


def test_an_apply_line_becomes_an_event() -> None:
    """Address, type, action and seconds come from the line's hook."""
    resource = {"addr": "module.a.azapi_resource.this", "resource_type": "azapi_resource"}
    hook = {"resource": resource, "action": "create", "elapsed_seconds": 3}
    event = parse_event(
        json.dumps({"type": "apply_complete", "@message": "done", "@level": "info", "hook": hook}), NONE
    )

    assert (event.type, event.message) == ("apply_complete", "done")
    assert (event.address, event.resource_type) == ("module.a.azapi_resource.this", "azapi_resource")
    assert (event.action, event.elapsed) == ("create", 3)


@pytest.mark.parametrize("line", ["Acquiring state lock. This may take a few moments...", "[]", "3", "{}", ""])
def test_a_line_that_is_no_event_is_text(line: str) -> None:
    """Terraform sometimes prints for people even with `-json`."""
    assert (parse_event(line, NONE).type, parse_event(line, NONE).message) == ("text", line)


def test_an_unknown_event_is_its_message() -> None:
    """Types and shapes of a later Terraform do not disturb."""
    event = parse_event(
        json.dumps({"type": "policy_x", "@message": "m", "hook": 3, "change": [1], "changes": "?"}), NONE
    )

    assert (event.type, event.message, event.address) == ("policy_x", "m", "")


def test_what_an_event_leaves_out_is_empty() -> None:
    """A message is enough, and null is as good as absent."""
    assert parse_event('{"@message": "m"}', NONE) == TerraformEvent("", "m")
    hook = {"resource": None, "elapsed_seconds": None, "action": ""}
    event = parse_event(json.dumps({"@message": "m", "type": "t", "hook": hook, "diagnostic": {}}), NONE)
    assert event == TerraformEvent("t", "m")


def test_all_that_an_event_says() -> None:
    """Of a change its reason, of a summary its numbers; what a secret is in is taken out, of a plain line, too."""
    resource = {"addr": "a.b", "resource_type": "a"}
    change = {"resource": resource, "action": "replace", "reason": "tainted"}
    line = {"@message": "m s3cret", "@level": "warn", "type": "planned_change", "change": change}
    redact = Redactor(["s3cret"])
    assert parse_event(json.dumps(line), redact) == TerraformEvent(
        "planned_change", "m (secret)", "warn", "a.b", "a", "replace", "tainted"
    )
    counts = {"add": 1, "operation": "apply"}
    for key in ("changes", "test_summary"):
        assert parse_event(json.dumps({"@message": "m", key: counts}), redact).counts == {"add": 1}
    assert parse_event("Error: s3cret", redact) == TerraformEvent("text", "Error: (secret)")


def test_a_diagnostic_may_say_little() -> None:
    """What is missing is empty; one without severity is an error; secrets are taken out of both texts."""
    assert parse_diagnostic({}, NONE) == Diagnostic("error", "")
    assert parse_diagnostic({"address": None, "range": {"start": {"line": 4}}}, NONE) == Diagnostic("error", "")
    found = {"severity": "warning", "summary": " s3cret ", "detail": " no s3cret\n", "range": {"filename": "a.tf"}}
    diagnostic = parse_diagnostic(found, Redactor(["s3cret"]))
    assert diagnostic == Diagnostic("warning", "(secret)", "no (secret)", place="a.tf:None")


@pytest.mark.parametrize(
    ("diagnostic", "text"),
    [
        (Diagnostic("error", "Failed"), "Failed"),
        (Diagnostic("error", "Failed", "why"), "Failed\nwhy"),
        (Diagnostic("error", "Failed", address="a.b"), "a.b: Failed"),
        (Diagnostic("error", "Failed", place="main.tf:4"), "main.tf:4: Failed"),
    ],
)
def test_a_diagnostic_is_written_with_what_it_has(diagnostic: Diagnostic, text: str) -> None:
    """Nothing stands for what is missing."""
    assert str(diagnostic) == text


def test_a_diagnostic_says_where_what_and_why() -> None:
    """Address and file come before the summary, the provider's words after it."""
    found = {
        "severity": "error",
        "summary": "Failed",
        "detail": "PUT https://…\nRESPONSE 400",
        "address": "azapi_resource.this",
        "range": {"filename": "main.tf", "start": {"line": 4}},
    }
    event = parse_event(json.dumps({"type": "diagnostic", "@message": "Error: Failed", "diagnostic": found}), NONE)

    assert str(event.diagnostic) == "azapi_resource.this, main.tf:4: Failed\nPUT https://…\nRESPONSE 400"


def test_secrets_are_taken_out_however_they_are_spelled() -> None:
    """Plain, as JSON by Python and by Go, and as base64."""
    secret = 'pa"ss<\n>é'
    redact = Redactor([secret, "shorter"])
    spelled = [secret, json.dumps(secret), 'pa\\"ss\\u003c\\n\\u003eé', "cGEic3M8Cj7DqQ==", "a shorter one"]

    assert [redact(text) for text in spelled] == ["(secret)", '"(secret)"', "(secret)", "(secret)", "a (secret) one"]
    assert "shorter" not in repr(redact)


def test_a_short_secret_would_take_words_apart() -> None:
    """What has fewer than four letters is no secret; of two that overlap the longer goes first."""
    assert Redactor(["abc"])("abcd") == "abcd"
    assert Redactor(["abcd"])("abcd") == "(secret)"
    assert Redactor(["abcd", "abcdef"])("abcdef abcde") == "(secret) (secret)e"
    assert Redactor(["bcde", "abcdef"])("abcdef bcde") == "(secret) (secret)"
    assert Redactor(["a&<>b"])("a\\u0026\\u003c\\u003eb") == "(secret)"
    assert Redactor()("anything") == "anything"


def test_the_drawing_around_an_error_is_dropped() -> None:
    """What Terraform prints for people loses its box and empty lines."""
    assert plain_text("\n╷\n│ Error: Failed\n│ \n│   in main.tf\n╵\n") == "Error: Failed\n  in main.tf"
    assert plain_text("│   a  \n    b │\n \n") == "  a\n   b │"
