"""What Git may be called with, what its environment holds, what its trees may hold; no process is started."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from orchestration.drivers.git_access import (
    GitAccess,
    StandIn,
    check_branch,
    failure,
    git_environment,
    parse_url,
    same_repository,
)
from orchestration.drivers.git_objects import (
    Entry,
    Identity,
    checked,
    import_stream,
    parse_blobs,
    parse_import,
    parse_sizes,
    parse_tree,
)
from orchestration.drivers.process import Completed
from orchestration.errors import RepositoryDenied, RepositoryError, RepositoryNotFound

URL = "https://github.com/contoso/fleet"
BLOB = "a" * 40


def settings(environment: dict[str, str]) -> dict[str, str]:
    count = int(environment["GIT_CONFIG_COUNT"])
    return {environment[f"GIT_CONFIG_KEY_{i}"]: environment[f"GIT_CONFIG_VALUE_{i}"] for i in range(count)}


@pytest.mark.parametrize(
    ("url", "host", "path"),
    [
        ("https://github.com/contoso/fleet", "github.com", "contoso/fleet"),
        ("https://git.example.com:8443/a/b/c", "git.example.com:8443", "a/b/c"),
        ("ssh://git@github.com/contoso/fleet", "github.com", "contoso/fleet"),
        ("git@github.com:contoso/fleet", "github.com", "contoso/fleet"),
    ],
)
def test_urls_of_https_and_ssh_are_read(url: str, host: str, path: str) -> None:
    """Host and path are found in the three usual forms."""
    assert (parse_url(url)["host"], parse_url(url)["path"]) == (host, path)


@pytest.mark.parametrize(
    "url",
    [
        "http://github.com/a/b",
        "file:///etc",
        "/etc",
        "-uhttps://github.com/a/b",
        "ext::sh -c true",
        "https://user:s3cret@github.com/a/b",
        "https://-oProxyCommand=x/a",
        "ssh://-oProxyCommand=x/a",
        "git@-oProxyCommand=x:a",
        "https://github.com/../b",
        "https://github.com/a b",
        "https://github.com/a?b",
        "https://github.com/",
        "",
    ],
)
def test_other_urls_are_refused(url: str) -> None:
    """Other protocols, options, passwords and ways out are refused, and no password is shown."""
    with pytest.raises(RepositoryError) as caught:
        parse_url(url)

    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("branch", ["main", "dev", "feature/x", "release-1.2"])
def test_branches_are_taken_as_they_are(branch: str) -> None:
    """Usual names pass."""
    assert check_branch(branch) == branch


@pytest.mark.parametrize(
    "branch",
    ["", "-x", "--upload-pack=x", "a..b", "a b", "a~1", "a:b", "a^", "a?", "a*", "a[", "a\\b", "a.lock", ".a", "a/.b",
     "/a", "a/", "a//b", "a.", "@", "a@{1}", "a\n"],
)  # fmt: skip
def test_names_that_mean_something_else_are_refused(branch: str) -> None:
    """Options, revisions, refspecs and what Git forbids are no branches."""
    with pytest.raises(RepositoryError):
        check_branch(branch)


def test_a_git_is_given_nothing_of_the_users() -> None:
    """No system or user configuration, no prompt, no hook, https and ssh only."""
    found = git_environment()

    assert found["GIT_ALLOW_PROTOCOL"] == "https:ssh"
    assert (found["GIT_CONFIG_NOSYSTEM"], found["GIT_CONFIG_GLOBAL"]) == ("1", "/dev/null")
    assert found["GIT_TERMINAL_PROMPT"] == "0"
    assert settings(found)["core.hooksPath"] == "/dev/null"


def test_a_token_goes_to_its_host_only() -> None:
    """A credential is a header for one host, and redirects that could take it along are not followed."""
    access = GitAccess(tokens={"github.com": "s3cret"})

    found = settings(access.environment(URL))
    other = settings(access.environment("https://example.com/contoso/fleet"))

    expected = base64.b64encode(b"x-access-token:s3cret").decode()
    assert found["http.https://github.com/.extraHeader"] == f"Authorization: Basic {expected}"
    assert found["http.followRedirects"] == "false"
    assert not any("extraHeader" in key for key in other)
    assert "s3cret" not in repr(access)


def test_a_token_is_not_for_ssh() -> None:
    """A repository reached by ssh gets no header."""
    access = GitAccess(tokens={"github.com": "s3cret"})

    assert "s3cret" not in str(access.environment("ssh://git@github.com/contoso/fleet"))


@pytest.mark.parametrize("url", [URL, "ssh://git@github.com/contoso/fleet", "git@github.com:contoso/fleet"])
def test_a_stand_in_answers_for_every_host(url: str) -> None:
    """URLs are mapped in the environment alone, with the stand-in's token, certificate and no proxy."""
    access = GitAccess(stand_in=StandIn("https://127.0.0.1:8/git", "s3cret", Path("/ca.pem")))

    environment = access.environment(url)

    prefix = url.removesuffix("contoso/fleet")
    assert settings(environment)["url.https://127.0.0.1:8/git/github.com/.insteadOf"] == prefix
    assert "http.https://127.0.0.1:8/.extraHeader" in settings(environment)
    assert settings(environment)["http.https://127.0.0.1:8/.proxy"] == ""
    assert environment["GIT_SSL_CAINFO"] == "/ca.pem"
    assert "s3cret" not in repr(access)


@pytest.mark.parametrize(
    ("text", "kind", "hint"),
    [
        ("fatal: Authentication failed for 'https://…'", RepositoryDenied, "token for github.com"),
        ("fatal: could not read Username for 'https://…': terminal prompts disabled", RepositoryDenied, "token"),
        ("git@github.com: Permission denied (publickey).", RepositoryDenied, "token"),
        ("error: The requested URL returned error: 403", RepositoryDenied, "token"),
        ("fatal: repository 'https://…/' not found", RepositoryNotFound, "URL"),
        ("fatal: unable to access '…': Could not resolve host: github.com", RepositoryError, "network"),
        ("fatal: unable to access '…': SSL certificate problem: x", RepositoryError, "SSL_CERT_FILE"),
        ("fatal: unable to access '…': The requested URL returned error: 301", RepositoryError, "moved"),
        ("error: No space left on device", RepositoryError, "room"),
    ],
)
def test_gits_complaints_are_told_apart(text: str, kind: type[RepositoryError], hint: str) -> None:
    """Each cause has its own error or hint."""
    error = failure(URL, Completed(("git", "fetch"), 128, b"", text))

    assert type(error) is kind
    assert hint in error.hint


def listing(*lines: tuple[str, str]) -> bytes:
    return b"".join(f"{mode} blob {BLOB}\t{path}\0".encode() for mode, path in lines)


def test_files_of_a_tree_are_listed() -> None:
    """Path, blob and size of each file."""
    found = parse_tree(listing(("100644", "a/b.txt"), ("100755", "run")), "x")

    assert found == {"a/b.txt": BLOB, "run": BLOB}
    assert parse_sizes(b"3\n0\n", found, "x") == (Entry("a/b.txt", BLOB, 3), Entry("run", BLOB, 0))
    with pytest.raises(RepositoryError, match="x is not read: the content of run is not there"):
        parse_sizes(b"3\n%b missing\n" % BLOB.encode(), found, "x")


@pytest.mark.parametrize(
    ("mode", "path", "why"),
    [
        ("120000", "link", "link is a symbolic link"),
        ("160000", "module", "module is a submodule"),
        ("100644", "../up", "leads out"),
        ("100644", "a/../../up", "leads out"),
        ("100644", "/etc/passwd", "leads out"),
        ("100644", "a/.GIT/config", "Git's own"),
        ("100644", "a\\b", "character"),
        ("100644", "a\nb", "character"),
    ],
)
def test_hostile_trees_are_refused(mode: str, path: str, why: str) -> None:
    """Links, submodules and names that lead out are refused by name."""
    with pytest.raises(RepositoryError, match=why):
        parse_tree(listing((mode, path)), "x")


def test_trees_that_are_too_large_are_refused() -> None:
    """A huge file, too many files and too much in all are refused before anything is read."""
    with pytest.raises(RepositoryError, match="big has 11 MiB"):
        checked((Entry("big", BLOB, 11 << 20),), "x")
    with pytest.raises(RepositoryError, match="more than 50000 files"):
        parse_tree(listing(*(("100644", str(i)) for i in range(50_001))), "x")
    with pytest.raises(RepositoryError, match="MiB together"):
        checked((Entry("a", BLOB, 9 << 20),) * 40, "x")


def test_blobs_are_cut_by_their_sizes() -> None:
    """Contents may hold anything, line ends and headers included."""
    entries = (Entry("a", BLOB, 4), Entry("b", BLOB, 0))
    output = b"%b blob 4\n\n\0x\n\n%b blob 0\n\n" % (BLOB.encode(), BLOB.encode())

    assert parse_blobs(output, entries) == {"a": b"\n\0x\n", "b": b""}


def test_a_commit_is_written_as_fast_import_takes_it() -> None:
    """Deletions come first, contents are counted, quotes are escaped, and three ids are asked for."""
    stream = import_stream("refs/x", BLOB, {"b": b"1\n", 'a"': None}, "why", Identity("E <x>", "e@x"), 7)

    head = b"feature done\ncommit refs/x\nmark :1\ncommitter E x <e@x> 7 +0000\ndata 4\nwhy\n\nfrom " + BLOB.encode()
    assert b"".join(stream) == (
        head + b'\nD "a\\""\nM 100644 inline "b"\ndata 2\n1\n\nget-mark :1\nls :1 ""\nls '
        + BLOB.encode() + b' ""\nreset refs/x\nfrom ' + b"0" * 40 + b"\n\ndone\n"
    )  # fmt: skip


@pytest.mark.parametrize("path", ["../x", ".git/config", "a//b", "a\nM 100644 inline b"])
def test_paths_that_lead_out_are_not_written(path: str) -> None:
    """What may not be read may not be written either."""
    with pytest.raises(RepositoryError, match="is not written"):
        import_stream("refs/x", None, {path: b""}, "why", Identity("e", "e@x"), 7)


def test_an_equal_tree_is_no_change() -> None:
    """A commit differs when its tree is not its parent's, or when it has no parent."""
    assert parse_import("c\n040000 tree a\t\n040000 tree a\t\n") == ("c", False)
    assert parse_import("c\n040000 tree a\t\n040000 tree b\t\n") == ("c", True)
    assert parse_import("c\nmissing \n040000 tree b\t\n") == ("c", True)
    assert parse_import("c\n040000 tree a\t\n") == ("c", True)


@pytest.mark.parametrize(
    ("other", "same"),
    [
        ("https://GitHub.com/Example/GitOps.git/", True),
        ("ssh://git@github.com:22/example/gitops", True),
        ("git@github.com:example/gitops.git", True),
        ("https://github.com/example/gitops-2", False),
        ("https://git.example/example/gitops", False),
        ("", False),
    ],
)
def test_a_repository_has_several_urls(other: str, same: bool) -> None:
    """What Flux was told may be spelled otherwise than what the control plane says."""
    assert same_repository("https://github.com/example/gitops", other) is same
