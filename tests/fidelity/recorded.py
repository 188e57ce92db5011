"""The recorded answers of tests/data/kalypso, and how they are recorded.

    .venv/bin/python -m tests.fidelity.recorded

asks Go for each row again and writes its answer: to record another case, add its row without an answer.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orchestration.kalypso.values import AnyMap
from tests.fidelity.program import Case, ask, build
from tests.fidelity.tags import ordered, tagged
from tests.support import ROOT

DATA = ROOT / "tests" / "data" / "kalypso"
Row = dict[str, Any]
_SHOWN = re.compile(r"[ -~\u00a0-\u2027\u202a-\ud7ff\U00010000-\U0010ffff]*")


def _dot() -> dict[str, Any]:
    items = [AnyMap([("name", "one"), ("on", True)]), AnyMap([("name", "two")])]
    record = AnyMap([("k", "v"), ("n", None), ("l", [1, "a", 1.5, True, None])])
    fields = {
        "DeploymentTargetName": "shop-web",
        "Namespace": "dev-edge-shop-web",
        "Environment": "dev",
        "Workspace": "team-a",
        "Workload": "shop",
        "Labels": {"purpose": "test", "use-case": "x"},
        "Manifests": {"path": "./web"},
        "ClusterType": "edge",
        "ConfigData": {"S": "str", "N": "5", "items": items, "obj": record, "text": "a b\nc  d\n"},
    }
    return {name: tagged(value) for name, value in fields.items()}


DOT = _dot()
"""What the recorded templates see as the dot, tagged."""


@dataclass(frozen=True)
class Recording:
    """A file of recorded answers: which fields a row has beside them, and how it is asked."""

    name: str
    fields: tuple[str, ...]
    case: Callable[[Row], Case]

    def rows(self) -> list[Row]:
        """Return the rows of the file."""
        rows: list[Row] = json.loads((DATA / self.name).read_text(encoding="utf-8"))
        return rows

    def answered(self, program: Path) -> list[Row]:
        """Return the rows with Go's answers."""
        rows = self.rows()
        answers = ask(program, map(self.case, rows))
        return [self._row(row, one) for row, (one, *_) in zip(rows, answers, strict=True)]

    def _row(self, row: Row, answer: dict[str, Any]) -> Row:
        if self.name.startswith("yaml-") and "error" in answer:  # nobody sees why
            answer = {"error": True}
        if "value" in answer:
            answer = {"value": ordered(answer["value"])}
        return {name: row[name] for name in self.fields} | answer


RECORDINGS = (
    Recording(
        "templates.json", ("template",), lambda row: {"kind": "template", "template": row["template"], "dot": DOT}
    ),
    Recording("regexps.json", ("pattern", "text"), lambda row: {"kind": "regexp", **row}),
    Recording(
        "schemas.json",
        ("schema", "document"),
        lambda row: {"kind": "schema", "schema": row["schema"], "document": json.dumps(row["document"])},
    ),
    Recording("yaml-read.json", ("yaml",), lambda row: {"kind": "yaml-read", "yaml": row["yaml"]}),
    Recording("yaml-written.json", ("value",), lambda row: {"kind": "yaml-write", "value": tagged(row["value"])}),
)


def main() -> None:
    """Record the answers."""
    with tempfile.TemporaryDirectory() as folder:
        program = build(Path(folder))
        for recording in RECORDINGS:
            lines = ",\n".join(map(_line, recording.answered(program)))
            (DATA / recording.name).write_text(f"[\n{lines}\n]\n", encoding="utf-8")


def _line(row: Row) -> str:
    text = json.dumps(row, ensure_ascii=False)
    return text if _SHOWN.fullmatch(text) else json.dumps(row)


if __name__ == "__main__":
    main()
