"""What a template's folder holds: `template.yaml`, `schema.yaml` and `specification.yaml`, and older versions."""

from __future__ import annotations

import os.path
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from orchestration.fleet import grammar
from orchestration.fleet.model import Origin, Problem, SchemaContent, TemplateContent
from orchestration.fleet.paths import confine
from orchestration.fleet.reader import read_file
from orchestration.fleet.tree import Node, plain

TEMPLATE, SCHEMA, SPECIFICATION = "template.yaml", "schema.yaml", "specification.yaml"
MOST_VALUES = 50_000
"""How many values, keys among them, one of these files may hold."""

_REFERENCE = re.compile(r"\$config\(\s*([-\w.]+)/([0-9]+\.[0-9]+\.[0-9]+)\s*[,)]")


@dataclass(frozen=True, slots=True)
class Content:
    """One version's files, parsed; a file that is absent or cannot be read is None."""

    version: str
    folder: str
    template: Node | None
    schema: Node | None
    specification: Node | None
    declared: SchemaContent | None
    content: TemplateContent | None

    def config_references(self) -> set[tuple[str, str]]:
        """Return name and version of each config template that the template reads."""
        return set(_REFERENCE.findall(self.content.template)) if self.content else set()


@dataclass(frozen=True, slots=True)
class Contents:
    """All versions of one template that the fleet folder holds, and what is wrong with their files."""

    versions: Mapping[str, Content]
    problems: tuple[Problem, ...] = ()

    def usable(self, *, without: tuple[str, ...] = ()) -> dict[str, TemplateContent]:
        """Return the content of each version that can be read and is not in *without*."""
        found = {version: each.content for version, each in self.versions.items() if version not in without}
        return {version: content for version, content in found.items() if content is not None}


class _File(NamedTuple):
    shown: str
    text: str
    root: Node


class ContentReader:
    """Reads template folders of one fleet folder; *shown* is that folder's name in messages."""

    def __init__(self, folder: Path, shown: str) -> None:
        self.folder, self.shown = folder, shown

    def read(self, path: str, version: str, place: Origin, *, runs: bool) -> Contents:
        """Return the versions in *path*; *runs* tells a solution, which has a specification, from a config template."""
        root, reason = confine(self.folder, path)
        if reason:
            return Contents({}, (Problem("path", place, f"{path} {reason}"),))
        if not root.is_dir():
            hint = f"make it, with {TEMPLATE} in it"
            return Contents({}, (Problem("missing-folder", place, f"there is no folder {path}", hint),))
        try:
            others = sorted(each.name for each in root.iterdir() if each.is_dir() and grammar.VERSION.fits(each.name))
        except OSError as error:
            return Contents({}, (Problem("unreadable", place, f"{path} cannot be read: {error.strerror or error}"),))
        problems: list[Problem] = []
        found = {version: self._version(path, version, place, problems, runs=runs)}
        for older in others:
            if older == version:
                problems.append(_twice(place, path, version))
            else:
                found[older] = self._version(f"{path}/{older}", older, place, problems, runs=runs)
        return Contents(found, tuple(problems))

    def _version(self, path: str, version: str, place: Origin, problems: list[Problem], *, runs: bool) -> Content:
        template = self._file(f"{path}/{TEMPLATE}", place, problems, needed=True)
        schema = self._file(f"{path}/{SCHEMA}", place, problems)
        specification = None
        if runs:
            specification = self._file(f"{path}/{SPECIFICATION}", place, problems, needed=True, exact=True)
        declared, content = _schema_content(schema), None
        if template and (specification or not runs):
            content = _template_content(template, declared, specification)
        roots = (_root(template), _root(schema), _root(specification))
        return Content(version, f"{self.shown}/{path}", *roots, declared, content)

    def _file(
        self, path: str, place: Origin, problems: list[Problem], *, needed: bool = False, exact: bool = False
    ) -> _File | None:
        file, reason = confine(self.folder, path)
        if reason:
            problems.append(Problem("path", place, f"{path} {reason}"))
            return None
        if not file.exists():
            if needed:
                problems.append(Problem("missing-file", place, f"there is no file {path}"))
            return None
        shown = os.path.normpath(f"{self.shown}/{path}")
        root, of_file = read_file(file, shown, strict=exact, most=MOST_VALUES)
        if not of_file and (root is None or not isinstance(root.value, dict)):
            of_file = [Problem("wrong-type", Origin(shown), "the file must hold a mapping")]
        problems += of_file
        return None if of_file or root is None else _File(shown, file.read_text("utf-8-sig"), root)


def _twice(place: Origin, path: str, version: str) -> Problem:
    message = f"{path} is the content of {version}, and so is {path}/{version}"
    return Problem("content-twice", place, message, f"delete {path}/{version}, or raise the version")


def _root(file: _File | None) -> Node | None:
    return file.root if file else None


def _template_content(template: _File, schema: SchemaContent | None, specification: _File | None) -> TemplateContent:
    return TemplateContent(
        schema=schema,
        template=template.text,
        template_file=template.shown,
        specification=plain(specification.root) if specification else None,
        specification_file=specification.shown if specification else None,
    )


def _schema_content(schema: _File | None) -> SchemaContent | None:
    if schema is None:
        return None
    metadata = schema.root.find("metadata").mapping
    name, version = (metadata[key].text if key in metadata else "" for key in ("name", "version"))
    return SchemaContent(name, version, schema.text, schema.shown)
