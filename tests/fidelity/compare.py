"""Where our answers differ from Go's."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.fidelity.ours import answer
from tests.fidelity.program import Case, ask
from tests.fidelity.tags import ordered

ANY_ERROR = {"error": "in any words"}
_ADDRESS = re.compile(r"0x[0-9a-f]{6,}|\*time\.Location=")
_MANY = 200
"""Tries enough to see of nearly every answer that it depends on the order of a map."""


@dataclass(frozen=True)
class Divergence:
    """A case that is answered differently."""

    case: Case
    go: dict[str, Any]
    ours: dict[str, Any]


@dataclass
class Report:
    """What a comparison found: how many cases of each kind, how many that say nothing, and the divergences.

    `undefined` are those that Go answers differently from try to try, `refused` those that we do not answer at all:
    what is random, too large, or would be fetched.
    """

    counts: dict[str, int] = field(default_factory=dict)
    undefined: int = 0
    refused: int = 0
    divergences: list[Divergence] = field(default_factory=list)


def compare(program: Path, cases: Iterable[Case]) -> Report:
    """Have each of the cases answered by both."""
    cases, report, different = list(cases), Report(), []
    for case, answers in zip(cases, ask(program, cases), strict=True):
        report.counts[case["kind"]] = report.counts.get(case["kind"], 0) + 1
        ours = answer(case)
        if "refused:" in ours.get("error", ""):
            report.refused += 1
        elif len(answers) > 1 or _shows_an_address(case, answers[0]):
            report.undefined += 1
        elif _comparable(case, ours, answers[0]) != _comparable(case, answers[0], ours):
            different.append(Divergence(case, answers[0], ours))
    again = ask(program, (one.case for one in different), tries=_MANY)
    report.divergences = [one for one, answers in zip(different, again, strict=True) if len(answers) == 1]
    report.undefined += len(different) - len(report.divergences)
    return report


def _shows_an_address(case: Case, go: dict[str, Any]) -> bool:
    """Whether Go's answer holds an address in memory."""
    return any(found not in json.dumps(case) for found in _ADDRESS.findall(json.dumps(go)))


def _comparable(case: Case, one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """Return what of an answer is to be the same.

    Of a config value that cannot be read nobody sees why; a panic is told in words of ours, and so is a text that is
    rendered without end.
    """
    if "panic" in one or "unsettled" in one:
        return ANY_ERROR
    if "error" in one and (case["kind"].startswith("yaml-") or "panic" in other or "unsettled" in other):
        return ANY_ERROR
    return {"value": ordered(one["value"])} if "value" in one else one
