"""The clerk's workbook: written with what is known and locked, read back cell by cell, previewed as the engine scores."""
