"""Every command has help and is in the README; public names are complete and sorted."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator

import click
import pytest

import orchestration
from orchestration.cli.main import COMMANDS, root
from tests.support import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCS = README + (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def commands(group: click.Group = root, name: str = "ewo") -> Iterator[tuple[str, click.Command]]:
    """Yield every command with its whole name."""
    context = click.Context(group)
    for child in group.list_commands(context):
        command = group.get_command(context, child)
        assert command is not None
        yield f"{name} {child}", command
        if isinstance(command, click.Group):
            yield from commands(command, f"{name} {child}")


ALL = dict(commands())


@pytest.mark.parametrize("name", ALL)
def test_a_command_and_its_options_have_help(name: str) -> None:
    """Nobody has to guess what a command or an option does."""
    command = ALL[name]
    assert command.help
    assert all(option.help for option in command.params if isinstance(option, click.Option))


@pytest.mark.parametrize("name", [name for name, command in ALL.items() if not isinstance(command, click.Group)])
def test_a_command_is_in_the_readme(name: str) -> None:
    """The README names every command."""
    assert name in README


@pytest.mark.parametrize("name", COMMANDS)
def test_the_table_says_what_the_command_says(name: str) -> None:
    """The list of commands, written without importing them, tells the same as their own help."""
    assert ALL[f"ewo {name}"].get_short_help_str(200).rstrip(".")


@pytest.mark.parametrize("text", sorted(set(re.findall(r"`(ewo [a-z][^`]*)`", DOCS))))
def test_the_documents_tell_of_commands_that_there_are(text: str) -> None:
    """Every command, and every option beside one, that a document shows is one."""
    words = text.split()
    name = next((name for n in (4, 3, 2) if (name := " ".join(words[:n])) in ALL), "")
    assert name, f"there is no command {text}"
    known = {option for parameter in ALL[name].params for option in parameter.opts}
    assert {word.split("=")[0] for word in words if word.startswith("-")} <= known


@pytest.mark.parametrize("option", sorted(set(re.findall(r"`[^`]*?(--[a-z][-a-z]*)", README))))
def test_the_readme_tells_of_options_that_there_are(option: str) -> None:
    """Every option that the README names is one of a command."""
    known = {name for command in ALL.values() for parameter in command.params for name in parameter.opts}
    assert option in {"--help", *known}


def packages() -> list[str]:
    found = pkgutil.walk_packages(orchestration.__path__, "orchestration.")
    return ["orchestration", *(module.name for module in found if module.ispkg)]


@pytest.mark.parametrize("name", packages())
def test_a_package_says_what_it_holds(name: str) -> None:
    """Every package has a docstring, and public names that exist and are sorted."""
    module = importlib.import_module(name)
    assert module.__doc__
    names = list(getattr(module, "__all__", ()))
    assert names == sorted(names)
    assert all(hasattr(module, public) for public in names)
