"""The README's pipeline script does what it says."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import ROOT, copy_contoso

pytestmark = pytest.mark.slow


def test_the_pipeline_script_of_the_readme_runs(tmp_path: Path) -> None:
    """The ten lines run as they stand and leave contoso healthy."""
    (script,) = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    copy_contoso(tmp_path / "examples" / "contoso")
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    digest, summary = done.stdout.splitlines()
    assert re.fullmatch(r"[0-9a-f]{64}", digest)
    assert "3/3 solutions healthy" in json.dumps(summary)
