""" "≥59人" into sign, exact number and unit, and back."""
