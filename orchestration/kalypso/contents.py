"""What texts of an environment hold and should not: secrets, APIs that are gone, functions that never give the same."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from orchestration.kalypso.gotemplate.functions.refused import CHANGING
from orchestration.kalypso.gotemplate.lexer import tokens
from orchestration.kalypso.kinds import BaseRepo, ConfigMap, GitOpsRepo, Template, WorkloadRegistration
from orchestration.kalypso.namespace import Namespace
from orchestration.kalypso.problems import Place, Problem
from orchestration.kalypso.shapes import child, value_of

SECRET_NAMES = re.compile(
    r"(?i)(?:^|[_.-])(?:password|passwd|pwd|secret|token|apikey|api[_-]key|accountkey|credential)s?$"
)
SECRET_VALUES = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----|\b(?:AccountKey|SharedAccessKey|Password|Pwd)=[^;\s{]+"
    r"|://[^/\s:@{]*:[^/\s@{]+@|\bgh[pousr]_[A-Za-z0-9]{36}|\bgithub_pat_\w{22,}|\bAKIA[0-9A-Z]{16}\b"
)
OLD_FLUX = re.compile(
    r"\b(?:(?:source|kustomize)\.toolkit\.fluxcd\.io/v1(?:alpha|beta)\d+|helm\.toolkit\.fluxcd\.io/v2beta\d+"
    r"|notification\.toolkit\.fluxcd\.io/v1(?:alpha\d+|beta[12]))\b"
)
_NEW_FLUX = {
    "source": "v1",
    "kustomize": "v1",
    "helm": "v2",
    "notification": "v1 (Receiver) or v1beta3 (Alert, Provider)",
}
_UNORDERED = {"keys", "values"}
_SUSPECTS = (*CHANGING, *_UNORDERED)
_TOKEN_LIMIT = 50_000  # of a text that holds more no more is looked at: rendering refuses it
_VAULT = "keep it in a vault and refer to it"


def content_doubts(namespace: Namespace) -> Iterator[Problem]:
    """Yield what the texts of an environment's objects hold and should not."""
    yield from _secrets(namespace)
    yield from _repository_secrets(namespace)
    yield from _secret_objects(namespace)
    for template in namespace.of(Template).values():
        for place, manifest in zip(template.manifest_places, template.manifests, strict=False):
            yield from _old_flux(template, place, manifest)
            yield from _changing(f"Template {template.name}", place, manifest)
            if SECRET_VALUES.search(manifest):
                message = f"Template {template.name} holds what looks like a secret in plain sight"
                yield Problem("plain-secret", place, message, _VAULT)
    for config in namespace.of(ConfigMap).values():
        for key, value in config.data.items():
            if "{{" in value:
                yield from _changing(f"ConfigMap {config.name}: {key}", config.places.get(key, config.place), value)


def _secrets(namespace: Namespace) -> Iterator[Problem]:
    """Yield config values that look like secrets: everybody who can read the repository can read them."""
    for config in namespace.of(ConfigMap).values():
        for key, value in config.data.items():
            named = SECRET_NAMES.search(key) and value.strip() and "{{" not in value
            if named or SECRET_VALUES.search(value):
                message = f"ConfigMap {config.name}: {key} looks like a secret in plain sight"
                yield Problem("plain-secret", config.places.get(key, config.place), message, _VAULT)


def _repository_secrets(namespace: Namespace) -> Iterator[Problem]:
    found: tuple[BaseRepo | GitOpsRepo | WorkloadRegistration, ...] = (
        *namespace.of(BaseRepo).values(),
        *namespace.of(GitOpsRepo).values(),
        *namespace.of(WorkloadRegistration).values(),
    )
    for item in found:
        if _has_password(item.repository.repo):
            message = f"{type(item).__name__} {item.name}: the repository's URL holds a password or token"
            yield Problem("plain-secret", item.place, message, "take it out: Flux reads gh-repo-secret")


def _has_password(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return bool(parts.password or (parts.username and parts.scheme in ("http", "https")))


def _secret_objects(namespace: Namespace) -> Iterator[Problem]:
    """Yield Secrets that are not encrypted by SOPS, which marks what it encrypted."""
    for manifest in namespace.secrets:
        maps = [value_of(node) for name in ("data", "stringData") if (node := child(manifest.node, name)) is not None]
        values = [value for found in maps if isinstance(found, dict) for value in found.values()]
        if any(not str(value).startswith("ENC[") for value in values):
            message = f"{manifest} holds its values in plain sight"
            yield Problem("plain-secret", manifest.place(), message, _VAULT)


def _old_flux(template: Template, place: Place, manifest: str) -> Iterator[Problem]:
    for version in sorted(set(OLD_FLUX.findall(manifest))):
        message = f"Template {template.name} makes {version}, which Flux no longer serves"
        yield Problem("old-flux-api", place, message, f"use {_NEW_FLUX[version.partition('.')[0]]}")


def _changing(what: str, place: Place, text: str) -> Iterator[Problem]:
    if not any(name in text for name in _SUSPECTS):
        return
    called = {token.text for token in itertools.islice(tokens(text), _TOKEN_LIMIT) if token.kind == "identifier"}
    for name in sorted(called & CHANGING.keys()):
        message = f"{what} calls {name}: {CHANGING[name]}, so it renders to another text each time"
        yield Problem("impure-function", place, message, "rendering refuses it; give the value as config instead")
    for name in sorted(called & _UNORDERED) if "sortAlpha" not in called else ():
        message = f"{what} calls {name}, which gives a map's items in another order each time"
        yield Problem("impure-function", place, message, "pipe it into sortAlpha, or range over the map itself")
