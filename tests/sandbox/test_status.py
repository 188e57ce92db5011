"""Which part of a fleet the status is asked for."""

from __future__ import annotations

import pytest

from orchestration import UsageError
from tests.sandbox.place import Place


def names(place: Place, **narrowed: str) -> list[str]:
    """Return the clusters that the status tells of, and see that its targets are theirs."""
    with place.orchestrator() as orchestrator:
        report = orchestrator.status(**narrowed)
    found = [str(row["name"]) for row in report.clusters]
    assert {row.cluster for row in report.targets} <= set(found)
    return found


def test_a_selector_narrows_to_clusters(contoso_seen: Place) -> None:
    """Labels of the cluster type and of the cluster are one set; all that are named must be there."""
    assert names(contoso_seen, selector="size=large") == ["lyon-1", "bilbao-1"]
    assert names(contoso_seen, selector="size=large, line=bakery") == ["lyon-1"]
    assert names(contoso_seen, selector="region=eu", environment="qa") == ["pilot-1"]


@pytest.mark.parametrize("selector", ["size=huge", "sise=large", "size==large", "size=large,line=none"])
def test_a_selector_without_a_cluster_is_an_error(contoso_seen: Place, selector: str) -> None:
    """A slip of the pen is not told as healthy."""
    with pytest.raises(UsageError, match="no cluster has the labels"):
        names(contoso_seen, selector=selector)


@pytest.mark.parametrize("selector", ["size", "=large", "size=large,line"])
def test_a_selector_is_made_of_pairs(contoso_seen: Place, selector: str) -> None:
    """What cannot be read says how it is written."""
    with pytest.raises(UsageError, match="selects nothing") as caught:
        names(contoso_seen, selector=selector)
    assert "KEY=VALUE" in caught.value.hint
