"""Scenario files: given, expected, and whether it comes out so."""
