"""Every rule a fleet obeys, in the order a reader meets them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from orchestration.fleet.draft import Draft
from orchestration.fleet.model import Problem
from orchestration.fleet.rules import (
    azure,
    contents,
    control_plane,
    hierarchy,
    kalypso,
    names,
    repositories,
    solutions,
    texts,
)

Rule = Callable[[Draft], Iterator[Problem]]

RULES: tuple[Rule, ...] = (
    texts.texts_fit,
    names.names_are_unique,
    names.nodes_and_targets_are_unique,
    names.lists_repeat_nothing,
    names.environments_exist,
    names.cluster_types_exist,
    names.sites_exist,
    names.capabilities_exist,
    names.values_name_nodes,
    names.placement_names_exist,
    names.dependencies_exist,
    hierarchy.levels_are_two_to_four,
    hierarchy.nodes_have_a_level,
    hierarchy.sites_are_leaves,
    hierarchy.resource_group_holds_one_site,
    hierarchy.top_sites_can_be_referred_to,
    hierarchy.orchestration_needs_hierarchy,
    hierarchy.context_needs_capabilities,
    hierarchy.targets_have_a_site,
    hierarchy.target_namespaces_are_legal,
    hierarchy.context_location_has_the_service,
    azure.cluster_ids_are_unique,
    azure.custom_locations_are_legal,
    azure.configuration_names_are_unique,
    azure.pinned_extensions_do_not_upgrade,
    azure.present_managers_have_no_settings,
    repositories.repositories_are_given,
    repositories.repository_urls_are_safe,
    repositories.repositories_differ,
    repositories.pull_requests_are_possible,
    repositories.state_address_is_safe,
    repositories.secrets_are_references,
    repositories.clusters_get_other_credentials,
    kalypso.requirements_are_complete,
    kalypso.labels_are_ours,
    kalypso.workload_paths_stay_inside,
    kalypso.namespaces_may_be_long,
    control_plane.control_plane_folder_is_usable,
    control_plane.control_plane_files_can_be_committed,
    control_plane.control_plane_files_hold_objects,
    solutions.placements_follow_promotion,
    solutions.rings_grow,
    solutions.named_targets_are_capable,
    solutions.held_versions_are_older,
    solutions.retired_versions_are_unused,
    solutions.read_versions_exist,
    solutions.same_templates_agree,
    solutions.dependencies_end,
    solutions.dependencies_are_placed,
    solutions.kubeconfigs_stay_inside,
    contents.contents_can_be_read,
    contents.schemas_say_what_they_are,
    contents.schemas_are_immutable,
    contents.templates_name_their_schema,
    contents.templates_say_what_they_are,
    contents.templates_leave_dependencies_to_the_fleet,
    contents.templates_have_configs,
    contents.specifications_have_components,
)

# Judged only when all else is right, as what is wrong elsewhere would make them speak for no reason.
DOUBTS: tuple[Rule, ...] = (
    kalypso.policies_select_something,
    solutions.placements_choose_targets,
    solutions.rings_take_in_everything,
)


def check_rules(draft: Draft, rules: Iterable[Rule]) -> list[Problem]:
    """Return the problems that *rules* have with *draft*."""
    found = [problem for rule in rules for problem in rule(draft)]
    # What stands in for a part that is missing or was taken out has no place, and no problems of its own.
    return [problem for problem in found if problem.origin.file]
