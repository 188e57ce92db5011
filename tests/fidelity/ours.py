"""What our engine answers to a case, in the form of Go's answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from orchestration.errors import OrchestrationError
from orchestration.kalypso.goregexp import compile_pattern
from orchestration.kalypso.goschema import build, validate
from orchestration.kalypso.goschema.document import load as load_json
from orchestration.kalypso.gotemplate import Data, Engine
from orchestration.kalypso.goyaml import dump, load
from orchestration.kalypso.values import to_bytes
from tests.fidelity.program import Case
from tests.fidelity.tags import dot_fields, ordered, tagged, untagged

Answer = dict[str, Any]


def answer(case: Case) -> Answer:
    """Return our answer; `crash` holds what should never have been raised."""
    try:
        return _KINDS[case["kind"]](case)
    except (OrchestrationError, ValueError) as error:
        return {"error": str(error)}
    except RecursionError:  # which those who call us take for an error of the schema
        return {"error": "too deep"}
    except Exception as error:
        return {"crash": repr(error)}


def _template(case: Case) -> Answer:
    return {"output": Engine().render(case["template"], Data(**dot_fields(case["dot"])))}


def _yaml_write(case: Case) -> Answer:
    return {"yaml": dump(untagged(case["value"]))}


def _yaml_read(case: Case) -> Answer:
    return {"value": ordered(tagged(load(case["yaml"])))}


def _schema(case: Case) -> Answer:
    return {"violations": sorted(map(str, validate(build(case["schema"]), load_json(case["document"]))))}


def _regexp(case: Case) -> Answer:
    text = case["text"]
    found = [match.captures for match in compile_pattern(case["pattern"]).finditer(text)]
    return {"matches": [[at if at < 0 else len(to_bytes(text[:at])) for at in captures] for captures in found]}


_KINDS: dict[str, Callable[[Case], Answer]] = {
    "template": _template,
    "yaml-write": _yaml_write,
    "yaml-read": _yaml_read,
    "schema": _schema,
    "regexp": _regexp,
}
