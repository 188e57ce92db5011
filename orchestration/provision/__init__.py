"""From the fleet to Azure resources: plans of stacks, and the walk that applies them."""

from orchestration.provision.apply import StackResult, walk
from orchestration.provision.known import Known
from orchestration.provision.outputs import Outputs, StackState, read_state
from orchestration.provision.plan import Plan, plan_fleet
from orchestration.provision.stack import Ref, Secret, Stack

__all__ = [
    "Known",
    "Outputs",
    "Plan",
    "Ref",
    "Secret",
    "Stack",
    "StackResult",
    "StackState",
    "plan_fleet",
    "read_state",
    "walk",
]
