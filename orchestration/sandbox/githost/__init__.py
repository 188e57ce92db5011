"""The sandbox's Git host: bare repositories over HTTPS, and the part of GitHub's REST API that we use.

A repository HOST/OWNER/NAME lies at `<root>/HOST/OWNER/NAME.git` and is reached at `/git/HOST/OWNER/NAME`.
"""

from orchestration.sandbox.githost.protection import protect
from orchestration.sandbox.githost.repositories import create, head, repository_path, seed
from orchestration.sandbox.githost.routes import githost_routes

__all__ = ["create", "githost_routes", "head", "protect", "repository_path", "seed"]
