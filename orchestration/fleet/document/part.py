"""What every part of a fleet document is: a frozen pydantic model that knows where it stands."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, Self, TypeVar, get_args, get_origin

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    ModelWrapValidatorHandler,
    PrivateAttr,
    StrictBool,
    StrictStr,
    model_validator,
)
from pydantic.alias_generators import to_camel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticCustomError

from orchestration.fleet import grammar
from orchestration.fleet.model import Origin
from orchestration.fleet.tree import Located, Node, Step

T = TypeVar("T")


def _present(value: Any) -> Any:
    if value is None:
        raise PydanticCustomError("empty", "there is nothing here")
    return value


Text = StrictStr
Flag = StrictBool
Maybe = Annotated[T | None, BeforeValidator(_present)]
Labels = Annotated[dict[str, Text], grammar.LABELS]


class Part(BaseModel):
    """A mapping of the fleet document; keys are camelCase, unknown ones are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=to_camel)
    wanted: ClassVar[str] = ""
    _node: Node | None = PrivateAttr(None)

    @model_validator(mode="wrap")
    @classmethod
    def _keep_place(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        part = handler(data)
        if isinstance(data, Located):
            part._node = data.node
        return part

    def at(self, *steps: Step) -> Origin:
        """Return where *steps* lead below this part, or the nearest thing above that is written down."""
        return self._node.find(*steps).origin if self._node else Origin("")

    def written(self, step: Step) -> Node | None:
        """Return what is written down at *step*, None if nothing is."""
        return self._node.child(step) if self._node else None

    def at_key(self, *steps: Step) -> Origin:
        """Return where the key that *steps* lead to stands, its value's place if it is an item of a list."""
        *above, last = steps
        if self._node is None or isinstance(last, int):
            return self.at(*steps)
        return self._node.find(*above).key(last).origin

    def is_written(self, *steps: Step) -> bool:
        """Whether something is written down at *steps*."""
        node = self._node
        for step in steps:
            node = node.child(step) if node else None
        return node is not None


class OneOf(Part):
    """A mapping with exactly one key."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1, "maxProperties": 1})

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if len(self.model_fields_set) != 1:
            names = ", ".join(str(field.alias) for field in type(self).model_fields.values())
            raise PydanticCustomError("one-of", "exactly one is wanted of {names}", {"names": names})
        return self

    @property
    def chosen(self) -> str:
        """The name of the one field that is given."""
        return next(iter(self.model_fields_set))


def grammar_of(field: FieldInfo) -> grammar.Grammar | grammar.Entries | None:
    """Return what the field's text, the items of its list or the entries of its mapping must look like."""
    return next(_grammars(field.annotation, field.metadata), None)


def _grammars(annotation: Any, metadata: Any) -> Iterator[grammar.Grammar | grammar.Entries]:
    inner = annotation.__metadata__ if get_origin(annotation) is Annotated else ()
    yield from (each for each in (*metadata, *inner) if isinstance(each, grammar.Grammar | grammar.Entries))
    for argument in get_args(annotation):
        yield from _grammars(argument, ())
