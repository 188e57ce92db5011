"""Holds the Kalypso engine against the Go packages that Kalypso is built of, on made-up cases.

    .venv/bin/python benchmarks/against_go.py [--seed 1] [--cases 10000] [--kind template]… [--show 20]

Needs Go, and its module proxy the first time. Prints how many cases of each kind there were and, of each sort of
divergence, the shortest case; exits with 1 if there was one.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
from pathlib import Path

from tests.fidelity.cases import KINDS, cases
from tests.fidelity.compare import Divergence, compare
from tests.fidelity.program import build


def main() -> None:
    """Compare and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--kind", action="append", choices=KINDS, help="only this kind")
    parser.add_argument("--show", type=int, default=20, help="how many sorts of divergences to show")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        program = build(Path(folder))
        report = compare(program, cases(chosen.seed, chosen.cases, chosen.kind))
    sorts: dict[str, list[Divergence]] = {}
    for one in report.divergences:
        sorts.setdefault(sort_of(one), []).append(one)
    for _, found in sorted(sorts.items(), key=lambda item: -len(item[1]))[: chosen.show]:
        print(f"{len(found)} like this:\n{described(min(found, key=lambda one: len(json.dumps(one.case))))}\n")
    counts = ", ".join(f"{count} {kind}" for kind, count in report.counts.items())
    print(f"{report.undefined} undefined in Go, {report.refused} refused by us")
    print(f"{counts}, {len(report.divergences)} divergences, seed {chosen.seed}")
    sys.exit(bool(report.divergences))


def sort_of(divergence: Divergence) -> str:
    """Return what a divergence has in common with those that come of the same fault."""
    told = json.dumps([divergence.go, divergence.ours])
    bare = re.sub(r"template:\d+:\d*|<.*?>|\\\".*?\\\"|\d+", "", told)
    return (
        f"{divergence.case['kind']} {bare[:60]}"
        if "error" in told or "crash" in told
        else divergence.case["kind"] + bare[:20]
    )


def described(divergence: Divergence) -> str:
    """Return a divergence for the eye."""
    shown = {key: value for key, value in divergence.case.items() if key != "dot"}
    return f"  {json.dumps(shown, ensure_ascii=False)}\n  Go:   {divergence.go}\n  ours: {divergence.ours}"


if __name__ == "__main__":
    main()
