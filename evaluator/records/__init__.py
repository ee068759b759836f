"""What was run on what, replacing which run and why: the ledger, its files, re-runs and signatures."""
