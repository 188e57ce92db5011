"""Our engine against Go: what was recorded, and made-up cases."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fidelity.cases import KINDS, cases
from tests.fidelity.compare import compare
from tests.fidelity.program import build
from tests.fidelity.recorded import RECORDINGS, Recording

pytestmark = pytest.mark.go


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Go program."""
    return build(tmp_path_factory.mktemp("oracle"))


@pytest.mark.parametrize("recording", RECORDINGS, ids=lambda recording: recording.name)
def test_what_was_recorded_is_what_go_answers(program: Path, recording: Recording) -> None:
    """Recording again changes nothing."""
    assert recording.answered(program) == recording.rows()


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("kind", KINDS)
def test_made_up_cases_are_answered_as_go_answers(program: Path, kind: str, seed: int) -> None:
    """Of a thousand cases none is answered differently."""
    report = compare(program, cases(seed, 1000, [kind]))

    assert not report.divergences
    assert report.undefined + report.refused < 100
