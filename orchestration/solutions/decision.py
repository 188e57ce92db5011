"""What to do next for a solution on one target, as a function of what is there.

The newest version of the wanted template version, instance and resolved configuration decides where
to go on, so a rollout that was killed anywhere is continued rather than begun again. The states are
those of Microsoft.Edge 2026-03-01; what no page says of them is in docs/assumptions.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Literal

from orchestration.errors import OrchestrationError
from orchestration.solutions.document import parse, same
from orchestration.solutions.installed import UNDER_WAY, Installed, SolutionVersion
from orchestration.solutions.jobs import Job
from orchestration.solutions.values import Path

REVIEWED = frozenset({"InReview", "UpgradeInReview"})
PUBLISHED = frozenset({"ReadyToDeploy", "ReadyToUpgrade", "Undeployed"})
RAN = frozenset({"Deployed", "Undeployed"})
FAILED = frozenset({"Failed"})
REJECTED = frozenset({"ExternalValidationFailed"})
IN_PROGRESS = "InProgress"
UNVALIDATED = frozenset({"PendingExternalValidation"})
INSTALLED = frozenset({"Deploying", "Deployed", "Failed"})

VALIDATE = (
    "see whether the validator runs and the context has an event subscription that reaches it, or give the verdict "
    "yourself with ewo solution validation; then run again"
)
REJECTED_HINT = (
    "correct what it complains about and give the solution another version or values; --continue has it validated anew"
)
SEE_TO_REGISTRY = (
    "see whether the connected registry runs, its token is valid, it has room (take repositories out of its scope map) "
    "and the images' digests are those of the registry above it"
)
STAGE = f"{SEE_TO_REGISTRY}; --continue stages again, as a new revision"
"""What https://learn.microsoft.com/azure/azure-arc/workload-orchestration/troubleshooting says to do."""

Through = Literal["review", "publish", "install"]
"""The last step that is wanted."""


class Step(Enum):
    """What a target needs next."""

    REVIEW = "review"
    PUBLISH = "publish"
    INSTALL = "install"
    WAIT = "wait"
    NOTHING = "nothing"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class Parent:
    """The version of another solution that is depended on; `alike` are ids in lower case, of all that say the same."""

    id: str
    alike: frozenset[str]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a target is to run; `instance` is empty for the unnamed one.

    `parents` is what it depends on, `received` are key paths that others put into its configuration; what `injects`
    into its parents does so when it is published.
    """

    template_version_id: str
    instance: str
    configuration: str = field(repr=False)
    parents: tuple[Parent, ...] = ()
    received: frozenset[Path] = frozenset()
    injects: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """The next step, the solution version it is about, why it waits or stops, and what to do about that.

    `job` is waited for if something goes on that the version does not show; `code` is the service's, if it refused.
    """

    step: Step
    version: SolutionVersion | None = None
    reason: str = ""
    hint: str = ""
    job: Job | None = None
    code: str = ""

    @property
    def unvalidated(self) -> bool:
        """Whether an external validator is waited for."""
        return self.version is not None and self.version.state in UNVALIDATED


def decide(installed: Installed | None, wanted: Wanted, reviewed: str = "", *, retry: bool = False) -> Decision:
    """Return the next step towards *wanted*; *reviewed* is the id of a version this run has reviewed.

    A failed version is a reason to stop unless *retry* says to install it again.
    """
    version = current(installed, wanted, reviewed)
    if installed is None or version is None:
        return Decision(Step.REVIEW) if installed is None or reviewed else _review(installed, wanted)
    if version.state in REVIEWED | PUBLISHED and version.stage_status == IN_PROGRESS:
        return Decision(Step.WAIT, version, f"has its {version.stage.lower()} in progress")
    if version.state in REVIEWED:
        return Decision(Step.PUBLISH, version)
    if version.state in PUBLISHED:
        return _install(version, wanted)
    if version.state in UNDER_WAY:
        return Decision(Step.WAIT, version, f"is {version.state}")
    if version.state in UNVALIDATED:
        return Decision(Step.WAIT, version, f"waits for its external validation, {version.validation_id}", VALIDATE)
    if version.state == "Deployed":
        return _deployed(installed, version, wanted)
    if retry and (version.state in REJECTED or _unstaged(version)):
        return Decision(Step.REVIEW)
    if retry and version.state in FAILED:
        return Decision(Step.INSTALL, version)
    return Decision(Step.STOP, version, _complaint(installed, version), _remedy(version))


def ends(decision: Decision, through: Through) -> Decision:
    """Return the decision, or that nothing is to be done if its version has got as far as is wanted."""
    done = decision.version is not None and through != "install" and has_got(decision.version, through)
    return Decision(Step.NOTHING, decision.version) if done else decision


def next_after(step: Step, wanted: Wanted, version_id: str) -> Decision:
    """Return what follows a step that Azure says is done, before the target has shown it."""
    state, then = {
        Step.REVIEW: ("InReview", Step.PUBLISH),
        Step.PUBLISH: ("ReadyToDeploy", Step.INSTALL),
        Step.INSTALL: ("Deploying", Step.WAIT),
    }[step]
    known = (wanted.template_version_id, wanted.instance, 0, state, wanted.configuration)
    return Decision(then, SolutionVersion(version_id, *known))


def has_got(version: SolutionVersion, through: Literal["review", "publish"]) -> bool:
    """Whether a version is reviewed or published, whatever became of it since."""
    return through == "review" or (version.state in PUBLISHED | INSTALLED and not _unstaged(version))


def current(installed: Installed | None, wanted: Wanted, reviewed: str = "") -> SolutionVersion | None:
    """Return the version that *wanted* resolved to: the one reviewed by this run, else the newest alike."""
    if installed is None:
        return None
    if reviewed:
        return next((version for version in installed.versions if version.id.lower() == reviewed.lower()), None)
    versions = installed.of_instance(wanted.instance)
    return next((version for version in versions if _alike(version, wanted)), None)


def parent_of(installed: Installed, version: SolutionVersion, received: frozenset[Path]) -> Parent:
    """Return *version* as something that is depended on, with all that say the same but for what is *received*."""
    wanted = Wanted(version.template_version_id, version.instance, version.configuration, received=received)
    alike = (each.id.lower() for each in installed.of_instance(version.instance) if _same_content(each, wanted))
    return Parent(version.id, frozenset(alike))


def _review(installed: Installed, wanted: Wanted) -> Decision:
    """Return that a review is needed, or waited for if a version is there whose own is not done yet."""
    for version in installed.of_instance(wanted.instance):
        same_template = version.template_version_id.lower() == wanted.template_version_id.lower()
        if same_template and (version.stage, version.stage_status) == ("Configuration", IN_PROGRESS):
            return Decision(Step.WAIT, None, f"the review of {version.id.rsplit('/', 1)[-1]} is in progress")
    return Decision(Step.REVIEW)


def _alike(version: SolutionVersion, wanted: Wanted) -> bool:
    told = {item.lower() for item in version.dependencies}
    return _same_content(version, wanted) and all(told & parent.alike for parent in wanted.parents)


def _same_content(version: SolutionVersion, wanted: Wanted) -> bool:
    if version.template_version_id.lower() != wanted.template_version_id.lower():
        return False
    if version.configuration == wanted.configuration:
        return True
    return _equal(version.configuration, wanted.configuration, wanted.received)


def _equal(one: str, other: str, received: frozenset[Path]) -> bool:
    """Whether two resolved configurations say the same but for what is *received*, however they are written."""
    try:
        return same(_without(parse(one), received), _without(parse(other), received))
    except OrchestrationError:
        return False


def _without(values: Any, paths: frozenset[Path]) -> Any:
    """Return *values* without what is at *paths*."""
    if not paths or not isinstance(values, Mapping):
        return values
    below = {key: frozenset(path[1:] for path in paths if path[0] == key and len(path) > 1) for key in values}
    return {key: _without(value, below[key]) for key, value in values.items() if (key,) not in paths}


def _install(version: SolutionVersion, wanted: Wanted) -> Decision:
    """Install what is published, but review again what ran before and injects: its parents have another's by now."""
    return Decision(Step.REVIEW) if wanted.injects and version.state in RAN else Decision(Step.INSTALL, version)


def _deployed(installed: Installed, version: SolutionVersion, wanted: Wanted) -> Decision:
    """Judge a version that was deployed: something else may have been installed over it, or it may be ill."""
    instance = installed.instance(wanted.instance)
    if instance is None or instance.version_id.lower() != version.id.lower():
        return _install(version, wanted)
    if instance.healthy:
        return Decision(Step.NOTHING, version)
    return Decision(Step.WAIT, version, instance.complaint())


def _unstaged(version: SolutionVersion) -> bool:
    """Whether a version has failed before it was published: its images could not be staged."""
    return version.state in FAILED and version.stage == "Staging"


def _remedy(version: SolutionVersion) -> str:
    if version.state in REJECTED:
        return REJECTED_HINT
    return STAGE if _unstaged(version) else ""


def _complaint(installed: Installed, version: SolutionVersion) -> str:
    """Return why a version failed: its components' words where the instance points at it, and its error."""
    instance = installed.instance(version.instance)
    points = instance is not None and instance.version_id.lower() == version.id.lower()
    unwell = instance.unwell() if instance and points else ()
    details = version.message or f"version {version.id.rsplit('/', 1)[-1]} is {version.state or 'in no known state'}"
    said = "; ".join([*unwell, details])
    if version.state in REJECTED:
        return f"the external validator refused it: {said}"
    return f"its images could not be staged: {said}" if _unstaged(version) else said
