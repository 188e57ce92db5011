"""Arguments that several resources share: what requests carry, how long they may take, what is kept of answers."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from orchestration.errors import SandboxError
from orchestration.sandbox.provider.client import RequestOptions
from orchestration.sandbox.provider.configuration import Configured
from orchestration.sandbox.provider.json_values import implied, plain
from orchestration.sandbox.provider.merging import export, without_fields
from orchestration.sandbox.provider.patience import Patience, for_seconds, parse_duration
from orchestration.sandbox.provider.problem import Problem
from orchestration.sandbox.provider.published import read_only
from orchestration.sandbox.provider.retrying import (
    DEFAULT_INTERVAL,
    DEFAULT_MAX_INTERVAL,
    DEFAULT_MULTIPLIER,
    DEFAULT_RANDOMIZATION,
    RetryRule,
    rule_of,
)
from orchestration.sandbox.provider.values import UNKNOWN, Dynamic

Values = dict[str, Any]
"""A configuration, plan or state: values by argument name."""

EMPTY_OBJECT = Dynamic(["object", {}], {})

_DEFAULT_SECONDS = {"create": 1800.0, "update": 1800.0, "delete": 1800.0, "read": 300.0}
_RETRY_DEFAULTS = {
    "interval_seconds": DEFAULT_INTERVAL,
    "max_interval_seconds": DEFAULT_MAX_INTERVAL,
    "multiplier": DEFAULT_MULTIPLIER,
    "randomization_factor": DEFAULT_RANDOMIZATION,
}

# What services change without being asked; azapi leaves it out of the default output so that plans stay clean.
_VOLATILE = frozenset(
    {
        *("daysTrialRemaining", "etag", "freeTrialRemainingTime", "lastConnectivityTime", "trialDaysRemaining"),
        *("lastModifiedAt", "lastModifiedBy", "lastModifiedByType", "lastModifiedTimeUtc", "lastModifiedUtc"),
        *("lastUpdated", "lastUpdatedDateUTC", "lastUpdatedOn", "lastUpdatedTime", "lastUpdatedTimeUtc"),
        *("modifiedOn", "updated", "updatedBy", "updatedOn", "updatedTimestamp"),
    }
)


def with_retry_defaults(retry: Any) -> Any:
    """Return the argument `retry` with azapi's defaults for what it leaves out."""
    if retry is None or retry is UNKNOWN:
        return retry
    return {name: _RETRY_DEFAULTS.get(name) if value is None else value for name, value in retry.items()}


def retry_rule(values: Values) -> RetryRule:
    """Return the rule by which the calls for *values* are asked again."""
    return rule_of(values["retry"])


def request_options(values: Values, verb: str, retry: RetryRule | None = None) -> RequestOptions:
    """Return the options of a call for *verb* (`create`, `read`, ...), without the user's retries unless given."""
    prefix = f"{verb}_" if verb else ""
    headers: Mapping[str, str] = values.get(f"{prefix}headers") or {}
    query: Mapping[str, list[str]] = values.get(f"{prefix}query_parameters") or {}
    joined = {name: ",".join(items) for name, items in query.items() if items}
    return RequestOptions(headers, joined, retry or RetryRule())


def patience_for(values: Values, verb: str, stop: threading.Event) -> Patience:
    """Return how long *verb* may take: what the block `timeouts` says, otherwise azapi's defaults."""
    text = (values["timeouts"] or {}).get(verb)
    return for_seconds(parse_duration(text) if text else _DEFAULT_SECONDS[verb], stop)


@contextmanager
def explained(summary: str, doing: str) -> Iterator[None]:
    """Turn what goes wrong inside into a Problem that says what was being done."""
    try:
        yield
    except Problem:
        raise
    except SandboxError as error:
        raise Problem(summary, f"{doing}: {error}") from error


def output_of(resource: Any, type_: str, values: Values, provider: Configured) -> Any:
    """Return the result `output` for the *resource* that the service returned; raises Problem.

    If nothing is asked for, azapi gives what no request sets; of a type that it does not know, nothing.
    """
    wanted = plain(values["response_export_values"])
    if wanted is not None:
        return implied(export(resource, wanted))
    if provider.disable_default_output:
        return EMPTY_OBJECT
    return implied(without_fields(read_only(type_, resource) or {}, _VOLATILE))
