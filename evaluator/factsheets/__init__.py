"""What is known of a table as facts that finding rules can test."""
