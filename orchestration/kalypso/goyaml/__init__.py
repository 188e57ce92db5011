"""YAML as the two go-yaml versions of Kalypso read (2.4) and write (3.0.1) it."""

from orchestration.kalypso.goyaml.emit import dump
from orchestration.kalypso.goyaml.nodes import Node, RefusedYaml, UnreadableYaml, documents, is_small_yaml, objects
from orchestration.kalypso.goyaml.read import load
from orchestration.kalypso.goyaml.resolve import Timestamp, resolve

__all__ = [
    "Node",
    "RefusedYaml",
    "Timestamp",
    "UnreadableYaml",
    "documents",
    "dump",
    "is_small_yaml",
    "load",
    "objects",
    "resolve",
]
