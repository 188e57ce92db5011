"""The values a fleet names, and the documents they are merged into."""

from __future__ import annotations

from dataclasses import replace

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from orchestration.errors import OrchestrationError
from orchestration.fleet.model import Fleet
from orchestration.solutions import desired_values, owned_paths
from orchestration.solutions.document import edit, parse, same
from orchestration.solutions.value_sets import current_versions
from orchestration.solutions.values import DocumentKey, dotted, leaves, merge, undotted


def test_contosos_values_by_document(fleet: Fleet) -> None:
    """The nearest of target and nodes wins, and only documents with values are named."""
    exposures = {key: value["Camera"] for key, value in desired_values(fleet).items() if key.startswith("solution/")}

    assert exposures == {
        "solution/line-vision/1.0.0/lab-1-line": {"ExposureMs": 12},
        "solution/line-vision/1.0.0/pilot-1-line": {"ExposureMs": 12},
        "solution/line-vision/1.0.0/lyon-1-line-a": {"ExposureMs": 8},
        "solution/line-vision/1.0.0/lille-1-line": {"ExposureMs": 12},
    }
    assert owned_paths(fleet)["config/plant-config/1.0.0/vigo"] == ("Broker.Host",)


def test_a_held_back_environment_has_documents_of_its_version(fleet: Fleet) -> None:
    """A value document belongs to the version that its environment is to have."""
    solution = fleet.solutions["line-vision"]
    prod = replace(solution.placements[2], version="0.9.0")
    held = replace(solution, placements=(*solution.placements[:2], prod))
    keys = desired_values(replace(fleet, solutions={"line-vision": held}))

    assert "solution/line-vision/0.9.0/lille-1-line" in keys
    assert "solution/line-vision/1.0.0/pilot-1-line" in keys
    assert "solution/line-vision/1.0.0/lille-1-line" not in keys


def test_merging_goes_by_leaf_path() -> None:
    """Mappings merge, lists and scalars are replaced whole."""
    far = {"a": {"b": 1, "c": [1, 2]}, "d": {"e": 1}}
    near = {"a": {"c": [3]}, "d": 4}

    assert merge(far, near) == {"a": {"b": 1, "c": [3]}, "d": 4}


def test_paths_survive_being_written() -> None:
    """A dot or a backslash in a key is told apart from the dot between keys."""
    path = ("a.b", "c\\", "\\.d", "", "e")

    assert undotted(dotted(path)) == path
    assert dotted(("a.b", "c")) == "a\\.b.c"


def test_a_document_key_is_read_back() -> None:
    """A key's text gives the key again, and anything else is refused."""
    key = DocumentKey("config", "plant-config", "1.0.0", "france")

    assert DocumentKey.parse(str(key)) == key
    with pytest.raises(ValueError, match="no key of a value document"):
        DocumentKey.parse("other/a/1.0.0/b")


OPERATORS = """\
z: 010
a: {b: NO, 'c': "x", d: 12:30}
Camera:
  Old: 1
  ExposureMs: 12
v: 1.10
"""


def test_nothing_to_change_is_no_edit() -> None:
    """A document that says what is wanted is left alone, in whatever style it is written."""
    assert edit(OPERATORS, {"Camera": {"ExposureMs": 12}}, [("Camera", "Gone"), ("a", "b", "c")]) is None


def test_operators_keep_their_keys_order_and_scalars() -> None:
    """Setting a value leaves every other scalar exactly as it was written."""
    text = edit(OPERATORS, {"Camera": {"ExposureMs": 8}, "a": {"e": "NO"}}, [])

    assert text == (
        "z: 010\na:\n  b: NO\n  'c': \"x\"\n  d: 12:30\n  e: \"NO\"\n"
        "Camera:\n  Old: 1\n  ExposureMs: 8\nv: 1.10\n"
    )  # fmt: skip


def test_taking_back_the_last_key_removes_the_mapping() -> None:
    """Paths that are taken back go, with the mappings that become empty, and nothing else."""
    text = edit("a: {b: {c: 1}}\nd: {}\n", {}, [("a", "b", "c"), ("d", "x")])

    assert text == "d: {}\n"


@pytest.mark.parametrize("before", ["12", '"12"', "12.0", "true"])
def test_a_value_of_another_type_is_another_value(before: str) -> None:
    """A number, a text and a truth value that look alike are told apart."""
    wanted = {"12": 12, '"12"': "12", "12.0": 12.0, "true": True}

    for text, value in wanted.items():
        edited = edit(f"k: {before}\n", {"k": value}, [])
        assert (edited is None) == (text == before)


def test_an_empty_mapping_leaves_what_operators_put_in() -> None:
    """A fleet that names an empty mapping neither empties nor takes back what others wrote into it."""
    assert edit("a: {b: 1}\n", {"a": {}}, []) is None
    assert edit("a: {b: 1}\n", {}, [("a",)]) is None
    assert edit("a: {}\nc: 1\n", {}, [("a",)]) == "c: 1\n"


def test_an_alias_is_not_edited_through() -> None:
    """Setting a value in a mapping that is used twice changes it in one place."""
    text = edit("a: &x {k: 1}\nb: *x\n", {"b": {"k": 2}}, [])

    assert text is not None
    assert yaml.safe_load(text) == {"a": {"k": 1}, "b": {"k": 2}}


@pytest.mark.parametrize("text", ["- a", "just text", "a: [", "a: !!python/object:os.x {}\n- b"])
def test_a_document_that_is_no_mapping_is_refused(text: str) -> None:
    """What is not a mapping is never overwritten."""
    with pytest.raises(OrchestrationError, match="the values there are not"):
        edit(text, {"a": 1}, [])


SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
VALUES = st.dictionaries(
    st.text(max_size=6),
    st.recursive(
        SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_size=4,
)


@given(VALUES, VALUES)
def test_setting_values_sets_them_and_no_others(before: dict[str, object], wanted: dict[str, object]) -> None:
    """After an edit the document is the merge of both, and a second edit changes nothing."""
    text = edit(yaml.safe_dump(before), wanted, [])
    after = text if text is not None else yaml.safe_dump(before)

    assert same(parse(after), merge(before, wanted))
    assert edit(after, wanted, []) is None


@given(VALUES)
def test_taking_back_everything_leaves_nothing(values: dict[str, object]) -> None:
    """A document that only the fleet wrote is empty once all its paths are taken back."""
    text = edit("", values, [])
    paths = [path for path, _ in leaves(values)]

    assert parse(edit(text or "", {}, paths) or "{}") == {}


@pytest.mark.parametrize(
    ("present", "forms"),
    [(None, ("1", "1.2.0")), ("1", ()), ("1.2.0", ()), ("1.0.0", ("1.2.0",))],
)
def test_the_form_of_a_current_version(present: str | None, forms: tuple[str, ...]) -> None:
    """A plain number is tried first and stays; a value set that holds versions is moved to the new one."""
    assert current_versions(present, "1.2.0") == forms
