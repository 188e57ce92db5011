"""The sandbox's resolution of schemas, templates and layered values."""

from __future__ import annotations

from typing import Any

import pytest

from orchestration.sandbox.arm.resolve import Library, Resolution, Template, resolve
from orchestration.sandbox.arm.resolve_functions import ExpressionError
from orchestration.sandbox.arm.resolve_values import Layer
from orchestration.sandbox.arm.resolve_yaml import TextError, load, load_mapping

TARGET = {
    "id": "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Edge/targets/line01",
    "name": "line01",
    "location": "eastus2",
    "properties": {"displayName": "Line 1", "hierarchyLevel": "line"},
}
LEVELS = ("line", "factory", "country")


def layers(**values: str) -> tuple[Layer, ...]:
    """Return the values of line, factory and country as layers, the nearest first."""
    return tuple(Layer(level, load(values.get(level, "{}"))) for level in LEVELS)


def run(configs: str, rules: str = "{}", library: Library | None = None, **values: str) -> Resolution:
    """Resolve `configs` with an inline schema and the values of each level."""
    text = f"schema:\n  rules:\n    configs: {rules}\nconfigs:\n" + "".join(
        f"  {line}\n" for line in configs.splitlines()
    )
    return resolve(Template("app/1.0.0", text, layers(**values)), library or Library(), TARGET)


def value(configs: str, rules: str = "{}", library: Library | None = None, **values: str) -> Any:
    """Resolve the one key of `configs` and return its value; there must be no problem."""
    result = run(configs, rules, library, **values)
    assert result.problems == ()
    (found,) = result.values.values()
    return found


def problems(configs: str, rules: str = "{}", library: Library | None = None, **values: str) -> list[str]:
    """Resolve and return what is wrong, as text."""
    return [str(problem) for problem in run(configs, rules, library, **values).problems]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"line": "T: 72"}, 72),
        ({"factory": "T: 60", "line": "T: 72"}, 72),
        ({"country": "T: 50", "factory": "T: 60"}, 60),
        ({"country": "T: 50", "line": "T: null"}, 50),
    ],
)
def test_the_lowest_level_that_sets_a_value_wins(values: dict[str, str], expected: int) -> None:
    """A value is looked for from the target upwards, a null being none."""
    assert value("T: ${{$val(T)}}", "{T: {type: int}}", **values) == expected


def test_a_default_stands_in_for_no_value() -> None:
    """Without a value the schema's default counts."""
    assert value("T: ${{$val(T)}}", "{T: {type: int, defaultValue: 40}}") == 40


def test_a_required_key_without_value_is_named_with_the_nodes_that_were_asked() -> None:
    """A required key without value and default is an error."""
    assert problems("T: ${{$val(T)}}", "{T: {type: int, required: true}}") == [
        "T: is required and has neither a default nor a value at line, factory, country"
    ]


def test_an_optional_key_without_value_is_null() -> None:
    """A key that is neither set nor required resolves to null."""
    assert value("T: ${{$val(T)}}", "{T: {type: int}}") is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A: Health Check Monitor For + ${{$val(F)}} + Factory", "Health Check Monitor For Contoso Factory"),
        ("A: ${{$val(F)}}+/demo", "Contoso/demo"),
        ("A: ${{$val(F)}} + ${{$val(N)}}", "Contoso 7"),
        ("A: C++ + ${{$val(F)}}", "C++ Contoso"),
        ("A: at-${{$val(F)}}-${{$val(N)}}", "at-Contoso-7"),
        ("A: 1 + 1", "1 + 1"),
    ],
)
def test_a_plus_beside_an_expression_joins(text: str, expected: str) -> None:
    """A plus sign joins text and expressions, with one blank where blanks stood."""
    assert value(text, line="{F: Contoso, N: 7}") == expected


@pytest.mark.parametrize(("given", "expected"), [(72, "RED"), (50, "GREEN"), (10, "GREEN")])
def test_if_with_a_comparison(given: int, expected: str) -> None:
    """`$if` picks by a comparison; literals need no quotes."""
    assert value("L: ${{$if($gt($val(T), 50),RED,GREEN)}}", line=f"T: {given}") == expected


@pytest.mark.parametrize(("given", "expected"), [("value", "equal"), ("x", "notEqual")])
def test_if_with_equality(given: str, expected: str) -> None:
    """`$eq` compares with an unquoted word."""
    assert value("M: ${{$if($eq($val(k), value), equal, notEqual)}}", line=f"k: {given}") == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [("name", "line01"), ("id", TARGET["id"]), ("displayName", "Line 1"), ("properties.hierarchyLevel", "line")],
)
def test_target_reads_arm_properties(name: str, expected: str) -> None:
    """`$target` reads any ARM property of the target."""
    assert value(f"N: ${{{{$target({name})}}}}") == expected


def test_target_without_such_a_property() -> None:
    """`$target` of what the target does not have is an error."""
    assert problems("N: ${{$target(colour)}}") == ["N: $target(colour): there is no such property"]


COMMON = """
schema: {rules: {configs: {Sql: {type: string, required: true}}}}
configs: {Sql: '${{$val(Sql)}}', Deep: {Port: 8883}}
"""


@pytest.mark.parametrize(
    ("values", "expected"),
    [({"factory": "Sql: sql-f", "line": "Sql: sql-l"}, "sql-l"), ({"factory": "Sql: sql-f"}, "sql-f")],
)
def test_config_reads_a_config_template_lowest_level_first(values: dict[str, str], expected: str) -> None:
    """`$config` takes a config template's value from the nearest linked node."""
    library = Library(config=lambda reference: Template(reference, COMMON, layers(**values)))

    assert value("S: ${{$config(commonConfig/1.0.0, Sql)}}", library=library) == expected


def test_config_without_a_path_is_the_whole_document() -> None:
    """`$config` with a reference alone gives all of the config template."""
    library = Library(config=lambda reference: Template(reference, COMMON, layers(line="Sql: x")))

    assert value("S: ${{$config(commonConfig/1.0.0)}}", library=library) == {"Sql": "x", "Deep": {"Port": 8883}}


def test_config_names_the_key_of_the_config_template_that_has_no_value() -> None:
    """A required key of a config template is reported with both templates' keys."""
    library = Library(config=lambda reference: Template(reference, COMMON, layers()))

    assert problems("S: ${{$config(commonConfig/1.0.0, Sql)}}", library=library) == [
        "S: commonConfig/1.0.0: Sql: is required and has neither a default nor a value at line, factory, country"
    ]


def test_config_checks_only_the_keys_that_are_read() -> None:
    """A key that is not read may lack its value."""
    library = Library(config=lambda reference: Template(reference, COMMON, layers()))

    assert value("P: ${{$config(commonConfig/1.0.0, Deep.Port)}}", library=library) == 8883


@pytest.mark.parametrize(
    ("library", "message"),
    [
        (Library(), "S: config template commonConfig/1.0.0 does not exist"),
        (
            Library(config=lambda reference: Template(reference, COMMON)),
            "S: commonConfig/1.0.0: $property(Nope): `configs` has no such key",
        ),
        (
            Library(
                config=lambda reference: Template(
                    reference, "configs: {Nope: '${{$config(commonConfig/1.0.0, Nope)}}'}"
                )
            ),
            "S: commonConfig/1.0.0: $config goes round in a circle: commonConfig/1.0.0 -> commonConfig/1.0.0",
        ),
    ],
)
def test_config_that_cannot_be_had(library: Library, message: str) -> None:
    """A config template that is absent, has no such key or needs itself is an error at the key that reads it."""
    assert problems("S: ${{$config(commonConfig/1.0.0, Nope)}}", library=library) == [message]


def test_config_that_the_target_may_not_read() -> None:
    """What the library raises is a problem of the key."""

    def refuse(reference: str) -> Template | None:
        raise ExpressionError(f"{reference} is not linked")

    assert problems("S: ${{$config(c/1.0.0)}}", library=Library(config=refuse)) == ["S: c/1.0.0 is not linked"]


LOGS = """
configs:
  LogSettings: {LogOutput: {EnableConsole: "${{$val(Console)}}", EnableCache: false}}
  SupportedHttpMethods: [GET, POST]
"""


@pytest.mark.parametrize(
    ("section", "keys"),
    [("", ["App", "LogSettings", "SupportedHttpMethods"]), (", LogSettings", ["App", "LogSettings"])],
)
def test_include_puts_keys_beside_the_others(section: str, keys: list[str]) -> None:
    """A template include brings all keys or one section, its expressions worked out in the including template."""
    library = Library(include={"LogSettingsConfig/1.0.0": LOGS}.get)
    result = run(f"App: x\n${{{{$include(LogSettingsConfig/1.0.0{section})}}}}:", library=library, line="Console: true")

    assert list(result.values) == keys
    assert result.values["LogSettings"] == {"LogOutput": {"EnableConsole": True, "EnableCache": False}}


def test_schema_include_with_a_section_brings_only_its_rules() -> None:
    """A schema include with a section brings the rules of that key and those below it."""
    included = "rules: {configs: {LogSettings.Level: {type: string}, Other: {type: int, required: true}}}"
    library = Library(schema={"logs/1.0.0": included}.get)
    rules = "\n      ${{$include(logs/1.0.0, LogSettings)}}:\n      A: {type: int}"

    assert problems("L: ${{$val(LogSettings.Level)}}", rules, library, line="LogSettings: {Level: 5}") == [
        "LogSettings.Level: 5 is not of type string"
    ]


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        ({}, "app/1.0.0: $include(a/1.0.0): it does not exist"),
        (
            {"a/1.0.0": "configs: {'${{$include(a/1.0.0)}}': }"},
            "app/1.0.0: $include goes round in a circle: a/1.0.0 -> a/1.0.0",
        ),
        ({"a/1.0.0": "configs: {X: 1}"}, "app/1.0.0: ${{$include(a/1.0.0)}} brings in X, which is there already"),
    ],
)
def test_include_that_cannot_be_had(texts: dict[str, str], message: str) -> None:
    """An include that is absent, includes itself or clashes is an error."""
    assert problems("X: 1\n${{$include(a/1.0.0)}}:", library=Library(include=texts.get)) == [message]


def test_property_reads_another_key() -> None:
    """`$property` reads a nested key of the same template, resolved."""
    result = run("X: ${{$property(B.C)}}\nY: ${{$property(B)}}\nB: {C: '${{$val(T)}}'}", line="T: 7")

    assert result.values == {"X": 7, "Y": {"C": 7}, "B": {"C": 7}}


@pytest.mark.parametrize(
    "text", ["A: ${{$property(A)}}", "A: ${{$property(B)}}\nB: ${{$property(A)}}", "A: {B: '${{$property(A)}}'}"]
)
def test_property_in_a_circle(text: str) -> None:
    """Keys that need each other are an error, not an endless run."""
    assert any("goes round in a circle" in problem for problem in problems(text))


def test_a_default_in_a_circle() -> None:
    """A default that needs its own key is an error."""
    assert problems("A: ${{$val(A)}}", "{A: {type: int, defaultValue: '${{$val(A)}}'}}") == [
        "A: the default of A goes round in a circle"
    ]


@pytest.mark.parametrize(
    ("rule", "values", "holds"),
    [
        ("{E: {type: int, expression: '${{ $gt($val(E), 5) }}'}}", "E: 4", False),
        ("{E: {type: int, expression: '${{ $gt($val(E), 5) }}'}}", "E: 5", False),
        ("{E: {type: int, expression: '${{ $gt($val(E), 5) }}'}}", "E: 6", True),
        ("{E: {type: int, expression: '${{ $gt($val(E), 5) }}'}}", "{}", True),
        ("{E: {type: float, expression: '${{ $le($val(E), $val(Limit)) }}'}}", "{E: 10, Limit: 12}", True),
        ("{E: {type: float, expression: '${{ $le($val(E), $val(Limit)) }}'}}", "{E: 13, Limit: 12}", False),
        (
            """{E: {type: string, expression: '${{ $cidr_contains("192.168.1.0/24", $val(E)) }}'}}""",
            "E: 192.168.1.77",
            True,
        ),
        (
            """{E: {type: string, expression: '${{ $cidr_contains("192.168.1.0/24", $val(E)) }}'}}""",
            "E: 192.168.2.1",
            False,
        ),
    ],
)
def test_the_expression_of_a_rule(rule: str, values: str, *, holds: bool) -> None:
    """A rule's own expression must come out true, unless it compares the null of its own key."""
    assert (problems("K: ${{$val(E)}}", rule, line=values) == []) == holds


@pytest.mark.parametrize(
    ("flag", "endpoint", "holds"),
    [("true", "''", False), ("true", "http://x", True), ("false", "''", False), ("true", "null", False)],
)
def test_a_conditional_expression_of_a_rule(flag: str, endpoint: str, *, holds: bool) -> None:
    """An endpoint may be asked for only when a flag is set; as documented the check fails without the flag."""
    rule = "{E: {type: string, expression: '${{ $if($val(Flag), $not($empty($val(E))), false) }}'}}"

    assert (problems("K: ${{$val(E)}}", rule, line=f"{{Flag: {flag}, E: {endpoint}}}") == []) == holds


@pytest.mark.parametrize("place", ["top list", "top mapping", "under rules"])
@pytest.mark.parametrize(("values", "holds"), [("{A: true, B: true}", False), ("{A: true, B: false}", True)])
def test_validations_over_the_whole(place: str, values: str, *, holds: bool) -> None:
    """Validations are read wherever the documentation shows them."""
    check = "expression: '${{ $any($not($val(A)), $not($val(B))) }}'"
    section = {
        "top list": f"{{rules: {{configs: {{}}}}, validations: [{{{check}}}]}}",
        "top mapping": f"{{rules: {{configs: {{}}}}, validations: {{{check}}}}}",
        "under rules": f"{{rules: {{configs: {{}}, validations: [{{{check}}}]}}}}",
    }[place]
    result = resolve(Template("app/1.0.0", f"schema: {section}\nconfigs: {{}}", layers(line=values)), Library(), TARGET)

    assert (result.problems == ()) == holds


@pytest.mark.parametrize(
    ("values", "expected"), [("LocalConnectedRegistryIP: 10.96.0.50", "10.96.0.50/demo"), ("{}", None)]
)
def test_connected_registry(values: str, expected: str | None) -> None:
    """The registry's address comes from the target's values, and is missed when it is not there."""
    result = run("R: ${{$connectedRegistryIP()}}+/demo", line=values)

    assert result.values["R"] == expected
    assert (result.problems == ()) == (expected is not None)


@pytest.mark.parametrize(
    ("rule", "given", "holds"),
    [
        ("{type: int, minValue: 1, maxValue: 120}", "0", False),
        ("{type: int, minValue: 1, maxValue: 120}", "1", True),
        ("{type: int, minValue: 1, maxValue: 120}", "120", True),
        ("{type: int, minValue: 1, maxValue: 120}", "121", False),
        ("{type: int, minValue: 1, maxValue: 120}", "abc", False),
        ("{type: int, min_value: 1}", "0", False),
        ("{type: int}", "true", False),
        ("{type: int}", "1.5", False),
        ("{type: float}", "1", True),
        ("{type: string, allowedValues: [a, b], disallowedValues: [c]}", "a", True),
        ("{type: string, allowedValues: [a, b], disallowedValues: [c]}", "c", False),
        ("{type: string, allowedValues: [a, b], disallowedValues: [c]}", "d", False),
        ("{type: string, pattern: '^[a-z]+$'}", "abc", True),
        ("{type: string, pattern: '^[a-z]+$'}", "ABC", False),
        ("{type: string}", "NO", True),
        ("{type: boolean}", "NO", False),
        ("{type: 'array[string]'}", "[GET, POST]", True),
        ("{type: 'array[string]'}", "GET", False),
        ("{type: 'array[int]'}", "[1, x]", False),
        ("{type: object}", "{a: 1}", True),
        ("{type: object}", "[a]", False),
    ],
)
def test_what_a_rule_lets_pass(rule: str, given: str, *, holds: bool) -> None:
    """Types, bounds, patterns and lists of values are checked."""
    assert (problems("K: ${{$val(K)}}", f"{{K: {rule}}}", line=f"K: {given}") == []) == holds


def test_dotted_rules_match_nested_values() -> None:
    """A dotted key of a schema is a nested key of the values, or the same dotted key."""
    rules = "{LogSettings.Level: {type: string, required: true}}"

    assert value("L: ${{$val(LogSettings.Level)}}", rules, line="LogSettings: {Level: info}") == "info"
    assert value("L: ${{$val(LogSettings.Level)}}", rules, line="LogSettings.Level: info") == "info"


def test_an_object_is_put_together_key_by_key() -> None:
    """Nested values of several levels and defaults make one object, lists replaced whole."""
    rules = "{O.D: {type: int, defaultValue: 9}, O.A: {type: int}}"
    values = {"country": "O: {A: 1, B: {C: 1, D: 1}, L: [1, 2]}", "line": "O: {B: {C: 2}, L: [3]}"}

    assert value("O: ${{$val(O)}}", rules, **values) == {"D": 9, "A": 1, "B": {"C": 2, "D": 1}, "L": [3]}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("${{$between(20, 10, 100)}}", True),
        ("${{$between(5, 10, 100)}}", False),
        ("${{$ge(2, 2)}}", True),
        ("${{$lt(2, 2)}}", False),
        ("${{$eq(1, 1.0)}}", True),
        ("${{$not(false)}}", True),
        ("${{$if(true, two words, x)}}", "two words"),
        ("""${{ "a, b" + 'c' }}""", "a, bc"),
        ("${{ 1 + 2 }}", 3),
    ],
)
def test_functions(text: str, expected: Any) -> None:
    """Functions keep the types of what they return."""
    found = value(f"K: {text!r}" if '"' not in text else f"K: >-\n  {text}")

    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("${{ $le($val(f)), 120}}", "', 120' is left over"[1:]),
        ("${{$nope(1)}}", "$nope is not a function that the sandbox knows"),
        ("${{$val()}}", "$val takes 1 arguments, not 0"),
        ("${{$gt(a, 1)}}", "a comparison needs numbers and was given 'a'"),
        ("${{$val(a)", "${{ without }}"),
        ("${{$val(a}}", "a closing parenthesis is missing"),
        ("${{}}", "something is missing"),
        ("${{$val}}", "'$val' is neither a call nor a literal"),
    ],
)
def test_expressions_that_cannot_be_worked_out(text: str, message: str) -> None:
    """A mistake in an expression is reported at its key."""
    (problem,) = problems(f"K: '{text}'", line="f: 1")

    assert problem.startswith("K: ")
    assert message in problem


def test_every_problem_is_reported_at_once() -> None:
    """One run names every key that is wrong."""
    rules = "{A: {type: int, required: true}, B: {type: int, maxValue: 5}}"

    assert [p.split(":")[0] for p in problems("X: ${{$nope()}}\nA: ${{$val(A)}}", rules, line="B: 7")] == [
        "X",
        "A",
        "B",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "configs: [",
        "configs: [a]",
        "- a",
        "configs: {a: &x 1, b: *x}",
        "configs: {a: 1, a: 2}",
        "schema: {name: s}\nconfigs: {}",
        "schema: {name: s, version: 1.0.0}\nconfigs: {}",
        "schema: {rules: {configs: {A: {type: nothing}}}}\nconfigs: {}",
        "schema: {rules: {configs: {A: 1}}}\nconfigs: {}",
        "configs: {'${{$val(a)}}': 1}",
    ],
)
def test_documents_that_cannot_be_read(text: str) -> None:
    """A broken document is a problem of the template, not an exception."""
    (problem,) = resolve(Template("app/1.0.0", text), Library(), TARGET).problems

    assert problem.key == "app/1.0.0"


def test_deep_references_are_refused() -> None:
    """Keys that refer to each other by the thousand are a problem, not a crash."""
    chain = "\n".join(f"K{n}: ${{{{$property(K{n + 1})}}}}" for n in range(2000))

    assert problems(chain)


def twice(call: str) -> str:
    """Return `configs` whose keys A and B join a call for each of A and B of what comes next."""
    both = "".join(f"${{{{${call % key}}}}}" for key in "AB")
    return f"configs: {{A: '{both}', B: '{both}'}}"


def keys_that_double(form: str) -> str:
    """Return a template each of whose keys names the next one twice."""
    return "configs:\n" + "".join(f"  K{n}: {form.replace('NEXT', f'K{n + 1}')}\n" for n in range(60)) + "  K60: x\n"


INCLUDES = "configs: {a: {'${{$include(iN)}}': }, b: {'${{$include(iN)}}': }}"
CONFIGS = {f"c{n}": twice(f"config(c{n + 1}, %s)") for n in range(60)} | {"c60": "configs: {A: x, B: y}"}


@pytest.mark.parametrize(
    "text",
    [
        keys_that_double("${{$property(NEXT)}}${{$property(NEXT)}}"),
        keys_that_double("['${{$property(NEXT)}}', '${{$property(NEXT)}}']"),
        INCLUDES.replace("N", "0"),
        twice("config(c0, %s)"),
    ],
    ids=["texts", "lists", "includes", "config templates"],
)
def test_what_doubles_at_every_step_is_refused(text: str) -> None:
    """A few lines do not stand for more than can be held."""
    includes = {f"i{n}": INCLUDES.replace("N", str(n + 1)) for n in range(60)} | {"i60": "configs: {x: 1}"}
    library = Library(
        include=includes.get, config=lambda name: Template(name, CONFIGS[name], ()) if name in CONFIGS else None
    )

    found = resolve(Template("app/1.0.0", text), library, TARGET).problems

    assert any("more than 2000000 characters" in problem.message for problem in found)


def test_values_are_not_evaluated() -> None:
    """An expression that a user typed as a value stays text."""
    assert value("A: ${{$val(A)}}", line="A: '${{$target(id)}}'") == "${{$target(id)}}"


def test_a_literal_of_the_template_serves_as_value() -> None:
    """`$val` falls back to what the template itself writes at the key."""
    assert run("A: 5\nB: ${{$val(A)}}", "{A: {type: int, defaultValue: 9}}").values["B"] == 5


@pytest.mark.parametrize(
    "text",
    [
        "A: !!binary aGk=",
        "A: !!set {a}",
        "A: !!timestamp 2026-01-01",
        "A: .inf",
        "A: .nan",
        "A: 1e999",
        "A: !!bool x",
        "A: !!map [1]",
        r'A: "\ud800"',
        r'"\ud800": 1',
        f"A: {'9' * 301}",
    ],
)
def test_what_json_cannot_carry_is_no_value(text: str) -> None:
    """Values become JSON: other tags, infinities and halves of characters are refused as they are read."""
    with pytest.raises(TextError):
        load(text)


@pytest.mark.parametrize("name", ["allowedValues", "disallowedValues"])
def test_a_rule_with_a_value_for_a_list_is_no_rule(name: str) -> None:
    """It is told as a mistake of the schema's."""
    found = problems("T: ${{$val(T)}}", f"{{T: {{type: int, {name}: 5, defaultValue: 5}}}}")

    assert found == [f"app/1.0.0: the rule of T has {name} 5, which is no list"]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (f"$gt({'9' * 40}, {'9' * 39}8)", [True]),
        (f"$gt({'9' * 400}, 1)", ["is longer than the 300 digits"]),
        (f"1.5 + {'9' * 301}", ["is longer than the 300 digits"]),
    ],
    ids=["compared exactly", "too long", "too long to add"],
)
def test_large_numbers_are_exact_or_refused(expression: str, expected: list[Any]) -> None:
    """A comparison does not round; what no double holds is a problem, not a crash."""
    result = run(f"A: ${{{{{expression}}}}}")

    if result.problems:
        assert all(part in str(result.problems[0]) for part in expected)
    else:
        assert list(result.values.values()) == expected


def test_a_pattern_is_matched_in_time() -> None:
    """An expression over which others would brood for years is answered; one that cannot be used is a problem."""
    rule = "{T: {type: string, pattern: '%s', defaultValue: '%s!'}}"

    assert "does not match the pattern" in problems("T: ${{$val(T)}}", rule % ("^(a+)+$", "a" * 60))[0]
    assert "cannot be used" in problems("T: ${{$val(T)}}", rule % ("(?=a)", "a"))[0]
    assert "cannot be used" in problems("T: ${{$val(T)}}", rule % ("[", "a"))[0]


def test_a_text_that_is_read_twice_is_not_shared() -> None:
    """Changing what was read leaves the next reader's alone."""
    load_mapping("A: {B: []}")["A"]["B"].append(1)

    assert load_mapping("A: {B: []}") == {"A": {"B": []}}
