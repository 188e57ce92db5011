"""`ewo support-bundle`: one run's record in one file, with versions and the doctor's report, and without secrets."""

from orchestration.orchestrator.support.bundle import Bundle, make_bundle

__all__ = ["Bundle", "make_bundle"]
