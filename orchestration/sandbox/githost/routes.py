"""Where the Git host is found in the sandbox's application."""

from __future__ import annotations

from pathlib import Path

from starlette.routing import BaseRoute, Route

from orchestration.sandbox.githost.github_api import GitHubApi
from orchestration.sandbox.githost.smart_http import CheckToken, SmartHttp


def githost_routes(root: Path, check_token: CheckToken) -> list[BaseRoute]:
    """Return the routes of the repositories under *root*; every request's token is asked of *check_token*.

    `/git/HOST/OWNER/NAME[.git]/…` speaks Git; `/api/v3/…` is GitHub's API for github.com and
    `/api/hosts/HOST/v3/…` for another host.
    """
    api = GitHubApi(root, check_token)
    return [
        Route("/git/{rest:path}", SmartHttp(root, check_token)),
        *(route for prefix in ("/api/v3", "/api/hosts/{host}/v3") for route in _api_routes(prefix, api)),
    ]


def _api_routes(prefix: str, api: GitHubApi) -> list[BaseRoute]:
    return [
        Route(f"{prefix}/user", api.user, methods=["GET"]),
        Route(f"{prefix}/user/repos", api.new_repository, methods=["POST"]),
        Route(f"{prefix}/orgs/{{owner}}", api.organization, methods=["GET"]),
        Route(f"{prefix}/orgs/{{owner}}/repos", api.new_repository, methods=["POST"]),
        Route(f"{prefix}/repos/{{owner}}/{{name}}", api.repository, methods=["GET"]),
    ]
