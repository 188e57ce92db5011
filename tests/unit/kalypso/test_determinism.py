"""What a rendering does not depend on: hash seeds, the order of files, workloads of others."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as some

from orchestration.kalypso import Inputs, Rendering, render_environment
from tests.support import ROOT
from tests.unit.kalypso.samples import (
    API,
    APP,
    ENVIRONMENT,
    MAIN,
    REGISTRATION,
    WORKLOAD,
    cluster_type,
    config_map,
    source,
    template,
)

CONFIG = """\
{{ range $k, $v := .ConfigData }}{{ $k }}: {{ kindOf $v }}
{{ end }}{{ stringify .ConfigData }}
{{ hash .ConfigData }} {{ toJson .Labels }} {{ keys (dict "b" 1 "a" 2) }} {{ . }}
"""
SCHEMA = '{"properties":{"PORT":{"type":"integer"}},"required":["A","B"],"dependencies":{"PORT":["C"]}}'
LIST = "- {name: one, port: 1}\n- {name: two, 3: x, y: z}\n"
OWN: Mapping[str, str] = {
    **ENVIRONMENT,
    "cluster-types/core.yaml": cluster_type("core", "{region: us, size: large}"),
    "configs/a.yaml": config_map("a", {"PORT": "80", "LIST": LIST, "A": "1"}),
    "configs/b.yaml": config_map("b", {"LIST": "- {name: one, port: 2}\n- 5\n", "B": "x: {y: 1}"}, region="eu"),
    "configs/c.yaml": config_map("c", {"C": "", "B": "text"}),
    "configs/azure.yaml": json.dumps(
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "azure-app-config-x"},
            "data": {"region.eu.D": "1", "region.us.D": "2", "E": "3"},
        }
    ),
    "schema.yaml": f"{API}kind: ConfigSchema\nmetadata: {{name: s}}\nspec: {{schema: '{SCHEMA}'}}\n",
}
OTHER = WORKLOAD.replace("name: shop,", "name: other,").replace("./web", "./other")


def rendering(seed: int = 0, *, other: bool = False, without: str = "") -> Rendering:
    """Render the sample with its files in an order of chance: with a second workload, or *without* a file."""

    def shuffled(files: Mapping[str, str]) -> dict[str, str | None]:
        return {path: text for path, text in Random(seed).sample(sorted(files.items()), len(files)) if path != without}

    main = {**MAIN, "templates/cfg.yaml": template("cfg", "config", CONFIG)}
    apps = {"app": source("app", shuffled({**APP, "more.yaml": config_map("m", {"M": "[1, 2]"})}))}
    if other:
        main["workloads/other.yaml"] = REGISTRATION.replace("name: app", "name: other")
        apps["other"] = source("other", {"workload/other.yaml": OTHER})
    return render_environment(
        Inputs("dev", source("dev", shuffled(OWN)), {"main": source("main", shuffled(main))}, apps)
    )


def digest(seed: int = 0) -> str:
    """Return a sum of all that is rendered and told, in its order; of the blocked sample, too."""
    both = (rendering(seed), rendering(seed, without="configs/c.yaml"))
    assert [one.blocked for one in both] == [False, True]
    told = [(list(one.files.items()), one.issues, one.warnings) for one in both]
    return hashlib.sha256(repr(told).encode()).hexdigest()


def test_hash_seeds_change_nothing() -> None:
    """Files, issues and their order are the same whatever Python's hash seed is."""
    program = "from tests.unit.kalypso.test_determinism import digest; print(digest())"
    sums = {
        subprocess.run(
            [sys.executable, "-c", program],
            cwd=ROOT, env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True,
        ).stdout
        for seed in ("0", "1", "4294967295")
    }  # fmt: skip

    assert sums == {f"{digest()}\n"}


@settings(deadline=None, max_examples=25)
@given(some.integers(1, 1000))
def test_the_order_of_files_changes_nothing(seed: int) -> None:
    """Wherever a file comes in its source, the rendering is the same."""
    assert digest(seed) == digest()


@settings(deadline=None, max_examples=10)
@given(some.integers(0, 1000))
def test_an_unrelated_workload_changes_no_other_file(seed: int) -> None:
    """A second workload adds files, and leaves those that were there."""
    alone, together = rendering(seed).files, rendering(seed, other=True).files

    assert alone.items() <= together.items()
    assert {path.split("/")[1] for path in together.keys() - alone.keys()} == {"other-web"}
