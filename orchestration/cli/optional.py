"""Options that may stand without a value."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import click

_VALUE = re.compile(r"[0-9].*")


class MaybeValue(click.Option):
    """An option whose value, a number or a duration, may be left out: then it has *flag_value*."""


class MaybeValues(click.Command):
    """A command with such options: `--wait FLEET` does not take the fleet for a duration."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse *args* after writing out the values that were left out."""
        values = {
            name: str(option.flag_value)
            for option in self.params
            if isinstance(option, MaybeValue)
            for name in option.opts
        }
        return super().parse_args(ctx, list(_written_out(args, values)))


def _written_out(args: Sequence[str], values: dict[str, str]) -> Iterator[str]:
    for index, arg in enumerate(args):
        following = args[index + 1] if index + 1 < len(args) else ""
        if arg == "--":
            yield from args[index:]
            return
        yield f"{arg}={values[arg]}" if arg in values and not _VALUE.fullmatch(following) else arg
