"""`ewo schema` prints the JSON Schema of every JSON output, and what is printed offline keeps to it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema
import pytest

from orchestration.cli.schema import KINDS, OUTPUTS, output_schema
from tests.cli.conftest import Ewo
from tests.support import ROOT, copy_contoso, problems_with, replace


def test_every_output_has_a_schema() -> None:
    """Whatever a document calls itself in our code can be asked for."""
    texts = [path.read_text(encoding="utf-8") for path in (ROOT / "orchestration").rglob("*.py")]
    named = {kind for text in texts for kind in re.findall(r'"schema": "ewo\.([a-z-]+)/1"', text)}
    assert {"plan", "up", "status"} <= named <= set(OUTPUTS)


@pytest.mark.parametrize("kind", OUTPUTS)
def test_a_schema_is_one_and_explains_every_key(kind: str) -> None:
    """It is of draft 7, names its document and says what each key means."""
    schema = output_schema(kind)
    jsonschema.Draft7Validator.check_schema(schema)
    assert kind == "event" or schema["properties"]["schema"] == {"const": schema["title"]} == {"const": f"ewo.{kind}/1"}
    objects = [schema, *schema.get("definitions", {}).values()]
    keys = {name: key for part in objects for name, key in part["properties"].items() if name != "schema"}
    assert all("$ref" in key or key.get("description") for key in keys.values())


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_printed(ewo: Ewo, kind: str) -> None:
    """By its name or by that of its document, as JSON and as YAML."""
    done = ewo("schema", kind)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["$schema"] == "http://json-schema.org/draft-07/schema#"
    assert ewo("schema", f"ewo.{kind}/1").stdout == done.stdout


def test_an_unknown_kind_names_those_there_are(ewo: Ewo) -> None:
    """Exit 2, with the list."""
    done = ewo("schema", "nothing")
    assert (done.returncode, done.stdout) == (2, "")
    assert all(kind in done.stderr for kind in KINDS)


def test_what_is_printed_offline_keeps_to_its_schema(ewo: Ewo, tmp_path: Path) -> None:
    """Files written, problems found, and a connect script."""
    written = json.loads(ewo("init", "plants", "--output", "json").stdout)
    assert problems_with(written, "init") == [] and "plants/fleet.yaml" in written["files"]

    replace(tmp_path / "plants" / "fleet.yaml", "    clusterType: lab\n", "    clusterType: lap\n")
    found = json.loads(ewo("validate", "plants", "--output", "json").stdout)
    assert problems_with(found, "problems") == [] and found["problems"][0]["hint"] == "known: lab, plant"

    copy_contoso(tmp_path / "contoso")
    script = json.loads(ewo("cluster", "script", "contoso", "lyon-1", "--output", "json").stdout)
    assert problems_with(script, "script") == []
    assert script["script"] == ewo("cluster", "script", "contoso", "lyon-1").stdout
