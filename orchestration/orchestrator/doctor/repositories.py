"""Can the Git host be reached with the fleet's token, and may the token do what verbs do."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from orchestration.drivers.git import GitAccess, remote_heads
from orchestration.drivers.github import GitHub, TokenFacts, api_url
from orchestration.errors import RepositoryNotFound
from orchestration.fleet.model import Fleet
from orchestration.orchestrator.doctor.place import Place
from orchestration.orchestrator.doctor.report import Finding, fail, ok, warn
from orchestration.orchestrator.open_azure import is_github
from orchestration.orchestrator.secrets import read_if_set

WITHOUT_TOKEN = warn("not looked at: there is no token", "mend `secrets` first")
ANOTHER = "make a classic token with the scope repo, or a finer one that may read and write Contents and Administration"
UNTOLD = "GitHub tells no permissions of such a token; `ewo up` will show"


def owned(fleet: Fleet) -> tuple[str, ...]:
    """Return the URLs of the two repositories that verbs write to."""
    names = fleet.repositories
    return (names.control_plane_url, names.gitops_url) if names is not None and fleet.uses_kalypso else ()


def referred(fleet: Fleet) -> Iterator[str]:
    """Yield the URLs of all repositories that verbs read, each once."""
    workloads = [workload.repository for workload in fleet.workloads.values()]
    yield from dict.fromkeys((*owned(fleet), *workloads))


def repository(place: Place, url: str) -> Finding:
    """A repository answers `git ls-remote` with the token of its host."""
    assert place.fleet is not None
    host, token = git_token(place.fleet)
    if token is None:
        return WITHOUT_TOKEN
    try:
        heads = remote_heads(url, GitAccess(tokens={host: token} if token else {}), cancel=place.stop)
    except RepositoryNotFound as error:
        if url not in owned(place.fleet):
            raise
        if not is_github(host):
            return fail(str(error), "make an empty one: only on GitHub `ewo up` does; or correct the URL or the token")
        return warn(f"{error}\n`ewo up` makes it, if the token may", error.hint)
    return ok(f"{url} has {len(heads)} branches")


def git_token(fleet: Fleet) -> tuple[str, str | None]:
    """Return the Git host of the fleet and its token: empty if it names none, None if there is none where it says."""
    names = fleet.repositories
    if names is None or names.credentials is None:
        return "", ""
    return urlsplit(names.url).netloc, read_if_set(names.credentials)


def github_token(place: Place, url: str) -> Finding:
    """The token may push to a repository of ours, as far as GitHub tells."""
    assert place.fleet is not None
    host, token = git_token(place.fleet)
    if not token:
        return WITHOUT_TOKEN
    facts = GitHub(api_url(host), token).token_facts(*url.rsplit("/", 2)[1:])
    return judged(facts, workflows=bool(place.fleet.repositories and place.fleet.repositories.workflows))


def judged(facts: TokenFacts, *, workflows: bool) -> Finding:
    """Return what a token's facts mean for us."""
    wanted = ("repo", "workflow") if workflows else ("repo",)
    if facts.scopes is not None:
        missing = [scope for scope in wanted if scope not in facts.scopes]
        if missing:
            return fail(f"the token has not the scope {' and '.join(missing)}", ANOTHER)
    if facts.push is False:
        return fail("the token may read, and not push", ANOTHER)
    if facts.push is None and facts.scopes is None:
        return warn("the token sees no such repository, and its permissions are not told", UNTOLD)
    return ok("it may push" if facts.push else f"scopes: {', '.join(facts.scopes or ())}")
