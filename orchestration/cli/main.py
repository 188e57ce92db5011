"""The command's root: a table of commands, each loaded when it is run, so that `ewo --help` stays fast."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Mapping

import click

Table = Mapping[str, tuple[str, str]]

COMMANDS: Table = {
    "init": ("fleet:init", "Write a commented fleet folder that validates."),
    "validate": ("fleet:validate", "Report every problem of a fleet, offline."),
    "plan": ("plan:plan", "Show what `up` would do."),
    "up": ("up:up", "Take a fleet from its file to running."),
    "down": ("down:down", "Remove what a fleet made, and nothing else."),
    "status": ("status:status", "Show where everything stands."),
    "doctor": ("doctor:doctor", "Check what verbs need, and say what to do."),
    "support-bundle": ("support_bundle:support_bundle", "Pack one run's record, without secrets."),
    "control-plane": ("control_plane:control_plane", "What Kalypso makes of a control plane, and why."),
    "solution": ("solution:solution", "Check solutions, see where they go and with which values."),
    "cluster": ("cluster:cluster", "Connect scripts of clusters."),
    "sandbox": ("sandbox:sandbox", "The stand-in for Azure and the Git host."),
    "schema": ("schema:schema", "Print the JSON Schema of the fleet file, or of a command's output."),
    "completion": ("completion:completion", "Print what makes a shell complete commands and options."),
}


class LazyGroup(click.Group):
    """A group whose commands are imported when they are run; their help comes from the table."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands in the table's order."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command, imported now."""
        if cmd_name not in COMMANDS:
            return None
        module, name = COMMANDS[cmd_name][0].split(":")
        command: click.Command = getattr(importlib.import_module(f"orchestration.cli.{module}"), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="edge-workload-orchestration", prog_name="ewo")
def root() -> None:
    """From one fleet file to Arc-connected clusters, Flux, Workload Orchestration and Kalypso."""


def main() -> None:
    """Run the command line; every error raised on purpose becomes a message and an exit code."""
    from orchestration.errors import OrchestrationError

    try:
        # Not standalone, click returns the code that a command asked to exit with.
        code = root.main(standalone_mode=False)
        sys.exit(code if isinstance(code, int) else 0)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except click.Abort:
        sys.exit(130)
    except OrchestrationError as error:
        from orchestration.cli.failure import show

        sys.exit(show(error))
    except BrokenPipeError:
        sys.exit(1)
    except OSError as error:
        # A full disk, a folder that may not be written: for the person at the machine, not for us.
        from orchestration.cli.failure import show_os_error

        sys.exit(show_os_error(error))
