"""What a child's environment holds."""

from __future__ import annotations

import pytest

from orchestration.drivers.process import clean_environment

USER = {
    "PATH": "/usr/bin",
    "LC_ALL": "C",
    "HTTPS_PROXY": "http://proxy",
    "SSL_CERT_FILE": "/ca.pem",
    "ARM_CLIENT_SECRET": "secret",
    "ARM_TENANT_ID": "tenant",
    "AWS_SECRET_ACCESS_KEY": "secret",
    "TF_CLI_ARGS_plan": "-destroy",
    "TF_LOG": "TRACE",
    "TF_LOG_PATH": "/log",
    "TF_PLUGIN_CACHE_DIR": "/cache",
    "GIT_DIR": "/elsewhere",
    "GIT_SSH_COMMAND": "evil",
}


def test_only_what_is_named_reaches_a_child() -> None:
    """Without a request a child gets its paths, locale, proxies and certificates, nothing else."""
    found = clean_environment(source=USER)

    assert set(found) == {"PATH", "LC_ALL", "HTTPS_PROXY", "SSL_CERT_FILE"}


def test_a_caller_may_keep_more_by_pattern() -> None:
    """A name with a star keeps every variable it matches."""
    found = clean_environment(["ARM_*"], {"EXTRA": "1"}, source=USER)

    assert found["ARM_TENANT_ID"] == "tenant"
    assert found["EXTRA"] == "1"
    assert "AWS_SECRET_ACCESS_KEY" not in found


@pytest.mark.parametrize("name", ["TF_CLI_ARGS_plan", "TF_LOG", "TF_LOG_PATH", "GIT_DIR", "GIT_SSH_COMMAND"])
def test_what_changes_commands_is_never_kept(name: str) -> None:
    """The user's Terraform arguments and logs and Git's variables stay out even when asked for."""
    assert name not in clean_environment(["*"], source=USER)
