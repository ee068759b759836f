"""Filled self-evaluation tables → what they print, as data."""
