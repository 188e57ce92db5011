"""Go's regular expressions (RE2 syntax, leftmost-first), matched in time linear in the text."""

from orchestration.kalypso.goregexp.machine import Match, Pattern, compile_pattern
from orchestration.kalypso.goregexp.nodes import BadPattern

__all__ = ["BadPattern", "Match", "Pattern", "compile_pattern"]
