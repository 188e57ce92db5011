"""Names and bodies against the published types."""

from __future__ import annotations

import pytest

from orchestration.sandbox.arm.errors import ArmError
from orchestration.sandbox.arm.schema import check_action, check_name, load

TARGETS = load("edge")["microsoft.edge/targets"]


def test_a_name_ends_where_its_pattern_does() -> None:
    """A line feed after a good name is refused: `$` is the end, not before a last line feed."""
    check_name(TARGETS, "line-a")
    with pytest.raises(ArmError) as caught:
        check_name(TARGETS, "line-a\n")

    assert caught.value.code == "InvalidResourceName"


def test_a_value_ends_where_its_pattern_does() -> None:
    """The same holds in bodies, and the message has the pattern as it was published."""
    body = {"solutionTemplateVersionId": "x", "solutionInstanceName": "second\n"}
    with pytest.raises(ArmError) as caught:
        check_action(TARGETS, "reviewSolutionVersion", body)

    assert caught.value.message.rstrip(".").endswith("$'")
