"""Where solutions go, in which rings and versions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from orchestration.fleet import grammar
from orchestration.fleet.document.clusters import Cluster, Target
from orchestration.fleet.document.solutions import ConfigTemplate, Placement, Solution
from orchestration.fleet.draft import Draft
from orchestration.fleet.model import Origin, Problem
from orchestration.fleet.paths import confine_file
from orchestration.fleet.resolve import selector_of


def placements_follow_promotion(draft: Draft) -> Iterator[Problem]:
    """A solution names each environment once, in the order of promotion."""
    order = {item.name: index for index, item in enumerate(draft.document.environments)}
    for solution in draft.document.solutions:
        latest: Placement | None = None
        seen: dict[str, Origin] = {}
        for placement in solution.placement:
            name, place = placement.environment, placement.at("environment")
            if name in seen:
                message = f"{name} is placed already, at {seen[name]}"
                yield Problem("duplicate-placement", place, message, "merge the two")
            elif latest and order.get(name, len(order)) < order.get(latest.environment, -1):
                message = f"{name} comes before {latest.environment} in the order of promotion"
                yield Problem("placement-order", place, message, f"move it before {latest.environment}")
            else:
                latest = placement
            seen.setdefault(name, place)


def rings_grow(draft: Draft) -> Iterator[Problem]:
    """A ring that takes in no more than the one before is skipped, which is seldom what was meant."""
    for _, placement in _placements(draft):
        for index in range(1, len(placement.rings)):
            before, ring = placement.rings[index - 1], placement.rings[index]
            if isinstance(before, int) == isinstance(ring, int) and _number(ring) <= _number(before):
                message = f"rings are cumulative: {ring} adds nothing to {before} and is skipped"
                place = placement.at("rings", index)
                yield Problem("rings", place, message, "write rings in growing order", "warning")


def rings_take_in_everything(draft: Draft) -> Iterator[Problem]:
    """A last ring that leaves targets out is doubtful."""
    for _, placement in _placements(draft):
        if placement.rings and placement.rings[-1] != "100%":
            message = f"the last ring is {placement.rings[-1]}: whatever is beyond it never gets the solution"
            place = placement.at("rings", len(placement.rings) - 1)
            yield Problem("rings-incomplete", place, message, "add 100%", "warning")


def placements_choose_targets(draft: Draft) -> Iterator[Problem]:
    """A placement that no target answers to is doubtful."""
    for solution, placement in _placements(draft):
        here = [pair for pair in draft.targets if draft.environment_of(pair[0]) == placement.environment]
        if here and not any(_chooses(draft, solution, placement, *pair) for pair in here):
            message = f"no target of {placement.environment} with the capabilities of {solution.name} is chosen"
            yield Problem("selects-nothing", placement.at("environment"), message, severity="warning")


def named_targets_are_capable(draft: Draft) -> Iterator[Problem]:
    """A target that a placement names can do what the solution asks for."""
    targets = {target.name: target for _, target in draft.targets}
    for solution, placement in _placements(draft):
        for index, name in enumerate(placement.targets.names or ()):
            lacking = sorted(set(solution.capabilities) - set(targets[name].capabilities)) if name in targets else []
            if lacking:
                message = f"{name} lacks {', '.join(lacking)}, which {solution.name} needs"
                place = placement.targets.at("names", index)
                yield Problem(
                    "not-capable", place, message, "add the capability to the target, or take it off the list"
                )


def held_versions_are_older(draft: Draft) -> Iterator[Problem]:
    """An environment is held back at a version no newer than the solution's, whose content can be had."""
    for solution, placement in _placements(draft):
        version = placement.version
        if version is None or not (grammar.VERSION.fits(version) and grammar.VERSION.fits(solution.version)):
            continue
        place = placement.at("version")
        if _order(version) > _order(solution.version):
            message = f"{placement.environment} is held at {version}, newer than {solution.name}'s {solution.version}"
            yield Problem("version-ahead", place, message, f"raise the solution's version to {version}, or delete this")
        elif version not in draft.contents_of(solution).versions:
            message = f"there is no content of {version} here; it must have been uploaded before"
            yield Problem("missing-version", place, message, f"keep it in {solution.path}/{version}", "warning")


def retired_versions_are_unused(draft: Draft) -> Iterator[Problem]:
    """A version that is retired is neither offered, nor held to, nor read by a template."""
    solutions = draft.document.solutions
    for solution in solutions:
        same = [other for other in solutions if _template(other) == _template(solution)] if solution.retire else []
        used = {other.version: f"{other.name} is at it" for other in same}
        for other in same:
            used |= {p.version: f"{p.environment} is held at it" for p in other.placement if p.version}
        yield from _retired_in_use(solution, used)
    readers = {(name, version): reader for reader, name, version in _references(draft)}
    for template in draft.document.config_templates:
        read = [(version, readers.get((template.name, version))) for version in template.retire]
        used = {version: f"{reader} reads it" for version, reader in read if reader}
        yield from _retired_in_use(template, {**used, template.version: "it is the current one"})


def read_versions_exist(draft: Draft) -> Iterator[Problem]:
    """A version of a config template that a solution reads is in the fleet folder, unless uploaded before."""
    templates = {template.name: template for template in draft.document.config_templates}
    for solution in draft.document.solutions:
        for content in draft.contents_of(solution).versions.values():
            for name, version in sorted(content.config_references()):
                template = templates.get(name)
                if template and version not in {*draft.contents_of(template).versions, *template.retire}:
                    place = Origin(content.content.template_file if content.content else content.folder)
                    message = f"{solution.name} reads {name}/{version}; there is no content of it here"
                    hint = f"read {name}/{template.version}, or keep {template.path}/{version}"
                    yield Problem("missing-version", place, message, hint, "warning")


def same_templates_agree(draft: Draft) -> Iterator[Problem]:
    """Solutions of one template differ in their instance and agree in what belongs to the template."""
    first: dict[str, Solution] = {}
    taken: dict[tuple[str, str], Solution] = {}
    for solution in draft.document.solutions:
        template = _template(solution)
        other = first.setdefault(template, solution)
        twin = taken.setdefault((template, solution.instance or ""), solution)
        if twin is not solution and twin.name != solution.name:
            message = f"{twin.name} and {solution.name} are the same instance of template {template}"
            yield Problem("same-instance", solution.at("instance"), message, "give each an instance of its own")
        if _spelling(other) != _spelling(solution):
            message = f"Azure takes {_spelling(solution)} and {other.name}'s {_spelling(other)} for one template"
            yield Problem("spelling", solution.at("template"), message, f"write {_spelling(other)}, or another name")
        if other is not solution:
            yield from _disagreements(draft, other, solution)


def dependencies_end(draft: Draft) -> Iterator[Problem]:
    """No solution depends on itself, by whatever way round."""
    names = {item.name for item in draft.document.solutions}
    needs = {item.name: {each.solution for each in item.depends_on} & names for item in draft.document.solutions}
    waiting = _left_over(needs)
    needed = {name: set[str]() for name in waiting}
    for name in waiting:
        for other in needs[name] & waiting:
            needed[other].add(name)
    circular = _left_over(needed)
    for solution in draft.document.solutions:
        if solution.name in circular:
            message = f"{solution.name} depends on itself, directly or by others"
            yield Problem("circular-dependency", solution.at_key("dependsOn"), message, "take one dependency away")


def dependencies_are_placed(draft: Draft) -> Iterator[Problem]:
    """What a solution depends on is placed in each environment that the solution is placed in."""
    places = {item.name: {each.environment for each in item.placement} for item in draft.document.solutions}
    for solution, placement in _placements(draft):
        for dependency in solution.depends_on:
            parent, environment = dependency.solution, placement.environment
            if environment not in places.get(parent, {environment}):
                message = f"{solution.name} depends on {parent}, which {environment} does not get"
                hint = f"give {parent} a placement in {environment}, too"
                yield Problem("dependency-not-placed", placement.at("environment"), message, hint)


def kubeconfigs_stay_inside(draft: Draft) -> Iterator[Problem]:
    """A kubeconfig lies in the fleet folder; it is not looked at."""
    for cluster in draft.document.clusters:
        wanted = cluster.connection.kubeconfig
        if wanted is not None:
            _, reason = confine_file(draft.folder, wanted.path)
            if reason:
                place = cluster.at("connection", "kubeconfig", "path")
                yield Problem("path", place, f"the kubeconfig {reason}", "put it into the fleet folder")


def _placements(draft: Draft) -> Iterator[tuple[Solution, Placement]]:
    return ((solution, placement) for solution in draft.document.solutions for placement in solution.placement)


def _chooses(draft: Draft, solution: Solution, placement: Placement, cluster: Cluster, target: Target) -> bool:
    wanted = placement.targets
    return (
        set(solution.capabilities) <= set(target.capabilities)
        and target.name not in wanted.excluded
        and (wanted.names is None or target.name in wanted.names)
        and selector_of(wanted).matches(draft.labels_of(cluster, target))
    )


def _left_over(needs: dict[str, set[str]]) -> set[str]:
    """Return the names that remain when whatever needs nothing that remains is taken away, again and again."""
    users: dict[str, list[str]] = defaultdict(list)
    for name, others in needs.items():
        for other in others:
            users[other].append(name)
    missing = {name: len(others) for name, others in needs.items()}
    free = [name for name, count in missing.items() if count == 0]
    for name in free:
        for user in users[name]:
            missing[user] -= 1
            if missing[user] == 0:
                free.append(user)
    return set(needs) - set(free)


def _template(solution: Solution) -> str:
    return _spelling(solution).lower()


def _spelling(solution: Solution) -> str:
    return solution.template or solution.name


def _number(ring: int | str) -> int:
    return ring if isinstance(ring, int) else int(ring.rstrip("%"))


def _order(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def _retired_in_use(item: ConfigTemplate | Solution, used: dict[str, str]) -> Iterator[Problem]:
    for index, version in enumerate(item.retire):
        if version in used:
            message = f"{version} is in use: {used[version]}"
            yield Problem("retired-in-use", item.at("retire", index), message, "move on to another version first")


def _references(draft: Draft) -> Iterator[tuple[str, str, str]]:
    for solution in draft.document.solutions:
        for version, content in draft.contents_of(solution).versions.items():
            if version not in solution.retire:
                yield from ((solution.name, *reference) for reference in content.config_references())


def _depended_on(draft: Draft, solution: Solution) -> list[object]:
    """Return what the solution's template says that it depends on: templates, and what is injected."""
    templates = {each.name: each.template or each.name for each in draft.document.solutions}
    return [(templates.get(each.solution), each.inject) for each in solution.depends_on]


def _disagreements(draft: Draft, one: Solution, two: Solution) -> Iterator[Problem]:
    differing: dict[str, bool] = defaultdict(bool)
    differing["capabilities"] = set(one.capabilities) != set(two.capabilities)
    differing["externalValidation"] = one.external_validation != two.external_validation
    differing["path"] = one.path != two.path
    differing["dependsOn"] = _depended_on(draft, one) != _depended_on(draft, two)
    names: Sequence[str] = [key for key, differs in differing.items() if differs]
    for key in names:
        message = f"{one.name} and {two.name} are of one template and have another {key}"
        yield Problem("template-differs", two.at(key), message, f"write what {one.name} has, or name another template")
