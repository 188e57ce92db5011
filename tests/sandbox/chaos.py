"""A fleet under random edits, faults and kills, with what has to hold after each run; by hypothesis' state machine.

The tests run it shortly, `benchmarks/soak.py` for as long as it is given.
"""

from __future__ import annotations

import atexit
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import yaml
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from orchestration.errors import DestroyRefused
from orchestration.provision import Known, plan_fleet
from orchestration.provision.expected import expected_ids
from orchestration.sandbox import start
from tests.sandbox.found import found
from tests.sandbox.place import Place
from tests.sandbox.small import write_small
from tests.support import ROOT

NAMES = st.sampled_from(["lab-2", "lab-3", "lab-4"])
WORDS = st.sampled_from(["hello", "good morning", "good night", "y", "1.10"])
FAULTS = st.sampled_from(
    [
        {"status": 400, "path": "/extensions/", "method": "PUT"},
        {"status": 403, "path": "/fluxConfigurations/", "method": "PUT"},
        {"status": 409, "path": "/targets/", "method": "PUT"},
        {"status": 429, "path": "/providers/", "retry_after": "1"},
        {"status": 500, "path": "/dynamicConfigurations/"},
        {"status": 503, "path": "/sites/"},
        {"status": 500, "path": "reviewSolutionVersion"},
        {"status": 500, "path": "installSolution", "after_effect": True},
        {"status": 500, "path": "/extensions/", "method": "PUT", "after_effect": True},
    ]
)


@cache
def running_fleet() -> Path:
    """Return the folder of a fleet and its sandbox after one run, to copy; it goes with the process."""
    folder = Path(mkdtemp(prefix="chaos-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    with start(folder / "sandbox") as sandbox:
        assert not Place(write_small(folder / "fleet"), sandbox).up().failed
    return folder


class Chaos(RuleBasedStateMachine):
    """One fleet: it is edited and broken at will, and each run that is left alone has to put everything right."""

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.folder = Path(mkdtemp(prefix="chaos-"))
        self.stack.callback(shutil.rmtree, self.folder, ignore_errors=True)
        self.changed = True

    def teardown(self) -> None:
        """End the sandbox and remove everything."""
        self.stack.close()

    @property
    def document(self) -> dict[str, Any]:
        """The fleet file's content."""
        found: dict[str, Any] = yaml.safe_load((self.place.folder / "fleet.yaml").read_text(encoding="utf-8"))
        return found

    def rewrite(self, document: dict[str, Any]) -> None:
        """Write the fleet file."""
        (self.place.folder / "fleet.yaml").write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
        self.changed = True

    @initialize(whole=st.sampled_from([True, True, True, False]))
    def begin(self, *, whole: bool) -> None:
        """Begin with everything up, or with nothing."""
        if whole:
            shutil.copytree(running_fleet(), self.folder, symlinks=True, dirs_exist_ok=True)
        else:
            write_small(self.folder / "fleet")
        sandbox = self.stack.enter_context(start(self.folder / "sandbox"))
        self.place = Place(self.folder / "fleet", sandbox)
        if whole:
            self.left_alone()

    @rule(name=NAMES)
    def add_or_remove_a_cluster(self, name: str) -> None:
        """A cluster joins, or leaves if it is there."""
        document = self.document
        there = [item for item in document["clusters"] if item["name"] != name]
        if len(there) == len(document["clusters"]):
            target = {"name": f"{name}-line", "capabilities": ["vision"]}
            there.append(
                {"name": name, "clusterType": "lab", "site": "plant-1", "connection": "existing", "targets": [target]}
            )
        self.rewrite({**document, "clusters": there})

    @rule(word=WORDS)
    def change_a_platform_config(self, word: str) -> None:
        """The cluster type's configuration changes."""
        document = self.document
        document["clusterTypes"][0]["config"]["GREETING"] = word
        self.rewrite(document)

    @rule(word=WORDS)
    def change_a_value(self, word: str) -> None:
        """A value of a node changes: what reads it is to be reviewed again."""
        document = self.document
        document["configTemplates"][0]["values"]["plant-1"]["Broker"]["Host"] = word
        self.rewrite(document)

    @rule(fault=FAULTS, times=st.integers(1, 8))
    def fail(self, fault: dict[str, Any], times: int) -> None:
        """A run meets errors of the service; whatever becomes of it, it ends and says so."""
        self.place.sandbox.fault(times=times, **fault)
        self.run(allow=99)
        self.place.sandbox.clear_faults()

    @rule(last=st.integers(1, 170))
    def kill(self, last: int) -> None:
        """A run is killed without warning, or ends before it comes to that."""
        names = self.folder / "names.txt"
        arguments = (self.place.folder, self.place.sandbox.directory, self.place.folder / ".ewo", last, names)
        argv = (sys.executable, "-m", "tests.sandbox.killed_up", *map(str, arguments))
        done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, timeout=300)
        assert "Traceback" not in done.stderr or "DestroyRefused" in done.stderr, done.stderr
        self.changed = True

    @rule(number=st.integers(0, 30))
    @precondition(lambda self: not self.changed)
    def delete_by_hand(self, number: int) -> None:
        """Somebody deletes a Flux configuration or an extension behind our back."""
        mine = [item for ids in self.place.state_ids().values() for item in ids if "KubernetesConfiguration" in item]
        with self.place.arm() as arm:
            id_ = sorted(mine)[number % len(mine)]
            arm.delete(id_, version="2025-04-01" if "fluxConfigurations" in id_ else "2025-03-01")
        self.changed = True

    @rule()
    def left_alone(self) -> None:
        """A run that nobody disturbs puts everything right; what it destroys was allowed, and was asked for before."""
        since = self.place.seen()
        refused = self.run(allow=0)
        if refused:
            assert [line for line in self.place.writes(since) if line.startswith("DELETE")] == []
            assert self.run(allow=99) is False
        self.changed = False

    def run(self, *, allow: int) -> bool:
        """Run `up`; return whether it was refused because it would destroy more than it may."""
        try:
            self.report = self.place.up(allow=allow)
        except DestroyRefused:
            return True
        return False

    @invariant()
    def holds(self) -> None:
        """After an undisturbed run: what is there is what the fleet says, once, and nothing is left to do."""
        if self.changed:
            return
        assert self.report.failed == (), self.report.failed
        states = sorted(item.lower() for ids in self.place.state_ids().values() for item in ids)
        wanted = sorted(item.lower() for item in self.expected())
        assert states == wanted
        there = found(self.place)
        assert there.left_over == []
        assert [key for key, count in there.resources.items() if count > 1 and "MINTED" not in key] == []
        assert set(wanted) <= set(there.resources)
        since, heads = self.place.seen(), self.place.heads()
        again = self.place.up()
        assert (again.failed, self.place.writes(since), self.place.reviews(since)) == ((), [], [])
        assert self.place.heads() == heads

    def expected(self) -> Iterator[str]:
        """Yield the ids of all that the fleet's plan has."""
        fleet = self.place.fleet
        for stack in plan_fleet(fleet, Known(connected=frozenset(fleet.clusters))).stacks():
            yield from expected_ids(stack)
