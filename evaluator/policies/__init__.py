"""What is asked of scoring policies: how each clause is known, what must hold of it, what is proved."""
