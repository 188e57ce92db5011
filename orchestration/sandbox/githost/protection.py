"""Protected branches: pushes to them are refused, in GitHub's words, while other branches of the same push go on.

https://docs.github.com/repositories/configuring-branches-and-merges-in-your-repository/managing-protected-branches
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from orchestration.sandbox.githost.repositories import repository_path

LIST = "ewo-protected"
HOOKS = ".hooks"
LONGEST_PACKET = 65_000
HOOK = """#!/bin/sh
case " $EWO_PROTECTED " in
*" $1 "*)
  echo "error: GH006: Protected branch update failed for $1." >&2
  echo "error: Changes must be made through a pull request." >&2
  exit 1
  ;;
esac
"""
"""Git's hook `update`, asked for each branch of a push: https://git-scm.com/docs/githooks#update"""


def protect(root: Path, url: str, *branches: str) -> None:
    """Refuse pushes to these branches of a repository from now on, and to no others; it may not be there yet."""
    hook = root / HOOKS / "update"
    hook.parent.mkdir(parents=True, exist_ok=True)
    hook.write_text(HOOK, encoding="ascii")
    hook.chmod(0o700)
    place = repository_path(root, url)
    place.with_suffix(f".{LIST}").write_text("\n".join(branches), encoding="utf-8")


def protection(root: Path, place: Path) -> dict[str, str]:
    """Return the environment in which `git receive-pack` refuses the protected branches of a repository, if any."""
    listing = place.with_suffix(f".{LIST}")
    branches = listing.read_text(encoding="utf-8").split() if listing.is_file() else []
    if not branches:
        return {}
    names = " ".join(f"refs/heads/{branch}" for branch in branches)
    return {"EWO_PROTECTED": names, "GIT_CONFIG_VALUE_0": str(root / HOOKS)}


def reworded(answer: bytes) -> bytes:
    """Return an answer of `git receive-pack` in which a hook's refusal is GitHub's.

    It is pkt-lines, and those of band 1 hold the report, pkt-lines again: https://git-scm.com/docs/pack-protocol
    """
    packets = list(_packets(answer))
    report = b"".join(packet[1:] for packet in packets if packet[:1] == b"\x01")
    if not report:
        return answer
    lines = [line.replace(b" hook declined", b" protected branch hook declined") for line in _packets(report)]
    said = b"".join(map(_packet, lines)) + b"0000"
    others = b"".join(_packet(packet) for packet in packets if packet[:1] != b"\x01")
    chunks = (said[start : start + LONGEST_PACKET] for start in range(0, len(said), LONGEST_PACKET))
    return others + b"".join(_packet(b"\x01" + chunk) for chunk in chunks) + b"0000"


def _packets(data: bytes) -> Iterator[bytes]:
    position = 0
    while position + 4 <= len(data):
        length = int(data[position : position + 4], 16)
        if length > 4:
            yield data[position + 4 : position + length]
        position += max(length, 4)


def _packet(content: bytes) -> bytes:
    return b"%04x" % (len(content) + 4) + content
