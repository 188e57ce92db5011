"""A machine at the edge, as far as a connect script needs one.

The script's PATH is a folder of stand-ins for az, k3s, kubectl, helm, curl, systemctl and sudo beside
named coreutils; what it writes lies under a temporary folder; its environment is empty but for named
variables. The stand-in for `az connectedk8s connect` makes the connected cluster in the sandbox.
"""

from orchestration.sandbox.machine.run import connect

__all__ = ["connect"]
