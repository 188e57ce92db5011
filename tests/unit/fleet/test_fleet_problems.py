"""Every rule shows its problem, at its line and column, and shows nothing else."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fleet_cases import ADDITIONS, CASES, SPECIFICATION, Case, spoil

from orchestration.fleet import Problem
from orchestration.fleet.load import read_draft
from orchestration.fleet.validate import DOUBTS, RULES, check_rules

Report = Callable[[Path], tuple[Problem, ...]]
Change = tuple[str, str, str]

FLEET = "fleet.yaml"
CONFIG_TEMPLATE, SOLUTION = "config-templates/plant-config", "solutions/line-vision"
SCHEMA = "metadata: {name: line-vision-schema, version: 1.0.0}"
OBJECT = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: !x NO}\n"
REFERENCE = "schema: {name: line-vision-schema, version: 1.0.0}"

# Changes to the files that contoso's fleet.yaml refers to, and the codes of the problems at the marks.
CONTENTS: dict[str, tuple[str, list[Change]]] = {
    "schema without a name": (
        "missing-key schema-reference",
        [
            (f"{SOLUTION}/schema.yaml", SCHEMA, "metadata: ‸{version: 1.0.0}"),
            (f"{SOLUTION}/template.yaml", REFERENCE, REFERENCE.replace("{", "‸{")),
        ],
    ),
    "schema with a wrong version": (
        "version schema-reference",
        [
            (f"{SOLUTION}/schema.yaml", SCHEMA, SCHEMA.replace("1.0.0", "‸1.0")),
            (f"{SOLUTION}/template.yaml", REFERENCE, REFERENCE.replace("{", "‸{")),
        ],
    ),
    "two contents of one schema": (
        "schema-twice",
        [
            (f"{CONFIG_TEMPLATE}/schema.yaml", "name: plant-config-schema", "name: line-vision-schema"),
            (f"{CONFIG_TEMPLATE}/template.yaml", "name: plant-config-schema", "name: line-vision-schema"),
            (f"{SOLUTION}/schema.yaml", SCHEMA, SCHEMA.replace("1.0.0", "‸1.0.0")),
        ],
    ),
    "two spellings of one schema": (
        "spelling",
        [
            (
                f"{CONFIG_TEMPLATE}/schema.yaml",
                "name: plant-config-schema, version: 1.0.0",
                "name: Line-vision-schema, version: 2.0.0",
            ),
            (
                f"{CONFIG_TEMPLATE}/template.yaml",
                "name: plant-config-schema, version: 1.0.0",
                "name: Line-vision-schema, version: 2.0.0",
            ),
            (f"{SOLUTION}/schema.yaml", "name: line-vision-schema", "name: ‸line-vision-schema"),
        ],
    ),
    "reference to another version": (
        "schema-reference",
        [(f"{SOLUTION}/template.yaml", REFERENCE, "schema: ‸{name: line-vision-schema, version: 1.0.1}")],
    ),
    "reference forgotten": ("schema-reference", [(f"{SOLUTION}/template.yaml", f"{REFERENCE}\nconfigs", "‸configs")]),
    "metadata of something else": (
        "metadata metadata",
        [(f"{SOLUTION}/template.yaml", "configs:", "metadata: {name: ‸line, version: ‸1.1.0}\nconfigs:")],
    ),
    "dependencies in a template": (
        "dependencies",
        [(f"{SOLUTION}/template.yaml", "configs:", "dependencies: ‸[{solutionTemplateId: /x}]\nconfigs:")],
    ),
    "no configs": (
        "missing-key",
        [
            (f"{CONFIG_TEMPLATE}/template.yaml", "schema: {name", "‸schema: {name"),
            (f"{CONFIG_TEMPLATE}/template.yaml", "configs:", "config:"),
        ],
    ),
    "configs no mapping": (
        "wrong-type",
        [
            (f"{SOLUTION}/1.1.0/template.yaml", "", "configs: ‸[]\n"),
            (f"{SOLUTION}/1.1.0/specification.yaml", "", SPECIFICATION),
        ],
    ),
    "no components": (
        "specification",
        [(f"{SOLUTION}/specification.yaml", "components:\n  - name", "components: ‸[]\nx:\n  - name")],
    ),
    "component of another type": (
        "specification",
        [(f"{SOLUTION}/specification.yaml", "type: helm.v3", "type: ‸yaml.k8s")],
    ),
    "component without a type": (
        "specification",
        [(f"{SOLUTION}/specification.yaml", "- name: line-vision\n    type: helm.v3", "- ‸name: line-vision")],
    ),
    "chart without a version": (
        "specification",
        [
            (
                f"{SOLUTION}/specification.yaml",
                "chart: {repo: contoso.azurecr.io/helm/line-vision, version: 1.4.2,",
                "chart: ‸{repo: contoso.azurecr.io/helm/line-vision,",
            )
        ],
    ),
    "specification with an ambiguous value": (
        "ambiguous-scalar",
        [(f"{SOLUTION}/specification.yaml", "wait: true", "wait: ‸yes")],
    ),
    "template that is not YAML": ("yaml-syntax", [(f"{SOLUTION}/template.yaml", "configs:", "configs: a‸: b")]),
    "template that is a list": (
        "wrong-type",
        [
            (f"{SOLUTION}/1.1.0/template.yaml", "", "‸- a\n"),
            (f"{SOLUTION}/1.1.0/specification.yaml", "", SPECIFICATION),
        ],
    ),
    "older content without a template": (
        "missing-file",
        [
            (f"{SOLUTION}/0.9.0/specification.yaml", "", SPECIFICATION),
            (FLEET, "path: solutions/line-vision", "path: ‸solutions/line-vision"),
        ],
    ),
    "content of the version twice": (
        "content-twice",
        [
            (f"{SOLUTION}/1.0.0/template.yaml", "", "configs: {}\n"),
            (FLEET, "path: solutions/line-vision", "path: ‸solutions/line-vision"),
        ],
    ),
    "config template retired that is read": (
        "retired-in-use",
        [
            (f"{SOLUTION}/template.yaml", "$config(plant-config/1.0.0,", "$config(plant-config/0.9.0,"),
            (FLEET, "path: config-templates/plant-config", "path: config-templates/plant-config\n    retire: [‸0.9.0]"),
        ],
    ),
    "config template version that is not here": (
        "missing-version",
        [
            (f"{SOLUTION}/template.yaml", "schema: {", "‸schema: {"),
            (f"{SOLUTION}/template.yaml", "$config(plant-config/1.0.0,", "$config(plant-config/0.9.0,"),
        ],
    ),
    "control plane of an unknown environment": (
        "unknown-environment",
        [("control/test/a.yaml", "", "a: b\n"), (FLEET, "scheduler:", "controlPlane: ‸control\nscheduler:")],
    ),
    "control-plane files that are no objects": (
        "missing-key missing-key wrong-type",
        [
            ("control/dev/a.yaml", "", "# one\n---\n‸‸kind: ConfigMap\n---\n" + OBJECT + "---\n‸- a\n"),
            (FLEET, "scheduler:", "controlPlane: control\nscheduler:"),
        ],
    ),
    "a control-plane object without a name": (
        "missing-key",
        [
            ("control/main/templates/own.yaml", "", OBJECT.replace("{name: a}", "‸{}")),
            (FLEET, "scheduler:", "controlPlane: control\nscheduler:"),
        ],
    ),
    "a control-plane file that is no YAML": (
        "yaml-syntax",
        [
            ("control/dev/deep/a.yml", "", "a: b‸: c\n"),
            (FLEET, "scheduler:", "controlPlane: control\nscheduler:"),
        ],
    ),
    "control-plane files that are ewo's": (
        "control-plane-file control-plane-file control-plane-file",
        [
            ("control/dev/base-repo.yaml", "", f"‸{OBJECT}"),
            ("control/dev/cluster-types/lab.yaml", "", f"‸{OBJECT}"),
            ("control/main/templates/arc-flux.yaml", "", f"‸{OBJECT}"),
            ("control/main/README.md", "", "ours\n"),
            (FLEET, "scheduler:", "controlPlane: control\nscheduler:"),
        ],
    ),
    "control-plane files that are private": (
        "path",
        [
            ("control/main/.git/config", "", "[core]\n"),
            (FLEET, "scheduler:", "controlPlane: ‸control\nscheduler:"),
        ],
    ),
}


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.code}: {case.message}"[:80])
def test_case(case: Case, contoso: Path, problems: Report) -> None:
    """The change makes exactly this problem, at the mark."""
    places = spoil(contoso, (FLEET, case.old, case.new))

    found = problems(contoso / FLEET)

    assert [(each.code, each.severity) for each in found] == [(case.code, case.severity)], "\n".join(map(str, found))
    assert [(each.origin.file, each.origin.line, each.origin.column) for each in found] == places
    assert case.message in found[0].message
    assert case.hint in found[0].hint


@pytest.mark.parametrize("name", ADDITIONS)
def test_addition(name: str, tmp_path: Path, problems: Report) -> None:
    """What is added to the minimal fleet makes exactly the problems at the marks."""
    codes, text = ADDITIONS[name]
    places = spoil(tmp_path, (FLEET, "", text))
    for file, content in (("template.yaml", "configs: {}\n"), ("specification.yaml", SPECIFICATION)):
        spoil(tmp_path, (f"s/{file}", "", content))

    found = problems(tmp_path / FLEET)

    assert [each.code for each in found] == codes.split(), "\n".join(map(str, found))
    assert [(each.origin.file, each.origin.line, each.origin.column) for each in found] == sorted(places)


@pytest.mark.parametrize("name", CONTENTS)
def test_contents(name: str, contoso: Path, problems: Report) -> None:
    """What is changed in a file beside the fleet file makes exactly the problems at the marks."""
    codes, changes = CONTENTS[name]
    places = spoil(contoso, *changes)

    found = problems(contoso)

    assert [each.code for each in found] == codes.split(), "\n".join(map(str, found))
    assert [(each.origin.file, each.origin.line, each.origin.column) for each in found] == places


def test_every_rule_has_a_case(contoso: Path, tmp_path: Path) -> None:
    """No rule is without a fleet that breaks it."""
    left = {rule.__name__: rule for rule in (*RULES, *DOUBTS)}
    for number, changes in enumerate(_spoiling()):
        folder = tmp_path / f"case-{number}"
        if changes[0][1]:
            shutil.copytree(contoso, folder)
        spoil(folder, *changes)
        draft, _ = read_draft(folder / FLEET)
        broken = [name for name, rule in left.items() if draft and check_rules(draft, [rule])]
        left = {name: rule for name, rule in left.items() if name not in broken}

    assert not left


def _spoiling() -> Iterator[list[Change]]:
    """Yield the changes of every case; a fleet of its own begins with nothing that is replaced."""
    yield from ([(FLEET, case.old, case.new)] for case in CASES)
    yield from ([(FLEET, "", text)] for _, text in ADDITIONS.values())
    yield from (changes for _, changes in CONTENTS.values())
