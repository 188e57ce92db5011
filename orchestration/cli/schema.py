"""`ewo schema`: the JSON Schemas of the fleet file and of every JSON output."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

import click

from orchestration.cli.output import output_option, print_document

OUTPUTS = (
    "problems",
    "plan",
    "up",
    "status",
    "down",
    "init",
    "script",
    "doctor",
    "render",
    "explain",
    "diff",
    "schedule",
    "wait",
    "resolve",
    "new",
    "placement",
    "rollout",
    "solution-status",
    "event",
)
KINDS = ("fleet", *OUTPUTS)


def output_schema(kind: str) -> dict[str, Any]:
    """Return the JSON Schema of an output; keys may be added to what it describes."""
    file = resources.files("orchestration.cli") / "schemas" / f"{kind}.schema.json"
    schema: dict[str, Any] = json.loads(file.read_text("utf-8"))
    return schema


HELP = f"""Print the JSON Schema of KIND.

KIND is fleet, the fleet file's; event, that of a line of progress with `--log-format json`; or that of a command's
output, ewo.plan/1 as plan: {", ".join(OUTPUTS[:-1])}.
"""


@click.command(help=HELP)
@click.argument("kind", default="fleet")
@output_option
def schema(kind: str, output: str) -> None:
    """Print the JSON Schema of a kind of output."""
    from orchestration.errors import UsageError
    from orchestration.fleet import fleet_schema

    name = kind.removeprefix("ewo.").removesuffix("/1")
    if name not in KINDS:
        raise UsageError(f"there is no schema called {kind!r}", hint=f"this version has: {', '.join(KINDS)}")
    print_document(fleet_schema() if name == "fleet" else output_schema(name), output)
