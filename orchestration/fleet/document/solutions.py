"""The document's config templates and solutions."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from orchestration.fleet import grammar
from orchestration.fleet.document.clusters import Capability
from orchestration.fleet.document.kalypso import Selector
from orchestration.fleet.document.part import Flag, Maybe, Part, Text

Version = Annotated[Text, grammar.VERSION]
NodeValues = dict[str, dict[str, Any]]


def _amount(value: Any, *, least: int) -> Any:
    whole = isinstance(value, int) and not isinstance(value, bool) and value >= least
    if whole or (isinstance(value, str) and value.endswith("%") and _percentage(value[:-1], least)):
        return value
    raise PydanticCustomError(
        "amount", "a number from {least} on, or a percentage from {least}% to 100%, is wanted", {"least": least}
    )


def _percentage(digits: str, least: int) -> bool:
    return digits.isascii() and digits.isdecimal() and len(digits) <= 3 and least <= int(digits) <= 100


def _ring(value: Any) -> Any:
    return _amount(value, least=1)


def _limit(value: Any) -> Any:
    return _amount(value, least=0)


def _amount_schema(least: int) -> WithJsonSchema:
    percentage = {"type": "string", "pattern": rf"^(100|[1-9][0-9]|[{least}-9])%$"}
    return WithJsonSchema({"anyOf": [{"type": "integer", "minimum": least}, percentage]})


Ring = Annotated[int | str, BeforeValidator(_ring), _amount_schema(1)]
Limit = Annotated[int | str, BeforeValidator(_limit), _amount_schema(0)]


class ConfigTemplate(Part):
    """Values shared by whatever runs below a node."""

    name: Annotated[Text, grammar.CONFIG_TEMPLATE] = Field(description="Name.", examples=["plant-config"])
    version: Version = Field(description="Version; another content needs another one.", examples=["1.0.0"])
    path: Text = Field(
        description="Folder with template.yaml and schema.yaml of this version; "
        "older ones in folders named after them.",
        examples=["config-templates/plant-config"],
    )
    values: NodeValues = Field(
        {},
        description="Values by hierarchy node; setting one links the template to the node.",
        examples=[{"france": {"Broker": {"Host": "mqtt.fr.contoso.example"}}}],
    )
    retire: tuple[Version, ...] = Field(
        (), description="Uploaded versions to take away; a destruction.", examples=[["0.9.0"]]
    )


class PlacementTargets(Selector):
    """Which targets of the environment get the solution; all with its capabilities if empty."""

    names: Maybe[tuple[Text, ...]] = Field(None, description="Only these targets.", examples=[["lyon-1-line-a"]])
    excluded: tuple[Text, ...] = Field((), alias="except", description="Not these targets.", examples=[["vigo-1-line"]])


class Placement(Part):
    """Where the solution goes in one environment."""

    environment: Text = Field(description="Name of the environment.", examples=["prod"])
    targets: PlacementTargets = Field(
        PlacementTargets(), description="Which targets.", examples=[{"matchLabels": {"region": "eu"}}]
    )
    rings: tuple[Ring, ...] = Field(
        (),
        description="How much of the matching targets get a version together; cumulative. One ring if absent.",
        examples=[[1, "50%", "100%"]],
    )
    version: Maybe[Version] = Field(None, description="Holds the environment back at this version.", examples=["1.0.0"])
    max_unavailable: Limit = Field(
        0, description="How many targets of a ring may be unhealthy before the rollout stops.", examples=[0, "10%"]
    )
    health_timeout: Annotated[Text, grammar.DURATION] = Field(
        "15m", description="How long a target may take to become healthy.", examples=["15m"]
    )


class Injection(Part):
    """A value of this solution that is put into the one it depends on."""

    source: Text = Field(alias="from", description="Key of this solution's configuration.", examples=["AppConfig"])
    to: Text = Field(description="Key of the other's configuration.", examples=["DependentAppConfigs"])


class Dependency(Part):
    """A solution that must be there first."""

    solution: Text = Field(description="Name of that solution.", examples=["line-gateway"])
    inject: tuple[Injection, ...] = Field(
        (), description="What is put into its configuration.", examples=[[{"from": "AppConfig", "to": "Apps"}]]
    )


class Solution(Part):
    """What runs on the lines."""

    name: Annotated[Text, grammar.SOLUTION_TEMPLATE] = Field(description="Name.", examples=["line-vision"])
    template: Maybe[Annotated[Text, grammar.SOLUTION_TEMPLATE]] = Field(
        None, description="Solution template; the name if absent.", examples=["line-vision"]
    )
    version: Version = Field(description="Version that the first environment gets.", examples=["1.0.0"])
    path: Text = Field(
        description="Folder with template.yaml, schema.yaml and specification.yaml of this version; "
        "older ones in folders named after them.",
        examples=["solutions/line-vision"],
    )
    instance: Maybe[Annotated[Text, grammar.INSTANCE]] = Field(
        None, description="Name of the instance, where a template runs several times on a target.", examples=["left"]
    )
    capabilities: tuple[Capability, ...] = Field(description="What a target must be able to do.", examples=[["vision"]])
    placement: tuple[Placement, ...] = Field(
        (), description="Where it goes, environments in the order of promotion.", examples=[[{"environment": "dev"}]]
    )
    values: NodeValues = Field(
        {},
        description="Values by node or target; the nearest wins, and the result is set on the target.",
        examples=[{"lyon-1-line-a": {"Camera": {"ExposureMs": 8}}}],
    )
    depends_on: tuple[Dependency, ...] = Field(
        (), description="Solutions that must be there first.", examples=[[{"solution": "line-gateway"}]]
    )
    external_validation: Flag = Field(
        False, description="Whether somebody else's validation must pass before publishing.", examples=[False]
    )
    retire: tuple[Version, ...] = Field(
        (), description="Uploaded versions to take away; a destruction.", examples=[["0.9.0"]]
    )
