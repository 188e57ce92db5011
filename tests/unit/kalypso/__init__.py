"""Kalypso's rules: files in, values out."""
