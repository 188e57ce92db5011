"""What a sandbox folder keeps to itself: its token, its identity header, its certificate authority."""

from __future__ import annotations

import base64
import contextlib
import hmac
import json
import os
import secrets
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from orchestration.errors import SandboxError

CA_FILE, CA_KEY_FILE = "ca.pem", "ca-key.pem"
INFO_FILE, KEYS_FILE, LOCK_FILE = "sandbox.json", "keys.json", "server.lock"
AUDIENCES = frozenset(
    f"management.{domain}"
    for domain in (
        "azure.com",
        "core.windows.net",
        "usgovcloudapi.net",
        "core.usgovcloudapi.net",
        "chinacloudapi.cn",
        "core.chinacloudapi.cn",
    )
)
"""What a token for Azure Resource Manager is asked for, in any cloud; the sandbox's own address will do as well."""


@dataclass(frozen=True)
class Keys:
    """The secrets of one sandbox; whoever knows the token may do everything in it."""

    token: str = field(repr=False)
    identity_header: str = field(repr=False)

    def accepts(self, token: str) -> bool:
        """Return whether *token* is ours, bare or as the signature of an access token."""
        return hmac.compare_digest(token.rpartition(".")[2].encode(), self.token.encode())

    def is_identity(self, header: str) -> bool:
        """Return whether *header* is what the token endpoint asks for."""
        return hmac.compare_digest(header.encode(), self.identity_header.encode())

    def access_token(self, tenant: str, audience: str, expires: int) -> str:
        """Return the token in the shape that Azure's clients read: unsigned, but for the token in its place."""
        claims = {"aud": audience, "exp": expires, "iss": f"https://sts.windows.net/{tenant}/", "oid": tenant}
        parts = ({"alg": "none", "typ": "JWT"}, {**claims, "sub": tenant, "tid": tenant, "appid": tenant})
        return ".".join((*(_encoded(json.dumps(part)) for part in parts), self.token))


def token_problem(token: str, now: float) -> tuple[str, str] | None:
    """Return the code and message that Azure Resource Manager has for a token of ours that does not open it.

    It is None for one that does, and for the bare token, which makes no claims.
    """
    claims = _claims(token)
    if claims is None:
        return None
    audience, expires = str(claims.get("aud", "")), claims.get("exp")
    if _host(audience) not in AUDIENCES | {"127.0.0.1", "localhost"}:
        message = f"The access token has been obtained for wrong audience or resource '{audience}'."
        return "InvalidAuthenticationTokenAudience", message
    if not isinstance(expires, int) or expires <= now:
        return "ExpiredAuthenticationToken", "The access token has expired: ask for another."
    return None


def open_folder(directory: Path) -> Keys:
    """Return the keys of the sandbox in *directory*, made if it is new; raise `SandboxError` if it cannot be used."""
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        _check_ours(directory)
        directory.chmod(0o700)
        if not (directory / KEYS_FILE).exists():
            made = {"token": secrets.token_urlsafe(32), "identityHeader": secrets.token_urlsafe(32)}
            write_private(directory / KEYS_FILE, json.dumps(made), replace=False)
    except OSError as error:
        raise SandboxError(
            f"the sandbox folder {directory} cannot be used: {error.strerror or error}{room(directory)}",
            hint="make the folder writable, free some space, or choose another with --sandbox-dir",
        ) from error
    return read_keys(directory)


def room(directory: Path) -> str:
    """Return, for the end of an error, how much is free in *directory*; nothing if that cannot be told."""
    with contextlib.suppress(OSError):
        return f"; {shutil.disk_usage(directory).free >> 10} KiB are free there"
    return ""


def _check_ours(directory: Path) -> None:
    """Raise `SandboxError` for a folder of somebody else's: its mode is changed, and all in it is the sandbox's."""
    found = sorted(path.name for path in directory.iterdir() if not path.name.startswith(f".{KEYS_FILE}."))
    if found and KEYS_FILE not in found:  # one look: another start may be making the keys meanwhile
        raise SandboxError(
            f"{directory} is no sandbox folder: it holds {', '.join(found[:3])}{' and more' if found[3:] else ''}",
            hint="choose an empty folder, or one that is not there yet, with --sandbox-dir",
        )


def read_keys(directory: Path) -> Keys:
    """Return the keys of the sandbox in *directory*; raise `SandboxError` if there are none."""
    try:
        found = json.loads((directory / KEYS_FILE).read_text(encoding="utf-8"))
        return Keys(str(found["token"]), str(found["identityHeader"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SandboxError(
            f"{directory / KEYS_FILE} cannot be read: {error}",
            hint=f"check its permissions; if it is damaged, remove {directory} and start anew",
        ) from error


def last_info(directory: Path) -> dict[str, object]:
    """Return what the last server of *directory* wrote about itself, empty if there was none."""
    try:
        found = json.loads((directory / INFO_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def write_private(path: Path, text: str, *, replace: bool = True) -> None:
    """Write the file at *path*, readable by its owner alone, in one step; one that is there stays unless *replace*."""
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
        if replace:
            fresh.replace(path)
            return
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(fresh)
    finally:
        fresh.unlink(missing_ok=True)


def server_certificate(directory: Path) -> Path:
    """Return a file with a key and a certificate for 127.0.0.1, issued by the folder's own authority."""
    import trustme

    authority, key = directory / CA_FILE, directory / CA_KEY_FILE
    if authority.exists() and key.exists():
        ca = trustme.CA.from_pem(authority.read_bytes(), key.read_bytes())
    else:
        ca = trustme.CA(organization_name="edge-workload-orchestration sandbox")
        write_private(key, ca.private_key_pem.bytes().decode())
        write_private(authority, ca.cert_pem.bytes().decode())
    issued = ca.issue_cert("127.0.0.1", "localhost", "::1")
    write_private(directory / "server.pem", issued.private_key_and_cert_chain_pem.bytes().decode())
    return directory / "server.pem"


def _encoded(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _host(audience: str) -> str:
    try:
        return urlsplit(audience).hostname or ""
    except ValueError:
        return ""


def _claims(token: str) -> dict[str, Any] | None:
    """Return what an access token says about itself, None for the bare token."""
    parts = token.split(".")
    if len(parts) == 1:
        return None
    try:
        found = json.loads(base64.urlsafe_b64decode(parts[-2] + "=" * (-len(parts[-2]) % 4)))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
