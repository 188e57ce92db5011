"""How a report is printed: as a table for people, as JSON or YAML for programs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import click

_HERE = "\0"
"""Stands for the items of a list that is printed in pieces."""

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
        click.echo(_json(document))


def print_pieces(head: dict[str, Any], name: str, items: Iterable[Any], tail: dict[str, Any], output: str) -> None:
    """Print the document that has *head*, the list *items* as *name*, and *tail*: as JSON one item after the other."""
    if output == "yaml":
        print_document({**head, name: list(items), **tail}, output)
        return
    for piece in json_pieces(head, name, items, tail):
        click.echo(piece, nl=False)
    click.echo()


def json_pieces(head: dict[str, Any], name: str, items: Iterable[Any], tail: dict[str, Any]) -> Iterator[str]:
    """Yield the JSON of such a document in pieces, so that there is never more of it than one item."""
    left = iter(items)
    first = next(left, None)
    if first is None:
        yield _json({**head, name: [], **tail})
        return
    before, _, after = _json({**head, name: [_HERE], **tail}).partition(_json(_HERE))
    yield before + _indented(first)
    for item in left:
        yield ",\n    " + _indented(item)
    yield after


def _json(document: Any) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False)


def _indented(item: Any) -> str:
    """Return the JSON of an item as it stands in a document's list; no text in it has a line break of its own."""
    return _json(item).replace("\n", "\n    ")


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
