"""What lint finds in schemas, templates and specifications, and where."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestration.errors import UsageError
from orchestration.fleet.contents import MOST_VALUES
from orchestration.solutions.linting import lint_folders
from tests.support import CONTOSO, write_tree

COMPONENT = "- {name: a, type: helm.v3, properties: {chart: {repo: r.azurecr.io/helm/a, version: 1.0.0%s}%s}}"
GOOD = f"components:\n{COMPONENT % ('', '')}\n"


def inline(rules: str, configs: str = "K: ${{$val(A)}}") -> str:
    """Return a template with an inline schema; the key A stands at 1:28, its rule at 1:31, the configs at 3:3."""
    return f"schema: {{rules: {{configs: {{A: {rules}}}}}}}\nconfigs:\n  {configs}\n"


PARENT = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Edge/solutionTemplates/parent"
INJECTED = f"dependencies:\n- solutionTemplateId: {PARENT}\n  configsToBeInjected:\n"
TEMPLATES = {
    "a misplaced parenthesis": ("configs:\n  A: ${{ $le($val(f)), 120}}\n", "expression 2:22"),
    "braces that nothing closes": ("configs:\n  A: x${{$val(f)\n", "expression 2:7"),
    "a function in a block": (
        "configs:\n  A: |\n    one $eq(1\n      ${{$eq(1, $nope(1))}} and ${{$nope(1)}}\n",
        "function 4:17, function 4:36",
    ),
    "a function in a folded block": ("configs:\n  A: >-\n    one\n    ${{$eq(1,\n    $nope(1))}}\n", "function 5:5"),
    "a function on a second line": ("configs:\n  A: '${{$val(a)}}\n    and ${{$nope(1)}}'\n", "function 3:12"),
    "a function behind an escape": ('configs:\n  A: "\\u00e9${{$nope(1)}}"\n', "function 2:16"),
    "an unknown function in quotes": ("configs:\n  A: '${{$eq(1, $nope(2))}}'\n", "function 2:17"),
    "a function of Symphony's": ("configs:\n  A: ${{$and(true, false)}}\n", "function 2:9"),
    "too few arguments": ("configs:\n  A: ${{$if(true, 1)}}\n", "function 2:9"),
    "an include as a value": ("configs:\n  A: ${{$include(a/1.0.0)}}\n", "include 2:9"),
    "another expression as a key": ("configs:\n  ${{$val(a)}}: 1\n", "expression-key 2:3"),
    "an include that is not there": ("configs:\n  ${{$include(a/1.0.0)}}:\n", "missing-include 2:3"),
    "an include with a value": ("configs:\n  ${{$include(a/1.0.0)}}: 1\n", "include 2:27"),
    "no such property": ("configs:\n  A: ${{$property(b)}}\n  B: 1\n", "missing-property 2:19"),
    "properties in a circle": (
        "configs:\n  A: ${{$property(B)}}\n  B: ${{$property(A)}}\n",
        "cycle 2:6, cycle 3:6",
    ),
    "a function without braces": ("configs:\n  A: $val(B)\n", "no-braces 2:6"),
    "no such config template": ("configs:\n  A: ${{$config(c/1.0.0, K)}}\n", "missing-config 2:17"),
    "keys that differ in case": ("configs:\n  A: 1\n  a: 1\n", "casing 3:3"),
    "a dot in a key": ("configs:\n  A.B: 1\n", "dotted-key 2:3"),
    "keys in quotes, which are meant": ("configs:\n  A: 1\n  'a': 1\n  \"B.C\": 1\n", ""),
    "two versions of two numbers": (
        "metadata: {name: app, version: '1.0'}\nschema: {name: s, version: '1.0'}\nconfigs: {}\n",
        "version 1:32, missing-schema 2:9, version 2:28",
    ),
    "no configs": ("config: {}\n", "missing-key 1:1, unknown-key 1:1"),
    "configs that are a list": ("configs: [a]\n", "configs 1:10"),
    "a name that is too long": (
        f"metadata: {{name: {'a' * 70}, version: 1.0.0}}\nconfigs: {{}}\n",
        "solution-name 1:18",
    ),
    "no blank behind a colon": (
        f"{INJECTED}  - {{from: A, to:b}}\nconfigs: {{A: 1}}\n",
        "missing-blank 4:15",
    ),
    "no such key to inject": (
        f"{INJECTED}  - {{from: a, to: b}}\nconfigs: {{A: 1}}\n",
        "missing-property 4:12",
    ),
    "a dependency on nothing": (
        "dependencies: [{solutionTemplateVersion: 1.0}]\nconfigs: {}\n",
        "dependency 1:16, version 1:42",
    ),
    "a dependency on what is no template": (
        "dependencies:\n- {solutionTemplateId: /x/dep, configsToBeInjected: {from: A}}\nconfigs: {A: 1}\n",
        "dependency 2:24, dependency 2:53",
    ),
    "a config template without a version": ("configs:\n  A: ${{$config(c, K)}}\n", "reference 2:17"),
    "a comparison with a word": ("configs:\n  A: ${{$gt($val(B), high)}}\n", "function 2:22"),
    "the negation of a word": ("configs:\n  A: ${{$not(maybe)}}\n", "function 2:14"),
    "no range of addresses": (
        "configs:\n  A: ${{$cidr_contains(10.0.0.0/33, $val(B))}}\n",
        "function 2:24",
    ),
    "a key without a rule": (inline("{type: int}", "K: '${{$val(A)}}${{$val(B)}}'"), "no-rule 3:27"),
    "a rule that nothing reads": (inline("{type: int}", "K: 1"), "unused-rule 1:28"),
    "a rule without a type": (inline("{required: true}"), "rule-type 1:28"),
    "a type that there is not": (inline("{type: integer}"), "rule-type 1:38"),
    "a field that there is not": (inline("{type: int, managedBy: [IT]}"), "unknown-field 1:43"),
    "older spellings": (inline("{type: int, min_value: 1, editable_by: [OT]}"), "old-spelling 1:43, old-spelling 1:57"),
    "a field that was removed": (inline("{type: int, editableAt: [line]}"), "removed-field 1:43"),
    "the older layout": ("schema: {rules: {A: {type: int}}}\nconfigs: {K: '${{$val(A)}}'}\n", "old-layout 1:17"),
    "bounds the wrong way round": (inline("{type: int, minValue: 9, maxValue: 1}"), "rule-bounds 1:53"),
    "a bound that is no number": (inline("{type: int, minValue: a}"), "rule-field 1:53"),
    "a pattern for numbers": (inline("{type: int, pattern: a}"), "rule-field 1:52"),
    "a pattern with a lookahead": (inline("{type: string, pattern: '(?=a)'}"), "pattern 1:55"),
    "a default outside the bounds": (inline("{type: int, maxValue: 1, defaultValue: 2}"), "default 1:70"),
    "a default for an object": (inline("{type: object, defaultValue: {}}"), "rule-field 1:60"),
    "neither IT nor OT": (inline("{type: int, editableBy: [HR]}"), "rule-field 1:55"),
    "a check without braces": (inline("{type: int, expression: '$gt($val(A), 5)'}"), "check 1:55"),
    "a check of a key without a rule": (
        inline("{type: int, expression: '${{$gt($val(B), 5)}}'}"),
        "no-rule 1:68",
    ),
    "a check that fails without the flag": (
        inline("{type: boolean, expression: '${{$if($val(A), true, false)}}'}"),
        "fails-when-false 1:59",
    ),
    "a validation that is none": (
        "schema: {rules: {configs: {}}, validations: [a]}\nconfigs: {}\n",
        "validation 1:46",
    ),
    "an allowed value of another type": (inline("{type: int, allowedValues: [1, a]}"), "rule-field 1:62"),
    "a label that is no text": (inline("{type: int, label: 1}"), "rule-field 1:50"),
    "a rule inside a number": (
        "schema: {rules: {configs: {A: {type: int}, A.B: {type: int}}}}\nconfigs: {K: '${{$val(A)}}'}\n",
        "rule-inside 1:44",
    ),
    "rules that differ in case": (
        "schema: {rules: {configs: {A: {type: int}, a: {type: int}}}}\nconfigs: {K: '${{$val(A)}}${{$val(a)}}'}\n",
        "casing 1:44",
    ),
    "an ambiguous text": ("configs: {A: NO}\n", "ambiguous-scalar 1:14"),
    "no YAML": ("configs: [\n", "yaml-syntax 2:1"),
}
REGISTRY = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/contoso"
SPECIFICATIONS = {
    "no component": ("components: []", "specification 1:13"),
    "nothing in a component": ("components:\n- {}", "specification 2:3, specification 2:3"),
    "another type": ("components:\n- {name: a, type: yaml.k8s}", "specification 2:19"),
    "no chart": ("components:\n- {name: a, type: helm.v3}", "specification 2:3"),
    "a chart without a version": (
        "components:\n- {name: a, type: helm.v3, properties: {chart: {repo: r.azurecr.io/a}}}",
        "specification 2:48",
    ),
    "a timeout without a unit": (f"components:\n{COMPONENT % (', timeout: 5', '')}", "specification 2:101"),
    "wait as text": (f"components:\n{COMPONENT % (', wait: yes please', '')}", "specification 2:98"),
    "staged without images": (
        f"components:\n{COMPONENT % ('', ', staged: {acrResourceId: x}')}",
        "specification 2:101, staging 2:101, specification 2:117",
    ),
    "staged images that are none": (
        f"components:\n{COMPONENT % ('', ', staged: {acrResourceId: ' + REGISTRY + ', images: [a:1, a b]}')}",
        "staging 2:101, specification 2:224",
    ),
    "a key beside the components": (f"{GOOD}component: []\n", "unknown-key 3:1"),
    "two of one name": (f"components:\n{COMPONENT % ('', '')}\n{COMPONENT % ('', '')}", "specification 3:10"),
    "no such property": (
        "components:\n" + (COMPONENT % ("", "")).replace("name: a", "name: '${{$property(B)}}'"),
        "missing-property 2:14",
    ),
    "a key that there is not": (f"components:\n{COMPONENT % (', waits: true', '')}", "unknown-key 2:92"),
}


def found(folder: Path) -> str:
    """Return code, line and column of every problem."""
    return ", ".join(f"{p.code} {p.origin.line}:{p.origin.column}" for p in lint_folders([folder]).problems)


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_s_problems(tmp_path: Path, name: str) -> None:
    """Each is found, where it stands, and nothing else."""
    text, expected = TEMPLATES[name]
    write_tree(tmp_path, {"template.yaml": text, "specification.yaml": GOOD})
    assert found(tmp_path) == expected


@pytest.mark.parametrize("name", SPECIFICATIONS)
def test_a_specification_s_problems(tmp_path: Path, name: str) -> None:
    """Each is found, where it stands, and nothing else."""
    text, expected = SPECIFICATIONS[name]
    write_tree(tmp_path, {"template.yaml": "configs: {A: 1}\n", "specification.yaml": text})
    assert found(tmp_path) == expected


def test_a_template_of_too_many_values_is_not_read_to_its_end(tmp_path: Path) -> None:
    """Refused at the value that is one too many: keys count, and those of a mapping with it."""
    write_tree(tmp_path, {"template.yaml": "configs:\n" + "".join(f"  k{n}: 1\n" for n in range(MOST_VALUES))})
    assert found(tmp_path) == f"yaml-too-big {MOST_VALUES // 2}:11"


def test_the_hint_says_where_a_parenthesis_belongs(tmp_path: Path) -> None:
    """The mistake stands in Microsoft's own examples."""
    write_tree(tmp_path, {"template.yaml": TEMPLATES["a misplaced parenthesis"][0]})
    (problem,) = lint_folders([tmp_path]).problems
    assert problem.hint == "the parenthesis of $le closes too early: move it behind '120'"


def test_an_injection_into_another_casing_is_found(tmp_path: Path) -> None:
    """The parent's key is looked up when its folder is given, too."""
    injected = f"dependencies: [{{solutionTemplateId: {PARENT}, configsToBeInjected: [{{from: A, to: deps}}]}}]\n"
    write_tree(
        tmp_path,
        {
            "child/template.yaml": f"{injected}configs: {{A: 1}}\n",
            "parent/template.yaml": "configs: {Deps: []}\n",
        },
    )
    (problem,) = lint_folders([tmp_path / "child", tmp_path / "parent"]).problems
    assert (problem.code, problem.origin.column, problem.hint) == ("missing-property", 159, "did you mean Deps?")


@pytest.mark.parametrize(("key", "problems"), [("[]", 0), ("null", 0), ("[a]", 1), ("text", 1), ("'${{$val(D)}}'", 1)])
def test_what_receives_an_injection_is_an_empty_list(tmp_path: Path, key: str, problems: int) -> None:
    """Or null: what is injected replaces it, and whatever else stands there would be lost."""
    injected = f"dependencies: [{{solutionTemplateId: {PARENT}, configsToBeInjected: [{{from: A, to: D.E}}]}}]\n"
    write_tree(
        tmp_path,
        {
            "child/template.yaml": f"{injected}configs: {{A: 1}}\n",
            "parent/template.yaml": f"configs: {{D: {{E: {key}}}}}\n",
        },
    )
    found = lint_folders([tmp_path / "child", tmp_path / "parent"]).problems
    assert [problem.code for problem in found] == ["dependency"] * problems


def test_a_fleet_s_templates_know_each_other() -> None:
    """The example is without problems, all templates together."""
    assert lint_folders([CONTOSO]).problems == ()


def test_a_folder_of_nothing_is_refused(tmp_path: Path) -> None:
    """With what would do."""
    with pytest.raises(UsageError, match="there is no"):
        lint_folders([tmp_path / "nowhere"])


FIXED = {
    "in blocks": (
        "# ours\nrules:\n  A:  # first\n    type: int\n    min_value: 1\n  B:\n"
        "    type: string\n    editable_by: [OT]\n",
        "# ours\nrules:\n  configs:\n    A:  # first\n      type: int\n      minValue: 1\n    B:\n"
        "      type: string\n      editableBy: [OT]\n",
    ),
    "in braces": (
        "rules: {A: {type: int, max_value: 2}}\r\n",
        "rules: {configs: {A: {type: int, maxValue: 2}}}\r\n",
    ),
    "in today's layout": (
        "rules:\n  configs:\n    A: {type: int, min_value: 1}\n",
        "rules:\n  configs:\n    A: {type: int, minValue: 1}\n",
    ),
    "behind characters of several bytes": (
        "# Größe 🏭\nrules:\n  configs:\n    Größe: {type: int, min_value: 1}\n",
        "# Größe 🏭\nrules:\n  configs:\n    Größe: {type: int, minValue: 1}\n",
    ),
    "a rule that stands for two": (
        "rules: {configs: {A: &a {type: int, min_value: 1}, B: *a}}\n",
        "rules: {configs: {A: &a {type: int, minValue: 1}, B: *a}}\n",
    ),
    "in a template": (
        "schema:\n  rules:\n    A: {type: int}\nconfigs: {K: '${{$val(A)}}'}\n",
        "schema:\n  rules:\n    configs:\n      A: {type: int}\nconfigs: {K: '${{$val(A)}}'}\n",
    ),
    "rules among others": (
        "rules:\n  A: {type: int}\n  validations: []\n",
        "rules:\n  A: {type: int}\n  validations: []\n",
    ),
    "both spellings": (
        "rules: {configs: {A: {type: int, minValue: 1, min_value: 2}}}\n",
        "rules: {configs: {A: {type: int, minValue: 1, min_value: 2}}}\n",
    ),
}


@pytest.mark.parametrize("name", FIXED)
def test_older_spellings_are_rewritten(tmp_path: Path, name: str) -> None:
    """Comments, order and everything else stay; a second time there is nothing to do."""
    before, after = FIXED[name]
    file = tmp_path / ("template.yaml" if "template" in name else "schema.yaml")
    file.write_bytes(before.encode())

    report = lint_folders([tmp_path], fix=True)

    assert file.read_bytes().decode() == after
    assert report.fixed == ((str(file),) if before != after else ())
    assert lint_folders([tmp_path], fix=True).fixed == ()
