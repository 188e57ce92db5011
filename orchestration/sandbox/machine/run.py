"""Runs a connect script as if on site."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from orchestration.drivers.process import run
from orchestration.errors import SandboxError
from orchestration.sandbox.machine.standins import write_standins


def connect(
    script: str, cluster: str, *, url: str, ca_file: Path, token: str, subscription: str, timeout: float = 120
) -> str:
    """Run the connect script of *cluster* and return what it printed; raise `SandboxError` if it fails."""
    with tempfile.TemporaryDirectory(prefix="ewo-machine-") as name:
        root = Path(name)
        write_standins(root / "bin")
        (root / "root").mkdir()
        (root / "connect.sh").write_text(script, encoding="utf-8")
        _secret(root / "token", token)
        environment = {
            "PATH": str(root / "bin"),
            "HOME": str(root / "root"),
            "EWO_ROOT": str(root / "root"),
            "EWO_SANDBOX_URL": url,
            "EWO_SANDBOX_CA": str(ca_file),
            "EWO_SANDBOX_TOKEN_FILE": str(root / "token"),
            "EWO_SANDBOX_SUBSCRIPTION": subscription,
        }
        done = run([str(root / "bin" / "bash"), str(root / "connect.sh")], cwd=root, env=environment, timeout=timeout)
        if done.code:
            raise SandboxError(
                f"the connect script of cluster {cluster} exited {done.code}: {done.stderr.strip()}",
                hint=f"read it: ewo cluster script FLEET {cluster}",
            )
        return str(done.stdout)


def _secret(path: Path, text: str) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
