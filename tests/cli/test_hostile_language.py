"""What hostile schemas and templates hold is refused within a second and 256 MB, with a reason."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.cli.test_hostile import MEASURED, MEGABYTES, SECONDS, START
from tests.support import write_tree

pytestmark = pytest.mark.slow

MANY = 400


def template(number: int, configs: str) -> dict[str, str]:
    text = f"metadata: {{name: tpl-{number}, version: 1.0.0}}\nconfigs:\n  {configs}\n"
    return {f"tpl-{number}/template.yaml": text}


def ring(configs: str) -> dict[str, str]:
    """Return many templates, each of which refers to the next, and the last to the first."""
    return {
        name: text
        for number in range(MANY)
        for name, text in template(number, configs.replace("NEXT", f"tpl-{(number + 1) % MANY}/1.0.0")).items()
    }


def block(lines: str) -> dict[str, str]:
    return {"app/template.yaml": f"configs:\n{lines}"}


ALIASES = "".join(f"  a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 30))
HOSTILE: Mapping[str, tuple[dict[str, str], str]] = {
    "20,000 levels in braces": ({"app/template.yaml": f"configs: {'{a: ' * 20_000}1{'}' * 20_000}"}, "yaml-too-deep"),
    "20,000 levels in brackets": ({"app/template.yaml": f"configs: {'[' * 20_000}{']' * 20_000}"}, "yaml-too-deep"),
    "4,000 levels in a block": (block("".join(f"{' ' * n}a:\n" for n in range(1, 4000))), "yaml-too-deep"),
    "aliases that multiply": (block(f"  a0: &a0 [x, x]\n{ALIASES}"), "yaml-too-big"),
    "a text of 50 MB": (block(f"  a: {'x' * 50_000_000}\n"), "yaml-too-big"),
    "a comment of 50 MB": (
        {"app/template.yaml": "configs: {}\n", "app/schema.yaml": f"rules: {{}}\n# {'x' * 50_000_000}"},
        "yaml-too-big",
    ),
    "200,000 keys": (block("".join(f"  k{n}: 1\n" for n in range(200_000))), "yaml-too-big"),
    "5,000 includes": (
        template(1, "".join(f"\n    k{n}: {{'${{{{$include(tpl-2/1.0.0)}}}}': }}" for n in range(5000)))
        | template(2, "".join(f"x{n}: 1\n  " for n in range(100))),
        "too-large",
    ),
    "includes in a ring": (ring("${{$include(NEXT)}}:"), "too-deep"),
    "config templates in a ring": (ring("k: ${{$config(NEXT, k)}}"), "too-deep"),
    "10,000 calls inside each other": (block(f"  a: ${{{{{'$not(' * 10_000}1{')' * 10_000}}}}}\n"), "expression"),
    "2,500 calls inside each other": (block(f"  a: ${{{{{'$not(' * 2500}1{')' * 2500}}}}}\n"), "expression"),
    "10,000 keys in a chain": (
        block("".join(f"  k{n}: ${{{{$property(k{n + 1})}}}}\n" for n in range(10_000)) + "  k10000: 1\n"),
        "too-deep",
    ),
    "a pattern that repeats itself": (
        {"app/template.yaml": "schema: {rules: {configs: {a: {type: string, pattern: '" + "(a*)*" * 3000
         + "', defaultValue: " + "a" * 50_000 + "}}}}\nconfigs: {a: '${{$val(a)}}'}\n"},
        "pattern",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_template_is_refused_soon(tmp_path: Path, name: str) -> None:
    """Exit 2 with the code, or a warning of it; in processor time, and at its peak of memory."""
    files, code = HOSTILE[name]
    write_tree(tmp_path, files)
    folders = sorted({path.split("/")[0] for path in files})
    ewo = Path(sys.executable).with_name("ewo")
    start, _ = measured(tmp_path, str(ewo), "--version")
    command = (str(ewo), "solution", "lint", *folders, "--output", "json")
    seconds, problems = measured(tmp_path, *command)

    assert code in [problem["code"] for problem in json.loads(problems)["problems"]]
    assert all(problem["line"] and problem["message"] for problem in json.loads(problems)["problems"])
    assert seconds < SECONDS * max(1.0, start / START) + start


def measured(folder: Path, *command: str) -> tuple[float, str]:
    """Run a program; return its processor time in seconds and what it printed, its peak of memory being checked."""
    done = subprocess.run(
        (sys.executable, "-c", MEASURED, *command), cwd=folder, capture_output=True, text=True, check=True
    )
    _, said, seconds, peak = json.loads(done.stdout)
    assert (peak if sys.platform == "linux" else peak / 1024) < MEGABYTES
    return float(seconds), str(said)
