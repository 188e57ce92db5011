"""JSON Schema as xeipuuv/gojsonschema 1.2 checks it, with its messages.

Drafts 4, 6 and 7, and the mixture of the three that it takes when a schema names none of them. Where it goes through
a Go map, and so in another order each time, keys are taken sorted.
"""

from orchestration.kalypso.goschema.build import build
from orchestration.kalypso.goschema.document import BadSchema, JsonNumber
from orchestration.kalypso.goschema.validate import Violation, steps_taken, validate

__all__ = ["BadSchema", "JsonNumber", "Violation", "build", "steps_taken", "validate"]
