"""Two versions side by side: rules, results, policies, years."""
