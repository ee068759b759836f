"""Finding rules over facts: conditions, the two executors, the one door to durable_rules."""
