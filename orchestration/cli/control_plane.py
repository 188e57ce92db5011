"""`ewo control-plane`: Kalypso without a cluster, on checkouts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from orchestration.cli.output import emit, output_option, print_document, print_table, visible
from orchestration.cli.remote import opened, repository_options, schedule, show_issues, wait

if TYPE_CHECKING:
    from orchestration.control_plane import (
        Difference,
        Explanation,
        FileChange,
        Issue,
        Miss,
        Problem,
        Reader,
        Rendering,
        Sources,
    )

BLOCKED, INVALID, CHANGES, PARTLY = 1, 2, 3, 4
Command = TypeVar("Command", bound=Callable[..., Any])
Pairs = tuple[tuple[str, str], ...]
COMMENT = 65_536
"""How many characters a comment in GitHub may have."""


@click.group("control-plane")
def control_plane() -> None:
    """What Kalypso makes of a control plane, from checkouts, and why."""


control_plane.add_command(schedule)
control_plane.add_command(wait)


def named(ctx: click.Context, param: click.Parameter, value: Sequence[str]) -> Pairs:
    """Return what options of the form NAME=DIR say; one that is no such form, or a name given twice, is exit 2."""
    found: dict[str, str] = {}
    for text in value:
        name, equals, folder = text.partition("=")
        if not (name and equals and folder):
            raise click.BadParameter(f"{text!r} is not NAME=DIR", ctx, param)
        if name in found:
            raise click.BadParameter(f"{name} is given twice", ctx, param)
        found[name] = folder
    return tuple(found.items())


def checkouts(*names: str, text: str) -> Callable[[Command], Command]:
    """Return the option that names checkouts, as often as it is given."""
    return click.option(*names, metavar="NAME=DIR", callback=named, multiple=True, help=text)


def checkout_options(command: Command) -> Command:
    """Add the options that say in which checkouts an environment's sources are."""
    options = (
        click.argument("environment"),
        click.option("--source", metavar="DIR", help="Checkout of the environment's branch."),
        click.option("--path", default=".", show_default=True, help="Folder of the branch that is applied."),
        checkouts("--base", "bases", text="Checkout of a BaseRepo, by its name."),
        checkouts("--workload", "workloads", text="Checkout for a WorkloadRegistration, by its name."),
        click.option(
            "--config",
            "configs",
            type=click.Path(exists=True, dir_okay=False, path_type=Path),
            multiple=True,
            help="File of a ConfigMap that Azure App Configuration makes in the cluster.",
        ),
        click.option("--allow-workload-bases", is_flag=True, help="Follow base repos that workloads bring."),
    )
    for option in reversed(options):
        command = option(command)
    return command


def source_options(command: Command) -> Command:
    """Add the options that say where an environment's sources are: checkouts, or a repository in a Git host."""
    return checkout_options(repository_options()(command))


def read_any(environment: str, *, source: str | None, repo: str | None, **where: Any) -> Sources:
    """Read the sources that the options name: checkouts, or what the branches of a repository lead to."""
    host = {name: where.pop(name) for name in ("token_env", "sandbox", "sandbox_dir")}
    if repo is None:
        return read(environment, source, **where)
    given = {"--source": source, "--base": where["bases"], "--workload": where["workloads"]}
    given["--allow-workload-bases"] = where["allow_workload_bases"]
    if wrong := [name for name, value in given.items() if value]:
        raise click.UsageError(f"{', '.join(wrong)} goes with checkouts: --repo follows references itself")
    with opened(repo, **host) as plane:
        return plane.sources(environment, where["path"], where["configs"])


def read(
    environment: str,
    source: str | None,
    *,
    path: str,
    bases: Pairs,
    workloads: Pairs,
    configs: Sequence[Path],
    allow_workload_bases: bool,
    reader: Reader | None = None,
) -> Sources:
    """Read the sources that the options name."""
    from orchestration.control_plane import read_sources

    if source is None:
        raise click.UsageError("--source is missing: the checkout of the environment's branch")
    return read_sources(
        environment, source, path=path, bases=dict(bases), workloads=dict(workloads), configs=configs,
        workload_bases=allow_workload_bases, reader=reader,
    )  # fmt: skip


def refuse_unused(warnings: Sequence[Problem]) -> None:
    """Exit 2 for an option that names no object."""
    unused = [problem.message for problem in warnings if problem.code == "unused-source"]
    if unused:
        raise click.UsageError("; ".join(unused))


@control_plane.command()
@source_options
@click.option("--to", type=click.Path(path_type=Path), help="Folder for the tree of the GitOps branch.")
@click.option("--previous", metavar="DIR", help="Checkout of the GitOps branch as it is now.")
@click.option("--partial", is_flag=True, help="Write what can be rendered of a blocked environment, and exit 4.")
@output_option
def render(output: str, *, to: Path | None, previous: str | None, partial: bool, **where: Any) -> None:
    """Render ENVIRONMENT as the scheduler would write it. Exit 1, and nothing is written, if it is blocked."""
    from orchestration.control_plane import list_checkout, write_tree
    from orchestration.control_plane import render as render_sources

    before = list_checkout(previous) if previous else None
    rendering = render_sources(read_any(**where), previous=before.paths if before else (), partial=partial)
    refuse_unused(rendering.warnings)
    if to is not None and (partial or not rendering.blocked):
        write_tree(rendering.tree(before.read(rendering.kept) if before else {}), to)
    emit(rendering.to_json(), output, lambda: show_rendering(rendering))
    code = (PARTLY if partial and rendering.files else BLOCKED) if rendering.blocked else 0
    click.get_current_context().exit(code)


def show_rendering(rendering: Rendering) -> None:
    """Print what was rendered, and what stands in the way."""
    show_issues(rendering.issues)
    for problem in rendering.warnings:
        click.echo(visible(str(problem)), err=True)
    for path in rendering.stale:
        click.echo(f"stale: {visible(path)} is generated by nothing and stays; clusters apply it", err=True)
    rows = [(one.cluster_type, one.deployment_target, one.policy) for one in rendering.assignments]
    if not rendering.blocked:
        print_table("Assignments", ("cluster type", "deployment target", "policy"), rows)
    deleted = f", {len(rendering.deleted)} deleted" if rendering.deleted else ""
    state = "blocked, " if rendering.blocked else ""
    click.echo(f"{state}{len(rendering.files)} files generated{deleted}")


@control_plane.command()
@source_options
@output_option
def validate(output: str, **where: Any) -> None:
    """Report everything that would block ENVIRONMENT or surprise. Exit 2 if there are errors."""
    from orchestration.control_plane import validate as validate_sources

    problems = validate_sources(read_any(**where))
    refuse_unused(problems)
    document = {"schema": "ewo.problems/1", "problems": [problem.to_json() for problem in problems]}

    def as_table() -> None:
        click.echo(visible("\n".join(map(str, problems))) or f"{where['environment']}: no problems")

    emit(document, output, as_table)
    click.get_current_context().exit(INVALID if any(problem.severity == "error" for problem in problems) else 0)


@control_plane.command()
@source_options
@click.argument("place", metavar="CLUSTERTYPE/TARGET")
@click.argument("key", required=False)
@click.option("--why-not", is_flag=True, help="Say of each policy that misses it what it misses.")
@output_option
def explain(output: str, *, place: str, key: str | None, why_not: bool, **where: Any) -> None:
    """Say where each config value of a target on a cluster type comes from, and which template makes which file."""
    from orchestration.control_plane import explain as explain_sources

    cluster_type, slash, target = place.partition("/")
    if not (cluster_type and slash and target):
        raise click.UsageError(f"{place!r} is not CLUSTERTYPE/TARGET")
    found = explain_sources(read_any(**where), cluster_type, target, key)
    emit(found.to_json(), output, lambda: show_explanation(found, place, why_not=why_not, files=key is None))


def show_explanation(found: Explanation, place: str, *, why_not: bool, files: bool) -> None:
    """Print where values come from, what a policy would have needed, and which template makes which file."""
    click.echo(f"{place} is assigned by {', '.join(found.policies) or 'no policy'}")
    if why_not or not found.policies:
        _misses(found.why_not)
    for item in found.keys:
        click.echo(visible(f"{item.key} = {item.to_json()['value']!r}"))
        for link in item.chain:
            click.echo(visible(f"  {link.place}: {link.value!r} from {link.object}, as {link.because}"))
    verb = "is made" if found.policies else "would be made"
    for made in found.files if files else ():
        click.echo(visible(f"{made.path} {verb} by Template {made.template} ({made.place or 'there is none'})"))


def _misses(misses: Sequence[Miss]) -> None:
    """Print what each policy asks for, below the labels that were there, which are the same for many."""
    for owner in dict.fromkeys(miss.owner for miss in misses):
        of_owner = [miss for miss in misses if miss.owner == owner]
        labels = ", ".join(f"{key}={value}" for key, value in sorted(of_owner[0].labels.items())) or "none"
        click.echo(visible(f"  labels of the {owner}: {labels}"))
        for miss in of_owner:
            click.echo(visible(f"    {miss.place}: {miss.policy} asks for: {miss.requirement}"))


@control_plane.command()
@checkout_options
@click.option("--old-source", metavar="DIR", help="Checkout of the branch on the old side.")
@checkouts("--old-base", "old_bases", text="Checkout of a base on the old side.")
@checkouts("--old-workload", "old_workloads", text="Checkout of a workload on the old side.")
@click.option("--exit-code", is_flag=True, help="Exit 3 when there are changes.")
@click.option(
    "--output",
    "-o",
    type=click.Choice(["table", "json", "yaml", "markdown"]),
    default="table",
    show_default=True,
    help="Format of what is printed.",
)
def diff(
    output: str,
    *,
    old_source: str | None,
    old_bases: Pairs,
    old_workloads: Pairs,
    exit_code: bool,
    **where: Any,
) -> None:
    """Show what a change would do to ENVIRONMENT: what is not given for the old side is the same on both."""
    from orchestration.control_plane import Reader
    from orchestration.control_plane import diff as diff_sources

    reader = Reader()  # most checkouts are the same on both sides
    new = read(**where, reader=reader)
    old_where = {
        **where,
        "source": old_source or where["source"],
        "bases": tuple({**dict(where["bases"]), **dict(old_bases)}.items()),
        "workloads": tuple({**dict(where["workloads"]), **dict(old_workloads)}.items()),
    }
    found = diff_sources(read(**old_where, reader=reader), new)
    refuse_unused(found.warnings)
    if output == "markdown":
        click.echo(as_markdown(found, where["environment"]), nl=False)
    elif output == "table":
        show_difference(found)
    else:
        print_document(found.to_json(), output)
    code = BLOCKED if found.new_blocked else CHANGES if exit_code and found.changes else 0
    click.get_current_context().exit(code)


def show_difference(found: Difference) -> None:
    """Print the changes as unified diffs, and how many there are."""
    show_issues(found.issues)
    if found.old_blocked and not found.new_blocked:
        show_issues(found.old_issues, "blocked before")
        click.echo("the old side was blocked: everything counts as added", err=True)
    for change in found.changes:
        click.echo(visible(f"{change.change}: {change.path}\n{change.diff}"), nl=False)
    click.echo(found.summary)


def as_markdown(found: Difference, environment: str) -> str:
    """Return the changes as a comment for a pull request: a summary, and a diff to unfold for each file.

    What does not go into a comment is counted.
    """
    parts = [f"### {environment}: {found.summary}\n"]
    if found.issues:
        parts.append("\n" + "".join(f"- {_inline(issue)}\n" for issue in found.issues))
    if found.old_blocked and not found.new_blocked:
        parts.append("\nThe old side was blocked: everything counts as added.\n")
    return _that_fits(parts + [_unfolding(change) for change in found.changes])


def _unfolding(change: FileChange) -> str:
    fence = "`" * (_longest_run(change.diff) + 3)
    return (
        f"\n<details><summary>{change.change}: <code>{_escaped(change.path)}</code></summary>\n\n"
        f"{fence}diff\n{change.diff}{fence}\n\n</details>\n"
    )


def _that_fits(parts: Sequence[str]) -> str:
    """Return as many parts as a comment holds, and how many there are beyond."""
    text = ""
    for number, part in enumerate(parts):
        if len(text) + len(part) > COMMENT - 100:
            left = len(parts) - number
            verb = "is" if left == 1 else "are"
            return f"{text}\n{left} more {verb} not shown: a comment holds {COMMENT} characters.\n"
        text += part
    return text


def _inline(issue: Issue) -> str:
    about = f"**{_escaped(issue.assignment)}**: " if issue.assignment else ""
    return about + _escaped(" ".join(str(issue).split()))


def _escaped(text: str) -> str:
    from html import escape

    return escape(text, quote=False).replace("@", "&#64;")


def _longest_run(text: str) -> int:
    import re

    return max((len(run) for run in re.findall("`+", text)), default=0)
