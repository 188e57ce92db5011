"""Where bearer tokens come from: the Azure CLI's login, read in this process, or the sandbox's token endpoint.

Both are what azure-core calls a token credential: `get_token(scope) -> AccessToken`.
"""

from __future__ import annotations

import json
import ssl
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestration.errors import NotLoggedIn, ServiceError

if TYPE_CHECKING:
    from azure.core.credentials import AccessToken, TokenCredential

EARLY_SECONDS = 300
"""A token is renewed when it has less than this left."""

PUBLIC_SCOPE = "https://management.core.windows.net//.default"
ENDPOINT_API = "2019-08-01"


class _Cached:
    """Keeps tokens until shortly before they expire; any number of threads may ask."""

    def __init__(self) -> None:
        self._lock, self._tokens = threading.Lock(), dict[str, "AccessToken"]()

    def get(self, scope: str, fetch: Callable[[], AccessToken]) -> AccessToken:
        """Return the token for *scope*, fetched if there is none that lasts."""
        with self._lock:
            found = self._tokens.get(scope)
            if found is None or found.expires_on - time.time() < EARLY_SECONDS:
                found = self._tokens[scope] = fetch()
            return found


class SandboxCredential:
    """Tokens of the sandbox, asked for as a managed identity of App Service asks; its repr shows no secret."""

    def __init__(self, endpoint: str, header: str, ca_file: Path) -> None:
        self._endpoint, self._header, self._ca_file = endpoint, header, ca_file
        self._cached = _Cached()

    def get_token(self, *scopes: str, **_: Any) -> AccessToken:
        """Return a token for the first scope; raise `ServiceError` if the sandbox gives none."""
        return self._cached.get(scopes[0], lambda: self._fetch(scopes[0]))

    def _fetch(self, scope: str) -> AccessToken:
        from azure.core.credentials import AccessToken

        if not self._endpoint.startswith("https://"):
            raise ServiceError(f"{self._endpoint} is no https address", hint="a token is not sent in clear")
        query = urllib.parse.urlencode({"api-version": ENDPOINT_API, "resource": scope.removesuffix("/.default")})
        request = urllib.request.Request(  # noqa: S310 - its scheme is checked above
            f"{self._endpoint}?{query}", headers={"X-IDENTITY-HEADER": self._header}
        )
        handlers = (
            urllib.request.ProxyHandler({}),
            urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=str(self._ca_file))),
        )
        try:
            with urllib.request.build_opener(*handlers).open(request, timeout=30) as answer:
                found = json.load(answer)
            return AccessToken(str(found["access_token"]), int(found["expires_on"]))
        except (OSError, ValueError, KeyError) as error:
            raise ServiceError(
                f"the sandbox gives no token at {self._endpoint}: {error}", hint="does the sandbox still run?"
            ) from error


@dataclass(frozen=True)
class Login:
    """A usable login: tokens, and the addresses of its cloud."""

    credential: TokenCredential = field(repr=False)
    subscription_id: str
    tenant_id: str
    resource_manager: str
    scope: str


def cli_login(tenant_id: str, subscription_id: str, cloud: str) -> Login:
    """Return the Azure CLI's login for a subscription of a tenant in a cloud.

    Raises `NotLoggedIn`, with the command that mends it, if the CLI talks to another cloud, nobody is logged in, or
    the login does not see the subscription or sees it in another tenant: all that is known on this machine. Raises
    `ServiceError` if Azure has to be asked and gives no answer.
    """
    from azure.cli.core import get_default_cli
    from azure.cli.core._profile import Profile

    mend = f"az login --tenant {tenant_id}"
    cli = get_default_cli()
    if cli.cloud.name != cloud:
        message = f"the Azure CLI is set to cloud {cli.cloud.name}, the fleet is in {cloud}"
        raise NotLoggedIn(message, hint=f"az cloud set --name {cloud}, then {mend}; or correct azure.cloud")
    profile = Profile(cli_ctx=cli)
    _check_subscription(profile.load_cached_subscriptions(), tenant_id, subscription_id, mend)
    return _login(cli, profile, mend, subscription_id)


def present_login() -> Login:
    """Return the Azure CLI's login as it stands, whatever its cloud and tenant; raises as `cli_login` does."""
    from azure.cli.core import get_default_cli
    from azure.cli.core._profile import Profile

    cli = get_default_cli()
    profile = Profile(cli_ctx=cli)
    if not profile.load_cached_subscriptions():
        raise NotLoggedIn("nobody is logged in to the Azure CLI", hint="log in: az login")
    return _login(cli, profile, "az login", None)


def _login(cli: Any, profile: Any, mend: str, subscription_id: str | None) -> Login:
    with _told_plainly(mend):
        credential, subscription, tenant = profile.get_login_credentials(subscription_id=subscription_id)
    endpoints = cli.cloud.endpoints
    return Login(
        CliCredential(credential, mend),
        subscription,
        tenant,
        endpoints.resource_manager.rstrip("/"),
        f"{endpoints.active_directory_resource_id}/.default",
    )


def _check_subscription(known: Sequence[Mapping[str, Any]], tenant_id: str, subscription_id: str, mend: str) -> None:
    """Raise `NotLoggedIn` unless one of the *known* subscriptions is the one that is wanted, in its tenant."""
    if not known:
        raise NotLoggedIn("nobody is logged in to the Azure CLI", hint=f"log in: {mend}")
    tenants = {item["tenantId"] for item in known if item["id"].lower() == subscription_id.lower()}
    if not tenants:
        message = f"the Azure CLI's login does not see subscription {subscription_id}"
        raise NotLoggedIn(message, hint=f"log in with an account that does: {mend}; or correct azure.subscriptionId")
    if tenant_id.lower() not in {tenant.lower() for tenant in tenants}:
        seen = ", ".join(sorted(tenants))
        message = f"the Azure CLI's login has subscription {subscription_id} in tenant {seen}, not in {tenant_id}"
        raise NotLoggedIn(message, hint=f"log in to the fleet's tenant: {mend}; or correct azure.tenantId")


@contextmanager
def _told_plainly(mend: str) -> Iterator[None]:
    """Turn what the Azure CLI's login raises inside the block into errors of ours."""
    from knack.util import CLIError

    try:
        yield
    except CLIError as error:
        message = f"the Azure CLI's login gives no token: {error}"
        raise NotLoggedIn(message, hint=f"log in again: {mend}") from error
    except OSError as error:  # what requests raises is one
        host = urllib.parse.urlsplit(str(getattr(getattr(error, "request", None), "url", "") or "")).netloc
        raise ServiceError(
            f"{host or 'the login service of Azure'} cannot be reached to log in: {error}",
            hint="check the network and the proxy settings (HTTPS_PROXY, REQUESTS_CA_BUNDLE), then run it again",
        ) from error


class CliCredential:
    """Tokens of the Azure CLI's login; what it cannot renew is told with the command that mends it."""

    def __init__(self, credential: Any, mend: str) -> None:
        self._credential, self._mend, self._cached = credential, mend, _Cached()

    def get_token(self, *scopes: str, **options: Any) -> AccessToken:
        """Return a token for *scopes*; raise `NotLoggedIn` if the login has ended, `ServiceError` without an answer."""
        if options.get("claims"):  # Azure asks for another token than the one we have
            return self._fetch(scopes, options)
        return self._cached.get(" ".join(scopes), lambda: self._fetch(scopes, {}))

    def _fetch(self, scopes: tuple[str, ...], options: dict[str, Any]) -> AccessToken:
        kept = {key: value for key, value in options.items() if key in ("claims", "tenant_id")}
        with _told_plainly(self._mend):
            found: AccessToken = self._credential.get_token(*scopes, **kept)
        return found
