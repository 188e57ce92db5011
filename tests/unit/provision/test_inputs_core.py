"""What core's blueprint is given: the context, and every version of what was ever uploaded."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
import yaml

from orchestration.errors import InvalidFleet
from orchestration.fleet.model import (
    ConfigTemplate,
    Dependency,
    Fleet,
    Injection,
    Problem,
    SchemaContent,
    Solution,
    TemplateContent,
)
from orchestration.provision.inputs import Passing, core_inputs
from orchestration.provision.inputs.core import merge_uploads
from orchestration.provision.stack import canonical, sha256

PLACE = {
    "resource_group_id": "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg-contoso-edge",
    "location": "eastus2",
}
NOTHING = Passing({}, {}, {}, (), "AzureCloud")


def config(fleet: Fleet, **changes: Any) -> Fleet:
    """Return the fleet with a changed config template."""
    template: ConfigTemplate = replace(fleet.config_templates["plant-config"], **changes)
    return replace(fleet, config_templates={"plant-config": template})


def solution(fleet: Fleet, **changes: Any) -> Fleet:
    """Return the fleet with a changed solution."""
    changed: Solution = replace(fleet.solutions["line-vision"], **changes)
    return replace(fleet, solutions={"line-vision": changed})


def content(text: str, schema: SchemaContent | None = None) -> TemplateContent:
    return TemplateContent(schema, text, "template.yaml")


def test_the_context_has_the_fleets_levels_and_capabilities(fleet: Fleet) -> None:
    """Each of them is its own description."""
    assert core_inputs(fleet, NOTHING)["context"] == {
        "name": "contoso",
        **PLACE,
        "capabilities": [{"name": name, "description": name} for name in ("vision", "telemetry")],
        "hierarchies": [{"name": name, "description": name} for name in ("country", "plant", "line")],
    }


def test_a_context_that_exists_is_only_read(fleet: Fleet) -> None:
    """It is given by its id, and none is made; without a hierarchy there is no context at all."""
    azure = replace(fleet.azure, context=replace(fleet.azure.context, existing="/their/context"))
    given = replace(fleet, azure=azure)
    contexts = [
        (found["context"], found["existing_context_id"])
        for found in (core_inputs(each, NOTHING) for each in (given, replace(given, hierarchy=None)))
    ]
    assert contexts == [(None, "/their/context"), (None, None)]
    assert core_inputs(replace(fleet, hierarchy=None), NOTHING)["context"] is None
    assert core_inputs(fleet, NOTHING)["existing_context_id"] is None


def test_what_is_uploaded_are_the_texts_as_written(fleet: Fleet) -> None:
    """Schemas, config templates and solution templates come with each version's text and its digest."""
    mine = fleet.config_templates["plant-config"].contents["1.0.0"]
    theirs = fleet.solutions["line-vision"].contents["1.0.0"]
    assert mine.schema is not None
    assert theirs.schema is not None
    found = core_inputs(fleet, NOTHING)
    wanted = {"configurations": theirs.template, "specification": theirs.specification}

    assert found["schemas"] == {
        schema.name: {
            **PLACE,
            "versions": {"1.0.0": schema.text},
            "tags": {"ewo-1.0.0": sha256({"value": schema.text})},
        }
        for schema in (mine.schema, theirs.schema)
    }
    assert list(found["schemas"]) == ["line-vision-schema", "plant-config-schema"]
    assert found["config_templates"] == {
        "plant-config": {
            **PLACE,
            "description": "plant-config",
            "versions": {"1.0.0": mine.template},
            "tags": {"ewo-1.0.0": sha256({"configurations": mine.template, "specification": None})},
        }
    }
    assert found["solution_templates"] == {
        "line-vision": {
            **PLACE,
            "description": "line-vision",
            "capabilities": ["vision"],
            "enable_external_validation": False,
            "versions": {
                "1.0.0": {
                    "configurations": theirs.template,
                    "specification_json": canonical(theirs.specification),
                }
            },
            "tags": {"ewo-1.0.0": sha256(wanted)},
        }
    }
    assert list(found["uploaded"]) == sorted(found["uploaded"])
    assert found["uploaded"]["solution_templates/line-vision/1.0.0"] == canonical(wanted)


def test_a_solution_template_is_called_as_the_solution_says(fleet: Fleet) -> None:
    """Its name may differ from the solution's; one without components has an empty specification."""
    given = solution(fleet, template="vision", external_validation=True, contents={"2.0.0": content("a")})
    found = core_inputs(given, NOTHING)["solution_templates"]
    assert list(found) == ["vision"]
    assert (found["vision"]["description"], found["vision"]["enable_external_validation"]) == ("vision", True)
    assert found["vision"]["versions"] == {"2.0.0": {"configurations": "a", "specification_json": "{}"}}


def test_what_core_keeps_for_the_next_run_passes_through(fleet: Fleet) -> None:
    """Places, owned keys in order, stacks and the cloud are as given."""
    passing = Passing({"shard-a-01": ("x", "y")}, {"z": ("B",), "a": ("C", "A")}, {}, ("links",), "AzureCloud")
    found = core_inputs(fleet, passing)
    assert found["shards"] == {"shard-a-01": ["x", "y"]}
    assert list(found["owned_values"].items()) == [("a", ["C", "A"]), ("z", ["B"])]
    assert (found["stacks"], found["cloud"]) == (["links"], "AzureCloud")


def kept(fleet: Fleet, uploaded: Mapping[str, str]) -> set[str]:
    """Return which of what was uploaded is still there, beside what the fleet has."""
    return merge_uploads(fleet, uploaded).keys() - merge_uploads(fleet, {}).keys()


def test_uploaded_versions_stay_until_retired(fleet: Fleet) -> None:
    """An older version stays; one that the fleet retires goes, and all go with what they are versions of."""
    old = {
        "config_templates/plant-config/0.9.0": "old",
        "solution_templates/line-vision/0.9.0": "old",
        "schemas/plant-config-schema/0.9.0": "old",
        "config_templates/gone/0.9.0": "old",
    }
    assert kept(fleet, old) == old.keys() - {"config_templates/gone/0.9.0"}
    assert merge_uploads(fleet, old)["config_templates/plant-config/0.9.0"] == "old"
    assert "config_templates/plant-config/0.9.0" not in kept(config(fleet, retire=("0.9.0",)), old)
    assert "solution_templates/line-vision/0.9.0" not in kept(solution(fleet, retire=("0.9.0",)), old)


def test_a_retired_version_is_not_uploaded_though_its_files_are_there(fleet: Fleet) -> None:
    """Neither is its schema; the other versions are."""
    schema = SchemaContent("s", "1.0.0", "text", "schema.yaml")
    contents = {"1.0.0": content("a", schema), "1.1.0": content("b")}
    for given, name in (
        (config(fleet, contents=contents, retire=("1.0.0",)), "config_templates/plant-config"),
        (solution(fleet, contents=contents, retire=("1.0.0",)), "solution_templates/line-vision"),
    ):
        found = merge_uploads(given, {})
        assert {key for key in found if key.startswith((name, "schemas/s/"))} == {f"{name}/1.1.0"}
        assert json.loads(found[f"{name}/1.1.0"]) == {"configurations": "b", "specification": None}


@pytest.mark.parametrize(
    ("key", "what", "others", "free"),
    [
        ("config_templates/plant-config", "config template plant-config", ("1.9.0", "1.10.2"), "1.10.3"),
        ("solution_templates/line-vision", "solution template line-vision", ("0.9.9",), "1.0.1"),
        ("schemas/plant-config-schema", "schema plant-config-schema", (), "1.0.1"),
        ("schemas/line-vision-schema", "schema line-vision-schema", ("2.0.0",), "2.0.1"),
    ],
)
def test_other_content_under_an_uploaded_version_is_refused(
    fleet: Fleet, key: str, what: str, others: tuple[str, ...], free: str
) -> None:
    """The problem stands where the fleet names the template, and its hint is the next version that is free."""
    uploaded = {f"{key}/{version}": "{}" for version in ("1.0.0", *others)}
    with pytest.raises(InvalidFleet) as caught:
        merge_uploads(fleet, {**uploaded, f"{key}-2/9.0.0": "{}"})
    owner = fleet.config_templates["plant-config"] if "plant-config" in key else fleet.solutions["line-vision"]
    assert caught.value.problems == (
        Problem(
            "version-changed",
            owner.origin,
            f"{what} 1.0.0 was uploaded with other content, and versions are immutable",
            f"give the new content version {free}, or put the old content back",
        ),
    )


def test_each_changed_version_is_told_at_its_own_template(fleet: Fleet) -> None:
    """A config template and a solution may have one name, and so may a schema; the same content is no problem."""
    schema = SchemaContent("line-vision", "1.0.0", "text", "schema.yaml")
    template = replace(
        fleet.config_templates["plant-config"], name="line-vision", contents={"1.0.0": content("a", schema)}
    )
    given = replace(fleet, config_templates={"line-vision": template})
    uploaded = merge_uploads(given, {})
    keys = [f"{kind}/line-vision/1.0.0" for kind in ("config_templates", "schemas", "solution_templates")]
    with pytest.raises(InvalidFleet) as caught:
        merge_uploads(given, uploaded | dict.fromkeys(keys, "{}"))

    origins = [problem.origin for problem in caught.value.problems]
    assert origins == [template.origin, template.origin, fleet.solutions["line-vision"].origin]
    assert merge_uploads(given, uploaded) == uploaded


def gated(fleet: Fleet, *depends_on: Dependency) -> Fleet:
    """Return the fleet with line-vision 1.1.0 beside 1.0.0, depending on what is given, and a gateway."""
    vision = fleet.solutions["line-vision"]
    gateway = replace(vision, name="gateway", template="line-gateway", contents={"1.0.0": content("configs: {}\n")})
    contents = {"1.0.0": content("configs: {A: 1}\n"), "1.1.0": content("configs: {A: 1}\n# end")}
    changed = replace(vision, version="1.1.0", contents=contents, depends_on=depends_on)
    return replace(fleet, solutions={"line-vision": changed, "gateway": gateway})


def test_what_a_solution_depends_on_is_written_into_its_template(fleet: Fleet) -> None:
    """The other template by its id, without a version, and what is injected; the rest stays as it is written."""
    key = "solution_templates/line-vision/1.1.0"
    injecting = gated(fleet, Dependency("gateway", (Injection("A", "Apps"),)))
    text = json.loads(merge_uploads(injecting, {})[key])["configurations"]
    plain = json.loads(merge_uploads(gated(fleet, Dependency("gateway")), {})[key])["configurations"]
    parent = f"{PLACE['resource_group_id']}/providers/Microsoft.Edge/solutionTemplates/line-gateway"

    assert text.startswith("configs: {A: 1}\n# end\n")
    assert yaml.safe_load(text) == {
        "configs": {"A": 1},
        "dependencies": [{"solutionTemplateId": parent, "configsToBeInjected": [{"from": "A", "to": "Apps"}]}],
    }
    assert yaml.safe_load(plain)["dependencies"] == [{"solutionTemplateId": parent}]


def test_another_dependency_is_another_version(fleet: Fleet) -> None:
    """The version that the fleet names now is immutable with it; older ones keep what they were uploaded with."""
    depending, alone = gated(fleet, Dependency("gateway")), gated(fleet)
    uploaded = merge_uploads(alone, {})
    older = {"solution_templates/line-vision/1.0.0": uploaded["solution_templates/line-vision/1.0.0"]}

    with pytest.raises(InvalidFleet, match=r"line-vision 1\.1\.0 was uploaded with other content"):
        merge_uploads(depending, uploaded)
    assert merge_uploads(depending, older).items() >= older.items()
    with_it = merge_uploads(depending, {})
    back = {key: text for key, text in with_it.items() if key.endswith("line-vision/1.0.0")}
    assert merge_uploads(alone, back).items() >= back.items()
