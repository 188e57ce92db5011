"""Whole environments: sources, references, blocking, partial output, and the GitOps branch."""

from __future__ import annotations

from typing import Any

import pytest

from orchestration.kalypso import Inputs, Source, references, render_environment
from orchestration.kalypso.tree import Tree, write
from tests.unit.kalypso.samples import (
    API,
    APP,
    BASE,
    ENVIRONMENT,
    MAIN,
    WORKLOAD,
    cluster_type,
    config_map,
    policy,
    render,
    source,
    template,
)

README = b"This folder contains deployment targets scheduled on the cluster type"


def test_generated_files() -> None:
    """A README a cluster type, three files a target, and the promoted commit."""
    rendering = render({"c.yaml": config_map("c", {"K": "v"})})

    assert dict(rendering.files) == {
        ".github/tracking/Promoted_Commit_Id": b"c0ffee",
        "edge/README.md": README,
        "edge/shop-web/namespace.yaml": b"name: dev-edge-shop-web\n",
        "edge/shop-web/platform-config.yaml": b"K: v\n",
        "edge/shop-web/reconciler.yaml": b'path: "./web"\n',
    }
    assert (rendering.blocked, rendering.issues, rendering.warnings) == (False, (), ())
    assert rendering.promoted_commit == "c0ffee"


def test_config_of_content_type_sh_is_a_shell_file() -> None:
    """Only the config template's content type counts, and an empty config has no file."""
    text = template("cfg", "config", "{{ range $k, $v := .ConfigData }}{{ $k }}={{ $v }}{{ end }}")
    rendering = render({"c.yaml": config_map("c", {"K": "v"})}, {"templates/cfg.yaml": f"{text}  contentType: sh\n"})

    assert rendering.files["edge/shop-web/platform-config.sh"] == b"K=v\n"
    empty = render(main={"templates/cfg.yaml": template("cfg", "config", "{{- /* nothing */ -}}").replace("|", "|-")})
    assert "edge/shop-web/platform-config.yaml" not in empty.files


def test_references_follow_chained_bases() -> None:
    """A base may name another base; asked again with it, its registrations are known."""
    chained = BASE.replace("name: main", "name: global").replace("control-plane", "global")
    own = source("dev", ENVIRONMENT)
    first = references("dev", own)
    bases = {"main": source("main", {"g.yaml": chained, "templates/rec.yaml": MAIN["templates/rec.yaml"]})}
    second = references("dev", own, bases)
    third = references("dev", own, {**bases, "global": source("global", {"app.yaml": MAIN["workloads/app.yaml"]})})

    assert list(first.bases) == ["main"]
    assert first.bases["main"].commit == "c0ffee"
    assert list(second.bases) == ["global", "main"]
    assert third.workloads["app"].path == "./workload"


def test_an_environment_may_be_spread_over_chained_bases() -> None:
    """All bases are read into one namespace."""
    chained = BASE.replace("name: main", "name: global").replace(", commit: c0ffee", "")
    bases = {"main": source("main", {"global.yaml": chained}), "global": source("global", MAIN)}

    rendering = render_environment(Inputs("dev", source("dev", ENVIRONMENT), bases, {"app": source("app", APP)}))

    assert not rendering.blocked
    assert len(rendering.assignments) == 1


def test_a_missing_base_blocks() -> None:
    """The issue says which repository it would be, with the place of the BaseRepo."""
    rendering = render_environment(Inputs("dev", source("dev", ENVIRONMENT), {}, {}))

    (issue,) = rendering.issues
    assert str(issue) == (
        "dev:base-repo.yaml:1: BaseRepo main: there is no source for https://git.example/control-plane at c0ffee"
    )


def test_a_password_in_a_url_is_not_repeated() -> None:
    """Whoever wrote one finds the object by its place."""
    secret = "canary-in-a-url"
    environment = {**ENVIRONMENT, "base-repo.yaml": BASE.replace("https://", f"https://somebody:{secret}@")}
    rendering = render_environment(Inputs("dev", source("dev", environment), {}, {}))
    assert secret not in str(rendering.issues) and "https://…@git.example" in str(rendering.issues)


@pytest.mark.parametrize("app", [None, source("app", {"other/shop.yaml": WORKLOAD})])
def test_a_missing_workload_contributes_nothing(app: Source | None) -> None:
    """It is a warning, and the rest is rendered."""
    rendering = render_environment(
        Inputs("dev", source("dev", ENVIRONMENT), {"main": source("main", MAIN)}, {"app": app} if app else {})
    )

    assert not rendering.blocked
    assert set(rendering.files) == {"edge/README.md", ".github/tracking/Promoted_Commit_Id"}
    assert [problem.code for problem in rendering.warnings] == ["missing-workload"]


def test_a_source_that_names_no_object_is_told() -> None:
    """A base or workload that nothing points at is not used."""
    sources = {"main": source("main", MAIN)}, {"app": source("app", APP), "typo": source("typo", {})}

    (problem,) = render_environment(Inputs("dev", source("dev", ENVIRONMENT), *sources)).warnings

    assert (problem.code, problem.message) == (
        "unused-source",
        "no WorkloadRegistration is called typo; its source is not used",
    )


def test_an_object_in_two_sources_blocks() -> None:
    """The two would overwrite each other for ever."""
    rendering = render(main={"dup.yaml": ENVIRONMENT["cluster-types/edge.yaml"]})

    (issue,) = rendering.issues
    assert "ClusterType edge is there twice, first at dev:cluster-types/edge.yaml:1" in issue.message


def test_objects_of_a_workload_repository_count_and_are_told() -> None:
    """A ConfigMap beside a workload is config of the whole environment."""
    rendering = render(app={"workload/c.yaml": config_map("c", {"K": "v"})})

    assert rendering.files["edge/shop-web/platform-config.yaml"] == b"K: v\n"
    assert [problem.code for problem in rendering.warnings] == ["not-a-workload"]


def test_every_cause_is_listed() -> None:
    """A broken file and a template error come together; what the broken file may hold is not missed."""
    files = {"bad.yaml": "a: [", "cluster-types/core.yaml": cluster_type("core", config="nope")}
    rendering = render(files, {"templates/cfg.yaml": template("cfg", "config", "\n{{ .Nope }}")})

    assert [(issue.assignment, str(issue)) for issue in rendering.issues] == [
        ("", "dev:bad.yaml:2: not YAML: did not find expected node content"),
        (
            "shop-shop-web-edge",
            'main:templates/cfg.yaml:7: template: template:2:3: executing "template" at <.Nope>: '
            "can't evaluate field Nope in type scheduler.dataType",
        ),
    ]
    assert (rendering.blocked, dict(rendering.files), rendering.tree({})) == (True, {}, {})


def test_partial_output_is_made_role_by_role() -> None:
    """What can be rendered is, and nothing of the branch is taken away."""
    rendering = render(
        {"cluster-types/edge.yaml": cluster_type("edge", config="nope")}, previous=["old/x.yaml"], partial=True
    )

    assert rendering.blocked
    assert "edge/shop-web/reconciler.yaml" in rendering.files
    assert "edge/shop-web/platform-config.yaml" not in rendering.files
    assert rendering.tree({"old/x.yaml": b"x"})["old/x.yaml"] == b"x"
    assert rendering.deleted == ()


def test_a_template_of_objects_is_refused_once() -> None:
    """An old template is told where it stands, not again for each assignment."""
    old = template("rec", "reconciler", "x").replace("- |\n      x", "- {kind: X}")
    rendering = render(main={"templates/rec.yaml": old})

    (issue,) = rendering.issues
    assert issue.message == "Template rec: spec.manifests items must be strings"
    assert "put `- |` before each and indent it" in issue.hint
    assert str(issue.place) == "main:templates/rec.yaml:7"


def test_schema_of_the_namespace_target_and_workload_are_checked() -> None:
    """A ConfigSchema counts by its labels; targets and workloads bring their own."""
    schema = (
        "apiVersion: scheduler.kalypso.io/v1alpha1\nkind: ConfigSchema\nmetadata: {name: s, labels: {region: REGION}}\n"
        'spec:\n  schema: \'{"required":["A"]}\'\n'
    )
    workload = f'{WORKLOAD}  configSchemas: [\'{{"required":["B"]}}\']\n'
    files = {
        "eu.yaml": schema.replace("REGION", "eu"),
        "us.yaml": schema.replace("name: s", "name: t").replace("REGION", "us"),
    }

    (issue,) = render(files, app={"workload/shop.yaml": workload}).issues

    assert issue.message == "Config data validation failed: \n - A is required\n\n- B is required\n"


def test_doubtful_things_are_warnings() -> None:
    """A config that is no text, a template in another role, a name too long, a content type without effect."""
    text = template("cfg", "reconciler", "kind: ConfigMap\napiVersion: v1\ndata:\n{{ toYaml .ConfigData | indent 2 }}")
    rec = MAIN["templates/rec.yaml"] + "  contentType: yaml\n"
    name = "a" * 60
    rendering = render(
        {"c.yaml": config_map("c", {"K": "[1]"}), "t.yaml": cluster_type(name)},
        {"templates/cfg.yaml": text, "templates/rec.yaml": rec},
    )

    assert {problem.code for problem in rendering.warnings} == {
        "config-data", "template-role", "namespace-name", "content-type",
    }  # fmt: skip
    assert not rendering.blocked


PREVIOUS = {
    "README.md": b"r",
    ".github/workflows/x.yaml": b"w",
    "gone/README.md": README,
    "gone/a-b/reconciler.yaml": b"",
    "edge/notes.txt": b"n",
    "edge/old-target/reconciler.yaml": b"",
    "edge/shop-web/config.yaml": b"stale",
    "edge/shop-web/reconciler.yaml": b"edited",
}


def test_the_schedule_is_written_on_top_of_the_branch() -> None:
    """Root files and dot folders stay, what is not current goes, a target's folder is only added to."""
    rendering = render(previous=PREVIOUS)

    assert rendering.deleted == (
        "edge/notes.txt", "edge/old-target/reconciler.yaml", "gone/README.md", "gone/a-b/reconciler.yaml",
    )  # fmt: skip
    assert rendering.stale == ("edge/shop-web/config.yaml",)
    assert rendering.tree(PREVIOUS).keys() == {
        *rendering.files,
        "README.md",
        ".github/workflows/x.yaml",
        "edge/shop-web/config.yaml",
    }
    assert rendering.tree(PREVIOUS)["edge/shop-web/reconciler.yaml"] == b'path: "./web"\n'


def test_writing_twice_changes_nothing() -> None:
    """The tree of a schedule is a fixed point."""
    first = render(previous=PREVIOUS).tree(PREVIOUS)
    second = render(previous=first)

    assert (second.tree(first), second.deleted) == (first, ())


def test_an_empty_tree_is_written_as_it_is() -> None:
    """Without anything before there is nothing to keep or to delete."""
    assert write(["edge/README.md"], (), ["edge"], []) == Tree((), (), ())


@pytest.mark.parametrize(
    "change",
    [
        {"environment": {"x.yaml": "- " * 5000}},
        {"main": {"templates/cfg.yaml": template("cfg", "config", "{{ repeat 100000000 \"x\" }}")}},
        {"environment": {"p.yaml": policy("p", "{matchLabels: {'a/b/c': x}}")}},
        {"environment": {"n.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: [a]\n"}},
        {"environment": {"n.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: [x]\n"}},
        {"environment": {"n.yaml": f"{API}kind: Template\nmetadata: {{name: a}}\nspec: x\n"}},
        {"main": {"templates/rec.yaml": "\x00"}},
    ],
)  # fmt: skip
def test_nonsense_is_an_issue_not_a_crash(change: dict[str, Any]) -> None:
    """Whatever is in the files, the answer is a rendering with issues."""
    assert render(**change).blocked


def without_config_type(name: str) -> str:
    """Return a ClusterType as they were before 2024."""
    return cluster_type(name).replace(", configType: cfg", "")


def test_a_cluster_type_without_config_type_fails_where_it_is_used() -> None:
    """Its assignments fail as Kalypso's do; the object itself is an error to be told, not a blocked environment."""
    rendering = render({"cluster-types/edge.yaml": without_config_type("edge")})

    assert [(one.assignment, one.message) for one in rendering.issues] == [
        ("shop-shop-web-edge", 'config template "" not found')
    ]
    assert [(one.code, str(one.place)) for one in rendering.problems] == [
        ("no-config-type", "dev:cluster-types/edge.yaml:4")
    ]


def test_a_cluster_type_without_config_type_that_nothing_uses_is_harmless() -> None:
    """The environment renders, with its folder."""
    files = {
        "cluster-types/old.yaml": without_config_type("old"),
        "policies/all.yaml": policy("all", cluster_types="{matchLabels: {region: eu}}"),
    }
    rendering = render({**files, "cluster-types/edge.yaml": cluster_type("edge", "{region: eu}")})

    assert not rendering.blocked
    assert "old/README.md" in rendering.files
    assert [one.code for one in rendering.problems] == ["no-config-type"]


def test_a_field_that_the_api_server_drops_is_told() -> None:
    """It changes nothing, and was probably meant to."""
    typo = cluster_type("edge", "{region: eu}").replace("spec: {", "spec: {configtype: x, ")
    nested = policy("all").replace("labelSelector: {}", "labelSelector: {matchLabel: {a: b}}", 1)
    rendering = render({"cluster-types/edge.yaml": typo, "policies/all.yaml": nested})

    assert not rendering.blocked
    assert [(one.code, one.message, one.hint) for one in rendering.warnings if one.code == "unknown-field"] == [
        (
            "unknown-field",
            "ClusterType edge: there is no field spec.configtype; the API server drops it",
            "did you mean configType?",
        ),
        (
            "unknown-field",
            "SchedulingPolicy all: there is no field spec.deploymentTargetSelector.labelSelector.matchLabel; "
            "the API server drops it",
            "did you mean matchLabels?",
        ),
    ]
