"""`ziping check`: the catalogue of problems, waivers, certain remedies, SARIF."""
