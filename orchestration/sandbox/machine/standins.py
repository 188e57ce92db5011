"""The stand-ins themselves, as shell; only az talks to the sandbox, by a Python of ours."""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path

COREUTILS = (
    "bash", "cat", "chmod", "cut", "dirname", "env", "grep", "head", "id", "mkdir", "mktemp", "mv", "rm", "sed",
    "sh", "sleep", "sort", "tail", "tee", "test", "touch", "tr", "uname", "wc",
)  # fmt: skip

AZ = """#!/bin/sh
case "$1 $2" in
  "connectedk8s connect" | "connectedk8s show") exec {python} -I -S {client} "$@" ;;
  "login "* | "account set" | "cloud set" | "extension add") exit 0 ;;
esac
echo "az: the sandbox does not do: az $*" >&2
exit 2
"""

K3S = """[ "$1" = --version ] || exit 0
[ -f "$EWO_ROOT/k3s-installed" ] || exit 1
echo 'k3s version (sandbox)'"""

CURL = """while [ $# -gt 0 ]; do
  if [ "$1" = --output ]; then echo 'touch "$EWO_ROOT/k3s-installed"' >"$2"; fi
  shift
done"""

SIMPLE = {
    "k3s": K3S,
    "curl": CURL,
    "kubectl": 'cat "$EWO_ROOT/azure-clusterconfig" 2>/dev/null || true',
    "helm": "exit 0",
    "systemctl": "exit 0",
    "sudo": 'exec "$@"',
}


def write_standins(folder: Path) -> None:
    """Write the stand-ins and links to the coreutils into *folder*, which becomes a script's PATH."""
    folder.mkdir(parents=True, exist_ok=True)
    client = Path(__file__).with_name("az_client.py")
    _program(folder / "az", AZ.format(python=shlex.quote(sys.executable), client=shlex.quote(str(client))))
    for name, body in SIMPLE.items():
        _program(folder / name, f"#!/bin/sh\n{body}\n")
    for name in COREUTILS:
        found, link = shutil.which(name), folder / name
        if found and not link.exists():
            link.symlink_to(found)


def _program(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    path.chmod(0o700)
