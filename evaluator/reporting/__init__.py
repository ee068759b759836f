"""What is told: forms by layout, the self-evaluation report, charts; content only, formats come after."""
