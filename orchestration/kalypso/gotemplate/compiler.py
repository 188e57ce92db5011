"""A parsed template to closures that take the state and the dot."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any

from orchestration.kalypso.goquote import quote
from orchestration.kalypso.gotemplate.errors import FunctionError
from orchestration.kalypso.gotemplate.expressions import pipeline
from orchestration.kalypso.gotemplate.fmt import sort_keys, sprint
from orchestration.kalypso.gotemplate.nodes import Action, Branch, Call, Node, Pipe, Sequence, Text, Word
from orchestration.kalypso.gotemplate.parse import Tree
from orchestration.kalypso.gotemplate.signature import MISSING, Boxed, Function, Missing
from orchestration.kalypso.gotemplate.state import DEPTH_LIMIT, Program, Run, State
from orchestration.kalypso.gotemplate.straight import is_straight, straight
from orchestration.kalypso.gotemplate.truth import is_true
from orchestration.kalypso.values import Ints, StringMap, Strings, is_integer, is_map

Functions = Mapping[str, Function]


class _Break(Exception):
    """A {{break}}."""


class _Continue(Exception):
    """A {{continue}}."""


def compile_tree(tree: Tree, functions: Functions) -> Program:
    """Return *tree* as a program."""
    templates = {name: _run(root, functions) for name, root in tree.defined.items()}
    return Program(tree.name, tree.text, templates)


def _run(node: Node, functions: Functions) -> Run:
    match node:
        case Sequence():
            return _sequence(node, functions)
        case Text():
            return _text(node)
        case Action():
            return _action(node, functions)
        case Branch(word="range"):
            return _range(node, functions)
        case Branch():
            return _branch(node, functions)
        case Call():
            return _call(node, functions)
        case Word():
            return _leave(node)
    raise TypeError(f"unknown node: {node}")


def _sequence(node: Sequence, functions: Functions) -> Run:
    runs: list[Run] = []
    for is_plain, group in groupby(node.nodes, is_straight):
        nodes = list(group)
        each = [_run(child, functions) for child in nodes]
        runs += [straight(nodes, _all(each, node))] if is_plain and len(nodes) > 1 else each
    return _all(runs, node)


def _all(runs: list[Run], node: Sequence) -> Run:
    def run(state: State, dot: Any) -> None:
        state.node = node
        for one in runs:
            one(state, dot)

    return run


def _text(node: Text) -> Run:
    def run(state: State, _: Any) -> None:
        state.node = node
        state.step()
        state.write(node.text)

    return run


def _action(node: Action, functions: Functions) -> Run:
    evaluate = pipeline(node.pipe, functions)

    def run(state: State, dot: Any) -> None:
        state.node = node
        value = evaluate(state, dot)
        if not node.pipe.variables:
            state.node = node
            state.write(_shown(state, value))

    return run


def _shown(state: State, value: Any) -> str:
    if isinstance(value, Missing):
        return "<no value>"
    try:
        state.step(state.weigh(value))
    except FunctionError as error:
        raise state.fail(str(error)) from error
    return sprint([value])


def _branch(node: Branch, functions: Functions) -> Run:
    evaluate = pipeline(node.pipe, functions)
    body, other = _run(node.body, functions), _run(node.otherwise or Sequence(node.pos), functions)

    def run(state: State, dot: Any) -> None:
        state.node = node
        mark = len(state.variables)
        value = evaluate(state, dot)
        if is_true(value):
            body(state, value if node.word == "with" else dot)
        else:
            other(state, dot)
        del state.variables[mark:]

    return run


def _range(node: Branch, functions: Functions) -> Run:
    evaluate = pipeline(node.pipe, functions)
    body, other = _run(node.body, functions), _run(node.otherwise or Sequence(node.pos), functions)

    def run(state: State, dot: Any) -> None:
        state.node = node
        before = len(state.variables)
        value = evaluate(state, dot)
        mark, ran = len(state.variables), False
        for key, element in _elements(state, node.pipe, value):
            ran = True
            state.step()
            _bind(state, node.pipe, key, element)
            try:
                body(state, element)
            except _Continue:
                pass
            except _Break:
                break
            finally:
                del state.variables[mark:]
        if not ran:
            other(state, dot)
        del state.variables[before:]

    return run


def _elements(state: State, pipe: Pipe, value: Any) -> Iterator[tuple[Any, Any]]:
    """Yield what a range goes through, with its index or key."""
    if isinstance(value, Missing):
        return
    if is_integer(value):
        if len(pipe.variables) > 1:
            raise state.fail(f"can't use {value} to iterate over more than one variable")
        for number in range(value):
            yield MISSING, type(value)(number)
    elif isinstance(value, list):
        typed = isinstance(value, Strings | Ints)
        for index in range(len(value)):
            yield index, value[index] if typed else Boxed(value[index])
    elif is_map(value):
        typed = isinstance(value, StringMap)
        for key in sort_keys(value):
            yield key, value[key] if typed else Boxed(value[key])
    else:
        raise state.fail(f"range can't iterate over {sprint([value])}")


def _bind(state: State, pipe: Pipe, key: Any, element: Any) -> None:
    """Give a range's variables their values: the element alone, or key and element."""
    names = [variable.names[0] for variable in pipe.variables]
    values = [key, element][2 - len(names) :] if names else []
    for place, (name, value) in enumerate(zip(names, values, strict=True)):
        if pipe.assigns:
            state.set(name, value)
        else:
            state.variables[place - len(names)][1] = value


def _call(node: Call, functions: Functions) -> Run:
    evaluate = pipeline(node.pipe, functions) if node.pipe else None

    def run(state: State, dot: Any) -> None:
        state.node = node
        template = state.program.templates.get(node.name)
        if template is None:
            raise state.fail(f"template {quote(node.name)} not defined")
        if state.depth == DEPTH_LIMIT:
            raise state.fail(f"exceeded maximum template depth ({DEPTH_LIMIT})")
        inner = evaluate(state, dot) if evaluate else MISSING
        template(state.inside(node.name, inner), inner)

    return run


def _leave(node: Word) -> Run:
    def run(state: State, _: Any) -> None:
        state.node = node
        raise _Break if node.word == "break" else _Continue

    return run
