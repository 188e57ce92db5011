"""What Microsoft.Edge calls its types, and where it is offered."""

from __future__ import annotations

CONTEXTS = "Microsoft.Edge/contexts"
SITE_REFERENCES = "Microsoft.Edge/contexts/siteReferences"
SITES = "Microsoft.Edge/sites"
CONFIGURATIONS = "Microsoft.Edge/configurations"
VALUE_SETS = "Microsoft.Edge/configurations/dynamicConfigurations"
VALUE_SET_VERSIONS = "Microsoft.Edge/configurations/dynamicConfigurations/versions"
CONFIGURATION_REFERENCES = "Microsoft.Edge/configurationReferences"
SCHEMAS = "Microsoft.Edge/schemas"
SCHEMA_VERSIONS = "Microsoft.Edge/schemas/versions"
CONFIG_TEMPLATES = "Microsoft.Edge/configTemplates"
CONFIG_TEMPLATE_VERSIONS = "Microsoft.Edge/configTemplates/versions"
CONFIG_TEMPLATE_SCHEMAS = "Microsoft.Edge/configTemplates/versions/configTemplateSchemas"
CONFIG_TEMPLATE_LINKS = "Microsoft.Edge/configTemplates/configTemplateMetadatas"
SOLUTION_TEMPLATES = "Microsoft.Edge/solutionTemplates"
SOLUTION_TEMPLATE_VERSIONS = "Microsoft.Edge/solutionTemplates/versions"
SOLUTION_SCHEMAS = "Microsoft.Edge/solutionTemplates/versions/solutionSchemas"
TARGETS = "Microsoft.Edge/targets"
SOLUTIONS = "Microsoft.Edge/targets/solutions"
SOLUTION_VERSIONS = "Microsoft.Edge/targets/solutions/versions"
INSTANCES = "Microsoft.Edge/targets/solutions/instances"
HISTORIES = "Microsoft.Edge/targets/solutions/instances/histories"
JOBS = "Microsoft.Edge/jobs"
DIAGNOSTICS = "Microsoft.Edge/diagnostics"

SERVICE_GROUPS = "Microsoft.Management/serviceGroups"
MEMBERSHIPS = "Microsoft.Relationships/serviceGroupMember"
CUSTOM_LOCATIONS = "Microsoft.ExtendedLocation/customLocations"
CLUSTERS = "Microsoft.Kubernetes/connectedClusters"

DEFAULT = "default"
"""The one name that references and rendered schemas have."""

REGIONS = ("eastus", "eastus2", "eastus2euap")
PROTECTED_SCOPES = frozenset({"azure-arc", "cert-manager", "kube-system", "workloadorchestration"})
