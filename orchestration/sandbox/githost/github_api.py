"""The part of GitHub's REST API that we use: who am I, an organization, a repository, and making one.

Shapes of answers and errors as https://docs.github.com/rest/repos/repos gives them. Every owner exists, as an
organization.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse

from orchestration.errors import SandboxError
from orchestration.sandbox.githost.repositories import PRIVATE_MARK, create, head, locate
from orchestration.sandbox.githost.smart_http import CheckToken, given_token

LOGIN = "sandbox"
DEFAULT_HOST = "github.com"
NAME = re.compile(r"[A-Za-z0-9._-]{1,100}")
DOCUMENTATION = "https://docs.github.com/rest"
SCOPES = {"X-OAuth-Scopes": "repo, workflow"}
"""What a classic token may do is said with every answer."""


class GitHubApi:
    """Answers for one root; a path without host speaks of github.com."""

    def __init__(self, root: Path, check_token: CheckToken) -> None:
        self._root, self._check_token = root, check_token

    async def user(self, request: Request) -> JSONResponse:
        """Who am I."""
        return self._answer(request, lambda: (200, _account(request, LOGIN, "User")))

    async def organization(self, request: Request) -> JSONResponse:
        """An organization."""
        return self._answer(request, lambda: (200, _account(request, request.path_params["owner"], "Organization")))

    async def repository(self, request: Request) -> JSONResponse:
        """A repository, or 404."""
        owner, name = request.path_params["owner"], request.path_params["name"]
        return self._answer(request, lambda: self._get(request, owner, name))

    async def new_repository(self, request: Request) -> JSONResponse:
        """Make a repository, or say why not."""
        body = await request.body()
        return self._answer(request, lambda: self._create(request, request.path_params.get("owner", LOGIN), body))

    def _answer(self, request: Request, work: Callable[[], tuple[int, dict[str, Any]]]) -> JSONResponse:
        if not self._check_token(given_token(request.headers.get("authorization", ""))):
            return JSONResponse(_error(401, "Bad credentials"), 401)
        try:
            status, found = work()
        except SandboxError as error:  # a full disk, say
            status, found = 507, _error(507, str(error))
        return JSONResponse(found, status, SCOPES)

    def _get(self, request: Request, owner: str, name: str) -> tuple[int, dict[str, Any]]:
        place = self._place(request, owner, name)
        if place is None or not place.is_dir():
            return 404, _error(404, "Not Found")
        return 200, _repository(request, place, owner, name, self._root)

    def _create(self, request: Request, owner: str, body: bytes) -> tuple[int, dict[str, Any]]:
        try:
            wanted = json.loads(body)
        except (RecursionError, ValueError):
            return 400, _error(400, "Problems parsing JSON")
        name = wanted.get("name") if isinstance(wanted, dict) else None
        if not isinstance(name, str) or not NAME.fullmatch(name):
            return 422, _invalid("name is missing or holds characters that are not allowed")
        place = self._place(request, owner, name)
        if place is None:
            return 422, _invalid("name is not allowed")
        if not create(place, private=bool(wanted.get("private", False))):
            return 422, _invalid("name already exists on this account")
        return 201, _repository(request, place, owner, name, self._root)

    def _place(self, request: Request, owner: str, name: str) -> Path | None:
        return locate(self._root, _host(request), f"{owner}/{name}")


def _host(request: Request) -> str:
    return str(request.path_params.get("host", DEFAULT_HOST))


def _base(request: Request) -> str:
    """Return the URL of the API as the client reached it; links in answers begin with it."""
    found = request.path_params.get("host")
    prefix = f"/api/hosts/{found}/v3" if found else "/api/v3"
    return f"{request.url.scheme}://{request.url.netloc}{prefix}"


def _account(request: Request, login: str, kind: str) -> dict[str, Any]:
    folder = "users" if kind == "User" else "orgs"
    return {"login": login, "id": _number(login), "type": kind, "url": f"{_base(request)}/{folder}/{login}"}


def _repository(request: Request, place: Path, owner: str, name: str, root: Path) -> dict[str, Any]:
    private = (place / PRIVATE_MARK).exists()
    address = f"https://{_host(request)}/{owner}/{name}"
    return {
        "id": _number(address),
        "name": name,
        "full_name": f"{owner}/{name}",
        "owner": _account(request, owner, "User" if owner == LOGIN else "Organization"),
        "private": private,
        "visibility": "private" if private else "public",
        "html_url": address,
        "clone_url": f"{address}.git",
        "url": f"{_base(request)}/repos/{owner}/{name}",
        "default_branch": "main",
        "size": 0 if head(root, address, "main") is None else 1,
        "archived": False,
        "permissions": {"admin": True, "push": True, "pull": True},
    }


def _number(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4])


def _error(status: int, message: str) -> dict[str, Any]:
    return {"message": message, "documentation_url": DOCUMENTATION, "status": str(status)}


def _invalid(message: str) -> dict[str, Any]:
    detail = {"resource": "Repository", "code": "custom", "field": "name", "message": message}
    return {**_error(422, "Repository creation failed."), "errors": [detail]}
