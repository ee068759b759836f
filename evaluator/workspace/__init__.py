"""A workspace: where its files lie, its offices, and how one is begun."""
