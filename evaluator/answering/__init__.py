"""Open questions of imported rules: put to a person, on the command line or as a sheet, and the answers put in their place."""
