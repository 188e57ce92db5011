"""Durations as people write them: `90s`, `15m`, `1h30m`."""

from __future__ import annotations

import re

import click

UNITS = {"h": 3600, "m": 60, "s": 1}


def in_seconds(ctx: click.Context, param: click.Parameter, value: str | None) -> float | None:
    """Return an option's duration in seconds, None for none; raise a usage error if it is not one."""
    if value is None:
        return None
    if not re.fullmatch(r"(?=.)([0-9]{1,6}h)?([0-9]{1,6}m)?([0-9]{1,6}s)?", value):
        raise click.BadParameter(f"{value!r} is no duration: write it like 90s, 15m or 1h30m.", ctx, param)
    return float(sum(int(number) * UNITS[unit] for number, unit in re.findall(r"([0-9]+)([hms])", value)))
