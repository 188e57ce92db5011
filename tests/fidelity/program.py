"""The Go program that answers cases: built from tests/oracle with the versions that its go.mod names."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from tests.support import ROOT

Case = Mapping[str, Any]
_SOURCE = ROOT / "tests" / "oracle"


def build(folder: Path) -> Path:
    """Return the program, built in *folder*; needs Go, and its module proxy the first time."""
    wanted = re.search(r"^toolchain (\S+)$", (_SOURCE / "go.mod").read_text(encoding="utf-8"), re.MULTILINE)
    assert wanted, "tests/oracle/go.mod names no toolchain"
    environment = {**os.environ, "GOTOOLCHAIN": wanted[1], "GOFLAGS": "-buildvcs=false"}
    subprocess.run(["go", "build", "-o", folder / "oracle", "."], cwd=_SOURCE, env=environment, check=True)
    return folder / "oracle"


def ask(program: Path, cases: Iterable[Case], tries: int = 8) -> list[list[dict[str, Any]]]:
    """Return for each case the answers that Go gives in *tries*: more than one where maps come in random order."""
    lines = [json.dumps({"tries": tries, **case}) for case in cases]
    answers: list[list[dict[str, Any]]] = []
    while len(answers) < len(lines):
        answers += _run(program, lines[len(answers) :])
    return answers


def _run(program: Path, lines: list[str]) -> list[list[dict[str, Any]]]:
    """Return the answers up to the first case that ends the program."""
    text = "".join(f"{line}\n" for line in lines)
    done = subprocess.run([program], input=text, capture_output=True, encoding="utf-8", check=False)
    answers = [json.loads(line) for line in done.stdout.split("\n") if line]
    faults = [one["fault"] for one in answers if "fault" in one]
    assert not faults, f"{len(faults)} cases were not understood, the first: {faults[0]}"
    found = [one["answers"] for one in answers]
    return [*found, [{"panic": done.stderr.partition("\n")[0]}]] if done.returncode else found
