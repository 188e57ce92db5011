"""What goes wrong in a template, in Go's words."""

from __future__ import annotations

from orchestration.errors import OrchestrationError


class TemplateError(OrchestrationError):
    """A template cannot be parsed or executed; the text is what Go's text/template says."""


class LimitReached(TemplateError):
    """A template takes longer, or makes more, than any honest one does."""


class FunctionError(OrchestrationError):
    """A template function got a value it cannot take, or is refused."""
