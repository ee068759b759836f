"""Very many projects at once: tables of indicators in files become tables of scores, findings and departments."""
