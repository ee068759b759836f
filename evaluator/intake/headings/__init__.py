"""Words → meanings: what headings are called, and the one pass over blocks that finds them."""
