"""From "≥59人" to sign, exact number and unit, and back."""
