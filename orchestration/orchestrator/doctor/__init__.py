"""`ewo doctor`: is everything there that a verb needs, and if not, what to do. Nothing is changed by looking."""

from orchestration.orchestrator.doctor.examine import examine
from orchestration.orchestrator.doctor.report import CheckRow, DoctorReport

__all__ = ["CheckRow", "DoctorReport", "examine"]
