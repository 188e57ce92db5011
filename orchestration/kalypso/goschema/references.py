"""`$ref` and `$id`: which part of a document is meant. Nothing is fetched."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from orchestration.kalypso.goschema.document import BadSchema
from orchestration.kalypso.gourl import BadUrl, Url, parse
from orchestration.kalypso.numbers import parse_int

_LITERAL = ("const", "enum")
_NAMED = ("properties", "dependencies", "patternProperties")
_DEPTH_LIMIT = 200


class References:
    """The parts of a document that have a name, and the names made absolute."""

    def __init__(self, root: Any) -> None:
        self.documents: dict[str, Any] = {}
        self.absolute: dict[int, str] = {}  # by the identity of the schema that holds the $ref
        self._collect(root, Url(), 0)
        self.documents[""] = root

    def _collect(self, node: Any, base: Url, depth: int) -> None:
        if depth > _DEPTH_LIMIT:
            return
        if isinstance(node, list):
            for item in node:
                self._collect(item, base, depth + 1)
        if not isinstance(node, dict):
            return
        identifier = _joined(base, node.get("id" if "id" in node else "$id"))
        if identifier is not None:
            base = identifier
            if str(base) in self.documents:
                return
            self.documents[str(base)] = node
        reference = _joined(base, node.get("$ref"))
        if reference is not None:
            self.absolute[id(node)] = str(reference)
        for key in sorted(node):
            value = node[key]
            if key in _NAMED and isinstance(value, dict):
                for item in value.values():
                    self._collect(item, base, depth + 2)
            elif key not in _LITERAL:
                self._collect(value, base, depth + 1)

    def name(self, node: dict[str, Any]) -> str:
        """Return the absolute reference of a schema's `$ref`; raises BadSchema."""
        return str(parsed(self.absolute.get(id(node), node["$ref"])))

    def resolve(self, reference: str) -> Any:
        """Return what *reference* means; raises BadSchema."""
        if reference in self.documents:
            return self.documents[reference]
        url = parsed(reference)
        document = str(replace(url, fragment=""))
        if document in self.documents:
            found = self.documents[reference] = _pointed(self.documents[document], url.fragment)
            return found
        if not (url.path.startswith("/") if url.scheme == "file" else url.scheme and url.host):
            raise BadSchema(f"Reference {reference} must be canonical")
        raise BadSchema(f"refused: $ref {reference} would be fetched from the network; copy it into definitions")


def parsed(reference: str) -> Url:
    """Return *reference* as a URL; raises BadSchema."""
    try:
        return parse(reference)
    except BadUrl as error:
        raise BadSchema(str(error)) from error


def _joined(base: Url, reference: Any) -> Url | None:
    """Return what *reference* means from *base*, None where it is none."""
    if not isinstance(reference, str):
        return None
    try:
        return parse(str(replace(base, fragment="").resolve(parse(reference))))
    except BadUrl:
        return None


def _pointed(node: Any, pointer: str) -> Any:
    # What does not begin with a slash is no pointer, and then the whole document is meant.
    for token in pointer.split("/")[1:] if pointer.startswith("/") else ():
        if isinstance(node, dict):
            key = token.replace("~1", "/").replace("~0", "~")
            if key not in node:
                raise BadSchema(f"Object has no key '{key}'")
            node = node[key]
        elif isinstance(node, list):
            index = parse_int(token)
            if index is None:
                raise BadSchema(f"Invalid array index '{token}'")
            if not 0 <= index < len(node):
                raise BadSchema(f"Out of bound array[0,{len(node)}] index '{index}'")
            node = node[index]
        else:
            raise BadSchema(f"Invalid token reference '{token}'")
    return node
