"""`$ref` and `$id`: which part of a document is meant. Nothing is fetched."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

from orchestration.kalypso.goschema.document import BadSchema

_LITERAL = ("const", "enum")
_NAMED = ("properties", "dependencies", "patternProperties")
_DEPTH_LIMIT = 200


class References:
    """The parts of a document that have a name, and the names made absolute."""

    def __init__(self, root: Any) -> None:
        self.documents: dict[str, Any] = {"": root}
        self.absolute: dict[int, str] = {}  # by the identity of the schema that holds the $ref
        self._collect(root, "", 0)

    def _collect(self, node: Any, base: str, depth: int) -> None:
        if depth > _DEPTH_LIMIT:
            return
        if isinstance(node, list):
            for item in node:
                self._collect(item, base, depth + 1)
        if not isinstance(node, dict):
            return
        identifier = node.get("id" if "id" in node else "$id")
        if isinstance(identifier, str):
            base = _joined(base, identifier)
            self.documents.setdefault(base.removesuffix("#"), node)
        if isinstance(node.get("$ref"), str):
            self.absolute[id(node)] = _joined(base, node["$ref"])
        for key in sorted(node):
            value = node[key]
            if key in _NAMED and isinstance(value, dict):
                for item in value.values():
                    self._collect(item, base, depth + 2)
            elif key not in _LITERAL:
                self._collect(value, base, depth + 1)

    def name(self, node: dict[str, Any]) -> str:
        """Return the absolute reference of a schema's `$ref`."""
        return self.absolute.get(id(node), str(node["$ref"]))

    def resolve(self, reference: str) -> Any:
        """Return what *reference* means; raises BadSchema."""
        whole = reference.removesuffix("#")
        if whole in self.documents:
            return self.documents[whole]
        url, fragment = urldefrag(reference)
        if url in self.documents:
            return _pointed(self.documents[url], unquote(fragment))
        if not urlsplit(url).netloc:
            raise BadSchema(f"Reference {reference} must be canonical")
        raise BadSchema(f"refused: $ref {reference} would be fetched from the network; copy it into definitions")


def _joined(base: str, reference: str) -> str:
    if reference.startswith("#"):
        return urldefrag(base)[0] + reference
    joined = urljoin(base, reference)
    return joined if urlsplit(joined).scheme or joined.startswith("/") else f"/{joined}"


def _pointed(node: Any, pointer: str) -> Any:
    if pointer and not pointer.startswith("/"):
        raise BadSchema(f'Invalid JSON pointer. Expected "/" at the start: {pointer}')
    for token in pointer.split("/")[1:]:
        if isinstance(node, dict):
            key = token.replace("~1", "/").replace("~0", "~")
            if key not in node:
                raise BadSchema(f"Object has no key '{key}'")
            node = node[key]
        elif isinstance(node, list):
            if not token.isascii() or not token.isdecimal():
                raise BadSchema(f"Invalid array index '{token}'")
            if int(token[:9]) >= len(node):
                raise BadSchema(f"Out of bound array[0,{len(node)}] index '{token}'")
            node = node[int(token)]
        else:
            raise BadSchema(f"Invalid token reference '{token}'")
    return node
