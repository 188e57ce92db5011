"""Every function a template may call: Go's own, sprig 2.22's and Kalypso's, later ones over earlier."""

from __future__ import annotations

from collections.abc import Mapping

from orchestration.kalypso.gotemplate.functions import (
    builtins,
    dates,
    defaults,
    dicts,
    encodings,
    kalypso,
    lists,
    numbers,
    paths,
    refused,
    regexps,
    semver,
    strings,
    urls,
    words,
)
from orchestration.kalypso.gotemplate.signature import Function

FUNCTIONS: Mapping[str, Function] = {
    **builtins.FUNCTIONS,
    **strings.FUNCTIONS,
    **words.FUNCTIONS,
    **numbers.FUNCTIONS,
    **lists.FUNCTIONS,
    **dicts.FUNCTIONS,
    **defaults.FUNCTIONS,
    **encodings.FUNCTIONS,
    **paths.FUNCTIONS,
    **regexps.FUNCTIONS,
    **semver.FUNCTIONS,
    **urls.FUNCTIONS,
    **dates.FUNCTIONS,
    **refused.FUNCTIONS,
    **kalypso.FUNCTIONS,
}

__all__ = ["FUNCTIONS"]
