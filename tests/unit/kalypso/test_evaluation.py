"""One side of a comparison taken over from the other: the same as if all were rendered, with only what differs."""

from __future__ import annotations

from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from orchestration.kalypso import Inputs
from orchestration.kalypso.evaluation import Evaluation, evaluate
from tests.unit.kalypso.samples import (
    API,
    APP,
    ENVIRONMENT,
    MAIN,
    WORKLOAD,
    cluster_type,
    config_map,
    policy,
    source,
    template,
)

Files = Mapping[str, str]
SCHEMA = (
    f"{API}kind: ConfigSchema\nmetadata: {{name: s, labels: {{region: eu}}}}\n"
    'spec: {schema: \'{"type": "object", "required": ["K"]}\'}\n'
)
EDITS: Mapping[str, tuple[str | None, ...]] = {
    "env/cluster-types/other.yaml": (None, cluster_type("other"), cluster_type("other", "{region: eu}", "cfg2")),
    "env/cluster-types/edge.yaml": (cluster_type("edge", "{region: eu}"), cluster_type("edge"), None),
    "env/configs/a.yaml": (None, config_map("a", {"K": "1"}), config_map("a", {"K": "2"}, region="eu")),
    "env/configs/b.yaml": (None, config_map("b", {"K": "- name: x"}), config_map("b", {"L": "x"}, cluster_type="edge")),
    "env/schema.yaml": (None, SCHEMA, SCHEMA.replace("K", "L")),
    "env/policies/all.yaml": (policy("all"), policy("all", cluster_types="{matchLabels: {region: eu}}"), None),
    "main/templates/ns.yaml": (
        template("ns", "namespace", "name: {{ .Namespace }}"),
        template("ns", "namespace", "name: {{ .Workload }}"),
        template("ns", "namespace", "{{ fail .Workload }}"),
        "not: an object\n",
        None,
    ),
    "main/templates/cfg2.yaml": (None, template("cfg2", "config", "{{ stringify .ConfigData }}")),
    "app/workload/shop.yaml": (WORKLOAD, WORKLOAD.replace("purpose: test", "purpose: other"), None),
}  # fmt: skip
EDITED = st.fixed_dictionaries({path: st.sampled_from(texts) for path, texts in EDITS.items()})


def evaluated(edits: Mapping[str, str | None], like: Evaluation | None = None) -> Evaluation:
    """Return what the sample comes to after edits of its files."""
    files = {"env": ENVIRONMENT, "main": MAIN, "app": APP}
    sides = {
        name: {**there, **{path.partition("/")[2]: text for path, text in edits.items() if path.startswith(f"{name}/")}}
        for name, there in files.items()
    }
    bases, workloads = {"main": source("main", sides["main"])}, {"app": source("app", sides["app"])}
    return evaluate(Inputs("dev", source("dev", sides["env"]), bases, workloads), like=like)


@given(EDITED, EDITED)
def test_what_is_taken_over_is_what_would_be_rendered(
    before: Mapping[str, str | None], after: Mapping[str, str | None]
) -> None:
    """Whatever differs between two sides: files, failures and their order are those of a rendering of its own."""
    taken_over, own = evaluated(after, evaluated(before)), evaluated(after)
    assert list(taken_over.rendered.items()) == list(own.rendered.items())
    assert taken_over.planned == own.planned


def test_only_what_a_change_touches_is_rendered_again() -> None:
    """The assignments on the cluster type that a config map is for, none of the others; none without a change."""
    two = {"env/cluster-types/other.yaml": cluster_type("other", "{region: us}")}
    old = evaluated(two)
    assert len(old.fresh) == 2
    assert evaluated(two, old).fresh == frozenset()
    new = evaluated({**two, "env/configs/a.yaml": config_map("a", {"K": "1"}, region="us")}, old)
    assert {one.cluster_type for one in new.fresh_schedule.assignments} == {"other"}
    assert new.rendered != old.rendered
