"""What `ziping` can be asked: one module for each person who asks, and what they share."""
