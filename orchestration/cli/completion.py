"""`ewo completion`."""

from __future__ import annotations

import click


@click.command(epilog="zsh and fish read it from a file as well: _ewo in a folder of $fpath, completions/ewo.fish.")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print what makes SHELL complete ewo's commands and options.

    In ~/.bashrc and ~/.zshrc: source <(ewo completion bash), or zsh. In ~/.config/fish/config.fish: ewo completion
    fish | source.
    """
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell)
    assert kind is not None, "click has all three"
    click.echo(kind(click.get_current_context().find_root().command, {}, "ewo", "_EWO_COMPLETE").source())
