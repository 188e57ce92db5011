"""What goes wrong on targets and clusters on command; unlike faults of single requests it outlives the server.

A trouble is for all targets, or clusters, of one ARM name, also for those that come later. Those of a target hit its
next installations: `fail` ends them, `slow` makes them last, `stuck` holds them, `unhealthy` lets a component be unwell
afterwards; what is stuck or unwell stays so until the trouble is cleared. `unstaged` keeps images from being staged;
`slow-review` and `slow-publish` make its next reviews, or publications, last. A cluster is `offline`, `expired` or
`gone`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from orchestration.sandbox.arm.errors import bad_request, not_found
from orchestration.sandbox.arm.resource import Resource
from orchestration.sandbox.arm.store import Store

TARGETS, CLUSTERS = "Microsoft.Edge/targets", "Microsoft.Kubernetes/connectedClusters"
FAIL, SLOW, STUCK, UNHEALTHY = OF_INSTALLATIONS = ("fail", "slow", "stuck", "unhealthy")
UNSTAGED = "unstaged"
OF_REVIEWS, OF_PUBLICATIONS = ("slow-review",), ("slow-publish",)
OF_TARGETS = (*OF_INSTALLATIONS, UNSTAGED, *OF_REVIEWS, *OF_PUBLICATIONS)
OFFLINE, EXPIRED, GONE = OF_CLUSTERS = ("offline", "expired", "gone")
DRAGGING = (SLOW, *OF_REVIEWS, *OF_PUBLICATIONS)
WITH_SECONDS = (*DRAGGING, UNHEALTHY, OFFLINE, EXPIRED)
"""How long actions take; when what is unwell, offline or expired mends by itself."""

KINDS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "target": (TARGETS, OF_TARGETS),
    "cluster": (CLUSTERS, OF_CLUSTERS),
}
DEFAULT_SECONDS = 60.0
LONGEST = 24 * 3600
_LOOK_AGAIN = 0.25
"""Seconds after which it is looked again whether what is stuck was released."""

_STAYS = (STUCK, UNHEALTHY)
_ROWS, _ASIDE = "troubles", "gone"


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """One trouble: of which target or cluster, how many actions it still hits, and since when it stands."""

    id: int
    on: str
    name: str
    what: str
    times: int
    seconds: float
    since: float

    def stands(self, now: float) -> bool:
        """Whether it has not ended by itself."""
        return not self.seconds or now < self.since + self.seconds


def add_trouble(store: Store, body: Any) -> bool:
    """Let the trouble that *body* describes begin; return whether there is something of that name by now.

    *body* has `target` or `cluster`, a name, then `what`, and may have `times` and `seconds`. Raise 400 if it describes
    none, 404 if a cluster that is not there is to be gone.
    """
    given = _checked(body)
    on = given["on"]
    known = _called(store, on, given["name"])
    if on == "cluster":
        clear_troubles(store, on, given["name"])
    if given["what"] == GONE:
        _set_aside(store, given["name"])
    rows = _rows(store)
    number = int(store.fact(_ROWS).get("last", 0)) + 1
    _keep(store, [*rows, Trouble(id=number, since=store.now(), **given)], last=number)
    return bool(known)


def clear_troubles(store: Store, on: str = "", name: str = "") -> None:
    """Take back the troubles of a target or cluster, or all; clusters that were gone are there again."""

    def stays(trouble: Trouble) -> bool:
        return bool(on) and (trouble.on, trouble.name) != (on, name.lower())

    if on not in ("", *KINDS):
        raise bad_request("InvalidFault", f"Faults are those of a {' or a '.join(KINDS)}.")
    rows = _rows(store)
    for trouble in rows:
        if trouble.what == GONE and not stays(trouble):
            _put_back(store, trouble.name)
    _keep(store, [trouble for trouble in rows if stays(trouble)])


def list_troubles(store: Store) -> list[dict[str, Any]]:
    """Return the troubles that there are, each with its target or cluster."""
    shown = ("what", "times", "seconds")
    return [{each.on: each.name} | {key: getattr(each, key) for key in shown} for each in _rows(store)]


def take_trouble(store: Store, target: str, kinds: Collection[str]) -> dict[str, Any] | None:
    """Return what an action that begins on a *target* meets of *kinds*, which hits one less from now on, or None."""
    rows = _rows(store)
    for index, trouble in enumerate(rows):
        meant = (trouble.on, trouble.name) == ("target", target.lower()) and trouble.what in kinds
        if meant and trouble.times:
            left = replace(trouble, times=trouble.times - 1)
            rows[index : index + 1] = [left] if left.times or left.what in _STAYS else []
            _keep(store, rows)
            return {"id": trouble.id, "what": trouble.what, "seconds": trouble.seconds, "since": store.now()}
    return None


def wait_of(store: Store, met: Mapping[str, Any] | None) -> float:
    """Return for how many seconds what an action met holds it up, 0 if it does not."""
    if met and met["what"] in DRAGGING:
        return max(0.0, float(met["since"]) + float(met["seconds"]) - store.now())
    return _LOOK_AGAIN if met and met["what"] == STUCK and is_there(store, met) else 0.0


def is_there(store: Store, met: Mapping[str, Any]) -> bool:
    """Return whether the trouble that an action met was not cleared, and has not ended by itself."""
    ended = met["seconds"] and store.now() >= float(met["since"]) + float(met["seconds"])
    return not ended and any(trouble.id == met["id"] for trouble in _rows(store))


def cluster_trouble(store: Store, cluster: Resource) -> Trouble | None:
    """Return what is wrong with a cluster, None if nothing is."""
    now, name = store.now(), cluster.name.lower()
    found = (trouble for trouble in _rows(store) if (trouble.on, trouble.name) == ("cluster", name))
    return next((trouble for trouble in found if trouble.stands(now)), None)


def _rows(store: Store) -> list[Trouble]:
    return [Trouble(**row) for row in store.fact(_ROWS).get("rows", ())]


def _keep(store: Store, rows: list[Trouble], *, last: int = 0) -> None:
    number = last or int(store.fact(_ROWS).get("last", 0))
    store.set_fact(_ROWS, {"last": number, "rows": [asdict(row) for row in rows]})


def _checked(body: Any) -> dict[str, Any]:
    """Return what *body* says of a trouble; raise 400 if that is none."""
    given = {key: value for key, value in body.items() if value is not None}
    on = next((each for each in KINDS if each in given), "")
    kinds = KINDS[on][1] if on else ()
    if given.get("what") not in kinds or not given.keys() <= {on, "what", "times", "seconds"}:
        message = f"A fault of a {on} is {' or '.join(kinds)}, and may have times and seconds."
        raise bad_request("InvalidFault", message)
    name, what, times, seconds = given[on], given["what"], given.get("times", 1), given.get("seconds")
    _require(isinstance(name, str) and name.strip() != "", f"{on} is a name.")
    _require(type(times) is int and times >= 1, "times is a number from 1.")
    _require("times" not in given or on == "target", f"A cluster that is {what} stays so: leave times out.")
    in_bounds = seconds is None or (type(seconds) in (int, float) and 0 < float(seconds) <= LONGEST)
    _require(in_bounds, f"seconds is a number up to {LONGEST}.")
    _require(seconds is None or what in WITH_SECONDS, f"'{what}' has no seconds.")
    default = DEFAULT_SECONDS if what in DRAGGING else 0.0
    return {"on": on, "name": name.lower(), "what": what, "times": times, "seconds": float(seconds or default)}


def _require(holds: bool, message: str) -> None:
    if not holds:
        raise bad_request("InvalidFault", message)


def _called(store: Store, on: str, name: str) -> list[Resource]:
    return [each for each in store.list(KINDS[on][0]) if each.name.lower() == name.lower()]


def _set_aside(store: Store, name: str) -> None:
    """Take the clusters of that name away, with all that lies on them."""
    found = _called(store, "cluster", name)
    if not found:
        there = ", ".join(sorted(each.name for each in store.list(CLUSTERS))) or "none"
        raise not_found(
            "ClusterNotFound", f"There is no connected cluster '{name}' that could be gone; there are: {there}."
        )
    rows = [gone.to_json() for cluster in found for gone in store.delete(cluster.id)]
    store.set_fact(_ASIDE, {**store.fact(_ASIDE), name: rows})


def _put_back(store: Store, name: str) -> None:
    """Put back what was taken away and has not been made anew since."""
    kept = dict(store.fact(_ASIDE))
    for row in kept.pop(name, ()):
        resource = Resource.from_json(row)
        if store.get(resource.id) is None:
            store.put(resource)
    store.set_fact(_ASIDE, kept)
