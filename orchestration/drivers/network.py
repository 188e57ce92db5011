"""Can an address be reached at all, by the proxies and certificates of this machine."""

from __future__ import annotations

from orchestration.errors import ServiceError

PROXY = "the proxy refuses or is not there: check HTTPS_PROXY, and NO_PROXY for what it cannot reach"
CERTIFICATE = "its certificate is not trusted here: name your authority's certificates in REQUESTS_CA_BUNDLE"
NETWORK = "open the way to it on port 443, or name the proxy in HTTPS_PROXY"


def reach(url: str, *, seconds: float) -> int:
    """Return the status with which *url* answers, whatever it is; raise `ServiceError` that says what is in the way."""
    import requests

    try:
        with requests.get(url, timeout=seconds, allow_redirects=False, stream=True) as answer:
            return answer.status_code
    except requests.exceptions.ProxyError as error:
        raise ServiceError(f"{url} cannot be reached by the proxy", hint=PROXY) from error
    except requests.exceptions.SSLError as error:
        raise ServiceError(f"{url} cannot be trusted: {_reason(error)}", hint=CERTIFICATE) from error
    except requests.exceptions.Timeout as error:
        raise ServiceError(f"{url} does not answer within {seconds:g} seconds", hint=NETWORK) from error
    except requests.RequestException as error:
        raise ServiceError(f"{url} cannot be reached: {_reason(error)}", hint=NETWORK) from error


def _reason(error: Exception) -> str:
    """Return what lies at the bottom of an error that wraps others: the system's own words."""
    found = error
    while found.__context__ is not None and isinstance(found.__context__, Exception):
        found = found.__context__
    return str(found)
