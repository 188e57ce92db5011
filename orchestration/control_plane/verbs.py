"""What can be asked of an environment's sources; every answer is a value, and says itself whether it is blocked."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from orchestration.control_plane.checkouts import Sources
from orchestration.errors import RepositoryError
from orchestration.kalypso import Difference, Explanation, Problem, Rendering, blocked, compare
from orchestration.kalypso import explain as explain_namespace
from orchestration.kalypso import validate as validate_environment
from orchestration.kalypso.environment import rendering_of
from orchestration.kalypso.evaluation import Evaluation, evaluate
from orchestration.kalypso.namespace import gather
from orchestration.kalypso.problems import Place


def render(sources: Sources, *, previous: Collection[str] = (), partial: bool = False) -> Rendering:
    """Return the environment's schedule, on top of *previous*, the files of its GitOps branch by path."""
    if sources.source is None:
        return blocked(sources.unread, previous)
    return _finished(sources, evaluate(sources.inputs), previous=previous, partial=partial)


def _finished(
    sources: Sources, found: Evaluation, *, previous: Collection[str] = (), partial: bool = False, quiet: bool = False
) -> Rendering:
    """Return the rendering of what was evaluated; what cannot be read blocks it."""
    rendering = rendering_of(found, previous=previous, partial=partial, quiet=quiet)
    if not sources.unread:
        return rendering
    issues = (*sources.unread, *rendering.issues)
    if partial:
        return replace(rendering, blocked=True, issues=issues)
    return replace(blocked(issues, previous), warnings=rendering.warnings, problems=rendering.problems)


def validate(sources: Sources) -> tuple[Problem, ...]:
    """Return everything that would block the environment or surprise its owner, with places, errors first."""
    unread = tuple(Problem("unread", Place(sources.environment), one.message, one.hint) for one in sources.unread)
    if sources.source is None:
        return unread
    return (*unread, *validate_environment(sources.inputs))


def explain(sources: Sources, cluster_type: str, target: str, key: str | None = None) -> Explanation:
    """Say where the config of a target on a cluster type comes from, or one *key* of it, and which policies miss it.

    Raises `UsageError` for what is not there, `RepositoryError` where the environment itself cannot be read.
    """
    if sources.source is None:
        hints = dict.fromkeys(issue.hint for issue in sources.unread if issue.hint)
        raise RepositoryError("; ".join(issue.message for issue in sources.unread), hint="; ".join(hints))
    return explain_namespace(gather(sources.inputs), cluster_type, target, key)


def diff(old: Sources, new: Sources) -> Difference:
    """Return what *new* would generate otherwise than *old*; what is the same on both sides is rendered once."""
    if old.source is None or new.source is None:
        return compare(render(old), render(new))
    before = evaluate(old.inputs)
    after = evaluate(new.inputs, like=before)
    return compare(_finished(old, before, quiet=True), _finished(new, after))
