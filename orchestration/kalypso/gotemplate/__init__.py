"""Go's text/template with sprig's and Kalypso's functions, compiled to Python closures."""

from orchestration.kalypso.gotemplate.engine import Engine
from orchestration.kalypso.gotemplate.errors import TemplateError
from orchestration.kalypso.gotemplate.fields import Data

__all__ = ["Data", "Engine", "TemplateError"]
