"""How a report is printed: as a table for people, as JSON or YAML for programs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import click

UNBROKEN = 1000
"""Width of tables that no terminal shows: their lines are for grep, and stay whole."""

output_option = click.option(
    "--output",
    "-o",
    type=click.Choice(["table", "json", "yaml"]),
    default="table",
    show_default=True,
    help="Format of what is printed.",
)


def emit(document: dict[str, Any], output: str, as_table: Callable[[], None]) -> None:
    """Print *document* to stdout in the format asked for."""
    if output == "table":
        as_table()
    else:
        print_document(document, output)


def print_document(document: dict[str, Any], output: str) -> None:
    """Print *document* to stdout as YAML if that is asked for, otherwise as JSON."""
    if output == "yaml":
        import yaml

        click.echo(yaml.safe_dump(document, sort_keys=False, allow_unicode=True, explicit_start=True), nl=False)
    else:
        click.echo(json.dumps(document, indent=2, ensure_ascii=False))


def visible(text: str) -> str:
    """Return text that others wrote with its control characters spelled out: a terminal would obey them."""
    return "".join(c if c in "\n\t" or c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table to stdout; without rows nothing is printed."""
    found = [list(row) for row in rows]
    if not found:
        return
    from rich import box
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False, soft_wrap=False, markup=False)
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        numeric = column in ("add", "change", "destroy", "seconds")
        table.add_column(column, justify="right" if numeric else "left", overflow="fold")
    for row in found:
        table.add_row(*row)
    if not console.is_terminal:
        console.width = UNBROKEN
    console.print(table)
