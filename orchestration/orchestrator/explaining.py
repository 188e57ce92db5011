"""Terraform's failures for the person who must act: which cluster, which resource, what Azure said, and what to do.

azapi shows a refusal as a request, a status, a code and the whole answer between rules; the answer's message is what
counts. What is not of that form is left as Terraform said it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from orchestration.drivers.azure.failures import HINTS
from orchestration.errors import TerraformError

NO_ANSWER = "see whether the network and the proxy let Terraform through; in the sandbox: does it still run?"
AGAIN = "correct the cause, then run the same command again: what is done is not done twice"

HEAD = re.compile(r"(?:(?P<address>[^\s,:]+)(?:, [^\n:]+:\d+)?: )?[^\n:]*\n")
RESOURCE = re.compile(r'\(ResourceId "(?P<id>[^"]+)"')
ANSWER = re.compile(
    r"(?P<method>[A-Z]+) https?://[^/\s]+(?P<path>/\S*)\s+-{20,}\s+RESPONSE (?P<status>\d+)[^\n]*\n"
    r"ERROR CODE(?:: (?P<code>\S+)| UNAVAILABLE)\n-{20,}\n(?P<body>.*?)\n-{20,}",
    re.DOTALL,
)
UNANSWERED = re.compile("connection refused|no such host|i/o timeout|connection reset|certificate", re.IGNORECASE)
CLUSTER = re.compile(r'^module\.\w+\["(?P<cluster>[^"/]+)|/connectedClusters/(?P<connected>[^/"]+)', re.IGNORECASE)


def explain(error: TerraformError, *, shard: bool) -> tuple[str, str]:
    """Return what failed, a paragraph each, and what to do about it; the resources of a *shard* are of clusters."""
    said = tuple(dict.fromkeys(_plainly(text, shard=shard) for text in error.diagnostics))
    answers = [ANSWER.search(text) for text in error.diagnostics]
    unanswered = any(UNANSWERED.search(text) for text in error.diagnostics) and not any(answers)
    codes = [match["code"] for match in answers if match]
    hint = next((HINTS[code] for code in codes if code in HINTS), NO_ANSWER if unanswered else AGAIN)
    return "\n".join(said) or str(error), error.hint or hint


def _plainly(text: str, *, shard: bool) -> str:
    head, answer = HEAD.match(text), ANSWER.search(text)
    if head is None or answer is None:
        return text
    resource = RESOURCE.search(text)
    id_ = resource["id"] if resource else answer["path"]
    address = head["address"] or ""
    cluster = CLUSTER.search(f"{address} {id_}") if shard else None
    where = [f"cluster {cluster['cluster'] or cluster['connected']}"] if cluster else []
    status = f"{answer['status']} {answer['code'] or ''}".strip()
    said = [*where, address, f"{answer['method']} {id_}", status, *_messages(answer["body"])]
    return ": ".join(part for part in said if part)


def _messages(body: str) -> Iterator[str]:
    """Yield the messages of an ARM error, the outermost first; of anything else its first line."""
    try:
        found = json.loads(body)
    except ValueError:
        yield body.strip().split("\n", 1)[0]
        return
    error = found.get("error", found) if isinstance(found, dict) else {}
    yield from dict.fromkeys(_nested(error if isinstance(error, dict) else {}))


def _nested(error: Mapping[str, Any]) -> Iterator[str]:
    if error.get("message"):
        yield " ".join(str(error["message"]).split())
    for detail in error.get("details") or ():
        if isinstance(detail, dict):
            yield from _nested(detail)
