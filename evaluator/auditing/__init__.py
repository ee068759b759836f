"""Tables made elsewhere: every figure computed again, and what cannot be decided said so."""
