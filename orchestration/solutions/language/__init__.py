"""Workload Orchestration's configuration language: schemas, templates and `${{…}}`, read, checked and resolved.

Nothing here opens a file or a socket: documents come in as trees that know where everything stands.
https://learn.microsoft.com/azure/azure-arc/workload-orchestration/configuration-model
"""

from orchestration.solutions.language.assumed import ASSUMPTIONS
from orchestration.solutions.language.functions import Unworkable
from orchestration.solutions.language.provenance import Provenance, Source
from orchestration.solutions.language.references import is_elsewhere, key_of
from orchestration.solutions.language.resolve import Configured, Resolution, Situation, resolve
from orchestration.solutions.language.specification import resolve_specification
from orchestration.solutions.language.template import Documents, Template
from orchestration.solutions.language.values import Layer, Setting, Tree, laid_over, settings_tree

__all__ = [
    "ASSUMPTIONS",
    "Configured",
    "Documents",
    "Layer",
    "Provenance",
    "Resolution",
    "Setting",
    "Situation",
    "Source",
    "Template",
    "Tree",
    "Unworkable",
    "is_elsewhere",
    "key_of",
    "laid_over",
    "resolve",
    "resolve_specification",
    "settings_tree",
]
