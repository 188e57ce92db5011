"""Whatever a document holds: it is read and resolved, or told what is wrong with it, soon."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from orchestration.fleet.reader import read_bytes
from orchestration.fleet.tree import Node
from orchestration.solutions.language import Configured, Documents, Layer, Situation, Template, resolve, settings_tree
from orchestration.solutions.language.expression import BadExpression, Call, Expression, Joined, Literal, calls, parse
from orchestration.solutions.language.lint import Version, lint
from orchestration.solutions.language.schema import FIELDS

WRITTEN = {
    *FIELDS, "metadata", "name", "version", "schema", "rules", "configs", "validations", "dependencies", "from", "to",
    "solutionTemplateId", "configsToBeInjected", "components", "properties", "chart", "repo", "staged", "images",
    "A", "B.C", "${{$include(a/1.0.0)}}",
}  # fmt: skip
QUICK = settings(max_examples=60, deadline=None)
PIECES = st.sampled_from(
    ["${{", "}}", "$val(", "$if(", "$", "(", ")", ",", "+", " ", '"', "'", "a", "A.b", "12", "1.5", "}", "{", "\n", "é"]
)
WORDS = st.from_regex(r"[A-Za-z][A-Za-z0-9_.-]{0,8}( [A-Za-z0-9]{1,4})?", fullmatch=True).filter(
    lambda word: word not in ("true", "false", "null")
)
LITERALS = WORDS | st.integers(-99, 99).map(str)
CALLS = st.recursive(
    LITERALS,
    lambda inner: st.builds(
        lambda name, arguments, blank: f"${name}({(',' + blank).join(arguments)})",
        st.sampled_from(["val", "if", "eq", "not", "other"]),
        st.lists(inner, max_size=3),
        st.sampled_from(["", " ", "\n"]),
    ),
    max_leaves=12,
)


def written(expression: Expression) -> str:
    """Return an expression inside the braces as text."""
    if isinstance(expression, Literal):
        return expression.text
    if isinstance(expression, Joined):
        return "+".join(map(written, expression.parts))
    return f"${expression.name}({','.join(map(written, expression.arguments))})"


def resolved(text: str, others: Mapping[str, str] | None = None, values: Any = None) -> tuple[Any, list[str]]:
    """Resolve a document; return its values and the codes of its problems."""
    roots = {name: tree(other) for name, other in (others or {}).items()}
    documents = Documents(roots.get, roots.get)
    layers = (Layer("line", settings_tree(tree(yaml.safe_dump(values or {})), "line")),)

    def config(reference: str) -> Configured | None:
        return Configured(Template(reference, roots[reference], documents), ()) if reference in roots else None

    found = resolve(Template("app/1.0.0", tree(text), documents), Situation({"name": "line01"}, layers, config))
    return found.values, [problem.code for problem in found.problems]


def tree(text: str) -> Node:
    root, problems = read_bytes(text.encode(), "case.yaml", strict=False)
    assert root is not None and problems == []
    return root


@QUICK
@given(st.lists(PIECES, max_size=14).map("".join))
@example("${{ $le($val(f)), 120}}")
@example("${{" + "$not(" * 5000)
def test_any_text_is_an_expression_or_says_where_it_is_not(text: str) -> None:
    """The place is one of the text's, and what is found stands where it says."""
    try:
        found = parse(text)
    except BadExpression as error:
        assert 0 <= error.at <= len(text)
        assert str(error)
    else:
        assert all(text.startswith(f"${call.name}", call.at) for call in calls(found))


@QUICK
@given(CALLS)
def test_what_is_written_is_what_is_read(text: str) -> None:
    """Calls, arguments and literals come back in their order, whatever blanks stand between them."""
    found = parse(f"${{{{ {text} }}}}")

    assert isinstance(found, Literal | Call)
    assert written(found).replace("\n", "") == text.replace(", ", ",").replace(",\n", ",").replace("\n", "")


@QUICK
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-9, 9) | st.lists(PIECES, max_size=8).map("".join),
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["A", "B", "A.B", "C"]), inner, max_size=3)
        ),
        max_leaves=10,
    ),
    st.dictionaries(st.sampled_from(["A", "B", "A.B"]), st.none() | st.integers(-9, 9) | st.text(max_size=3)),
)
def test_any_document_is_resolved_or_has_problems(configs: Any, values: Any) -> None:
    """Nothing else is raised, and without problems every key of `configs` has a value."""
    text = yaml.safe_dump({"configs": {"K": configs}})
    root, problems = read_bytes(text.encode(), "case.yaml", strict=False)
    if root is None or problems:
        return
    found, wrong = resolved(text, values=values)
    assert wrong or set(found) == {"K"}


@QUICK
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-9, 9) | st.lists(PIECES, max_size=6).map("".join),
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(sorted(WRITTEN)), inner, max_size=5)
        ),
        max_leaves=25,
    )
)
@example({"schema": {"rules": {"configs": {"A": {"type": "int", "minValue": [], "editableBy": {}, "pattern": {}}}}}})
@example({"dependencies": [{"configsToBeInjected": [{"from": {}}, []], "solutionTemplateId": []}, 1]})
@example({"components": [{"name": {}, "type": "helm.v3", "properties": {"chart": [], "staged": 1}}]})
def test_any_document_is_linted(document: Any) -> None:
    """As a template, a schema and a specification at once, nothing is raised and every problem has a place."""
    root, problems = read_bytes(yaml.safe_dump(document).encode(), "case.yaml", strict=False)
    if root is None or problems:
        return
    found = lint([Version("app", "1.0.0", ".", True, root, root, root)])
    assert all(problem.origin.line and problem.message for problem in found)


def doubling(function: str, count: int) -> str:
    lines = [f"K{n}: ['{function % (n + 1)}', '{function % (n + 1)}']" for n in range(count)]
    return "configs:\n  " + "\n  ".join([*lines, f"K{count}: x"])


def read_twice(n: int) -> str:
    both = f"${{{{$config(c{n}/1.0.0, A)}}}}${{{{$config(c{n}/1.0.0, B)}}}}"
    return f"configs: {{A: '{both}', B: '{both}'}}"


INCLUDED = "{'${{$include(NEXT)}}': }"
TIMES_SIX = "configs: {" + ", ".join(f"{key}: {INCLUDED}" for key in "abcdef") + "}"
INCLUDES = {f"i{n}/1.0.0": TIMES_SIX.replace("NEXT", f"i{n + 1}/1.0.0") for n in range(8)}
INCLUDES["i8/1.0.0"] = "configs: {x: 1}"
HOSTILE = {
    "objects that double": (doubling("${{$property(K%s)}}", 60), {}, "too-large"),
    "includes that multiply": ("configs: {'${{$include(i0/1.0.0)}}': }", INCLUDES, "too-large"),
    "a long chain": (
        "configs:\n" + "\n".join(f"  K{n}: ${{{{$property(K{n + 1})}}}}" for n in range(5000)),
        {},
        "too-deep",
    ),
    "a deep path": ("configs: {A: '${{$property(" + "a." * 9000 + "a)}}'}", {}, "expression"),
    "an endless expression": ("configs: {A: '${{" + "$not(" * 9000 + "}}'}", {}, "expression"),
    "a long expression": ("configs: {A: '${{" + "a+" * 90000 + "a}}'}", {}, "expression"),
    "blanks around a plus": ("configs: {A: 'x" + " " * 19000 + "${{$val(a)}}'}", {}, None),
    "config templates in a circle": (
        "configs: {A: '${{$config(a/1.0.0)}}'}",
        {
            "a/1.0.0": "configs: {A: '${{$config(b/1.0.0)}}'}",
            "b/1.0.0": "configs: {A: '${{$config(a/1.0.0)}}'}",
        },
        "cycle",
    ),
}
TEXTS = "configs:\n  K60: xxxxxxxx\n" + "\n".join(
    f"  K{n}: ${{{{$property(K{n + 1})}}}}${{{{$property(K{n + 1})}}}}" for n in range(60)
)
HOSTILE["texts that double"] = (TEXTS, {}, "too-large")


HOSTILE["config templates that double"] = (
    "configs: {A: '${{$config(c0/1.0.0, A)}}'}",
    {f"c{n}/1.0.0": read_twice(n + 1) for n in range(9)} | {"c9/1.0.0": f"configs: {{A: {'x' * 9999}, B: y}}"},
    "too-large",
)
HOSTILE["config templates that double in circles"] = (
    "configs: {A: '${{$config(c0/1.0.0, A)}}'}",
    {f"c{n}/1.0.0": read_twice(n + 1) for n in range(8)} | {"c8/1.0.0": read_twice(0)},
    "cycle",
)
HOSTILE["config templates that read each other in a row"] = (
    "configs: {A: '${{$config(c0/1.0.0, A)}}'}",
    {f"c{n}/1.0.0": read_twice(n + 1) for n in range(5000)},
    "too-deep",
)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_document_is_refused_soon(name: str) -> None:
    """Within two seconds of the processor's time, with a problem that says why."""
    text, others, code = HOSTILE[name]
    began = time.process_time()
    _, wrong = resolved(text, others)

    assert code is None or code in wrong
    assert time.process_time() - began < 2


@pytest.mark.parametrize("word", ["A", "A.b-c", "é", "12", "-3", "1.5", "1.5e3", "true", "null"])
def test_a_call_alone_is_read_as_one_with_text_behind_it(word: str) -> None:
    """Whatever way is the shorter."""
    text = f"${{{{ $val( {word} ) }}}}"
    joined = parse(f"{text} behind")
    assert isinstance(joined, Joined)
    assert parse(text) == joined.parts[0]
