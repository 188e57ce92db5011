"""The walk over a plan."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from orchestration.errors import OrchestrationError
from orchestration.provision import Stack, StackResult, walk

A, B, C, D = (
    Stack("a", "x", {}),
    Stack("b", "x", {}, needs=("a",)),
    Stack("c", "x", {}, needs=("a",)),
    Stack("d", "x", {}, needs=("b",)),
)


def done(stack: Stack) -> StackResult:
    return StackResult(stack.name, "done")


def test_a_stack_starts_after_what_it_needs() -> None:
    """The order of needs is the order of the walk."""
    seen: list[str] = []

    def run(stack: Stack) -> StackResult:
        seen.append(stack.name)
        return done(stack)

    with ThreadPoolExecutor(1) as executor:
        walk([D, C, B, A], run, executor)
    assert seen.index("a") < seen.index("b") < seen.index("d")


def test_others_go_on_when_one_fails() -> None:
    """What needs a failed stack is skipped, the rest is done, and the failure is a result."""

    def run(stack: Stack) -> StackResult:
        if stack.name == "b":
            raise OrchestrationError("no room", hint="make room")
        return done(stack)

    with ThreadPoolExecutor(2) as executor:
        results = walk([A, B, C, D], run, executor)
    assert {name: result.outcome for name, result in results.items()} == {
        "a": "done",
        "b": "failed",
        "c": "done",
        "d": "skipped",
    }
    assert results["b"] == StackResult("b", "failed", error="no room", hint="make room")
    assert results["d"] == StackResult("d", "skipped", error="b was not applied")


def test_what_needs_a_skipped_stack_is_skipped() -> None:
    """However long the chain, nothing of it is begun, and each names what it stands on."""
    seen: list[str] = []

    def run(stack: Stack) -> StackResult:
        seen.append(stack.name)
        raise OrchestrationError("no")

    with ThreadPoolExecutor(1) as executor:
        results = walk([D, B, A], run, executor)
    assert seen == ["a"]
    assert [results[name].error for name in "abd"] == ["no", "a was not applied", "b was not applied"]


def test_an_unchanged_stack_can_be_stood_on() -> None:
    """It is as good as one that was applied."""

    def run(stack: Stack) -> StackResult:
        return StackResult(stack.name, "unchanged")

    with ThreadPoolExecutor(1) as executor:
        assert {result.outcome for result in walk([A, B, C, D], run, executor).values()} == {"unchanged"}


def test_a_stack_waits_for_all_that_it_needs() -> None:
    """One of two is not enough."""
    both = Stack("both", "x", {}, needs=("a", "late"))
    ended: list[str] = []

    def run(stack: Stack) -> StackResult:
        if stack.name == "late":
            time.sleep(0.05)
        ended.append(stack.name)
        return done(stack)

    with ThreadPoolExecutor(2) as executor:
        walk([both, A, Stack("late", "x", {})], run, executor)
    assert ended == ["a", "late", "both"]


def test_a_stack_starts_while_others_still_run() -> None:
    """What it needs is done: it does not wait for the rest of a wave."""
    slow, started = Stack("slow", "x", {}), threading.Event()

    def run(stack: Stack) -> StackResult:
        if stack.name == "slow":
            assert started.wait(5), "b waits for slow"
        elif stack.name == "b":
            started.set()
        return done(stack)

    with ThreadPoolExecutor(2) as executor:
        assert len(walk([slow, A, B], run, executor)) == 3


def test_stacks_that_need_each_other_end_the_walk() -> None:
    """They have no result, and nobody waits for them."""
    ring = (Stack("x", "x", {}, needs=("y",)), Stack("y", "x", {}, needs=("x",)))
    with ThreadPoolExecutor(1) as executor:
        assert set(walk([*ring, A], done, executor)) == {"a"}


def test_an_error_of_ours_ends_the_walk() -> None:
    """Only what is raised on purpose is a result."""

    def run(stack: Stack) -> StackResult:
        raise ZeroDivisionError

    with ThreadPoolExecutor(1) as executor, pytest.raises(ZeroDivisionError):
        walk([A], run, executor)


def test_a_need_that_is_not_walked_is_no_need() -> None:
    """An unchanged stack is left out of the walk, and what needs it starts."""
    with ThreadPoolExecutor(1) as executor:
        assert walk([B], done, executor)["b"].outcome == "done"


def test_cancelled_starts_nothing_more() -> None:
    """After a cancel what runs is waited for and nothing else starts."""
    cancel = threading.Event()

    def run(stack: Stack) -> StackResult:
        cancel.set()
        return done(stack)

    with ThreadPoolExecutor(1) as executor:
        assert set(walk([A, B, C], run, executor, cancel)) == {"a"}


def test_cancelled_before_it_begins_a_walk_starts_nothing() -> None:
    """And returns at once; a wish that nobody had stops nothing."""
    cancel = threading.Event()
    with ThreadPoolExecutor(1) as executor:
        assert set(walk([A, B], done, executor, cancel)) == {"a", "b"}
        cancel.set()
        assert walk([A, B], done, executor, cancel) == {}


@pytest.mark.parametrize(
    ("counts", "changes"), [((0, 0, 0), False), ((1, 0, 0), True), ((0, 1, 0), True), ((0, 0, 1), True)]
)
def test_a_result_says_whether_anything_changes(counts: tuple[int, int, int], changes: bool) -> None:
    """Whatever is added, changed or destroyed is a change."""
    assert StackResult("a", "done", *counts).changes is changes
