"""What hostile repositories hold is refused within a second and 256 MB, with file and reason; nothing is written."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.unit.kalypso.samples import (
    API,
    APP,
    ENVIRONMENT,
    MAIN,
    REGISTRATION,
    WORKLOAD,
    cluster_type,
    config_map,
    template,
)

pytestmark = pytest.mark.slow

SECONDS, MEGABYTES = 1.0, 256
START = 0.2
"""Processor time that starting the command takes where a second is to be enough; a slower machine gets as much more."""
SOURCES = ("dev", "--source", "env", "--base", "main=main", "--workload", "app=app")
MEASURED = """\
import json, resource, subprocess, sys
done = subprocess.run(sys.argv[1:], capture_output=True, text=True, timeout=60)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps([done.returncode, done.stdout + done.stderr, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024]))
"""


def run(folder: Path, *arguments: str) -> tuple[int, str, float, float]:
    """Run `ewo control-plane`; return its exit code, what it printed, its processor time in seconds, its peak in MB."""
    ewo = Path(sys.executable).with_name("ewo")
    command = (sys.executable, "-c", MEASURED, str(ewo), "control-plane", *arguments)
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    code, said, seconds, megabytes = json.loads(done.stdout)
    return code, said, seconds, megabytes if sys.platform == "linux" else megabytes / 1024


def put(root: Path, files: Mapping[str, str]) -> None:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")


def cfg(text: str) -> dict[str, str]:
    return {"main/templates/cfg.yaml": template("cfg", "config", text)}


def schema(document: Any) -> dict[str, str]:
    text = document if isinstance(document, str) else json.dumps(document)
    return {
        "env/s.yaml": f"{API}kind: ConfigSchema\nmetadata: {{name: s}}\nspec:\n  schema: {json.dumps(text)}\n",
        "env/c.yaml": config_map("c", {"K": "a" * 20_000 + "b", "DEEP": "[" * 60 + "]" * 60}),
    }


def linked(root: Path) -> None:
    (root / "env" / "out.yaml").symlink_to("/etc/passwd")


def linked_folder(root: Path) -> None:
    (root / "main" / "out").symlink_to("/")


def piped(root: Path) -> None:
    os.mkfifo(root / "env" / "pipe.yaml")


def huge(root: Path) -> None:
    os.truncate(root / "env" / "base-repo.yaml", 1 << 30)


def escaping(root: Path) -> None:
    (root / "env" / "\x1b[31mred.yaml").write_text("")


def many(root: Path) -> None:
    put(root / "env", {f"many/{number}.txt": "" for number in range(50_001)})


ALIASES = "".join(f"  a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12)).replace("*a0", "x")
TWICE = {
    "definitions": {**{f"a{n}": {"allOf": [{"$ref": f"#/definitions/a{n + 1}"}] * 2} for n in range(40)}, "a40": {}},
    "allOf": [{"$ref": "#/definitions/a0"}],
}
TREE = {f"env/k/a{n}/kustomization.yaml": f"resources: [../a{n + 1}, ../a{n + 1}]" for n in range(18)}
LOOP = "{{ range until 400 }}{{ range until 500 }}{{ end }}{{ end }}"
LARGE = f"{{{{ range until 1900 }}}}{'x' * 1000}{{{{ end }}}}"
Case = tuple[Mapping[str, str] | Callable[[Path], None], str]
CASES: dict[str, Case] = {
    "link": (linked, "out.yaml is a symbolic link"),
    "linked folder": (linked_folder, "out is a symbolic link"),
    "pipe": (piped, "pipe.yaml is a pipe"),
    "huge file": (huge, "base-repo.yaml has 1024 MiB"),
    "escape in a name": (escaping, "holds a character"),
    "too many files": (many, "it has more than 50000 files"),
    "path out of a repository": (
        {"main/workloads/app.yaml": REGISTRATION.replace("./workload", "../../etc")},
        "main:workloads/app.yaml:1: WorkloadRegistration app: ../../etc leads out",
    ),
    "resource out of a repository": (
        {"env/k/kustomization.yaml": "resources: [../../../etc/passwd]"}, "there is no ../",
    ),
    "absolute resource": ({"env/k/kustomization.yaml": "resources: [/etc/passwd]"}, "there is no /etc/passwd"),
    "target out of the output": (
        {"app/workload/shop.yaml": WORKLOAD.replace("name: web", "name: ../../../x")}, "shop.yaml:6: target",
    ),
    "cluster type out of the output": (
        {"env/c.yaml": f"{API}kind: ClusterType\nmetadata: {{name: ../x}}\nspec: {{}}\n"}, "metadata.name must",
    ),
    "YAML bomb": ({"env/b.yaml": f"spec:\n{ALIASES}"}, "env/b.yaml:1: not YAML: document contains"),
    "deep YAML": ({"env/d.yaml": "- " * 20_000 + "a"}, "more than 100 levels of YAML"),
    "deep flow YAML": ({"env/d.yaml": "a: " + "[" * 20_000 + "]" * 20_000}, "more than 100 levels of YAML"),
    "deep value": ({"env/c.yaml": config_map("c", {"K": "[" * 20_000})}, "ConfigMap c, key K: more than 100 levels"),
    "many nodes": ({"env/d.yaml": "- a\n" * 1_000_000}, "more than 100000 nodes of YAML"),
    "large ConfigMap": ({"env/c.yaml": config_map("c", {"K": "v" * 4_000_000})}, "data has 4000000 bytes"),
    "deep schema": (schema('{"not":' * 20_000 + "{}" + "}" * 20_000), "refused: more than 200 levels of JSON"),
    "schema from the network": (schema({"$ref": "http://127.0.0.1:9/x"}), "would be fetched from the network"),
    "schema from a file": (schema({"$ref": "file:///etc/passwd"}), "would be fetched from the network"),
    "schema of itself": (schema({"$ref": "#"}), "refers to itself without end"),
    "schema of doubling references": (schema(TWICE), "the schema takes more than"),
    "schema that doubles by level": (schema(
        {"properties": {"DEEP": {"$ref": "#/definitions/d"}},
         "definitions": {"d": {"allOf": [{"items": {"$ref": "#/definitions/d"}}] * 2}}}
    ), "the schema takes more than"),
    "exploding pattern in a schema": (schema({"properties": {"K": {"pattern": "^(a+)+(a+)+$"}}}), "more than"),
    "exploding pattern": (cfg('{{ regexMatch "^(a+)+$" (print (repeat 50000 "a") "b") }}'), "more than 300000 steps"),
    "pattern in a loop": (
        cfg('{{ $s := repeat 10000 "x" }}{{ range until 1400 }}{{ regexMatch "(x+x+)+y" $s }}{{ end }}'),
        "refused: more",
    ),
    "template without end": (cfg("{{ range 10000000000 }}{{ end }}"), "at <>: refused: more than"),
    "loops in loops": (
        cfg("{{ range until 9999 }}{{ range until 9999 }}{{ range until 9999 }}{{ end }}{{ end }}{{ end }}"),
        "more than",
    ),
    "recursion": (cfg('{{ define "a" }}{{ template "a" }}{{ end }}{{ template "a" }}'), "maximum template depth"),
    "many templates just below the limit": (
        {"main/templates/cfg.yaml": template("cfg", "config", LOOP) + f"    - '{LOOP}'\n" * 40},
        "the templates of this environment take more than 410000 steps together",
    ),
    "many large texts": (
        {"main/templates/cfg.yaml": template("cfg", "config", LARGE) + f"    - '{LARGE}'\n" * 40},
        "the templates of this environment take more than 16020000 characters of output together",
    ),
    "many assignments just below the limit": (
        {**cfg(LOOP), **{f"env/t{n}.yaml": cluster_type(f"t{n}") for n in range(3)}},
        "the templates of this environment take more than 440000 steps together",
    ),
    "growing dict": (
        cfg("{{ $d := dict }}{{ range $i, $_ := until 50000 }}{{ $_ := set $d (print $i) $i }}{{ end }}"),
        "more than",
    ),
    "long words": (cfg('{{ $s := repeat 900000 "aB" }}{{ kebabcase $s }}{{ snakecase $s }}'), "refused: more than"),
    "large text": (cfg('{{ repeat 1000000000 "x" }}'), "a text of more than 2000000 characters"),
    "text that doubles": (cfg('{{ $s := "x" }}{{ range 60 }}{{ $s = print $s $s }}{{ end }}'), "more than 2000000"),
    "config that renders itself": (
        {"env/c.yaml": config_map("c", {"K": "{{ .ConfigData.K }}"}), **cfg("{{ .ConfigData.K }}")}, "after 32 rounds",
    ),
    "config that renders itself twice": (
        {"env/c.yaml": config_map("c", {"K": "{{ .ConfigData.K }}" * 2}), **cfg("{{ .ConfigData.K }}")}, "5000 actions",
    ),
    "deep template": (cfg("{{ if 1 }}" * 20_000 + "{{ end }}" * 20_000), "cfg.yaml:7"),
    "deep parentheses": (cfg("{{" + "(" * 20_000 + "1" + ")" * 20_000 + "}}"), "max expression depth exceeded"),
    "lists that are merged": (
        {f"env/{n}.yaml": config_map(f"c{n}", {"K": "[" + "{a: b}," * 1000 + "]"}) for n in range(9)}, "too long",
    ),
    "many merges just below the limit": (
        {f"env/{n:02}.yaml": config_map(f"c{n:02}", {f"K{k}": "[" + f"{{a: b{k}}}," * 300 + "]" for k in range(40)})
         for n in range(2)}, "the configs of this environment take more than 610000 comparisons together",
    ),
    "ignore file": (
        {"env/.sourceignore": "\n".join(f"x{n}/**/y" for n in range(100_000))}, ".sourceignore: its patterns take",
    ),
    "kustomizations that double": (
        {**TREE, "env/k/a18/kustomization.yaml": "resources: [c.yaml]", "env/k/a18/c.yaml": config_map("c", {})},
        "refused: more",
    ),
    "generator of large files": (
        {"env/k/kustomization.yaml": "configMapGenerator: [{name: a, files: ["
         + ", ".join(f"k{n}=x.txt" for n in range(5000)) + "]}]", "env/k/x.txt": "x" * 5_000_000}, "refused",
    ),
    "patches of patches": (
        {"env/k/kustomization.yaml": "resources: [c.yaml]\npatches:\n" + (
            "- {patch: 'data: {}', target: {name: '(c|d+)+[0-9]+'}}\n" * 5000),
         "env/k/c.yaml": "\n---\n".join(config_map(f"{'c' * 200}{n}", {}) for n in range(500))}, "refused",
    ),
}  # fmt: skip


@pytest.fixture(params=CASES)
def hostile(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, str]:
    """A sample with something hostile in it, and what is to be said about it."""
    for name, files in (("env", ENVIRONMENT), ("main", MAIN), ("app", APP)):
        put(tmp_path / name, files)
    change, told = CASES[request.param]
    if callable(change):
        change(tmp_path)
    else:
        put(tmp_path, change)
    return tmp_path, told.replace("env/b.yaml", "dev:b.yaml")


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> float:
    """The processor time in seconds that the command takes for the sample, with nothing hostile in it."""
    folder = tmp_path_factory.mktemp("sample")
    for name, files in (("env", ENVIRONMENT), ("main", MAIN), ("app", APP)):
        put(folder / name, files)
    return max(run(folder, "validate", *SOURCES)[2] for _ in range(3))


def test_it_is_refused_in_time_with_file_and_reason(hostile: tuple[Path, str], start: float) -> None:
    """By validate and by render, and there is no output."""
    folder, told = hostile
    for verb, options, wanted in (("validate", (), 2), ("render", ("--to", "out"), 1)):
        code, said, seconds, megabytes = run(folder, verb, *SOURCES, *options)
        assert told in said.replace(": error: ", ": "), said[:1000]
        assert code == wanted and "Traceback" not in said and "\x1b" not in said
        assert seconds < SECONDS * max(1.0, start / START) + start
        assert megabytes < MEGABYTES
    assert not (folder / "out").exists()
    shutil.rmtree(folder)
