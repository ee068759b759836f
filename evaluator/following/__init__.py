"""What follows from a score: advice for the next budget, rectification, next year's workspace."""
