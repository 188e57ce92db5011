"""Pipelines, commands and operands to closures that give a value.

What each closure marks as the node at work, and when, is Go's: messages show it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from orchestration.kalypso.gotemplate.fields import NoField, element_type, field_of, method
from orchestration.kalypso.gotemplate.nodes import (
    Bool,
    Chain,
    Command,
    Dot,
    Field,
    Identifier,
    Nil,
    Node,
    Number,
    Pipe,
    String,
    Variable,
)
from orchestration.kalypso.gotemplate.signature import MISSING, Function, Missing, Type, unbox
from orchestration.kalypso.gotemplate.state import Evaluate, State
from orchestration.kalypso.gotemplate.truth import is_true
from orchestration.kalypso.values import type_name

Functions = Mapping[str, Function]


class _Absent:
    """What a command gets that no other was before."""


ABSENT: Final = _Absent()


def pipeline(pipe: Pipe, functions: Functions) -> Evaluate:
    """Return the value of *pipe*, after its variables have taken it."""
    commands = [command(one, functions) for one in pipe.commands]
    names = [variable.names[0] for variable in pipe.variables]

    def evaluate(state: State, dot: Any) -> Any:
        state.node = pipe
        state.step()
        value: Any = ABSENT
        for run in commands:
            value = unbox(run(state, dot, value))
            if value is None:  # a nil interface holds nothing
                value = MISSING
        for name in names:
            if pipe.assigns:
                state.set(name, value)
            else:
                state.variables.append([name, value])
        return value

    return evaluate


def command(node: Command, functions: Functions) -> Any:
    """Return a closure of state, dot and the value of the command before."""
    first, rest = node.args[0], node.args[1:]
    if isinstance(first, Identifier):
        return call(first, functions[first.name], node, rest, functions)
    if isinstance(first, Field | Variable | Chain):
        return _fields(first, rest, functions)
    evaluate = pipeline(first, functions) if isinstance(first, Pipe) else _constant(first)

    def run(state: State, dot: Any, final: Any) -> Any:
        if not isinstance(first, Pipe):
            state.node = first
        if rest or final is not ABSENT:
            raise state.fail(f"can't give argument to non-function {first}")
        return evaluate(state, dot)

    return run


def _constant(node: Node) -> Evaluate:
    def evaluate(state: State, dot: Any) -> Any:
        state.node = node
        match node:
            case Dot():
                return dot
            case Bool() | String():
                return node.value
            case Number():
                return _ideal(node, state)
        raise state.fail("nil is not a command")

    return evaluate


def _ideal(node: Number, state: State) -> Any:
    """Return a number as the type that its spelling suggests."""
    if node.complex is not None:
        return node.complex
    text = node.text
    hexadecimal = text[:2].lower() == "0x" and not set("pP") & set(text)
    if node.real is not None and not hexadecimal and text[0] != "'" and set(".eEpP") & set(text):
        return node.real
    if node.integer is None:
        raise state.fail(f"{text} overflows int")
    return node.integer


def _fields(node: Field | Variable | Chain, rest: list[Node], functions: Functions) -> Any:
    """Return the closure of a field chain; if its last name is a method, *rest* are its arguments."""
    start = _start(node, functions)
    names = node.names[1:] if isinstance(node, Variable) else node.names

    def run(state: State, dot: Any, final: Any) -> Any:
        receiver = start(state, dot)
        if not names and (rest or final is not ABSENT):
            raise state.fail(f"can't give argument to non-function {node}")
        held: str | None = None
        for index, name in enumerate(names, 1):
            last = index == len(names)
            arguments, given = (rest, final) if last else ([], ABSENT)
            bound = method(unbox(receiver), name)
            if bound is not None:
                receiver, held = call(node, bound, node, arguments, functions)(state, dot, given), None
                continue
            try:
                has_arguments = bool(arguments) or given is not ABSENT
                inner = field_of(receiver, name, has_arguments=has_arguments, static=held)
            except NoField as error:
                raise state.fail(str(error)) from error
            receiver, held = inner, element_type(receiver)
        return receiver

    return run


def _start(node: Field | Variable | Chain, functions: Functions) -> Evaluate:
    """Return the closure that gives what a chain's first name is asked of."""
    inner = argument(node.node, None, functions) if isinstance(node, Chain) else None

    def start(state: State, dot: Any) -> Any:
        state.node = node
        if isinstance(node, Variable):
            return state.get(node.names[0])
        if inner is None:
            return dot
        if isinstance(node, Chain) and isinstance(node.node, Nil):
            raise state.fail(f"indirection through explicit nil in {node}")
        return inner(state, dot)

    return start


def call(node: Node, function: Function, whole: Node, args: list[Node], functions: Functions) -> Any:
    """Return the closure of a call; *whole* is what a failing call is blamed on."""
    name = function.name
    given = [argument(arg, function.parameter(at), functions) for at, arg in enumerate(args) if function.parameters]
    logic = function.builtin and name in ("and", "or")

    def run(state: State, dot: Any, final: Any) -> Any:
        if isinstance(node, Identifier):  # a method leaves the mark where its receiver put it
            state.node = node
        piped = final is not ABSENT
        _check_count(state, function, len(args), piped=piped)
        if logic:
            return _short_circuit(state, dot, final, given, stop=name == "or")
        values = [evaluate(state, dot) for evaluate in given]
        if piped:
            values.append(validated(state, final, function.parameter(len(args))))
        if name == "call":
            return state.called(function, [str(args[0]) if args else _reflected(final), *values], whole, name)
        return state.called(function, values, whole, name)

    return run


def _reflected(value: Any) -> str:
    """Return what a `reflect.Value` says of itself."""
    if isinstance(value, str):
        return value
    return f"<{'invalid' if isinstance(value, Missing) else type_name(value)} Value>"


def _check_count(state: State, function: Function, args: int, *, piped: bool) -> None:
    count, name = args + piped, function.name
    if function.variadic and count < function.fixed:
        raise state.fail(f"wrong number of args for {name}: want at least {function.fixed} got {args}")
    if not function.variadic and count != function.fixed:
        raise state.fail(f"wrong number of args for {name}: want {function.fixed} got {count}")


def _short_circuit(state: State, dot: Any, final: Any, given: list[Evaluate], *, stop: bool) -> Any:
    value: Any = MISSING
    for evaluate in given:
        value = evaluate(state, dot)
        if is_true(value) == stop:
            return value
    return value if final is ABSENT else final


def argument(node: Node, wanted: Type | None, functions: Functions) -> Evaluate:
    """Return the closure of an argument, checked against the type *wanted*."""
    if isinstance(node, Nil):
        return _nil(node, wanted)
    if wanted is not None and isinstance(node, Bool | Number | String):
        return _typed_constant(node, wanted)
    inner = _argument_value(node, functions)

    def evaluate(state: State, dot: Any) -> Any:
        state.node = node
        value = unbox(inner(state, dot))
        return value if wanted is None else validated(state, value, wanted)

    return evaluate


def _argument_value(node: Node, functions: Functions) -> Evaluate:
    if isinstance(node, Pipe):
        return pipeline(node, functions)
    if isinstance(node, Dot):
        return lambda _, dot: dot
    if isinstance(node, Identifier):
        run = call(node, functions[node.name], node, [], functions)
    else:
        run = command(Command(node.pos, [node]), functions)
    return lambda state, dot: run(state, dot, ABSENT)


def _nil(node: Nil, wanted: Type | None) -> Evaluate:
    def evaluate(state: State, _: Any) -> Any:
        state.node = node
        if wanted is None or wanted.nil is None:
            raise state.fail(f"cannot assign nil to {wanted.name if wanted else 'nil'}")
        return wanted.nil()

    return evaluate


def _typed_constant(node: Bool | Number | String, wanted: Type) -> Evaluate:
    value: Any = None
    match node, wanted.kind:
        case Number(), "integer":
            value = node.integer
        case Number(), "unsigned":
            value = node.unsigned
        case Number(), "float":
            value = node.real
        case Bool(), "bool":
            value = node.value
        case String(), "string":
            value = node.value
    names = {"integer": "integer", "unsigned": "unsigned integer"}
    made = wanted.make(value) if value is not None and wanted.make else value

    def evaluate(state: State, _: Any) -> Any:
        state.node = node
        if wanted.kind in ("any", "value"):
            return _ideal(node, state) if isinstance(node, Number) else node.value
        if made is None and wanted.kind == "other":
            raise state.fail(f"can't handle {node} for arg of type {wanted.name}")
        if made is None:
            raise state.fail(f"expected {names.get(wanted.kind, wanted.kind)}; found {node}")
        return made

    return evaluate


def validated(state: State, value: Any, wanted: Type) -> Any:
    """Return *value* as an argument of the type *wanted*; raises TemplateError."""
    if isinstance(value, Missing):
        if wanted.nil is None:
            raise state.fail(f"invalid value; expected {wanted.name}")
        return wanted.nil()
    if not wanted.takes(value):
        got = "interface {}" if value is None else type_name(value)
        raise state.fail(f"wrong type for value; expected {wanted.name}; got {got}")
    return value
