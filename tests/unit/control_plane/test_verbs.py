"""Render, validate, explain and diff on sources in memory and in folders."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from orchestration.control_plane import Sources, diff, explain, render, validate, write_tree
from orchestration.errors import RepositoryError, UsageError
from orchestration.kalypso import Issue
from tests.unit.kalypso.samples import APP, ENVIRONMENT, MAIN, WORKLOAD, config_map, policy, source, template

EU = config_map("b-eu", {"URL": "eu", "LIST": "[2]"}, region="eu")
ALL = config_map("a-all", {"URL": "all", "NAME": "x", "LIST": "[1]"})


def sources(
    environment: Mapping[str, str | None] | None = None,
    main: Mapping[str, str | None] | None = None,
    app: Mapping[str, str | None] | None = None,
) -> Sources:
    """Return the sample's sources with files added, replaced or (None) taken away."""
    return Sources(
        "dev",
        source("dev", {**ENVIRONMENT, **(environment or {})}),
        {"main": source("main", {**MAIN, **(main or {})})},
        {"app": source("app", {**APP, **(app or {})})},
    )


def codes(found: Sources) -> set[str]:
    return {problem.code for problem in validate(found)}


def test_a_sound_environment_has_no_problem_but_its_empty_files() -> None:
    """Nothing is told of what is as it should be."""
    assert validate(sources({"c.yaml": config_map("c", {"K": "v"})})) == ()


@pytest.mark.parametrize(
    ("code", "files", "where"),
    [
        ("missing-template", {"cluster-types/x.yaml": "KIND x"}, "dev:cluster-types/x.yaml"),
        ("selects-nothing", {"policies/p.yaml": policy("p", "{matchLabels: {purpose: none}}")}, "dev:policies/p.yaml"),
        ("plain-secret", {"c.yaml": config_map("c", {"DB_PASSWORD": "hunter2"})}, "dev:c.yaml"),
        ("plain-secret", {"c.yaml": config_map("c", {"URL": "postgres://u:p@host/db"})}, "dev:c.yaml"),
        ("ordered-by-name", {"a.yaml": ALL, "b.yaml": config_map("b", {"URL": "b"})}, "dev:b.yaml"),
        ("invalid-yaml", {"bad.yaml": "a: ["}, "dev:bad.yaml"),
        ("overlapping-policies", {"policies/p.yaml": policy("p")}, "dev:policies/p.yaml"),
        ("unused-config", {"c.yaml": config_map("c", {"K": "v"}, region="us")}, "dev:c.yaml"),
    ],
)
def test_what_would_surprise_is_told_with_its_place(code: str, files: dict[str, str], where: str) -> None:
    """Each by a stable code."""
    kind = ENVIRONMENT["cluster-types/edge.yaml"].replace("name: edge", "name: x").replace("rec,", "nope,")
    written = {path: text.replace("KIND x", kind) for path, text in files.items()}
    found = [problem for problem in validate(sources(written)) if problem.code == code]
    assert [problem.place.file for problem in found] == [where]
    assert found[0].place.line


def test_the_more_specific_config_may_override() -> None:
    """Only where the names of the ConfigMaps alone decide is it an accident; lists are merged."""
    assert "ordered-by-name" not in codes(sources({"a.yaml": ALL, "b.yaml": EU}))
    swapped = {"a.yaml": config_map("a", {"URL": "eu"}, region="eu"), "b.yaml": config_map("b", {"URL": "all"})}
    assert "ordered-by-name" in codes(sources(swapped))


def test_a_failing_assignment_an_old_api_and_a_name_twice_are_told() -> None:
    """A template of Flux's old API, one that fails, a registration called like a base."""
    old = template("rec", "reconciler", "apiVersion: source.toolkit.fluxcd.io/v1beta2")
    failing = template("cfg", "config", "{{ .Nope }}")
    registration = MAIN["workloads/app.yaml"]
    named = {"workloads/main.yaml": registration.replace("name: app", "name: main")}
    found = codes(sources(main={"templates/rec.yaml": old, "templates/cfg.yaml": failing, **named}))
    assert {"old-flux-api", "assignment-fails", "same-flux-name"} <= found


def test_errors_come_first() -> None:
    """Whatever their files are called."""
    found = validate(sources({"a.yaml": config_map("c", {"TOKEN": "x"}), "z.yaml": "a: ["}))
    assert [problem.severity for problem in found] == sorted(
        (problem.severity for problem in found), key=["error", "warning"].index
    )


def test_values_are_explained_in_the_order_in_which_they_are_merged() -> None:
    """Each with its place and the label that made it apply."""
    found = explain(sources({"a.yaml": ALL, "b.yaml": EU}), "edge", "shop-web")
    keys = {one.key: one.to_json() for one in found.keys}
    assert {name: one["value"] for name, one in keys.items()} == {"LIST": [1, 2], "NAME": "x", "URL": "eu"}
    assert [(link["object"], link["because"]) for link in keys["URL"]["chain"]] == [
        ("ConfigMap a-all", "it has no label and applies everywhere"),
        ("ConfigMap b-eu", "region: eu is a label of the cluster type"),
    ]
    assert {link["file"] for link in keys["URL"]["chain"]} == {"dev:a.yaml", "dev:b.yaml"}
    assert found.policies == ("all",) and found.why_not == ()
    assert [(made.path, made.template) for made in found.files] == [
        ("edge/shop-web/reconciler.yaml", "rec"),
        ("edge/shop-web/namespace.yaml", "ns"),
        ("edge/shop-web/platform-config.yaml", "cfg"),
    ]


@pytest.mark.parametrize(
    ("chosen", "requirement", "labels"),
    [
        (policy("all", workspace="team-b"), "deploymentTargetSelector: workspace is team-b", "workspace"),
        (policy("all", "{matchLabels: {purpose: prod}}"), "deploymentTargetSelector: purpose = prod", "purpose"),
        (
            policy("all", cluster_types="{matchExpressions: [{key: region, operator: NotIn, values: [eu, us]}]}"),
            "clusterTypeSelector: region not in (eu, us)",
            "region",
        ),
        (
            policy("all", cluster_types="{matchExpressions: [{key: gpu, operator: Exists}]}"),
            "clusterTypeSelector: gpu exists",
            "region",
        ),
    ],
)
def test_the_first_requirement_that_is_not_met_is_named(chosen: str, requirement: str, labels: str) -> None:
    """With the labels that were there instead."""
    found = explain(sources({"policies/all.yaml": chosen}), "edge", "shop-web")
    (miss,) = found.why_not
    assert (miss.policy, miss.requirement) == ("all", requirement)
    assert labels in miss.labels and not any("fluxcd" in key for key in miss.labels)
    assert found.policies == ()


def test_what_is_not_there_cannot_be_explained() -> None:
    """The error names what there is."""
    for arguments in (("core", "shop-web"), ("edge", "shop"), ("edge", "shop-web", "NOPE")):
        with pytest.raises(UsageError) as caught:
            explain(sources({"a.yaml": ALL}), *arguments)
        assert any(name in caught.value.hint for name in ("edge", "shop-web", "URL"))


def test_without_its_branch_nothing_is_known() -> None:
    """Every verb says why."""
    unread = Sources("dev", None, {}, {}, (Issue("", "environment dev: there is no folder x", hint="name another"),))
    assert render(unread).blocked and "no folder x" in render(unread).issues[0].message
    assert [problem.code for problem in validate(unread)] == ["unread"]
    with pytest.raises(RepositoryError, match="no folder x") as caught:
        explain(unread, "edge", "shop-web")
    assert caught.value.hint == "name another"


def test_what_cannot_be_read_blocks_unless_the_rest_is_asked_for() -> None:
    """A workload that is refused is none that contributes nothing."""
    refused = replace(sources(), unread=(Issue("", "WorkloadRegistration other: it is not read"),))
    assert render(refused).blocked and dict(render(refused).files) == {}
    partly = render(refused, partial=True)
    assert partly.blocked and "edge/shop-web/reconciler.yaml" in partly.files


def test_a_change_is_shown_file_by_file() -> None:
    """Added, removed and changed, as unified diffs, with a line that sums up."""
    old = sources({"a.yaml": ALL})
    added = WORKLOAD.replace("name: uat, environment: stage", "name: uat, environment: dev")
    new = sources({"a.yaml": ALL.replace('"x"', '"y"')}, app={"workload/shop.yaml": added})
    found = diff(old, new)
    assert {(one.path, one.change) for one in found.changes} == {
        ("edge/shop-uat/namespace.yaml", "added"),
        ("edge/shop-uat/platform-config.yaml", "added"),
        ("edge/shop-uat/reconciler.yaml", "added"),
        ("edge/shop-web/platform-config.yaml", "changed"),
    }
    changed = next(one for one in found.changes if one.change == "changed")
    assert '-NAME: x\n+NAME: "y"\n' in changed.diff
    assert (changed.cluster_type, changed.deployment_target) == ("edge", "shop-web")
    assert found.summary == "4 files (3 added, 1 changed) of 2 targets on 1 cluster type"
    assert [one.change for one in diff(new, old).changes].count("removed") == 3
    assert diff(old, old).changes == () and diff(old, old).summary == "no change"


def test_a_blocked_side_is_said() -> None:
    """A new one changes nothing; an old one was nothing."""
    bad = sources({"bad.yaml": "a: ["})
    assert diff(sources(), bad).to_json()["blocked"] == {"old": False, "new": True}
    assert diff(sources(), bad).changes == ()
    assert {one.change for one in diff(bad, sources()).changes} == {"added"}


def test_a_tree_is_written_whole_and_nothing_else(tmp_path: Path) -> None:
    """Again into the same folder, too; not over what is not of the tree, and not through a link."""
    files = {"edge/README.md": b"x", "edge/web/a.yaml": b"a"}
    to = tmp_path / "out" / "tree"
    for _ in range(2):
        write_tree(files, to)
        assert {path.relative_to(to).as_posix() for path in to.rglob("*") if path.is_file()} == set(files)
    assert [path.name for path in to.parent.iterdir()] == ["tree"]
    (to / "mine.txt").write_text("keep")
    with pytest.raises(UsageError, match=r"holds mine\.txt"):
        write_tree(files, to)
    assert (to / "mine.txt").read_text() == "keep"


@pytest.mark.parametrize("path", ["../out.yaml", "/etc/x", "a//b", ".git/config"])
def test_no_path_leads_out_of_the_folder(tmp_path: Path, path: str) -> None:
    """Nothing is written then."""
    with pytest.raises(UsageError):
        write_tree({"ok.yaml": b"", path: b""}, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_a_link_is_refused(tmp_path: Path) -> None:
    """It may lead anywhere."""
    (tmp_path / "real" / "edge").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with pytest.raises(UsageError):
        write_tree({"a": b""}, tmp_path / "link")
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree" / "edge").symlink_to(tmp_path / "real")
    with pytest.raises(UsageError):
        write_tree({"edge/a": b""}, tmp_path / "tree")
    assert list((tmp_path / "real").rglob("*")) == [tmp_path / "real" / "edge"]


PROVIDER = """\
apiVersion: azconfig.io/v1
kind: AzureAppConfigurationProvider
metadata: {name: provider}
spec: {endpoint: https://x.azconfig.io, target: {configMapName: azure-app-config-x}}
"""


def test_values_that_are_not_in_git_block_until_they_are_given(tmp_path: Path) -> None:
    """The ConfigMap that a provider makes is read from a file, and wins over what stands in Git."""
    files = {"provider.yaml": PROVIDER, "c.yaml": config_map("c", {"URL": "git"})}
    (issue,) = render(sources(files)).issues
    assert "makes ConfigMap azure-app-config-x, whose values are not in Git" in issue.message
    assert "--config" in issue.hint and str(issue.place) == "dev:provider.yaml:1"
    made = {"region.eu.URL": "cluster", "region.us.URL": "other"}
    given = source(
        "--config", {"made.yaml": config_map("azure-app-config-x", made).replace('"platform-config"', '"x"')}
    )
    rendering = render(replace(sources(files), configs=given))
    assert rendering.files["edge/shop-web/platform-config.yaml"] == b"URL: cluster\n"


def test_a_workload_brings_no_base_of_its_own_unless_it_may() -> None:
    """Whoever writes a workload could have anything applied."""
    base = ENVIRONMENT["base-repo.yaml"].replace("name: main", "name: more")
    more = {"more": source("more", {"c.yaml": config_map("c", {"K": "more"})})}
    given = sources(app={"workload/base.yaml": base})
    given = replace(given, bases={**given.bases, **more})
    assert "workload-base" in codes(given)
    assert "edge/shop-web/platform-config.yaml" in render(given).files
    assert b"more" not in render(given).files["edge/shop-web/platform-config.yaml"]
    allowed = render(replace(given, workload_bases=True))
    assert allowed.files["edge/shop-web/platform-config.yaml"] == b"K: more\n"
