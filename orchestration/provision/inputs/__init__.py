"""What each blueprint is given, worked out from the fleet; one file per blueprint."""

from orchestration.provision.inputs.core import Passing, core_inputs
from orchestration.provision.inputs.links import links_inputs
from orchestration.provision.inputs.shard import cluster_inputs, shard_inputs
from orchestration.provision.inputs.sites import sites_inputs

__all__ = ["Passing", "cluster_inputs", "core_inputs", "links_inputs", "shard_inputs", "sites_inputs"]
