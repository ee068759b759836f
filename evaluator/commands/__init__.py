"""The commands: what each asks for, and what it prints of what an act gives (`evaluator.acts`)."""
