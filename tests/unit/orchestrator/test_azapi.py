"""Which azapi the sandbox's Terraform gets."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestration.orchestrator.azapi import ADDRESS, choose_azapi
from orchestration.sandbox.provider.install import install, terraform_platform

HERE = terraform_platform()
VERSIONS = ["2.12.0", "2.13.1", f"terraform-provider-azapi_2.12.0_{HERE}.zip"]


def mirror(folder: Path, version: str, platform: str = HERE) -> Path:
    """Return a filesystem mirror that holds an azapi of this version, unpacked unless it is called a zip."""
    place = folder / ADDRESS / version
    program = place if version.endswith(".zip") else place / platform / f"terraform-provider-azapi_v{version}_x5"
    program.parent.mkdir(parents=True)
    program.write_bytes(b"\x7fELF")
    return folder


def configured(tmp_path: Path, text: str) -> dict[str, str]:
    """Return an environment whose Terraform configuration says *text*."""
    config = tmp_path / "user.tfrc"
    config.write_text(text, encoding="utf-8")
    return {"HOME": str(tmp_path / "home"), "TF_CLI_CONFIG_FILE": str(config)}


def config_of(folder: Path) -> str:
    return (folder / "terraform.rc").read_text(encoding="utf-8")


@pytest.mark.parametrize("version", VERSIONS)
def test_a_mirror_of_the_user_gives_the_real_one(tmp_path: Path, version: str) -> None:
    """A new enough azapi in a mirror, unpacked or packed, is used, and only from there."""
    theirs = mirror(tmp_path / "mirror", version)
    text = f'provider_installation {{\n  filesystem_mirror {{\n    path = "{theirs}"\n  }}\n}}\n'
    chosen = choose_azapi(tmp_path / "own", configured(tmp_path, text), "linux")
    assert "the real azapi" in chosen.description
    assert str(theirs) in config_of(tmp_path / "own")
    assert "direct" not in config_of(tmp_path / "own")


def test_a_plugin_cache_gives_the_real_one(tmp_path: Path) -> None:
    """A plugin cache has the layout of a mirror."""
    theirs = mirror(tmp_path / "cache", "2.12.0")
    chosen = choose_azapi(tmp_path / "own", configured(tmp_path, f'plugin_cache_dir = "{theirs}"\n'), "linux")
    assert str(theirs) in chosen.description


@pytest.mark.parametrize(
    ("version", "platform"),
    [
        ("2.9.0", HERE),
        ("3.0.0", HERE),
        ("2.12.0", "plan9_386"),
        ("terraform-provider-azapi_2.12.0_plan9_386.zip", ""),
        ("unheard-of", HERE),
    ],
)
def test_one_that_does_not_fit_is_not_used(tmp_path: Path, version: str, platform: str) -> None:
    """Before 2.12 the types of the blueprints are not all known, 3.0 may be another; a program is for one machine."""
    theirs = mirror(tmp_path / "cache", version, platform)
    chosen = choose_azapi(tmp_path / "own", configured(tmp_path, f'plugin_cache_dir = "{theirs}"\n'), "linux")
    assert chosen.description == "a stand-in for azapi"


def test_the_stand_in_is_never_taken_for_the_real_one(tmp_path: Path) -> None:
    """A cache or a configuration of the user's that holds the stand-in changes nothing."""
    install(tmp_path / "cache")
    chosen = choose_azapi(tmp_path / "own", configured(tmp_path, f'plugin_cache_dir = "{tmp_path}/cache"\n'), "linux")
    assert chosen.description == "a stand-in for azapi"


def test_a_folder_that_terraform_looks_into_unasked(tmp_path: Path) -> None:
    """What Terraform would find without a configuration is found too."""
    theirs = mirror(tmp_path / ".local" / "share" / "terraform" / "plugins", "2.12.0")
    chosen = choose_azapi(tmp_path / "own", {"HOME": str(tmp_path)}, "linux")
    assert str(theirs) in chosen.description


def test_without_one_the_stand_in_serves(tmp_path: Path) -> None:
    """Nothing is downloaded unasked."""
    chosen = choose_azapi(tmp_path / "own", {"HOME": str(tmp_path)}, "linux")
    assert chosen.description == "a stand-in for azapi"
    assert list((tmp_path / "own" / ADDRESS).glob("*/*/terraform-provider-azapi_v*"))


def test_asked_for_the_real_one_terraform_is_left_to_find_it(tmp_path: Path) -> None:
    """With EWO_AZAPI=real the user's own Terraform configuration decides."""
    chosen = choose_azapi(tmp_path / "own", {"HOME": str(tmp_path), "EWO_AZAPI": "real"}, "linux")
    assert chosen.config is None


def test_macos_gets_the_stand_in(tmp_path: Path) -> None:
    """There the real one takes no private authority from its environment."""
    theirs = mirror(tmp_path / "cache", "2.12.0")
    environment = configured(tmp_path, f'plugin_cache_dir = "{theirs}"\n') | {"EWO_AZAPI": "real"}
    assert choose_azapi(tmp_path / "own", environment, "darwin").description == "a stand-in for azapi"
