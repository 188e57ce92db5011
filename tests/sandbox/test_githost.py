"""The sandbox's Git host, met by real Git, by the Git driver and by PyGithub."""

from __future__ import annotations

import http.client
import json
import os
import ssl
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from orchestration.drivers.git import GitAccess, Identity, Repository, StandIn, remote_heads
from orchestration.drivers.git_access import git_environment
from orchestration.drivers.github import GitHub
from orchestration.drivers.process import run
from orchestration.errors import (
    CommandError,
    RepositoryDenied,
    RepositoryError,
    RepositoryNotFound,
    SandboxError,
    ServiceError,
)
from orchestration.sandbox.githost import create, head, repository_path, seed
from orchestration.sandbox.process import RunningSandbox

HOST = "https://github.com/contoso"
ME = Identity("Test", "test@example.com")

New = Callable[[str], Repository]


@pytest.fixture
def sandbox(running: RunningSandbox) -> RunningSandbox:
    return running


@pytest.fixture
def access(sandbox: RunningSandbox) -> GitAccess:
    return GitAccess(stand_in=StandIn(f"{sandbox.url}/git", sandbox.token, sandbox.ca_file))


@pytest.fixture
def url(sandbox: RunningSandbox, request: pytest.FixtureRequest) -> str:
    """The URL of an empty repository of this test's own."""
    found = f"{HOST}/{request.node.name.partition('[')[0]}"
    create(repository_path(sandbox.git_root, found))
    return found


@pytest.fixture
def opened(access: GitAccess, url: str, tmp_path: Path) -> New:
    """Opens the test's repository, with a cache of the given name."""

    def new(cache: str) -> Repository:
        repository = Repository(url, tmp_path / cache, access, identity=ME, now=lambda: 1_700_000_000)
        repository.fetch()
        return repository

    return new


def written(repository: Repository, parent: str | None, files: dict[str, bytes | None]) -> str:
    commit = repository.commit(parent, files, "A test")
    assert commit is not None
    return commit


def test_an_empty_repository_has_no_branches(opened: New) -> None:
    """A repository that was just made can be fetched and holds nothing."""
    assert opened("a").heads() == {}


def test_what_is_pushed_is_fetched(opened: New) -> None:
    """Files come back byte for byte, also from another clone."""
    files = {"a/b.yaml": b"x: 1\n", "empty": b"", "bytes": bytes(range(256)), 'é "q".txt': b"\r\n"}
    mine = opened("a")
    commit = written(mine, None, dict(files))

    assert mine.push({"main": commit, "dev": commit})

    other = opened("b")
    assert other.heads() == {"main": commit, "dev": commit} == mine.heads()
    assert other.tree(commit) == files
    assert other.tree(commit, "a") == {"a/b.yaml": b"x: 1\n"}
    assert other.tree(commit, "none") == {}


def test_equal_content_is_no_commit(opened: New) -> None:
    """A change that changes nothing gives no commit; a deletion gives one."""
    repository = opened("a")
    first = written(repository, None, {"a": b"1", "b": b"2"})

    assert repository.commit(first, {"a": b"1"}, "same") is None
    assert repository.commit(first, {"absent": None}, "same") is None
    assert repository.tree(written(repository, first, {"a": None})) == {"b": b"2"}
    assert repository.tree(written(repository, first, {"a": None, "b": None})) == {}


def test_a_file_may_take_the_place_of_a_folder(opened: New) -> None:
    """Deleting a folder's files and writing a file of its name is one commit."""
    repository = opened("a")
    first = written(repository, None, {"a/b": b"1"})

    assert repository.tree(written(repository, first, {"a/b": None, "a": b"2"})) == {"a": b"2"}


def test_the_same_commit_has_the_same_id(opened: New) -> None:
    """Content, message, identity and date make the id: nothing else enters it."""
    ids = {written(opened(cache), None, {"a": b"1"}) for cache in ("a", "b")}

    assert len(ids) == 1


def test_a_branch_that_moved_is_not_overwritten(opened: New) -> None:
    """A push on an old head says no; after a fetch the same change on the new head is taken."""
    mine, other = opened("a"), opened("b")
    first = written(mine, None, {"a": b"1"})
    assert mine.push({"main": first})
    other.fetch()
    theirs = written(other, first, {"b": b"2"})
    assert other.push({"main": theirs})

    assert not mine.push({"main": written(mine, first, {"c": b"3"})})
    mine.fetch()
    assert mine.push({"main": written(mine, mine.head("main"), {"c": b"3"})})

    assert mine.tree(mine.head("main")) == {"a": b"1", "b": b"2", "c": b"3"}


def test_a_new_branch_that_somebody_else_made_is_not_overwritten(opened: New) -> None:
    """Two who begin the same branch: the second is told that it has moved."""
    mine, other = opened("a"), opened("b")
    assert other.push({"main": written(other, None, {"b": b"2"})})

    assert not mine.push({"main": written(mine, None, {"a": b"1"})})


def test_branches_that_are_gone_are_forgotten(opened: New, sandbox: RunningSandbox) -> None:
    """A fetch drops the branches that the repository has no more."""
    mine = opened("a")
    commit = written(mine, None, {"a": b"1"})
    assert mine.push({"main": commit, "old": commit})
    (repository_path(sandbox.git_root, mine.url) / "refs" / "heads" / "old").unlink()

    mine.fetch()

    assert mine.heads() == {"main": commit}


def test_a_large_push_passes(opened: New) -> None:
    """Several MiB that cannot be compressed arrive whole."""
    files = {f"file-{i}": os.urandom(2 << 20) for i in range(3)}
    mine = opened("a")
    commit = written(mine, None, dict(files))

    assert mine.push({"main": commit})

    assert opened("b").tree(commit) == files


def test_pushes_at_the_same_time_all_arrive(opened: New) -> None:
    """Branches pushed by several at once do not disturb one another."""

    def push(number: int) -> str:
        repository = opened(f"cache-{number}")
        commit = written(repository, None, {"n": str(number).encode() * 1000})
        assert repository.push({f"b{number}": commit})
        return commit

    with ThreadPoolExecutor(8) as executor:
        commits = list(executor.map(push, range(8)))

    assert opened("all").heads() == {f"b{number}": commit for number, commit in enumerate(commits)}


def test_commits_are_known_or_not(opened: New) -> None:
    """`has` tells whether a commit was fetched or made here; `head` names the branches there are."""
    repository = opened("a")
    commit = written(repository, None, {"a": b"1"})
    assert repository.push({"main": commit})

    assert repository.has(commit)
    assert not repository.has("0" * 40)
    assert not repository.has("--all")
    with pytest.raises(RepositoryError, match="no branch dev") as caught:
        repository.head("dev")
    assert "main" in caught.value.hint


def test_heads_are_asked_for_without_a_copy(opened: New, access: GitAccess) -> None:
    """One question to the host gives all branches."""
    repository = opened("a")
    commit = written(repository, None, {"a": b"1"})
    assert repository.push({"main": commit, "dev": commit})

    assert remote_heads(repository.url, access) == {"main": commit, "dev": commit}


def test_a_hostile_tree_is_refused(opened: New, sandbox: RunningSandbox) -> None:
    """A symbolic link that somebody committed is named, and nothing is read."""
    repository = opened("a")
    stream = (
        b"commit refs/heads/main\ncommitter E <e@x> 0 +0000\ndata 0\nM 120000 inline etc/link\ndata 11\n/etc/passwd\n"
    )
    place = repository_path(sandbox.git_root, repository.url)
    run(("git", f"--git-dir={place}", "fast-import", "--quiet"), env=git_environment(), input=stream).require()
    repository.fetch()

    with pytest.raises(RepositoryError, match="etc/link is a symbolic link"):
        repository.tree(repository.head("main"))
    assert repository.tree(repository.head("main"), "other") == {}


def test_a_wrong_password_is_told(sandbox: RunningSandbox, url: str) -> None:
    """A refused token is its own error, names the host and shows no token."""
    wrong = GitAccess(stand_in=StandIn(f"{sandbox.url}/git", "wr0ng-t0ken", sandbox.ca_file))

    with pytest.raises(RepositoryDenied, match=r"github\.com refuses") as caught:
        remote_heads(url, wrong)

    assert "wr0ng-t0ken" not in f"{caught.value}{caught.value.hint}"


def test_an_absent_repository_is_told(access: GitAccess, tmp_path: Path) -> None:
    """No repository at the URL is its own error."""
    with pytest.raises(RepositoryNotFound, match=r"no repository https://github\.com/contoso/none"):
        Repository(f"{HOST}/none", tmp_path / "cache", access, identity=ME).fetch()


def test_a_dead_host_is_told(sandbox: RunningSandbox, url: str) -> None:
    """A host that does not answer is said with what to check."""
    dead = GitAccess(stand_in=StandIn("https://127.0.0.1:1/git", sandbox.token, sandbox.ca_file))

    with pytest.raises(RepositoryError) as caught:
        remote_heads(url, dead)

    assert "cannot be reached" in caught.value.hint


def test_a_protected_branch_is_told(opened: New, sandbox: RunningSandbox) -> None:
    """A push that the host declines names the branch with the host's words; the other branches of it arrive."""
    repository = opened("a")
    commit = written(repository, None, {"a": b"1"})
    sandbox.protect(repository.url, "main")

    pushed = repository.push({"main": commit, "dev": commit})

    assert not pushed
    assert (pushed.taken, pushed.moved) == (("dev",), ())
    assert "protected branch hook declined" in pushed.refused["main"]
    assert "GH006: Protected branch update failed for refs/heads/main." in pushed.refused["main"]
    assert repository.heads() == {"dev": commit} == opened("b").heads()
    error = pushed.refusal(repository.url)
    assert "main of https://github.com/" in str(error) and "pull request" in error.hint
    sandbox.protect(repository.url)
    assert repository.push({"main": commit})


def test_nothing_is_left_of_addresses_and_tokens(opened: New, sandbox: RunningSandbox, tmp_path: Path) -> None:
    """Our copy of a repository holds neither the sandbox's address nor its token."""
    repository = opened("a")
    assert repository.push({"main": written(repository, None, {"a": b"1"})})
    repository.fetch()

    texts = b"".join(path.read_bytes() for path in (tmp_path / "a").rglob("*") if path.is_file())
    assert sandbox.token.encode() not in texts
    assert b"127.0.0.1" not in texts


def test_a_control_plane_update_needs_few_processes(
    opened: New, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Four branches: two processes to fetch, two to read and one to write each, one push."""
    mine = opened("a")
    first = written(mine, None, {"a": b"1"})
    branches = ("main", "dev", "qa", "prod")
    assert mine.push(dict.fromkeys(branches, first))
    calls = tmp_path / "calls"
    program = tmp_path / "bin" / "git"
    program.parent.mkdir()
    real = run(("sh", "-c", "command -v git"), env=git_environment()).stdout.strip()
    program.write_text(f'#!/bin/sh\necho "$1" >> {calls}\nexec {real} "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")

    again = opened("a")
    commits = {name: written(again, again.head(name), {"n": name.encode()}) for name in branches if again.tree(first)}
    assert again.push(commits)

    assert sorted(calls.read_text().split()) == sorted(
        ["fetch", "for-each-ref", "ls-tree", "cat-file", "cat-file", *["fast-import"] * 4, "push"]
    )


def test_seeding_happens_once_and_gives_the_same_commits(tmp_path: Path) -> None:
    """Branches are one commit each, the same everywhere; what is there already is left alone."""
    branches = {"main": {"a.yaml": b"x: 1\n"}, "dev": {"b/c.yaml": b"y: 2\n"}}

    assert seed(tmp_path / "one", f"{HOST}/shop", branches)
    assert seed(tmp_path / "two", f"{HOST}/shop.git", branches)
    assert not seed(tmp_path / "one", f"{HOST}/shop", {"main": {}})

    commits = [head(tmp_path / name, f"{HOST}/shop", "dev") for name in ("one", "two")]
    assert commits[0] is not None
    assert commits[0] == commits[1]
    assert head(tmp_path / "one", f"{HOST}/shop", "none") is None
    assert head(tmp_path / "one", f"{HOST}/none", "main") is None


def test_any_file_name_can_be_seeded(tmp_path: Path) -> None:
    """Names that are no UTF-8, have quotes, line feeds or look like options are files like others."""
    names = ['a"b\nc', "d e/\N{LATIN SMALL LETTER E WITH ACUTE}", "-x", os.fsdecode(b"f\xe9")]
    seed(tmp_path, f"{HOST}/odd", {"main": dict.fromkeys(names, b"1")})
    place = repository_path(tmp_path, f"{HOST}/odd")
    listed = run(("git", f"--git-dir={place}", "ls-tree", "-r", "-z", "--name-only", "main"), env=git_environment())

    assert sorted(map(os.fsdecode, listed.output.split(b"\0")[:-1])) == sorted(names)


def test_heads_are_found_in_packed_references(tmp_path: Path) -> None:
    """After Git packed its references the heads are still found."""
    seed(tmp_path, f"{HOST}/shop", {"main": {"a": b"1"}, "dev": {"a": b"2"}})
    before = head(tmp_path, f"{HOST}/shop", "dev")
    place = repository_path(tmp_path, f"{HOST}/shop")
    run(("git", f"--git-dir={place}", "pack-refs", "--all"), env=git_environment()).require()

    assert not (place / "refs" / "heads" / "dev").exists()
    assert head(tmp_path, f"{HOST}/shop", "dev") == before


def test_a_full_or_closed_folder_is_told(tmp_path: Path) -> None:
    """A repository that cannot be written is an error of the sandbox."""
    (tmp_path / "github.com").write_text("a file where a folder should be")

    with pytest.raises(SandboxError, match="cannot be written"):
        create(repository_path(tmp_path, f"{HOST}/shop"))


@pytest.mark.parametrize("url", ["https://github.com/../../etc", "https://../x/y", "file:///etc", "https://github.com"])
def test_urls_that_lead_out_name_no_repository(tmp_path: Path, url: str) -> None:
    """No URL can name a place outside the root."""
    with pytest.raises(SandboxError, match="names no repository"):
        repository_path(tmp_path, url)


@pytest.mark.parametrize(
    "path",
    [
        "/git/github.com/contoso/none/info/refs?service=git-upload-pack",
        "/git/github.com/%2e%2e/%2e%2e/keys.json",
        "/git/../keys.json/info/refs",
        "/git/github.com/contoso/none/HEAD",
    ],
)
def test_only_repositories_are_served(sandbox: RunningSandbox, path: str) -> None:
    """What is no repository, or no part of the protocol, is 404."""
    assert ask(sandbox, "GET", path, token=sandbox.token)[0] == 404


@pytest.mark.parametrize("token", ["", "wrong"])
@pytest.mark.parametrize(
    "path", ["/git/github.com/contoso/x/info/refs", "/api/v3/user", "/api/hosts/ghe.example/v3/user"]
)
def test_without_the_token_nothing_is_told(sandbox: RunningSandbox, path: str, token: str) -> None:
    """Every request is checked before it is looked at."""
    assert ask(sandbox, "GET", path, token=token)[0] == 401


def test_repositories_are_made_by_githubs_api(sandbox: RunningSandbox, access: GitAccess) -> None:
    """The first call makes the repository, the second finds it, and Git can reach it."""
    github = GitHub(f"{sandbox.url}/api/v3", sandbox.token, ca_file=sandbox.ca_file)

    assert github.ensure_repository("contoso", "made-by-api")
    assert not github.ensure_repository("contoso", "made-by-api")
    assert remote_heads(f"{HOST}/made-by-api", access) == {}


def test_another_host_has_an_api_of_its_own(sandbox: RunningSandbox, access: GitAccess) -> None:
    """A repository made for one host is not on another; one's own account may own it."""
    github = GitHub(f"{sandbox.url}/api/hosts/ghe.example.com/v3", sandbox.token, ca_file=sandbox.ca_file)

    assert github.ensure_repository("sandbox", "mine")
    assert remote_heads("https://ghe.example.com/sandbox/mine", access) == {}
    with pytest.raises(RepositoryNotFound):
        remote_heads("https://github.com/sandbox/mine", access)


def test_no_proxy_is_asked_for_this_machine(
    sandbox: RunningSandbox, access: GitAccess, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever proxy the environment names, the sandbox is reached directly."""
    for name in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    github = GitHub(f"{sandbox.url}/api/v3", sandbox.token, ca_file=sandbox.ca_file)

    assert github.ensure_repository("contoso", "no-proxy")
    assert remote_heads(f"{HOST}/no-proxy", access) == {}


def test_githubs_refusals_are_told(sandbox: RunningSandbox) -> None:
    """A wrong token, a name that cannot be and a dead API are told apart."""
    with pytest.raises(RepositoryDenied, match="401 Bad credentials"):
        GitHub(f"{sandbox.url}/api/v3", "wrong", ca_file=sandbox.ca_file).ensure_repository("contoso", "x")
    with pytest.raises(ServiceError, match="422 Repository creation failed"):
        GitHub(f"{sandbox.url}/api/v3", sandbox.token, ca_file=sandbox.ca_file).ensure_repository("contoso", "a..b")
    with pytest.raises(ServiceError, match="got no answer"):
        GitHub("https://127.0.0.1:1/api/v3", "x", ca_file=sandbox.ca_file).ensure_repository("contoso", "x")


def test_errors_have_githubs_shape(sandbox: RunningSandbox) -> None:
    """Message, documentation and status as GitHub gives them."""
    status, body = ask(sandbox, "GET", "/api/v3/repos/contoso/none", token=sandbox.token)
    again, taken = ask(sandbox, "POST", "/api/v3/orgs/contoso/repos", token=sandbox.token, body=b'{"name": ""}')
    nonsense = [
        ask(sandbox, "POST", "/api/v3/user/repos", token=sandbox.token, body=each) for each in (b"{", b"[" * 9999)
    ]

    assert (status, body["message"], body["status"]) == (404, "Not Found", "404")
    assert (again, taken["errors"][0]["resource"]) == (422, "Repository")
    assert [(each, found["message"]) for each, found in nonsense] == [(400, "Problems parsing JSON")] * 2


def test_a_repository_that_cannot_be_written_is_told(sandbox: RunningSandbox) -> None:
    """No room, or a file in the way: GitHub's form with the sandbox's words, no failure of the server's."""
    (sandbox.git_root / "github.com").mkdir(parents=True, exist_ok=True)
    (sandbox.git_root / "github.com" / "blocked").write_text("a file where a folder should be")
    status, body = ask(sandbox, "POST", "/api/v3/orgs/blocked/repos", token=sandbox.token, body=b'{"name": "x"}')

    assert status == 507 and "cannot be written" in body["message"]


def test_git_itself_clones_with_bearer_or_password(sandbox: RunningSandbox, url: str, tmp_path: Path) -> None:
    """Any Git that has the token can clone; without it none can."""
    address = url.replace("https://", f"{sandbox.url}/git/") + ".git"
    for number, header in enumerate((f"Authorization: Bearer {sandbox.token}", "")):
        settings = {"http.proxy": "", **({"http.extraHeader": header} if header else {})}
        argv = ("git", "clone", "--quiet", address, str(tmp_path / str(number)))
        done = run(argv, env=git_environment(settings, sandbox.ca_file))
        if header:
            done.require()
        else:
            with pytest.raises(CommandError):
                done.require()


def ask(
    sandbox: RunningSandbox, method: str, path: str, *, token: str, body: bytes | None = None
) -> tuple[int, dict[str, Any]]:
    context = ssl.create_default_context(cafile=str(sandbox.ca_file))
    connection = http.client.HTTPSConnection("127.0.0.1", sandbox.port, context=context, timeout=30)
    connection.request(method, path, body, {"Authorization": f"Bearer {token}"} if token else {})
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    is_json = answer.headers.get_content_type() == "application/json"
    return answer.status, json.loads(content) if is_json else {}
