"""Public keys of the agents of clusters that we connect: read back from state, made when there is none.

`agentPublicKeyCertificate` is the base64 of a DER PKCS#1 RSA public key of 4096 bits, as the Azure CLI makes it:
https://learn.microsoft.com/azure/azure-arc/kubernetes/quickstart-connect-cluster
"""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterable, Mapping

from orchestration.provision import Ref, StackState


class PublicKeys:
    """Public keys by cluster; one is made when it is first asked for."""

    def __init__(self) -> None:
        self._keys: dict[str, str] = {}
        self._lock = threading.Lock()

    def remember(self, states: Iterable[StackState | None]) -> None:
        """Take the keys that shards hold in their outputs."""
        for state in states:
            connected = state.outputs.get("connected_clusters") if state else None
            for name, item in (connected or {}).items():
                self._keys[name] = item["public_key"]

    def take(self, keys: Mapping[str, str]) -> None:
        """Take keys that an earlier run made for clusters; those that state holds come first."""
        with self._lock:
            self._keys = {**keys, **self._keys}

    def get(self, ref: Ref) -> str:
        """Return the key of the cluster that *ref* names."""
        with self._lock:
            if ref.name not in self._keys:
                self._keys[ref.name] = new_public_key()
            return self._keys[ref.name]


def new_public_key() -> str:
    """Return the public half of a new pair; the private half is not kept: no agent is installed yet."""
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    public = rsa.generate_private_key(public_exponent=65537, key_size=4096).public_key()
    return base64.b64encode(public.public_bytes(Encoding.DER, PublicFormat.PKCS1)).decode()
