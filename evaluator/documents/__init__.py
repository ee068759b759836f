"""YAML documents: read with their places, validated, edited and written back as they stand."""
