"""Self-evaluations reviewed (复核): the scale of a review as data, and grounds applied to scores under it."""
