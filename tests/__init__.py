"""Tests: each runs the real thing and states one fact."""
