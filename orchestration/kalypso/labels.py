"""Kubernetes' names, labels and label selectors
(https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from orchestration.kalypso.problems import Place

Labels = Mapping[str, str]

FLUX_NAME = "kustomize.toolkit.fluxcd.io/name"
FLUX_NAMESPACE = "kustomize.toolkit.fluxcd.io/namespace"

_NAME_PART = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?")
_SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_DATA_KEY = re.compile(r"[-._a-zA-Z0-9]{1,253}")
_OPERATORS = ("In", "NotIn", "Exists", "DoesNotExist")


def is_subdomain(text: str) -> bool:
    """Whether *text* may name a Kubernetes object."""
    return len(text) <= 253 and bool(_SUBDOMAIN.fullmatch(text))


def is_data_key(text: str) -> bool:
    """Whether *text* may be a key of a ConfigMap."""
    return bool(_DATA_KEY.fullmatch(text)) and text not in (".", "..")


def is_label_key(text: str) -> bool:
    """Whether *text* may be a label's key."""
    prefix, slash, name = text.rpartition("/")
    return bool(_NAME_PART.fullmatch(name)) and (not slash or is_subdomain(prefix))


def is_label_value(text: str) -> bool:
    """Whether *text* may be a label's value."""
    return not text or bool(_NAME_PART.fullmatch(text))


@dataclass(frozen=True, slots=True)
class Requirement:
    """One `matchExpressions` entry."""

    key: str
    operator: str
    values: tuple[str, ...] = ()

    def met_by(self, labels: Labels) -> bool:
        """Whether *labels* meet the requirement."""
        present = self.key in labels
        match self.operator:
            case "In":
                return present and labels[self.key] in self.values
            case "NotIn":
                return not present or labels[self.key] not in self.values
            case "Exists":
                return present
        return not present

    def faults(self) -> Iterator[str]:
        """Yield what Kubernetes refuses the requirement for."""
        if self.operator not in _OPERATORS:
            yield f'"{self.operator}" is not a valid label selector operator; use one of {", ".join(_OPERATORS)}'
        elif self.operator in ("In", "NotIn") and not self.values:
            yield f'{self.operator} on "{self.key}" needs values'
        elif self.operator in ("Exists", "DoesNotExist") and self.values:
            yield f'{self.operator} on "{self.key}" takes no values'
        if not is_label_key(self.key):
            yield f'"{self.key}" is not a valid label key'
        yield from (f'"{value}" is not a valid label value' for value in self.values if not is_label_value(value))


@dataclass(frozen=True, slots=True)
class Selector:
    """A label selector; an empty one matches everything."""

    match_labels: Labels = field(default_factory=dict)
    match_expressions: tuple[Requirement, ...] = ()
    place: Place = field(default=Place(""), compare=False)

    def requirements(self) -> Iterator[Requirement]:
        """Yield everything that must be met, labels first."""
        yield from (Requirement(key, "In", (value,)) for key, value in self.match_labels.items())
        yield from self.match_expressions

    def matches(self, labels: Labels) -> bool:
        """Whether *labels* meet every requirement."""
        return all(requirement.met_by(labels) for requirement in self.requirements())

    def faults(self) -> Iterator[str]:
        """Yield what Kubernetes refuses the selector for."""
        for requirement in self.requirements():
            yield from requirement.faults()
