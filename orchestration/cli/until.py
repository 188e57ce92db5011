"""How far a rollout goes, as people write it: `prod`, or `prod/2` for its second ring."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from orchestration.solutions import Until


def as_until(ctx: click.Context, param: click.Parameter, value: str | None) -> Until | None:
    """Return where a rollout ends, None for nowhere; raise a usage error if that is no such place."""
    if value is None:
        return None
    from orchestration.solutions import Until

    environment, slash, ring = value.partition("/")
    if not environment or (slash and not re.fullmatch("[1-9][0-9]{0,5}", ring)):
        raise click.BadParameter(f"{value!r} is no place in a rollout: write prod, or prod/2.", ctx, param)
    return Until(environment, int(ring) if slash else None)


until_option = click.option(
    "--until",
    callback=as_until,
    metavar="ENV[/RING]",
    help="Roll out no further than this environment, or its ring; rings count from 1.",
)
