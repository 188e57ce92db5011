"""The template language and its functions, against what Go says."""

from __future__ import annotations

import time
from typing import Any

import pytest

from orchestration.kalypso.gotemplate import Data, Engine, TemplateError
from orchestration.kalypso.gotemplate.functions import FUNCTIONS
from orchestration.kalypso.gotemplate.functions.refused import FUNCTIONS as REFUSED
from tests.fidelity.recorded import DOT
from tests.fidelity.tags import dot_fields
from tests.unit.kalypso.samples import recorded


def data() -> Data:
    """What the recorded templates saw as the dot."""
    return Data(**dot_fields(DOT))


@pytest.mark.parametrize("row", recorded("templates.json"), ids=lambda row: row["template"][:40])
def test_template_gives_what_go_gives(row: dict[str, Any]) -> None:
    """A template renders to Go's text, or fails with Go's message, line and column."""
    if "output" in row:
        assert Engine().render(row["template"], data()) == row["output"]
        return
    with pytest.raises(TemplateError) as raised:
        Engine().render(row["template"], data())
    assert str(raised.value) == row["error"]


def test_every_function_is_recorded() -> None:
    """Each function is called by one of the recorded templates, or is refused."""
    words = " ".join(row["template"] for row in recorded("templates.json")).replace("(", " ").split()

    assert set(FUNCTIONS) - set(REFUSED) - set(words) == set()


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_functions_that_never_give_the_same_are_refused(name: str) -> None:
    """A random, timed, environment or network function fails and says why."""
    arguments = {"string": '"x"', "int": "1", "interface {}": "(list)"}
    call = " ".join([name, *(arguments[one.name] for one in REFUSED[name].parameters)])

    with pytest.raises(TemplateError, match=f"error calling {name}: refused: it .*never be the same twice"):
        Engine().render(f"{{{{ {call} }}}}", data())


def test_a_text_is_rendered_until_no_action_is_left() -> None:
    """Config values may hold templates, which may give templates."""
    dot = Data(ConfigData={"a": "{{ .ConfigData.b }}", "b": "{{ .Workload }}"}, Workload="shop")

    assert Engine().render("{{ .ConfigData.a }}", dot) == "shop"


def test_a_text_that_never_settles_is_given_up() -> None:
    """A value that renders to itself ends in an error."""
    with pytest.raises(TemplateError, match="after 32 rounds"):
        Engine().render("{{ .X }}", Data(X="{{ .X }}"))


HOSTILE = {
    "recursion": '{{define "a"}}{{template "a" .}}{{template "a" .}}{{end}}{{template "a" .}}',
    "nested loops": "{{range until 100000}}{{range until 100000}}x{{end}}{{end}}",
    "a long loop": "{{range 1000000000}}{{end}}",
    "a long list": "{{until 1000000000}}",
    "a long text": '{{repeat 1000000000 "x"}}',
    "doubled text": '{{$a := "x"}}{{range until 40}}{{$a = print $a $a}}{{end}}',
    "doubled lists": "{{$a := list 1}}{{range until 40}}{{$a = list $a $a}}{{end}}{{toJson $a}}",
    "a map in itself": '{{$d := dict}}{{$d = set $d "a" $d}}{{$d}}',
    "parentheses": f"{{{{{'(' * 5000}1{')' * 5000}}}}}",
    "nested actions": "{{if 1}}" * 3000 + "{{end}}" * 3000,
    "slow sums": '{{range until 90000}}{{sha256sum (repeat 100000 "a")}}{{end}}',
    "many replacements": '{{$a := repeat 1000000 "a"}}{{replace "a" $a $a}}',
    "an expression too large": '{{regexFind "((a{100}){100}){100}" "a"}}',
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_template_is_refused_at_once(text: str) -> None:
    """What would take all time or memory ends in an error, soon."""
    started = time.monotonic()

    with pytest.raises(TemplateError):
        Engine().render(text, data())

    assert time.monotonic() - started < 5


def test_a_regular_expression_takes_linear_time() -> None:
    """A pattern that makes backtracking matchers try for ever is answered."""
    text = '{{ regexMatch "(a+)+$" "' + "a" * 2000 + 'b" }}'

    assert Engine().render(text, data()) == "false"
