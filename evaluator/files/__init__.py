"""Files: read once as a snapshot, written whole or not at all, one act at a time."""
